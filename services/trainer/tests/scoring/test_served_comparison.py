import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from contenders import (
    ALL_CALENDARS,
    HORIZON,
    NEW_YORK,
    NO_EFFECTS,
    ROWS,
    TICKERS,
    WINDOW,
    WITHOUT_FRIDAYS,
    contender,
    panel_prices,
    panel_windows,
)
from last_volume_model import onnx_model
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.dispersion import REGRESSORS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import forecast_volumes
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.model.intervals import Interval
from model_contract.model.market_calendars import to_npz
from model_contract.store.bundle import (
    CALENDARS,
    CONTRACT_VERSION,
    MODEL,
    SCALERS,
    SCORED,
    SESSIONS,
    Manifest,
)
from model_contract.store.golden import GOLDEN, Golden
from model_contract.store.model_store import ModelStore
from model_contract.store.store_reader import CURRENT
from training.panel import Markets, panel_inputs
from training.scoring.served_comparison import (
    Comparison,
    Contender,
    median_mae_ratio,
    shared_windows,
)
from unit_scalers import UNSCALED


@pytest.fixture
def store(tmp_path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def serve(store, tmp_path):
    """Publishes a model from `onnx_model`, optionally with a changed manifest.

    `scored` is the factor of the scored network; by default that of the served one.
    """

    def publish(
        factor=1.0,
        friday=0.0,
        window=WINDOW,
        horizon=HORIZON,
        calendar=ALL_CALENDARS,
        data=None,
        answer_factor=1.0,
        scored=None,
        others=None,
        **facts,
    ) -> ModelStore:
        windows = panel_windows(window=window, horizon=horizon)[0].windows(slice(3))
        answers = contender(factor, friday, calendar, window)
        volumes = forecast_volumes(windows, UNSCALED, answers.network)[:, :1].repeat(
            horizon, axis=1
        )
        files = {
            MODEL: onnx_model(factor, friday, window, horizon),
            SCORED: onnx_model(scored or factor, friday, window, horizon),
            SCALERS: UNSCALED.to_json().encode(),
            SESSIONS: calendar.to_csv(),
            GOLDEN: Golden(windows, answer_factor * volumes).to_json().encode(),
        }
        if others:
            files[CALENDARS] = to_npz(others)
        known = {
            "contract_version": CONTRACT_VERSION,
            "version": "20261122T101500Z",
            "content_hash": "",
            "created_at": "2026-11-22T10:15:00Z",
            "git_revision": None,
            "dvc_lock_sha256": None,
            "params": {},
            "libraries": {},
            "window": window,
            "horizon": horizon,
            "features": FEATURE_NAMES,
            "market": "XNYS",
            "intervals": {"80": Interval((-1.0,) * horizon, (1.0,) * horizon)},
            "dispersion": [[0.0] * len(REGRESSORS)] * horizon,
            "baselines": {},
            "calendar_effects": dict.fromkeys(CALENDAR_FLAGS, 0.0),
            "input_effects": dict.fromkeys(CALENDAR_FLAGS, 0.0),
            "metrics": {},
            "gate": {},
            "data": {"tickers": ["AAA", "BBB"], "test_from": "2020-01-01", **(data or {})},
            "files": {},
        }
        store.publish(Manifest(**known | facts).sealed(files), files)
        return store

    return publish


@pytest.fixture
def manifest(serve, store) -> Manifest:
    """The manifest of a model for both tickers that was trained on different data."""
    return store.load(serve().current()).manifest


def compared(
    store: ModelStore, new: Contender, markets: Markets = NEW_YORK, only: str | None = None
) -> float | str:
    """Compare with the served model, on the windows of all tickers or of one."""
    test, tickers = panel_windows()
    if only:
        rows = test.index["ticker"] == only
        test = replace(test, index=test.index[rows].reset_index(drop=True))
    prices = panel_prices(markets)
    return Comparison(store, new, markets, test, prices, tickers).with_served()


def test_a_model_is_as_good_as_itself(serve):
    assert compared(serve(factor=1.5), contender(factor=1.5)) == pytest.approx(1)


def test_the_scored_networks_are_compared(serve):
    """The served one has learned from the test sessions."""
    assert compared(serve(factor=1.1, scored=1.5), contender(factor=1.5)) == pytest.approx(1)


def test_the_ratio_is_the_new_error_divided_by_the_served_one(serve):
    """AAA's volume never changes, so the errors are half of it and a tenth of it."""
    ratio = compared(serve(factor=1.1), contender(factor=1.5), only="AAA")
    assert ratio == pytest.approx(5, rel=1e-5)


def test_the_ratio_is_the_median_over_tickers():
    tickers = np.array(["A", "A", "B", "B", "C", "C"])
    actual, served = np.zeros(6), np.ones(6)
    assert median_mae_ratio(tickers, actual, np.array([1.0, 3.0, 3.0, 3.0, 9.0, 9.0]), served) == 3


def test_a_nan_forecast_makes_the_ratio_nan():
    new = np.array([1.0, np.nan, 1.0, 1.0, 1.0, 1.0])
    assert np.isnan(
        median_mae_ratio(np.array(["A", "A", "B", "B", "C", "C"]), np.zeros(6), new, np.ones(6))
    )


def test_without_a_served_model_there_is_no_comparison(store):
    assert compared(store, contender()) == "no model is served yet"


def test_a_damaged_served_model_is_not_compared(serve, caplog):
    store = serve()
    (store.path(store.current()) / MODEL).write_bytes(b"damaged")
    reason = compared(store, contender())
    assert reason.startswith(f"the model cannot be used: {store.current()}: model.onnx is damaged")
    assert f"the new model cannot be compared with {store.current()}" in caplog.text


def test_an_invalid_current_file_is_not_compared(serve):
    store = serve()
    (store.directory / CURRENT).write_text("garbage")
    assert compared(store, contender()).startswith(
        "the served model cannot be used: CURRENT contains no version"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"contract_version": 1}, "the bundle has contract version 1"),
        ({"answer_factor": 1.1}, "off the recorded one"),
        (
            {"features": ("log_volume", "gap", "log_range")},
            "uses the features log_volume, gap, log_range, not log_volume",
        ),
        (
            {"market": "BVMF"},
            "^the model {served} is for the market BVMF, but the new model is for XNYS$",
        ),
        (
            {"data": {"test_from": None}},
            "^no ticker has 60 test sessions that {served} can forecast and was not trained on$",
        ),
    ],
    ids=[
        "contract",
        "golden answers",
        "features",
        "market",
        "no first test session",
    ],
)
def test_a_served_model_that_differs_too_much_is_not_compared(serve, changes, reason):
    store = serve(**changes)
    assert re.search(reason.format(served=store.current()), compared(store, contender()))


def test_tickers_that_the_served_model_doesnt_know_are_compared_too(serve):
    ratio = compared(serve(factor=2.0, data={"tickers": ["AAA"]}), contender(factor=1.5))
    assert ratio == compared(serve(factor=2.0), contender(factor=1.5))
    assert ratio != compared(serve(factor=2.0), contender(factor=1.5), only="AAA")


@pytest.mark.parametrize(("rows_left", "rival"), [(60, True), (59, False)])
def test_rows_that_the_served_model_may_have_seen_are_left_out(serve, rows_left, rival):
    test, _ = panel_windows()
    windows = ROWS - WINDOW - HORIZON + 1  # of AAA
    test_from = str(test.future_sessions()[windows - rows_left, 0])
    assert (
        isinstance(
            compared(serve(factor=1.5, data={"test_from": test_from}), contender(factor=1.5)), float
        )
        is rival
    )


def test_the_first_row_is_the_served_model_s_first_test_session(manifest):
    test, tickers = panel_windows()
    served = replace(manifest, data={"tickers": ["AAA"], "test_from": "2020-02-14"})
    windows, _ = shared_windows(served, test, tickers, TICKERS)
    assert str(windows.future_sessions()[0, 0]) == "2020-02-14"


@pytest.mark.parametrize("window", [WINDOW - 2, WINDOW + 3], ids=["shorter", "longer"])
def test_models_with_different_windows_forecast_the_same_sessions(manifest, window):
    test, tickers = panel_windows()
    served = replace(manifest, window=window, horizon=1)
    ours, theirs = shared_windows(served, test, tickers, TICKERS)
    np.testing.assert_array_equal(ours.past_sessions()[:, -1], theirs.past_sessions()[:, -1])
    np.testing.assert_array_equal(ours.future_sessions()[:, 0], theirs.future_sessions()[:, 0])
    assert theirs.past_sessions().shape[1] == window


def test_a_served_model_with_another_window_is_compared(serve):
    assert compared(
        serve(factor=1.5, window=WINDOW + 3, horizon=HORIZON + 1), contender(factor=1.5)
    ) == pytest.approx(1)


@pytest.mark.parametrize(
    ("window", "horizon"), [(WINDOW + 3, HORIZON), (WINDOW, HORIZON + 3)], ids=["window", "horizon"]
)
def test_a_served_model_s_window_never_crosses_into_another_ticker(manifest, window, horizon):
    test, tickers = panel_windows()
    served = replace(manifest, window=window, horizon=horizon)
    ours, theirs = shared_windows(served, test, tickers, TICKERS)
    rows = theirs.index["start"].to_numpy()[:, None] + np.arange(window + horizon)
    assert (tickers[rows] == theirs.tickers[:, None]).all()
    assert len(ours) == len(test) - 2 * 3


def test_a_ticker_of_a_market_that_the_served_model_never_saw_is_left_out(serve):
    """BBB's volume doubles each session; the served model would have far smaller errors on it."""
    markets = Markets(pd.Series({"AAA": "XNYS", "BBB": "BVMF"}), ("BVMF", "XNYS"))
    assert compared(serve(factor=2.0), contender(factor=1.5), markets) == pytest.approx(0.5)


def test_a_served_model_of_several_markets_is_compared_on_each_ticker_s_own(serve):
    """The served model multiplies Fridays' volumes; only Sao Paulo's calendar has no Fridays."""
    markets = Markets(pd.Series({"AAA": "XNYS", "BBB": "BVMF"}), ("BVMF",))
    store = serve(
        factor=1.5, friday=5.0, markets=("XNYS", "BVMF"), others={"BVMF": WITHOUT_FRIDAYS}
    )
    new = replace(contender(factor=1.5), calendars={"BVMF": WITHOUT_FRIDAYS})
    assert compared(store, new, markets) == pytest.approx(1, rel=1e-5)


def test_the_served_model_forecasts_with_its_own_calendar(serve):
    """The served model uses a Friday flag that the calendar in its bundle never sets."""
    served = serve(factor=1.5, friday=5.0, calendar=WITHOUT_FRIDAYS)
    assert compared(served, contender(factor=1.5)) == pytest.approx(1, rel=1e-5)


def test_a_young_ticker_does_not_count(manifest):
    """BBB was listed so late that it has a session too few."""
    test, tickers = panel_windows()
    late = test.index["ticker"].ne("BBB") | test.index.groupby("ticker").cumcount().ge(36)
    young = replace(test, index=test.index[late].reset_index(drop=True))
    assert (young.tickers == "BBB").sum() == 59
    windows, _ = shared_windows(manifest, young, tickers, TICKERS)
    assert set(windows.tickers) == {"AAA"}


def day_and_market(features, flags, inputs) -> np.ndarray:
    """Forecast log volumes of two inputs, which show the effects and the other tickers."""
    names = [INPUT_NAMES.index(name) for name in ("day", "market_move")]
    return inputs[:, :, names].sum(axis=2)


def test_each_model_forecasts_from_inputs_with_its_own_effects():
    """The expected inputs are those of the panel with these effects."""
    test, _ = panel_windows()
    prices, effects = panel_prices(), np.linspace(-0.4, 0.4, len(CALENDAR_FLAGS))
    new = replace(contender(), network=day_and_market, effects=effects)
    inputs = panel_inputs(prices, new.calendars, effects, WINDOW, HORIZON)
    data = replace(test, inputs=inputs.to_numpy())
    expected = forecast_volumes(data.windows(), UNSCALED, day_and_market)[:, 0]
    found = new.next_session(test, NEW_YORK.by_ticker, prices)
    np.testing.assert_array_equal(found, expected)
    without = replace(new, effects=NO_EFFECTS).next_session(test, NEW_YORK.by_ticker, prices)
    assert np.abs(found / without - 1).max() > 0.05


def test_inputs_belong_to_their_ticker_if_another_market_is_left_out():
    """AAA's market is not known to the model, so BBB's rows are not the first ones."""
    markets = Markets(pd.Series({"AAA": "BVMF", "BBB": "XNYS"}), ("XNYS", "BVMF"))
    test, _ = panel_windows()
    of_bbb = replace(test, index=test.index[test.index["ticker"] == "BBB"].reset_index(drop=True))
    prices, new = panel_prices(markets), replace(contender(), network=day_and_market)
    alone = panel_inputs(prices[prices["ticker"] == "BBB"], new.calendars, NO_EFFECTS, 4, 2)
    together = np.concatenate([np.zeros((ROWS, alone.shape[1])), alone])
    expected = forecast_volumes(
        replace(of_bbb, inputs=together).windows(), UNSCALED, day_and_market
    )[:, 0]
    found = new.next_session(of_bbb, markets.by_ticker, prices)
    np.testing.assert_array_equal(found, expected)


def test_a_new_model_is_compared_with_the_first_served_one_too(serve, store):
    test, tickers = panel_windows()
    panel = (NEW_YORK, test, panel_prices(NEW_YORK), tickers)
    assert Comparison(store, contender(), *panel).with_anchor() == "no model has been served yet"
    serve(factor=1.2)
    assert Comparison(store, contender(), *panel).with_anchor() == "the first model is still served"
    for step in range(1, 6):
        serve(factor=1.2 + step / 100)
    new = contender(factor=1.26)
    small, sum_of_all = compared(store, new), Comparison(store, new, *panel).with_anchor()
    assert small < sum_of_all
    assert sum_of_all == pytest.approx(0.26 / 0.2, rel=0.2)
