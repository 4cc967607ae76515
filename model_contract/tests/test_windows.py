import numpy as np
import pandas as pd
import pytest

from model_contract.csv_table import read_table
from model_contract.errors import TableError
from model_contract.features import FEATURE_NAMES
from model_contract.windows import column_names, is_windows_header, read_windows, sliding_windows

NAMES = ("log_volume", "log_return")
HEADER = "log_volume_t-1,log_return_t-1,log_volume_t-0,log_return_t-0"


def read_text(text: str):
    return read_windows(read_table(text.encode()), NAMES, 2)


def problems_of(text: str) -> str:
    with pytest.raises(TableError) as caught:
        read_text(text)
    return str(caught.value)


def test_windows_are_every_run_of_consecutive_rows():
    features = np.arange(8.0).reshape(4, 2)
    np.testing.assert_array_equal(sliding_windows(features, 3), [features[0:3], features[1:4]])


def test_windows_are_a_view_and_no_copy():
    features = np.arange(200.0).reshape(100, 2)
    assert np.shares_memory(sliding_windows(features, 60), features)


def test_fewer_rows_than_a_window_give_no_window():
    assert sliding_windows(np.zeros((2, 3)), 4).shape == (0, 4, 3)


def test_columns_run_from_the_oldest_session_to_the_forecast_origin():
    assert column_names(NAMES, 2) == HEADER.split(",")


def test_windows_survive_the_way_through_a_csv_exactly():
    windows = np.random.default_rng(3).normal(size=(6, 4, 3)) * np.array([1e-9, 1, 1e9])
    frame = pd.DataFrame(windows.reshape(6, -1), columns=column_names(FEATURE_NAMES, 4))
    table = read_table(frame.to_csv(index=False).encode())
    np.testing.assert_array_equal(read_windows(table, FEATURE_NAMES, 4).values, windows)


def test_a_lagged_column_makes_a_header_one_of_windows():
    assert is_windows_header(["Ticker", "LOG_VOLUME_T-0"])


def test_the_header_of_a_history_is_none_of_windows():
    assert not is_windows_header(["Date", "Open", "Volume", "Volume_t", "t-1"])


def test_the_order_and_case_of_columns_make_no_difference():
    rows = read_text("log_return_t-0,LOG_VOLUME_T-0,Log_Volume_t-1,log_return_t-1\n4,3,1,2\n")
    np.testing.assert_array_equal(rows.values, [[[1, 2], [3, 4]]])


def test_tickers_and_sessions_are_kept():
    rows = read_text(f"Ticker,Session,{HEADER}\nAAPL,2024-01-08,1,2,3,4\n,2024-01-09,1,2,3,4\n")
    assert rows.tickers == ("AAPL", None)
    assert rows.sessions == ("2024-01-08", "2024-01-09")


def test_tickers_and_sessions_may_be_absent():
    rows = read_text(f"{HEADER}\n1,2,3,4\n")
    assert (rows.tickers, rows.sessions, rows.warnings) == ((None,), (None,), [])


def test_decimal_commas_are_read_between_semicolons():
    rows = read_text(f"Session;{HEADER.replace(',', ';')}\n08/01/2024;1,5;2;3;4\n")
    np.testing.assert_array_equal(rows.values, [[[1.5, 2], [3, 4]]])
    assert rows.sessions == ("2024-01-08",)


def test_all_missing_columns_are_named_with_what_the_model_takes():
    assert problems_of("log_volume_t-0,log_return_t-1\n1,2\n") == (
        "line 1: missing columns log_volume_t-1, log_return_t-0; "
        "the model takes 2 sessions (t-1 to t-0) of log_volume, log_return: 4 columns"
    )


def test_many_missing_columns_are_named_by_their_first_twelve():
    with pytest.raises(TableError, match=r"log_return_t-34, … \(80 in all\); the model takes 40 sessions"):
        read_windows(read_table(b"a,b\n1,2\n"), NAMES, 40)


@pytest.mark.parametrize(("cell", "found"), [("", "an empty cell"), ("NA", "'NA'"), ("nan", "'nan'")], ids=["empty", "NA", "nan"])
def test_a_cell_without_a_value_is_refused(cell, found):
    assert problems_of(f"{HEADER}\n1,{cell},3,4\n") == f"line 2, column log_return_t-1: expected a number, found {found}"


def test_every_bad_cell_is_listed_with_its_line():
    assert problems_of(f"Session,{HEADER}\n2024-01-08,1,inf,3,4\n2024-99-01,1,2,x,4\n").split("\n") == [
        "line 2, column log_return_t-1: expected a number such as 1234.56, found 'inf'",
        "line 3, column log_volume_t-0: expected a number such as 1234.56, found 'x'",
        "line 3, column Session: '2024-99-01' is not in the calendar",
    ]


def test_columns_of_a_longer_window_are_ignored_with_a_warning():
    rows = read_text(f"log_volume_t-2,{HEADER}\n0,1,2,3,4\n")
    assert rows.warnings == ["ignored 1 column(s) that are no part of the window, first 'log_volume_t-2'"]
