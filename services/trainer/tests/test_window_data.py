import numpy as np
import pandas as pd
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import from_columns, input_columns
from training.errors import TrainingError
from training.paths import FEATURES
from training.split import SPLITS, TEST, TRAIN, VALIDATION
from training.window_data import WindowData, window_index

WINDOW, HORIZON = 22, 3
INPUTS = input_columns(HORIZON)


@pytest.fixture
def counted(make_windows) -> WindowData:
    """Windows of 30 sessions whose features, flags and inputs count up."""
    flags = np.arange(30.0 * len(CALENDAR_FLAGS)).reshape(30, -1)
    inputs = np.arange(30.0 * len(INPUTS)).reshape(30, -1)
    return make_windows(np.arange(90.0).reshape(30, 3), WINDOW, HORIZON, flags, inputs)


def test_a_window_has_its_sessions_oldest_first(counted):
    np.testing.assert_array_equal(counted.windows().features[0], np.arange(66.0).reshape(WINDOW, 3))
    np.testing.assert_array_equal(counted.past_sessions()[0], counted.sessions[:WINDOW])


def test_a_window_s_calendar_has_past_then_future_flags(counted):
    np.testing.assert_array_equal(counted.windows().calendar[0], counted.flags[: WINDOW + HORIZON])
    np.testing.assert_array_equal(
        counted.windows().calendar[-1], counted.flags[-WINDOW - HORIZON :]
    )


def test_a_window_s_inputs_are_those_of_its_last_session(counted):
    expected = from_columns(counted.inputs[WINDOW - 1 : -HORIZON], HORIZON)
    np.testing.assert_array_equal(counted.windows().inputs, expected)


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
    np.testing.assert_array_equal(counted.windows(chosen).inputs, counted.windows().inputs[chosen])
    for cut in (counted.future_log_volumes, counted.future_sessions, counted.past_sessions):
        np.testing.assert_array_equal(cut(chosen), cut()[chosen])


@pytest.mark.parametrize("size", [1, 4, 6, 100])
def test_batches_cover_every_window_once_in_order(counted, size, monkeypatch):
    monkeypatch.setattr("training.window_data.BATCH", size)
    batches = [np.arange(len(counted))[batch] for batch in counted.batches()]
    assert max(map(len, batches)) <= size
    covered = np.concatenate(batches)
    np.testing.assert_array_equal(covered, np.arange(len(counted)))


@pytest.mark.parametrize("splits", [(TRAIN,), (TEST,), (TRAIN, VALIDATION)], ids="+".join)
def test_windows_of_the_requested_splits_are_in_ticker_and_time_order(
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


def test_the_pipeline_s_files_give_its_panel(in_finished):
    data, panel = WindowData.read((TEST,), WINDOW, HORIZON), pd.read_parquet(FEATURES)
    rows = panel.loc[data.index["start"].iloc[-1] + np.arange(WINDOW + HORIZON)]
    np.testing.assert_array_equal(
        data.windows().features[-1], rows[list(FEATURE_NAMES)].head(WINDOW)
    )
    np.testing.assert_array_equal(data.windows().calendar[-1], rows[list(CALENDAR_FLAGS)])
    origin = rows[INPUTS].to_numpy()[WINDOW - 1 : WINDOW]
    np.testing.assert_array_equal(data.windows().inputs[-1:], from_columns(origin, HORIZON))
    np.testing.assert_array_equal(data.future_log_volumes()[-1], rows["log_volume"].tail(HORIZON))
    assert (rows["ticker"] == data.tickers[-1]).all()


@pytest.fixture
def features(panel, split_features) -> pd.DataFrame:
    return split_features(panel)


@pytest.fixture
def index(features) -> pd.DataFrame:
    return window_index(features, WINDOW, HORIZON)


def test_every_window_that_fits_is_in_the_index(features, index):
    sizes = features[features["split"].isin(SPLITS)].groupby(["ticker", "split"]).size()
    assert (
        index.groupby(["ticker", "split"]).size().to_dict()
        == (sizes - WINDOW - HORIZON + 1).to_dict()
    )


def test_the_first_target_is_the_session_right_after_the_window(features, index):
    sessions = features["session"].to_numpy()
    np.testing.assert_array_equal(
        index["session"].to_numpy(), sessions[index["start"].to_numpy() + WINDOW]
    )


def test_a_ticker_too_short_for_a_window_has_no_window(panel, split_features):
    short = panel[
        (panel["ticker"] != "BBB") | (panel["session"] > panel["session"].iloc[390])
    ].reset_index(drop=True)
    assert set(window_index(split_features(short), WINDOW, HORIZON)["ticker"]) == {"AAA", "CCC"}


def test_a_split_without_any_window_is_rejected(features):
    with pytest.raises(
        TrainingError,
        match="no ticker has 123 sessions in the validation or test split; use longer histories",
    ):
        window_index(features, 120, HORIZON)
