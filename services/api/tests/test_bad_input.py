"""What /predict answers to files that are not in order: a problem that says what to do."""

import gzip
import io
from datetime import UTC, date, datetime

import pytest

from prediction_api import create_app

PROBLEM = "application/problem+json"


def post(client, data, content_type="text/csv", **kwargs):
    return client.post("/predict", data=data, content_type=content_type, **kwargs)


def assert_problem(response, status, text):
    assert response.status_code == status, response.text
    assert response.content_type == PROBLEM
    assert set(response.json) == {"type", "title", "status", "detail", "request_id", "errors"}
    assert response.json["status"] == status
    found = " ".join(
        [response.json["detail"], *(error["problem"] for error in response.json["errors"])]
    )
    assert text in found


def with_cell(make, row, column, value, count=60):
    """A history whose cell in the data row `row` (from 0) is replaced."""
    lines = make.comma(make.days(count)).decode().splitlines()
    index = lines[0].split(",").index(column)
    cells = lines[row + 1].split(",")
    cells[index] = value
    lines[row + 1] = ",".join(cells)
    return "\n".join(lines).encode()


def test_no_body_is_a_400_that_says_what_to_send(client):
    assert_problem(client.post("/predict"), 400, "Send a CSV")


def test_a_form_without_a_file_is_a_400_that_says_what_to_send(client):
    assert_problem(
        client.post("/predict", data={"other": (io.BytesIO(b"a,b"), "x.csv")}), 400, "Send a CSV"
    )


def test_two_files_are_a_400(client, make):
    data = make.comma(make.days(30))
    form = {"file": [(io.BytesIO(data), "a.csv"), (io.BytesIO(data), "b.csv")]}
    assert_problem(client.post("/predict", data=form), 400, "Found 2 files")


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_an_empty_file_is_a_422(client, data):
    assert_problem(post(client, data), 422, "the file is empty")
    assert_problem(
        client.post("/predict", data={"file": (io.BytesIO(data), "x.csv")}),
        422,
        "the file is empty",
    )


def test_a_header_alone_is_a_422(client):
    assert_problem(post(client, b"Date,Open,High,Low,Close,Volume\n"), 422, "a header and no rows")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "image/png", None]
)
def test_a_wrong_content_type_is_a_415_that_lists_the_accepted_ones(client, content_type):
    assert_problem(
        post(client, b"a,b\n1,2", content_type),
        415,
        "multipart/form-data field 'file', or as a body of type text/csv",
    )


def test_a_content_encoding_is_a_415_and_nothing_is_inflated(client, make):
    data = gzip.compress(make.comma(make.days(60)))
    assert_problem(
        post(client, data, headers={"Content-Encoding": "gzip"}), 415, "compressed ('gzip')"
    )


@pytest.mark.parametrize(
    ("data", "name"), [(gzip.compress(b"a,b\n", mtime=0), "gzip"), (b"PK\x03\x04rest", "zip")]
)
def test_compressed_bytes_are_a_415_in_a_form_and_in_a_body(client, data, name):
    assert_problem(post(client, data), 415, name)
    assert_problem(
        client.post("/predict", data={"file": (io.BytesIO(data), "prices.csv")}), 415, name
    )


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n", b"<html><body>hello, world</body></html>", b'{"a": 1, "b": 2}']
)
def test_another_format_named_csv_is_a_422(client, data):
    assert_problem(
        client.post("/predict", data={"file": (io.BytesIO(data), "prices.csv", "text/csv")}),
        422,
        "not a CSV",
    )


def test_a_dotted_number_under_semicolons_is_a_422_with_both_readings(client, make):
    data = make.semicolon(make.days(60)).decode().splitlines()
    data[5] = ";".join([*data[5].split(";")[:-1], "1.234"])
    assert_problem(
        post(client, "\n".join(data).encode()),
        422,
        "1234 with a thousands point, or 1,234 with a decimal comma",
    )


def test_a_duplicate_header_is_a_422_that_names_it(client, make):
    data = make.comma(make.days(60)).replace(b"Close,Volume", b"open,Volume", 1)
    assert_problem(post(client, data), 422, "'open' more than once")


def test_missing_columns_are_a_422_that_lists_all_of_them(client):
    response = post(client, b"Date,Open,Low\n2024-01-02,1,1\n")
    assert_problem(response, 422, "not in the header")
    assert {error["column"] for error in response.json["errors"]} == {"High", "Close", "Volume"}


def test_missing_columns_of_windows_are_a_422(client):
    assert_problem(
        post(client, b"log_volume_t-0,log_return_t-0\n15,0\n"), 422, "the model takes 22 sessions"
    )


@pytest.mark.parametrize(
    ("change", "found"),
    [(lambda line: line + ",7", "found 8"), (lambda line: line.rsplit(",", 1)[0], "found 6")],
)
def test_a_row_too_long_or_too_short_is_a_422_with_its_line(client, make, change, found):
    lines = make.comma(make.days(60)).decode().splitlines()
    lines[9] = change(lines[9])
    response = post(client, "\n".join(lines).encode())
    assert_problem(response, 422, f"expected 7 fields as in the header, {found}")
    assert response.json["errors"][0]["row"] == 10


@pytest.mark.parametrize(
    ("bad", "text"),
    [(b'"AAPL', "quotation mark"), (b"x" * 5_000_000, "characters"), (b"AA\x00PL", "NUL")],
    ids=["unclosed quote", "5 MB field", "NUL"],
)
def test_an_unclosed_quote_a_huge_field_and_a_nul_are_a_422(client, make, bad, text):
    assert_problem(post(client, make.comma(make.days(60)).replace(b"AAPL", bad, 1)), 422, text)


@pytest.mark.parametrize("value", ["inf", "1e400", "abc", "1,5", "12.345.678"])
def test_what_is_no_finite_number_is_a_422_with_its_cell(client, make, value):
    response = post(client, with_cell(make, 3, "Volume", value))
    assert response.status_code == 422
    assert response.json["errors"][0]["row"] == 5


@pytest.mark.parametrize("value", ["NaN", "NA", ""])
def test_a_missing_value_is_a_422_with_its_cell(client, make, value):
    response = post(client, with_cell(make, 3, "Close", value))
    assert_problem(response, 422, "expected a number")
    assert (response.json["errors"][0]["row"], response.json["errors"][0]["column"]) == (5, "Close")


def test_all_bad_cells_are_listed_up_to_twenty_with_a_count_of_the_rest(client, make):
    data = make.comma([make.replace(day, volume=-1) for day in make.days(60)])
    response = post(client, data)
    assert_problem(response, 422, "volume >= 0, found -1. Only the first 20 are listed.")
    assert response.json["detail"].startswith("60 problems. The first: ")
    assert len(response.json["errors"]) == 20
    assert response.json["errors"][0]["row"] == 2


def test_fewer_sessions_than_a_window_needs_are_a_422_for_every_such_ticker(client, make):
    data = make.comma(make.days(22, "ABC") + make.days(60) + make.days(5, "XYZ"))
    response = post(client, data)
    assert_problem(response, 422, "needs 23 sessions")
    assert [error["problem"] for error in response.json["errors"]] == [
        "'ABC' needs 23 sessions, got 22; add earlier sessions, or leave 'ABC' out",
        "'XYZ' needs 23 sessions, got 5; add earlier sessions, or leave 'XYZ' out",
    ]


def test_a_file_of_one_ticker_is_not_told_to_leave_it_out(client, make):
    response = post(client, make.comma(make.days(5)))
    assert [error["problem"] for error in response.json["errors"]] == [
        "'AAPL' needs 23 sessions, got 5; add earlier sessions"
    ]


def test_a_ticker_of_which_every_row_is_dropped_is_a_422(client, make):
    gone = [make.replace(day, volume=0) for day in make.days(30, "GONE")]
    assert_problem(
        post(client, make.comma(make.days(60) + gone)), 422, "'GONE' needs 23 sessions, got 0"
    )


def test_exactly_as_many_sessions_as_needed_are_enough(client, make):
    response = post(client, make.comma(make.days(23)))
    assert response.status_code == 200
    assert response.json["track_record"] == []


def moved_to(make, last):
    """A history whose last session is moved to this date."""
    days = make.days(30)
    shift = date.fromisoformat(last) - days[-1].session
    return make.comma([make.replace(day, session=day.session + shift) for day in days])


def test_a_history_outside_the_calendar_is_a_422(client, make):
    assert_problem(
        post(client, moved_to(make, "1960-03-01")),
        422,
        "'AAPL' ends on 1960-03-01; the model knows the calendar of its exchange (XNYS) only from 2000-01-03 to 2029-12-31, "
        "and the 2 sessions to forecast must lie within those dates",
    )


def test_dates_in_the_future_are_a_422_with_their_lines(client, make):
    response = post(client, moved_to(make, "2940-03-01"))
    assert_problem(response, 422, "2940-01-19 lies in the future")
    assert [(error["row"], error["column"]) for error in response.json["errors"][:2]] == [
        (2, "Date"),
        (3, "Date"),
    ]


def test_every_problem_of_a_file_is_told_at_once(client, make):
    days = make.days(60)
    days[9] = make.replace(days[9], session=date(2940, 1, 5))
    lines = make.comma(days).decode().splitlines()
    for row, column, cell in ((3, 6, "many"), (5, 1, "2012-13-45"), (7, 4, "0"), (11, 0, "")):
        cells = lines[row].split(",")
        cells[column] = cell
        lines[row] = ",".join(cells)
    problems = [
        (error["row"], error["column"], error["problem"])
        for error in post(client, "\n".join(lines).encode()).json["errors"]
    ]
    assert problems == [
        (4, "Volume", "expected a number such as 1234.56, found 'many'"),
        (6, "Date", "there is no such day as '2012-13-45'; expected a date such as 2024-04-03"),
        (8, "Low", "expected a price > 0, found 0"),
        (
            11,
            "Date",
            f"2940-01-05 lies in the future (today is {datetime.now(UTC).date()}, UTC); expected what has been traded",
        ),
        (12, "Ticker", "expected a ticker of 1 to 40 characters, found an empty cell"),
    ]


def test_more_tickers_than_the_limit_are_a_422_that_names_it(client):
    rows = "".join(f"T{number},2012-01-03,10,11,9,10,1000\n" for number in range(10_000))
    assert_problem(
        post(client, f"Ticker,Date,Open,High,Low,Close,Volume\n{rows}".encode()),
        422,
        "10,000 tickers; at most 2,000 are read",
    )


def test_a_hostile_ticker_is_not_echoed_with_its_markup(client, make):
    response = post(client, make.comma(make.days(5, "<script>alert(1)</script>")))
    assert response.status_code == 422
    assert "<" not in response.text


def test_a_hostile_file_name_is_never_used(client, make):
    data = {"file": (io.BytesIO(make.comma(make.days(5))), "../../<script>.csv")}
    assert "script" not in client.post("/predict", data=data).text


def test_a_hostile_content_type_and_encoding_are_not_echoed_with_their_markup(client):
    assert "<" not in post(client, b"x", "text/<script>").text
    assert "<" not in post(client, b"x", headers={"Content-Encoding": "<b>"}).text


@pytest.mark.parametrize("points", ["-1", "251", "ten", "1.5", "", "9" * 5000])
def test_a_wrong_number_of_points_is_a_400_that_names_the_parameter(client, make, points):
    response = post(client, make.comma(make.days(30)), query_string={"points": points})
    assert_problem(response, 400, "'points' takes a whole number from 0 to 250")


def test_too_large_a_body_is_a_413_that_gives_the_limit(published):
    small = create_app(
        {"MODEL_STORE": published.directory, "MODEL_POLL_SECONDS": 0, "MAX_UPLOAD_MB": 2}
    ).test_client()
    assert_problem(post(small, b"x" * (3 * 1024 * 1024)), 413, "at most 2 MB")


def test_two_thousand_parts_are_a_413(client):
    form = {f"field{number}": "1" for number in range(2000)} | {"file": (io.BytesIO(b"a"), "a.csv")}
    assert_problem(client.post("/predict", data=form), 413, "20 parts")


def test_a_good_file_is_answered_after_every_bad_one(client, make):
    for data in (b"", b"\x89PNG", b"a,b\n1", make.comma(make.days(3))):
        assert post(client, data).status_code == 422
    assert post(client, make.comma(make.days(60))).status_code == 200
