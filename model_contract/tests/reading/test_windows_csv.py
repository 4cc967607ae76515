import numpy as np
import pandas as pd
import pytest

from model_contract.errors import TableError
from model_contract.messages.cells import (
    DATE_EXPECTED,
    DATE_IMPOSSIBLE,
    NUMBER_EXPECTED,
    NUMBER_MISSING,
    TICKER_LENGTH,
    WINDOW_NOT_ASCENDING,
)
from model_contract.messages.forecasting import WINDOW_COLUMNS_IGNORED
from model_contract.messages.reading import (
    FIELD_COUNT,
    WINDOW_COLUMNS_MISSING,
)
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import (
    INPUT_NAMES,
    from_columns,
    input_columns,
    to_columns,
)
from model_contract.model.windows import Windows, history_windows, sliding_windows
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.windows_csv import (
    EFFECTS_COLUMN,
    column_names,
    is_windows_header,
    read_windows,
)
from window_rows import HEADER, INPUTS, MODEL, NAMES, ROW, read_rows, with_inputs

EVERY = slice(None)
WINDOW, HORIZON = 4, 2


@pytest.fixture
def read(calendar):
    """Reads the columns of sessions, after those of inputs were added. `problems_of` uses it."""
    return lambda text: read_rows(with_inputs(text), calendar)


def days(*written: str) -> np.ndarray:
    return np.array(written, dtype="datetime64[D]")


def write_windows(windows: Windows, sessions: np.ndarray, **columns) -> bytes:
    """A windows CSV; sessions (samples, window)."""
    frame = pd.DataFrame(columns)
    columns = input_columns(windows.inputs.shape[1])
    for lag in range(sessions.shape[1] - 1, -1, -1):
        frame[f"session_t-{lag}"] = sessions[:, -1 - lag].astype(str)
        for index, name in enumerate(FEATURE_NAMES):
            frame[f"{name}_t-{lag}"] = windows.features[:, -1 - lag, index]
    inputs = pd.DataFrame(to_columns(windows.inputs), columns=columns)
    whole = pd.concat([frame, inputs], axis=1).assign(**{EFFECTS_COLUMN: MODEL})
    return whole.to_csv(index=False).encode()


def test_columns_run_from_the_oldest_session_to_the_forecast_origin():
    assert column_names(NAMES, 2) == HEADER.split(",")


def test_a_window_of_44_sessions_has_176_columns():
    assert len(column_names(FEATURE_NAMES, 44)) == 176


def test_a_lagged_column_makes_a_windows_header():
    assert is_windows_header(["Ticker", "LOG_VOLUME_T-0"])


def test_the_header_of_a_history_is_not_a_windows_header():
    assert not is_windows_header(["Date", "Open", "Volume", "Volume_t", "t-1"])


def test_windows_written_to_a_csv_are_read_exactly(calendar):
    features = np.random.default_rng(3).normal(size=(6, WINDOW, 3)) * np.array([1e-9, 1, 1e9])
    sessions = sliding_windows(calendar.sessions[:9, None], WINDOW)[:, :, 0]
    random = np.random.default_rng(4).normal(size=(6, len(input_columns(HORIZON))))
    inputs = from_columns(random, HORIZON)
    data = write_windows(Windows(features, np.empty((6, 0, 0)), inputs), sessions)
    assert data.decode().split("\n")[0].split(",") == [
        *column_names(FEATURE_NAMES, WINDOW),
        *input_columns(HORIZON),
        EFFECTS_COLUMN,
    ]
    rows = read_windows(read_table(data), FEATURE_NAMES, WINDOW, HORIZON, calendar, MODEL)
    np.testing.assert_array_equal(rows.take(EVERY).features, features)
    np.testing.assert_array_equal(rows.take(EVERY).inputs, inputs)
    np.testing.assert_array_equal(rows.take(slice(2, 4)).inputs, inputs[2:4])
    assert rows.warnings == []
    np.testing.assert_array_equal(rows.sessions, sessions)


@pytest.mark.parametrize(
    "with_session",
    [True, False],
    ids=["sessions to forecast written", "sessions to forecast left to the calendar"],
)
def test_a_windows_csv_gives_the_same_windows_as_its_history(bars, calendar, with_session):
    upcoming = calendar.after(bars.session[-1], HORIZON)
    effects = np.linspace(-0.3, 0.3, len(CALENDAR_FLAGS))
    cut = history_windows(bars, calendar, upcoming, WINDOW, effects)
    sessions = sliding_windows(bars.session[1:, None], WINDOW)[:, :, 0]
    target = np.append(bars.session[WINDOW + 1 :], upcoming[0])
    data = write_windows(cut, sessions, **({"Session": target.astype(str)} if with_session else {}))
    rows = read_windows(read_table(data), FEATURE_NAMES, WINDOW, HORIZON, calendar, MODEL)
    np.testing.assert_array_equal(rows.take(EVERY).features, cut.features)
    np.testing.assert_array_equal(rows.take(EVERY).inputs, cut.inputs)
    np.testing.assert_array_equal(rows.take(EVERY).calendar, cut.calendar)
    np.testing.assert_array_equal(rows.target, target)


def test_the_order_and_case_of_columns_make_no_difference(read):
    rows = read(
        "log_return_t-0,SESSION_T-0,LOG_VOLUME_T-0,Log_Volume_t-1,log_return_t-1,Session_t-1\n"
        "4,2024-01-05,3,1,2,2024-01-04\n"
    )
    np.testing.assert_array_equal(rows.take(EVERY).features, [[[1, 2], [3, 4]]])
    assert rows.sessions.astype(str).tolist() == [["2024-01-04", "2024-01-05"]]


def test_the_calendar_of_a_row_is_that_of_its_sessions_and_the_next(read, calendar):
    rows = read(f"{HEADER}\n2024-01-10,1,2,2024-01-11,3,4\n")
    expected = calendar.flags_of(
        days("2024-01-10", "2024-01-11", "2024-01-12", "2024-01-16", "2024-01-17")
    )
    np.testing.assert_array_equal(rows.take(EVERY).calendar, [expected])


def test_without_a_session_column_the_calendar_s_next_session_is_forecast(read):
    rows = read(f"{HEADER}\n2024-01-11,1,2,2024-01-12,3,4\n2024-01-12,1,2,2024-01-16,3,4\n")
    assert rows.target.astype(str).tolist() == ["2024-01-16", "2024-01-17"]


def test_a_session_column_names_the_session_to_forecast(read):
    rows = read(f"Session,{HEADER}\n2024-01-12,{ROW}\n2024-01-08,{ROW}\n")
    assert rows.target.astype(str).tolist() == ["2024-01-12", "2024-01-08"]


def test_the_steps_after_a_named_session_are_the_sessions_after_it(read, calendar):
    rows = read(f"Session,{HEADER}\n2024-01-11,{ROW}\n")
    expected = calendar.flags_of(days("2024-01-11", "2024-01-12", "2024-01-16"))
    np.testing.assert_array_equal(rows.take(EVERY).calendar[0, 2:], expected)


def test_a_named_date_that_is_not_a_session_has_no_flags(read, calendar):
    rows = read(f"Session,{HEADER}\n2024-01-06,{ROW}\n")
    assert rows.target.astype(str).tolist() == ["2024-01-06"]
    expected = calendar.flags_of(days("NaT", "2024-01-08", "2024-01-09"))
    np.testing.assert_array_equal(rows.take(EVERY).calendar[0, 2:], expected)


def test_beyond_the_calendar_there_are_no_sessions_and_no_flags(read, calendar):
    rows = read(
        f"{HEADER}\n2024-02-27,1,2,2024-02-28,3,4\n2024-02-28,1,2,2024-02-29,3,4\n"
        "2031-01-06,1,2,2031-01-07,3,4\n"
    )
    assert rows.target.astype(str).tolist() == ["2024-02-29", "NaT", "NaT"]
    expected = calendar.flags_of(days("2024-02-29", *["NaT"] * 8)).reshape(3, 3, -1)
    np.testing.assert_array_equal(rows.take(EVERY).calendar[:, 2:], expected)


def test_tickers_and_sessions_are_kept(read):
    rows = read(f"Ticker,Session,{HEADER}\nAAPL,2024-01-08,{ROW}\n,2024-01-09,{ROW}\n")
    assert rows.tickers == ("AAPL", None)
    assert rows.sessions.astype(str).tolist() == [["2024-01-04", "2024-01-05"]] * 2


def test_tickers_may_be_absent(read):
    rows = read(f"{HEADER}\n{ROW}\n")
    assert (rows.tickers, rows.warnings) == ((None,), [])


def test_decimal_commas_and_days_first_are_read_between_semicolons(read, calendar):
    rows = read(f"Session;{HEADER.replace(',', ';')}\n08/01/2024;04/01/2024;1,5;2;05/01/2024;3;4\n")
    np.testing.assert_array_equal(rows.take(EVERY).features, [[[1.5, 2], [3, 4]]])
    assert rows.target.astype(str).tolist() == ["2024-01-08"]
    np.testing.assert_array_equal(
        rows.take(EVERY).calendar[0, :3],
        calendar.flags_of(days("2024-01-04", "2024-01-05", "2024-01-08")),
    )


@pytest.mark.parametrize(
    ("separator", "decimal"), [(";", "."), ("\t", "."), ("|", "."), ("\t", ",")]
)
def test_the_values_of_the_first_row_show_the_decimal_sign(read, separator, decimal):
    row = "2024-01-04,1.5,2,2024-01-05,3,4\n".replace(",", separator).replace(".", decimal)
    rows = read(HEADER.replace(",", separator) + "\n" + row)
    np.testing.assert_array_equal(rows.take(EVERY).features, [[[1.5, 2], [3, 4]]])


def test_a_line_that_is_not_a_row_is_refused(problems_of):
    fields = 6 + len(INPUTS) + 1
    message = FIELD_COUNT(expected=fields, found=fields - 3)
    assert problems_of(f"{HEADER}\n{ROW}\n1,2,3\n") == [(3, None, message)]


def test_all_missing_columns_are_named_with_what_the_model_takes(problems_of):
    message = WINDOW_COLUMNS_MISSING(
        count=3,
        columns=["log_volume_t-1", "session_t-0", "log_return_t-0"],
        more=False,
        window=2,
        oldest=1,
        features=["session", "log_volume", "log_return"],
        expected=6,
    )
    text = "log_volume_t-0,log_return_t-1,session_t-1\n1,2,2024-01-04\n"
    assert problems_of(text) == [(1, None, message)]


def test_of_many_missing_columns_the_first_ten_are_named(calendar):
    with pytest.raises(TableError) as caught:
        read_windows(read_table(b"a,b\n1,2\n"), NAMES, 40, 1, calendar, MODEL)
    params = caught.value.problems[0].message.params
    assert params["columns"] == column_names(NAMES, 40)[:10]
    assert (params["count"], params["more"]) == (120, True)


@pytest.mark.parametrize("cell", ["", "NA", "nan"])
def test_a_cell_without_a_value_is_refused(problems_of, cell):
    problems = problems_of(f"{HEADER}\n2024-01-04,1,{cell},2024-01-05,3,4\n")
    assert problems == [(2, "log_return_t-1", NUMBER_MISSING(found=cell))]


@pytest.mark.parametrize("cell", ["", "NaT", "44"])
def test_a_session_that_is_not_a_date_is_refused(problems_of, cell):
    problems = problems_of(f"{HEADER}\n{cell},1,2,2024-01-05,3,4\n")
    assert problems == [(2, "session_t-1", DATE_EXPECTED(found=cell, example="2024-04-03"))]


def test_every_bad_cell_of_every_kind_is_listed_with_its_place(problems_of):
    rows = "2024-01-08,2024-01-04,1,inf,4 Jan,3,\n2024-99-01,03/04/2024,1,2,2024-01-05,x,4\n"
    assert problems_of(f"Session,{HEADER}\n{rows}") == [
        (2, "log_return_t-1", NUMBER_EXPECTED(found="inf")),
        (2, "log_return_t-0", NUMBER_MISSING(found="")),
        (2, "session_t-0", DATE_EXPECTED(found="4 Jan", example="2024-04-03")),
        (3, "log_volume_t-0", NUMBER_EXPECTED(found="x")),
        (3, "session_t-1", DATE_EXPECTED(found="03/04/2024", example="2024-04-03")),
        (3, "Session", DATE_IMPOSSIBLE(found="2024-99-01")),
    ]


def test_a_ticker_may_be_empty_but_not_longer_than_40_characters(problems_of):
    text = f"Ticker,{HEADER}\n,{ROW}\n{'x' * 41},{ROW}\n"
    message = TICKER_LENGTH(limit=40, found="x" * 41)
    assert problems_of(text) == [(3, "Ticker", message)]


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{ROW}\n2024-01-05,1,2,2024-01-04,3,4\n",
        f"{HEADER}\n{ROW}\n2024-01-05,1,2,2024-01-05,3,4\n",
        f"{HEADER},Session\n{ROW},2024-01-08\n{ROW},2024-01-05\n",
        f"{HEADER},Session\n{ROW},2024-01-08\n{ROW},2024-01-03\n",
    ],
    ids=["descending", "a session twice", "the origin to forecast", "the past to forecast"],
)
def test_sessions_out_of_order_are_refused_with_their_line(problems_of, text):
    assert problems_of(text) == [(3, None, WINDOW_NOT_ASCENDING())]


def test_every_row_out_of_order_is_listed_by_its_line_in_the_file(problems_of):
    wrong = "2024-01-05,1,2,2024-01-04,3,4"
    text = f"{HEADER}\n{wrong}\n\n{ROW}\n{wrong}\n"
    assert [row for row, _, _ in problems_of(text)] == [2, 5]


def test_columns_of_a_longer_window_are_ignored_with_a_note(read):
    rows = read(f"log_volume_t-2,{HEADER}\n0,{ROW}\n")
    ignored = WINDOW_COLUMNS_IGNORED(count=1, columns=["log_volume_t-2"], more=False)
    assert rows.warnings == [ignored]


def test_the_plain_cells_of_many_windows_are_not_parsed_one_by_one(calendar, only_plain_cells):
    inputs = input_columns(HORIZON)
    names = [*column_names(FEATURE_NAMES, 44), *inputs, EFFECTS_COLUMN]
    days = np.arange("2023-12-01", "2024-01-14", dtype="datetime64[D]").astype(str)
    row = ",".join(
        [
            *(f"{day},15.123456789012345,-0.0123456789,0.0345678901" for day in days),
            *("-0.1234567890123456" for _ in inputs),
            MODEL,
        ]
    )
    data = "\n".join([",".join(names), *[row] * 2_000]).encode()
    rows = read_windows(read_table(data), FEATURE_NAMES, 44, HORIZON, calendar, MODEL)
    assert rows.take(EVERY).features.shape == (2_000, 44, 3)
    np.testing.assert_array_equal(
        rows.take(EVERY).inputs, np.full((2_000, HORIZON, len(INPUT_NAMES)), -0.1234567890123456)
    )
