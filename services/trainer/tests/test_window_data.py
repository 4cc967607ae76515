import numpy as np
import pandas as pd
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from training.paths import FEATURES
from training.split import TEST, TRAIN, VALIDATION
from training.stages.engineer_features import window_index
from training.window_data import WindowData

WINDOW, HORIZON = 22, 3


@pytest.fixture
def counted(make_windows) -> WindowData:
    """Windows of 30 sessions whose features count up, 0 to 89, and whose flags do so too."""
    flags = np.arange(30.0 * len(CALENDAR_FLAGS)).reshape(30, -1)
    return make_windows(np.arange(90.0).reshape(30, 3), WINDOW, HORIZON, flags)


def test_a_window_holds_its_sessions_oldest_first(counted):
    np.testing.assert_array_equal(counted.windows().features[0], np.arange(66.0).reshape(WINDOW, 3))
    np.testing.assert_array_equal(counted.past_sessions()[0], counted.sessions[:WINDOW])


def test_its_calendar_holds_the_flags_of_its_sessions_and_then_of_those_to_forecast(counted):
    np.testing.assert_array_equal(counted.windows().calendar[0], counted.flags[: WINDOW + HORIZON])
    np.testing.assert_array_equal(
        counted.windows().calendar[-1], counted.flags[-WINDOW - HORIZON :]
    )


def test_targets_are_the_log_volumes_right_after_each_window(counted):
    np.testing.assert_array_equal(counted.future_log_volumes()[0], [66, 69, 72])
    np.testing.assert_array_equal(
        counted.future_sessions()[0], counted.sessions[WINDOW : WINDOW + HORIZON]
    )


def test_the_last_target_is_the_last_row(counted):
    assert counted.future_log_volumes()[-1, -1] == 87
    assert counted.future_sessions()[-1, -1] == counted.sessions[-1]


def test_chosen_windows_are_those_of_the_index(counted):
    chosen = np.array([4, 1])
    np.testing.assert_array_equal(
        counted.windows(chosen).features, counted.windows().features[chosen]
    )
    np.testing.assert_array_equal(
        counted.windows(chosen).calendar, counted.windows().calendar[chosen]
    )
    for cut in (counted.future_log_volumes, counted.future_sessions, counted.past_sessions):
        np.testing.assert_array_equal(cut(chosen), cut()[chosen])


@pytest.mark.parametrize("size", [1, 4, 6, 100])
def test_batches_cover_every_window_once_in_order(counted, size):
    covered = np.concatenate([np.arange(len(counted))[batch] for batch in counted.batches(size)])
    np.testing.assert_array_equal(covered, np.arange(len(counted)))


@pytest.mark.parametrize("splits", [(TRAIN,), (TEST,), (TRAIN, VALIDATION)], ids="+".join)
def test_the_windows_of_the_splits_asked_for_are_given_by_ticker_and_time(
    panel, split_features, splits
):
    features = split_features(panel)
    index = window_index(features, WINDOW, HORIZON)
    data = WindowData.of(features, index.sample(frac=1, random_state=1), splits, WINDOW, HORIZON)
    assert len(data) == index["split"].isin(splits).sum()
    assert set(data.index["split"]) == set(splits)
    order = pd.DataFrame({"ticker": data.tickers, "session": data.future_sessions()[:, 0]})
    pd.testing.assert_frame_equal(
        order.sort_values(["ticker", "session"], ignore_index=True), order
    )


def test_what_is_read_from_the_pipeline_s_files_is_its_panel(in_finished):
    data, panel = WindowData.read((TEST,), WINDOW, HORIZON), pd.read_parquet(FEATURES)
    rows = panel.loc[data.index["start"].iloc[-1] + np.arange(WINDOW + HORIZON)]
    np.testing.assert_array_equal(
        data.windows().features[-1], rows[list(FEATURE_NAMES)].head(WINDOW)
    )
    np.testing.assert_array_equal(data.windows().calendar[-1], rows[list(CALENDAR_FLAGS)])
    np.testing.assert_array_equal(data.future_log_volumes()[-1], rows["log_volume"].tail(HORIZON))
    assert (rows["ticker"] == data.tickers[-1]).all()
