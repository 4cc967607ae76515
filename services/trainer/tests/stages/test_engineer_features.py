import json
from datetime import date

import numpy as np

from model_contract.model.features import FEATURE_NAMES
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.windows_csv import fingerprint, read_windows
from training.calendar_flags import exchange_sessions
from training.paths import CALENDAR_EFFECTS, SAMPLE_WINDOWS
from training.split import TEST
from training.stages.engineer_features import sample_windows
from training.window_data import WindowData

EVERY = slice(None)
WINDOW, HORIZON = 22, 3
EFFECTS = "1a2b3c4d"  # a fingerprint


def test_the_sample_is_spread_from_the_first_window_to_the_last(make_windows):
    data = make_windows(np.random.default_rng(1).normal(size=(40, 3)), WINDOW, HORIZON)
    sample = sample_windows(data, 3, EFFECTS)
    assert sample["Session"].tolist() == [
        f"{data.index['session'].iloc[row]:%Y-%m-%d}" for row in (0, 8, 15)
    ]


def test_a_sample_larger_than_the_split_has_every_window_once(make_windows):
    assert len(sample_windows(make_windows(np.zeros((30, 3)), WINDOW, HORIZON), 100, EFFECTS)) == 6


def test_the_sample_names_the_sessions_of_each_window(make_windows):
    data = make_windows(np.zeros((30, 3)), WINDOW, HORIZON)
    sample = sample_windows(data, 1, EFFECTS)
    assert sample.filter(regex="session_t-").to_numpy().tolist() == [
        data.sessions[:WINDOW].astype(str).tolist()
    ]


def test_the_sample_csv_reproduces_the_windows_exactly(in_finished):
    test = WindowData.read((TEST,), WINDOW, HORIZON)
    calendar = exchange_sessions("XNYS", date(2020, 1, 1), date(2022, 12, 31))
    table = read_table(SAMPLE_WINDOWS.read_bytes())
    effects = fingerprint(json.loads(CALENDAR_EFFECTS.read_text()))
    rows = read_windows(table, FEATURE_NAMES, WINDOW, HORIZON, calendar, effects)
    chosen = np.array(
        [0, round((len(test) - 1) / 3), round(2 * (len(test) - 1) / 3), len(test) - 1]
    )
    np.testing.assert_array_equal(rows.take(EVERY).features, test.windows(chosen).features)
    np.testing.assert_array_equal(
        rows.take(EVERY).calendar[:, :WINDOW], test.windows(chosen).calendar[:, :WINDOW]
    )
    np.testing.assert_array_equal(rows.take(EVERY).inputs, test.windows(chosen).inputs)
    assert rows.tickers == tuple(test.tickers[chosen])
    np.testing.assert_array_equal(rows.sessions, test.past_sessions(chosen))
    np.testing.assert_array_equal(rows.target, test.future_sessions(chosen)[:, 0])
    assert rows.warnings == []
