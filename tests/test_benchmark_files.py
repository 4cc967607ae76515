"""The files that the benchmarks post must be windows CSVs of the current contract."""

import sys
from pathlib import Path

import numpy as np
import pytest

from model_contract.messages.forecasting import WINDOWS_OF_ANOTHER_MODEL
from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES, OF_OTHER_TICKERS
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.windows_csv import read_windows

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")
ANY_MODEL = "abcdefgh"


@pytest.fixture(scope="module")
def bodies():
    sys.path.insert(0, BENCHMARKS)
    try:
        import bodies
    finally:
        sys.path.remove(BENCHMARKS)
    return bodies


@pytest.fixture(scope="module")
def calendar():
    days = np.arange("2012-01-02", "2013-12-31", dtype="datetime64[D]")
    sessions = days[np.is_busday(days)]
    return Calendar(sessions, np.zeros((len(sessions), len(CALENDAR_FLAGS))))


@pytest.mark.parametrize("rows", [1, 20])
def test_the_windows_of_the_benchmarks_are_read(bodies, calendar, rows):
    data = bodies.one_window() if rows == 1 else bodies.many_windows(rows)
    window, horizon = bodies.window(), bodies.horizon()
    found = read_windows(read_table(data), FEATURE_NAMES, window, horizon, calendar, ANY_MODEL)
    windows = found.take(slice(None))
    assert windows.features.shape == (rows, window, len(FEATURE_NAMES))
    assert found.warnings == [
        WINDOWS_OF_ANOTHER_MODEL(count=rows, windows=rows, expected=ANY_MODEL)
    ]
    known = np.any(windows.inputs != 0, axis=(0, 1))
    missing = {name for name, is_known in zip(INPUT_NAMES, known, strict=True) if not is_known}
    assert missing == set(OF_OTHER_TICKERS)
