"""The API computes the same features, flags and inputs of a panel as the pipeline.

The two never import each other, but a forecast of the API must equal that of `evaluate` for the
same window. Here, no stage runs: the network of the API's tests is asked what it is given.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from linear_model import CALENDAR, EFFECTS, HORIZON, OTHER_CALENDAR, WINDOW, bundle
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES, from_columns
from model_contract.model.windows import Windows
from model_contract.store.model_store import ModelStore
from prediction_api.forecast import predictor as predictor_module
from prediction_api.forecast.predictor import Predictor
from price_files import Day, comma_csv, prices_of, trading_days
from training.panel import panel_features, panel_inputs

CALENDARS = {"XNYS": CALENDAR, "BVMF": OTHER_CALENDAR}
MARKETS = {"AAA": "XNYS", "BBB": "XNYS", "CCC": "XNYS", "PETR4.SA": "BVMF", "VALE3.SA": "BVMF"}
SESSIONS = {"AAA": 700, "BBB": 600, "CCC": 40, "PETR4.SA": 650, "VALE3.SA": 300}


def panel() -> list[Day]:
    days: list[Day] = []
    for seed, (ticker, count) in enumerate(SESSIONS.items()):
        bars = trading_days(count, ticker, seed, last="2013-04-30")
        sessions = CALENDARS[MARKETS[ticker]].sessions
        stop = int(np.searchsorted(sessions, np.datetime64("2013-04-30"), side="right"))
        dates = sessions[stop - count : stop].tolist()
        days += [replace(bar, session=day) for bar, day in zip(bars, dates, strict=True)]
    return days


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Windows]:
    """The windows that the API forecasts for the panel."""
    seen: list[Windows] = []
    original = predictor_module.history_windows
    store = ModelStore(tmp_path)
    store.publish(*bundle())
    predictor = Predictor(store.load(str(store.current())))

    def history_windows(*arguments: Any) -> Windows:
        seen.append(original(*arguments))
        return seen[-1]

    monkeypatch.setattr(predictor_module, "history_windows", history_windows)
    answer = predictor.predict(comma_csv(panel()))
    assert answer["input"]["reading"]["markets"] == ["BVMF", "XNYS"]
    return seen


def test_the_api_gives_the_network_what_the_pipeline_computes(given: list[Windows]) -> None:
    prices = prices_of(panel())
    columns = ("ticker", "session", "open", "high", "low", "close", "volume")
    table = pd.DataFrame({name: getattr(prices, name) for name in columns})
    table["market"] = table["ticker"].map(MARKETS)
    features = panel_features(table, CALENDARS)
    inputs = panel_inputs(table, CALENDARS, EFFECTS, WINDOW, HORIZON).to_numpy()
    assert len(features) == len(inputs)
    for ticker, windows in zip(sorted(SESSIONS), given, strict=True):
        mine = (features["ticker"] == ticker).to_numpy()
        # The last windows have sessions to forecast that the panel doesn't have.
        rows = np.flatnonzero(mine)[:-HORIZON][-(len(windows) - HORIZON) :]
        assert len(rows) >= 10
        past = rows[:, None] + np.arange(1 - WINDOW, 1)
        every = rows[:, None] + np.arange(1 - WINDOW, HORIZON + 1)
        known = slice(0, len(rows))
        for found, expected in (
            (windows.features, features[list(FEATURE_NAMES)].to_numpy()[past]),
            (windows.calendar, features[list(CALENDAR_FLAGS)].to_numpy()[every]),
            (windows.inputs, from_columns(inputs[rows], HORIZON)),
        ):
            np.testing.assert_array_equal(found[known], expected)
        if ticker in ("AAA", "BBB"):  # long histories, and a calendar with flags
            unused = np.flatnonzero(~windows.inputs.any(axis=(0, 1)))
            assert {INPUT_NAMES[position] for position in unused} <= {
                "month"
            }  # the level is its mean
