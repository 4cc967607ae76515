"""CSV files that the API rejects, or accepts with a warning."""

import time
from datetime import date, timedelta

import pytest
import requests

from answers import HEADER, assert_problem, predictions, rows, warnings, with_cells
from api_processes import processes
from csv_changes import with_unclear_dates

pytestmark = pytest.mark.usefixtures("still_serves", "no_process_dies")
FEW = 10  # lines; one bad row in so few refuses a file
MAX_ROWS, MAX_COLUMNS, MAX_TICKERS = 700_000, 2_000, 2_000  # unless the environment changes them


# The bytes


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n", b"<!doctype html><p>", b'{"a": 1}'],
    ids=["an image", "a web page", "JSON"],
)
def test_another_format_is_a_422(stack, data):
    files = {"file": ("a.csv", data)}
    assert_problem(
        requests.post(f"{stack.url}/predict", files=files, timeout=10), 422, "not_a_table"
    )


def test_a_byte_order_mark_changes_nothing(stack, sample_csv):
    assert stack.predict(b"\xef\xbb\xbf" + sample_csv).json() == stack.predict(sample_csv).json()


@pytest.mark.parametrize("encoding", ["utf-16-le", "cp1252"])
def test_another_encoding_changes_nothing(stack, sample_csv, encoding):
    text = sample_csv.decode().replace("AAPL", "AÇÃO3")
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    answer = stack.predict((mark + text).encode(encoding))
    assert predictions(answer) == predictions(stack.predict(text.encode()))
    assert answer.json()["input"]["reading"]["encoding"] == encoding


def test_a_wrongly_chosen_encoding_is_a_422(stack, sample_csv):
    data = sample_csv.replace(b"AAPL", b"A\xff")
    assert_problem(stack.predict(data, "?encoding=big5"), 422, "encoding_unknown")


@pytest.mark.parametrize(
    "data",
    [
        b'2013-01-02,"1,2,1,1,5',
        b"2013-01-02," + b"1" * 5_000_000 + b",2,1,1,5",
        b"2013-01-02,\x00,2,1,1,5",
    ],
    ids=["an open quote", "5 MB", "NUL"],
)
def test_an_open_quote_a_huge_field_and_a_nul_are_a_quick_422(stack, data):
    started = time.monotonic()
    assert_problem(stack.predict(HEADER.encode() + b"\n" + data), 422)
    assert time.monotonic() - started < 1.5  # including the transfer


def test_sixty_megabytes_of_quotes_are_a_422(stack, sample_csv):
    header = sample_csv.partition(b"\n")[0]
    assert_problem(stack.predict(header + b"\n" + b'"' * 60_000_000), 422)


# Header and rows


def test_a_duplicate_column_is_a_422_that_names_it(stack):
    answer = stack.predict(f"{HEADER},close\n".encode())
    assert_problem(answer, 422, "column_twice", name="close")


def test_missing_columns_are_a_422_that_lists_all_of_them(stack):
    answer = stack.predict(b"Date,Open\n2013-01-02,1\n")
    assert_problem(answer, 422, "column_missing")
    missing = [error["column"] for error in answer.json()["errors"]]
    assert missing == ["High", "Low", "Close", "Volume"]


def test_extra_columns_are_ignored_with_a_warning_in_any_order(stack, sample_csv):
    lines = [line.split(",") for line in sample_csv.decode().splitlines()]
    reversed_lines = "\n".join(",".join([*reversed(line), "note"]) for line in lines)
    answer = stack.predict(reversed_lines.encode())
    assert predictions(answer) == predictions(stack.predict(sample_csv))
    assert "note" in warnings(answer)["columns_ignored"]["columns"]


@pytest.mark.parametrize(
    "row", ["2013-01-02,1,2,1,1,5,6", "2013-01-02,1,2,1,1"], ids=["too long", "too short"]
)
def test_a_row_of_another_length_is_a_422_with_its_line(stack, row):
    answer = stack.predict(rows("2013-01-01,1,2,1,1,5", row))
    error = assert_problem(answer, 422)
    assert error["row"] == 3
    assert (error["params"]["expected"], error["params"]["found"]) == (6, row.count(",") + 1)


@pytest.mark.parametrize(
    ("data", "code", "limit"),
    [
        (
            ",".join(f"c{number}" for number in range(200_000)).encode() + b"\n1\n",
            "too_many_columns",
            MAX_COLUMNS,
        ),
        (HEADER.encode() + b"\n" + b"unread,1\n" * 1_000_000, "too_many_rows", MAX_ROWS),
    ],
    ids=["200,000 columns", "1,000,000 rows"],
)
def test_too_many_columns_or_rows_are_refused_before_parsing_values(stack, data, code, limit):
    before = processes(stack)
    assert_problem(stack.predict(data), 422, code, limit=limit)
    used = [seconds - before[process][1] for process, (_, seconds) in processes(stack).items()]
    assert sum(used) < 0.5


def test_ten_thousand_tickers_are_a_422_within_two_seconds(stack):
    days = [(date(2012, 1, 2) + timedelta(days=number)).isoformat() for number in range(10)]
    lines = [f"T{number},{day},1,2,1,1,5" for number in range(10_000) for day in days]
    data = "\n".join([f"Ticker,{HEADER}", *lines]).encode()
    started = time.monotonic()
    answer = stack.predict(data)
    assert_problem(answer, 422, "too_many_tickers", tickers=10_000, limit=MAX_TICKERS)
    assert time.monotonic() - started < 2


# Cells


def test_unclear_numbers_are_a_422_with_both_readings(stack):
    data = (HEADER.replace(",", ";") + "\n2013-01-02;1;2;1;1;1.234").encode()
    error = assert_problem(stack.predict(data), 422, "decimals_unclear", found=["1.234"])
    options = {"point": ["1.234"], "comma": ["1234"]}
    assert error["choice"] == {"parameter": "decimal", "options": options}


def test_unclear_dates_are_a_422_whose_choice_gives_a_forecast(stack, sample_csv):
    data = with_unclear_dates(sample_csv)
    error = assert_problem(stack.predict(data), 422, "dates_unclear")
    assert error["choice"]["parameter"] == "dates"
    for order in error["choice"]["options"]:
        answer = stack.predict(data, f"?dates={order}")
        assert predictions(answer)
        assert answer.json()["input"]["reading"]["dates"] == order


@pytest.mark.parametrize("cell", ["NaN", "inf", "1e400", "NA", "ten"])
def test_a_cell_without_a_finite_number_is_a_422_with_its_place(stack, cell):
    error = assert_problem(stack.predict(rows(f"2013-01-02,1,2,1,{cell},5")), 422)
    assert (error["row"], error["column"]) == (2, "Close")


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"Volume": "-1"}, "Volume", "volume_expected"),
        ({"Close": "0"}, "Close", "price_expected"),
        ({"High": "1", "Low": "2"}, "High", "high_below_low"),
    ],
    ids=["volume", "price", "high below low"],
)
def test_an_impossible_row_of_few_is_a_422_with_its_cell(stack, sample_csv, cells, column, code):
    few = b"\n".join(sample_csv.splitlines()[:FEW])
    error = assert_problem(stack.predict(with_cells(few, **cells)), 422, code)
    assert (error["row"], error["column"]) == (10, column)


def test_an_impossible_row_of_many_is_dropped_with_a_warning(stack, sample_csv):
    found = warnings(stack.predict(with_cells(sample_csv, Volume="-1")))
    dropped = found["rows_dropped_impossible"]
    assert (dropped["count"], dropped["lines"]) == (1, [10])


def test_a_row_with_zero_volume_is_dropped_with_a_warning(stack, sample_csv):
    found = warnings(stack.predict(with_cells(sample_csv, Volume="0")))
    dropped = found["rows_dropped_zero_volume"]
    assert (dropped["count"], dropped["lines"]) == (1, [10])


def test_all_problems_are_counted_and_the_first_twenty_listed(stack, sample_csv):
    header, *lines = sample_csv.decode().splitlines()
    wrong = [line.rpartition(",")[0] + ",many" for line in lines[:50]]
    answer = stack.predict("\n".join([header, *wrong, *lines[50:]]).encode())
    assert_problem(answer, 422, "invalid_file", count=50, or_more=False, listed=20)
    assert [error["row"] for error in answer.json()["errors"]] == list(range(2, 22))


# Sessions


def test_too_few_sessions_are_a_422_that_counts_them(stack, sample_csv):
    few = b"\n".join(sample_csv.splitlines()[:31])
    assert_problem(stack.predict(few), 422, "too_few_sessions", needed=45, found=30)


def test_unsorted_rows_are_sorted_with_a_warning(stack, sample_csv):
    header, *lines = sample_csv.splitlines()
    answer = stack.predict(b"\n".join([header, *reversed(lines)]))
    assert "rows_sorted" in warnings(answer)
    assert predictions(answer) == predictions(stack.predict(sample_csv))


def test_a_duplicate_date_is_a_422_with_both_lines(stack, sample_csv):
    lines = sample_csv.splitlines()
    other = lines[4] + b"0"  # another volume
    error = assert_problem(stack.predict(b"\n".join([*lines, other])), 422, "session_twice")
    assert (error["row"], error["params"]["line"]) == (len(lines) + 1, 5)


def test_a_repeated_row_is_dropped_with_a_warning(stack, sample_csv):
    lines = sample_csv.splitlines()
    found = warnings(stack.predict(b"\n".join([*lines, lines[4]])))
    assert found["rows_dropped_repeated"]["count"] == 1


def test_a_date_in_the_future_is_a_422_with_its_line(stack, sample_csv):
    later = (date.today() + timedelta(days=7)).isoformat()
    few = b"\n".join(sample_csv.splitlines()[:FEW])
    answer = stack.predict(with_cells(few, Date=later))
    assert assert_problem(answer, 422, "date_in_future", date=later)["row"] == 10


def test_missing_sessions_are_reported_in_a_warning(stack, sample_csv):
    lines = sample_csv.splitlines()
    gone = [line.split(b",")[1].decode() for line in lines[100:104]]
    missing = warnings(stack.predict(b"\n".join([*lines[:100], *lines[104:]])))["sessions_missing"]
    assert (missing["ticker"], missing["count"]) == ("AAPL", 4)
    assert missing["dates"][:3] == gone[:3]


@pytest.mark.parametrize(
    "volume", ["1", "900000000000000000"], ids=["one share", "more than exist"]
)
def test_values_far_outside_the_training_range_give_a_warning(stack, sample_csv, volume):
    *lines, last = sample_csv.decode().splitlines()
    answer = stack.predict("\n".join([*lines, f"{last.rpartition(',')[0]},{volume}"]).encode())
    assert {"history_outside_training", "file_outside_training"} & warnings(answer).keys()
    # NaN wouldn't be valid JSON.
    assert all(0 <= prediction["volume"] < 1e16 for prediction in predictions(answer))


# Hostile text


@pytest.mark.parametrize("formula", ["=cmd()", "+1", "-1", "@SUM(A1)"])
def test_a_ticker_that_is_a_formula_is_escaped_in_the_csv(stack, sample_csv, formula):
    hostile = sample_csv.replace(b"AAPL", formula.encode())
    assert stack.predict(hostile, Accept="text/csv").text.splitlines()[1].startswith(f"'{formula}")


def test_markup_is_not_echoed_in_problems(stack):
    assert_problem(stack.predict(rows("<script>alert(1)</script>,1,2,1,1,5")), 422)


def test_hostile_names_are_escaped_in_responses_and_logs(stack, sample_csv):
    hostile = sample_csv.replace(b"AAPL", b"<script>alert(2)</script>")
    files = {"file": ("<script>alert(3)</script>\n{}.csv", hostile)}
    headers = {"X-Request-ID": "<script>alert(4)</script>"}
    answer = requests.post(f"{stack.url}/predict", files=files, headers=headers, timeout=10)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in str(answer.json()["input"]["warnings"])
    assert "<script>" not in "".join(answer.headers.values())
    for service in ("api", "frontend"):
        assert "<script>" not in stack.compose("logs", service)
