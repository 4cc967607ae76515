"""Checks that garbage after a session changes nothing that `preprocess` wrote up to it."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd
import pytest

import training.panel
from model_contract.model.calendar import WEEKDAYS
from model_contract.model.market_calendars import to_npz
from model_contract.model.scaling import Scalers
from recipes import (
    INPUTS,
    numbers,
    scalers_of_all_rows,
)
from training.calendar_effects import calendar_effects
from training.data_files import read_json
from training.panel import PRICE_COLUMNS, panel_inputs
from training.paths import (
    CALENDAR_EFFECTS,
    FEATURES,
    PANEL_CALENDARS,
    PRICES,
    SCALERS,
)
from training.split import TRAIN
from training.stages import preprocess


@pytest.fixture
def rows_of_the_stage(workspace, calendar) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Runs the `preprocess` stage on prices; returns every number that it writes, by session.

    The calendar effects and the scalers are those of the last training session.
    """

    def run(prices: pd.DataFrame) -> pd.DataFrame:
        PRICES.parent.mkdir(parents=True, exist_ok=True)
        prices.to_parquet(PRICES)
        PANEL_CALENDARS.write_bytes(to_npz({"XNYS": calendar}))
        preprocess.main()
        rows = pd.read_parquet(FEATURES)
        last = rows.loc[rows["split"] == TRAIN, "session"].max()
        learned = {
            **read_json(CALENDAR_EFFECTS),
            **dict(enumerate(numbers(Scalers.from_json(SCALERS.read_text())))),
        }
        assert set(INPUTS) < set(rows.columns)
        return pd.concat(
            [
                rows.melt(["ticker", "session", "split"]),
                pd.DataFrame(
                    {"session": last, "variable": list(learned), "value": learned.values()}
                ),
            ]
        )

    return run


# A median changes only if a value moves to its other side, so garbage is once small and once large.
LOGS_OF_GARBAGE = ((0.0, 10.0), (16.0, 30.0))
# The last row of training, a row of validation, of the embargo and of the test.
ORIGINS = (199, 260, 310, 390)


def changed_by_the_future(
    rows_of: Callable[[pd.DataFrame], pd.DataFrame], prices: pd.DataFrame
) -> set[str]:
    """Return the columns and learned numbers that garbage after their session changes."""
    before, changed = rows_of(prices), set()
    for origin, logs in product(prices["session"].iloc[list(ORIGINS)], LOGS_OF_GARBAGE):
        later, random = (prices["session"] > origin).to_numpy(), np.random.default_rng(7)
        spoiled = prices.copy()
        for column in PRICE_COLUMNS:
            spoiled.loc[later, column] = np.exp(random.uniform(*logs, later.sum()))
        known = (before["session"] <= origin).to_numpy()
        differs = known & (before["value"] != rows_of(spoiled)["value"]).to_numpy()
        changed |= set(before["variable"][differs])
    return changed


def test_garbage_after_a_session_changes_nothing_that_the_stage_wrote_up_to_it(
    panel, rows_of_the_stage
):
    assert changed_by_the_future(rows_of_the_stage, panel) == set()


def inputs_of_a_later_session(prices, calendars, effects, window, horizon) -> pd.DataFrame:
    """Shift the inputs by so much that even the reports of a quarter ago lie ahead."""
    inputs = panel_inputs(prices, calendars, effects, window, horizon)
    names = prices["ticker"][prices["ticker"].duplicated()].to_numpy()
    return inputs.groupby(names).shift(-70).fillna(0.0)


def effects_with_a_trend_of_all_rows(rows: pd.DataFrame, window: int, ridge: float) -> np.ndarray:
    """Fit to training rows only, but with a centred mean that ends in the embargo."""
    later = pd.read_parquet(PRICES).sort_values(["ticker", "session"])
    volume = np.log(later["volume"]).groupby(later["ticker"])
    trend = volume.transform(lambda values: values.rolling(window, center=True).mean())
    keyed = later[["ticker", "session"]].assign(trend=trend)
    trends = rows[["ticker", "session"]].merge(keyed)["trend"].to_numpy()
    return calendar_effects(
        rows.assign(log_volume=(rows["log_volume"] - trends).fillna(0)), window, ridge
    )


# In a window of 22 sessions, the mean of the month is the level, so `month` is always 0.
LEAKING = set(INPUTS) - {"month"}
STAGE_LEAKS = {
    "inputs of a later session": ("panel_inputs", inputs_of_a_later_session, LEAKING),
    "a trend of all rows": ("calendar_effects", effects_with_a_trend_of_all_rows, set(WEEKDAYS)),
    "scalers of all rows": ("fit_scalers", scalers_of_all_rows, set(range(6))),
}


@pytest.mark.parametrize(("name", "leaky", "changed"), STAGE_LEAKS.values(), ids=STAGE_LEAKS)
def test_a_stage_that_looks_ahead_is_caught(
    panel, rows_of_the_stage, monkeypatch, name, leaky, changed
):
    monkeypatch.setattr(training.panel, name, leaky)
    assert changed_by_the_future(rows_of_the_stage, panel) >= changed
