import numpy as np
import pandas as pd
import pytest

from model_contract.csv_table import read_table
from model_contract.features import FEATURE_NAMES
from model_contract.windows import read_windows
from training.engineer_features import sample_windows, window_index
from training.errors import TrainingError
from training.paths import SAMPLE_WINDOWS
from training.preprocess import SPLITS, TEST
from training.window_data import WindowData

WINDOW, HORIZON = 22, 3


@pytest.fixture
def features(panel, split_features) -> pd.DataFrame:
    return split_features(panel)


@pytest.fixture
def index(features) -> pd.DataFrame:
    return window_index(features, WINDOW, HORIZON)


def rows_of(index: pd.DataFrame) -> np.ndarray:
    """Rows of `features` that each window and its targets cover: (windows, window + horizon)."""
    return index["start"].to_numpy()[:, None] + np.arange(WINDOW + HORIZON)


def test_no_window_or_target_crosses_a_ticker(features, index):
    assert (features["ticker"].to_numpy()[rows_of(index)] == index["ticker"].to_numpy()[:, None]).all()


def test_no_window_or_target_crosses_a_split(features, index):
    assert (features["split"].to_numpy()[rows_of(index)] == index["split"].to_numpy()[:, None]).all()


def test_every_window_that_fits_is_in_the_index(features, index):
    sizes = features[features["split"].isin(SPLITS)].groupby(["ticker", "split"]).size()
    assert index.groupby(["ticker", "split"]).size().to_dict() == (sizes - WINDOW - HORIZON + 1).to_dict()


def test_no_session_of_one_split_s_windows_is_in_another_s(features, index):
    sessions = features["session"].to_numpy()
    of_split = {split: set(sessions[rows_of(rows)].ravel()) for split, rows in index.groupby("split")}
    assert not of_split["train"] & of_split["validation"]
    assert not of_split["validation"] & of_split["test"]


def test_the_first_target_is_the_session_right_after_the_window(features, index):
    sessions = features["session"].to_numpy()
    np.testing.assert_array_equal(index["session"].to_numpy(), sessions[index["start"].to_numpy() + WINDOW])


def test_a_ticker_too_short_for_a_window_has_none(panel, split_features):
    short = panel[(panel["ticker"] != "BBB") | (panel["session"] > panel["session"].iloc[390])].reset_index(drop=True)
    assert set(window_index(split_features(short), WINDOW, HORIZON)["ticker"]) == {"AAA", "CCC"}


def test_a_split_without_any_window_is_refused(features):
    with pytest.raises(TrainingError, match="no ticker has 123 sessions in the split validation or test; give longer histories"):
        window_index(features, 120, HORIZON)


def test_targets_are_the_log_volumes_right_after_each_window(make_windows):
    data = make_windows(np.arange(90.0).reshape(30, 3), WINDOW, HORIZON)
    np.testing.assert_array_equal(data.windows()[0], np.arange(66.0).reshape(22, 3))
    np.testing.assert_array_equal(data.future_log_volumes()[0], [66, 69, 72])


def test_chosen_windows_are_those_of_the_index(make_windows):
    data = make_windows(np.random.default_rng(1).normal(size=(40, 3)), WINDOW, HORIZON)
    np.testing.assert_array_equal(data.windows(np.array([4, 1])), data.windows()[[4, 1]])
    np.testing.assert_array_equal(data.future_log_volumes(np.array([4, 1])), data.future_log_volumes()[[4, 1]])


def test_the_last_target_is_the_last_row(make_windows):
    data = make_windows(np.arange(90.0).reshape(30, 3), WINDOW, HORIZON)
    assert data.future_log_volumes()[-1, -1] == 87
    assert data.future_sessions()[-1, -1] == data.sessions[-1]


@pytest.mark.parametrize("size", [1, 4, 6, 100])
def test_batches_cover_every_window_once_in_order(make_windows, size):
    data = make_windows(np.zeros((30, 3)), WINDOW, HORIZON)
    covered = np.concatenate([np.arange(len(data))[batch] for batch in data.batches(size)])
    np.testing.assert_array_equal(covered, np.arange(len(data)))


def test_the_sample_is_spread_from_the_first_window_to_the_last(make_windows):
    data = make_windows(np.random.default_rng(1).normal(size=(40, 3)), WINDOW, HORIZON)
    sample = sample_windows(data, 3)
    assert sample["Session"].tolist() == [f"{data.index['session'].iloc[row]:%Y-%m-%d}" for row in (0, 8, 15)]


def test_a_sample_larger_than_the_split_holds_every_window_once(make_windows):
    assert len(sample_windows(make_windows(np.zeros((30, 3)), WINDOW, HORIZON), 100)) == 6


def test_the_sample_csv_gives_back_the_windows_exactly(in_finished):
    test = WindowData.read(TEST, WINDOW, HORIZON)
    rows = read_windows(read_table(SAMPLE_WINDOWS.read_bytes()), FEATURE_NAMES, WINDOW)
    chosen = [0, round((len(test) - 1) / 3), round(2 * (len(test) - 1) / 3), len(test) - 1]
    np.testing.assert_array_equal(rows.values, test.windows(np.array(chosen)))
    assert rows.tickers == tuple(test.index["ticker"].iloc[chosen])
    assert rows.sessions == tuple(test.index["session"].iloc[chosen].dt.strftime("%Y-%m-%d"))
    assert rows.warnings == []
