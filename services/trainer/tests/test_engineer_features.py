from datetime import date

import numpy as np
import pandas as pd
import pytest

from model_contract.model.features import FEATURE_NAMES
from model_contract.reading.csv_file import read_table
from model_contract.reading.windows_csv import read_windows
from training.calendar_flags import exchange_sessions
from training.errors import TrainingError
from training.paths import SAMPLE_WINDOWS
from training.split import SPLITS, TEST
from training.stages.engineer_features import sample_windows, window_index
from training.window_data import WindowData

EVERY = slice(None)

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
    assert (
        features["ticker"].to_numpy()[rows_of(index)] == index["ticker"].to_numpy()[:, None]
    ).all()


def test_no_window_or_target_crosses_a_split(features, index):
    assert (
        features["split"].to_numpy()[rows_of(index)] == index["split"].to_numpy()[:, None]
    ).all()


def test_every_window_that_fits_is_in_the_index(features, index):
    sizes = features[features["split"].isin(SPLITS)].groupby(["ticker", "split"]).size()
    assert (
        index.groupby(["ticker", "split"]).size().to_dict()
        == (sizes - WINDOW - HORIZON + 1).to_dict()
    )


def test_no_session_of_one_split_s_windows_is_in_another_s(features, index):
    sessions = features["session"].to_numpy()
    of_split = {
        split: set(sessions[rows_of(rows)].ravel()) for split, rows in index.groupby("split")
    }
    assert not of_split["train"] & of_split["validation"]
    assert not of_split["validation"] & of_split["test"]


def test_the_first_target_is_the_session_right_after_the_window(features, index):
    sessions = features["session"].to_numpy()
    np.testing.assert_array_equal(
        index["session"].to_numpy(), sessions[index["start"].to_numpy() + WINDOW]
    )


def test_a_ticker_too_short_for_a_window_has_none(panel, split_features):
    short = panel[
        (panel["ticker"] != "BBB") | (panel["session"] > panel["session"].iloc[390])
    ].reset_index(drop=True)
    assert set(window_index(split_features(short), WINDOW, HORIZON)["ticker"]) == {"AAA", "CCC"}


def test_a_split_without_any_window_is_refused(features):
    with pytest.raises(
        TrainingError,
        match="no ticker has 123 sessions in the split validation or test; give longer histories",
    ):
        window_index(features, 120, HORIZON)


def test_the_sample_is_spread_from_the_first_window_to_the_last(make_windows):
    data = make_windows(np.random.default_rng(1).normal(size=(40, 3)), WINDOW, HORIZON)
    sample = sample_windows(data, 3)
    assert sample["Session"].tolist() == [
        f"{data.index['session'].iloc[row]:%Y-%m-%d}" for row in (0, 8, 15)
    ]


def test_a_sample_larger_than_the_split_holds_every_window_once(make_windows):
    assert len(sample_windows(make_windows(np.zeros((30, 3)), WINDOW, HORIZON), 100)) == 6


def test_the_sample_names_the_sessions_of_each_window(make_windows):
    data = make_windows(np.zeros((30, 3)), WINDOW, HORIZON)
    sample = sample_windows(data, 1)
    assert sample.filter(regex="session_t-").to_numpy().tolist() == [
        data.sessions[:WINDOW].astype(str).tolist()
    ]


def test_the_sample_csv_gives_back_the_windows_and_their_calendar_exactly(in_finished):
    test = WindowData.read((TEST,), WINDOW, HORIZON)
    calendar = exchange_sessions("XNYS", date(2020, 1, 1), date(2022, 12, 31))
    rows = read_windows(
        read_table(SAMPLE_WINDOWS.read_bytes()), FEATURE_NAMES, WINDOW, HORIZON, calendar
    )
    chosen = np.array(
        [0, round((len(test) - 1) / 3), round(2 * (len(test) - 1) / 3), len(test) - 1]
    )
    np.testing.assert_array_equal(rows.take(EVERY).features, test.windows(chosen).features)
    np.testing.assert_array_equal(
        rows.take(EVERY).calendar[:, :WINDOW], test.windows(chosen).calendar[:, :WINDOW]
    )
    assert rows.tickers == tuple(test.tickers[chosen])
    np.testing.assert_array_equal(rows.sessions, test.past_sessions(chosen))
    np.testing.assert_array_equal(rows.target, test.future_sessions(chosen)[:, 0])
    assert rows.warnings == []
