"""Files that /predict rejects, with a code, parameters and a remedy."""

import gzip
import io
from datetime import UTC, date, datetime

import pytest

from predict_requests import post
from prediction_api import create_app
from prediction_api.http.policy import MAX_FORM_PARTS

FIELDS = ["type", "title", "status", "code", "params", "detail", "request_id", "errors"]


def post_form(client, data, name="prices.csv"):
    return client.post("/predict", data={"file": (io.BytesIO(data), name)})


def assert_problem(response, status, code, **params):
    """Check the problem document. For a file, one of its problems must have `code` and `params`."""
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert list(response.json) == FIELDS
    assert response.json["status"] == status
    problems = response.json["errors"] or [response.json]
    found = [problem["params"] for problem in problems if problem["code"] == code]
    assert any(params.items() <= one.items() for one in found), response.text


def problems(response):
    return [(e["row"], e["column"], e["code"], e["params"]) for e in response.json["errors"]]


FEW = 9  # rows; one bad row in so few refuses a file


def with_cell(make, row, column, value, count=FEW):
    """A history with one cell replaced, in the data row `row` (from 0)."""
    lines = make.comma(make.days(count)).decode().splitlines()
    index = lines[0].split(",").index(column)
    cells = lines[row + 1].split(",")
    cells[index] = value
    lines[row + 1] = ",".join(cells)
    return "\n".join(lines).encode()


@pytest.mark.parametrize("form", [None, {"other": (io.BytesIO(b"a,b"), "x.csv")}])
def test_no_file_is_a_400(client, form):
    assert_problem(client.post("/predict", data=form), 400, "nothing_sent")


def test_two_files_are_a_400(client, make):
    data = make.comma(make.days(30))
    form = {"file": [(io.BytesIO(data), "a.csv"), (io.BytesIO(data), "b.csv")]}
    assert_problem(client.post("/predict", data=form), 400, "several_files", count=2)


@pytest.mark.parametrize("send", [post, post_form])
@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_an_empty_file_is_a_422(client, send, data):
    assert_problem(send(client, data), 422, "file_empty")


def test_a_file_with_only_a_header_is_a_422(client):
    assert_problem(post(client, b"Date,Open,High,Low,Close,Volume\n"), 422, "no_rows")


def test_one_day_of_many_tickers_is_a_422_that_says_so(client):
    rows = "".join(f"T{number},2024-01-08,10,11,9,10.5,1000\n" for number in range(60))
    response = post(client, f"Symbol,Date,Open,High,Low,Close,Volume\n{rows}".encode())
    assert_problem(response, 422, "one_day_of_many", date="2024-01-08", tickers=60)


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "image/png"]
)
def test_a_wrong_content_type_is_a_415_that_names_the_accepted_ones(client, content_type):
    response = post(client, b"a,b\n1,2", content_type)
    assert_problem(response, 415, "content_type_wrong", found=content_type)
    for accepted in ("multipart/form-data", "text/csv", "application/csv"):
        assert accepted in response.json["detail"]


def test_a_missing_content_type_is_a_415(client):
    assert_problem(post(client, b"a,b\n1,2", None), 415, "content_type_missing")


def test_a_compressed_body_is_a_415_and_is_not_inflated(client, make):
    data = gzip.compress(make.comma(make.days(60)))
    response = post(client, data, headers={"Content-Encoding": "gzip"})
    assert_problem(response, 415, "body_compressed", format="gzip")


@pytest.mark.parametrize("send", [post, post_form])
def test_a_compressed_file_is_a_415(client, send):
    assert_problem(send(client, gzip.compress(b"a,b\n")), 415, "file_compressed", format="gzip")


@pytest.mark.parametrize("send", [post, post_form])
def test_a_broken_zip_file_is_a_422(client, send):
    assert_problem(send(client, b"PK\x03\x04rest"), 422, "archive_broken")


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n", b"<html><body>hello, world</body></html>", b'{"a": 1, "b": 2}']
)
def test_another_format_with_a_csv_name_is_a_422(client, data):
    assert_problem(post_form(client, data), 422, "not_a_table")


def test_a_repeated_column_is_a_422_that_names_it(client, make):
    data = make.comma(make.days(60)).replace(b"Close,Volume", b"open,Volume", 1)
    assert_problem(post(client, data), 422, "column_twice", name="open")


def test_missing_columns_are_a_422_that_lists_all(client):
    response = post(client, b"Date,Open,Low\n2024-01-02,1,1\n")
    assert_problem(response, 422, "column_missing")
    assert {error["column"] for error in response.json["errors"]} == {"High", "Close", "Volume"}


def test_missing_columns_of_windows_are_a_422(client):
    response = post(client, b"log_volume_t-0,log_return_t-0\n15,0\n")
    assert_problem(response, 422, "window_columns_missing", window=22)


@pytest.mark.parametrize(
    ("change", "code", "found"),
    [
        (lambda line: line + ",7", "field_count_decimal_comma", 8),
        (lambda line: line.rsplit(",", 1)[0], "field_count", 6),
    ],
    ids=["long", "short"],
)
def test_a_row_of_another_length_is_a_422_with_its_line(client, make, change, code, found):
    lines = make.comma(make.days(FEW)).decode().splitlines()
    lines[9] = change(lines[9])
    response = post(client, "\n".join(lines).encode())
    assert_problem(response, 422, code, expected=7, found=found)
    assert response.json["errors"][0]["row"] == 10


@pytest.mark.parametrize(
    ("bad", "code"),
    [(b'"AAPL', "quote_unclosed"), (b"x" * 5_000_000, "line_too_long"), (b"AA\x00PL", "nul_byte")],
    ids=["unclosed quote", "5 MB field", "NUL"],
)
def test_malformed_csv_text_is_a_422(client, make, bad, code):
    assert_problem(post(client, make.comma(make.days(FEW)).replace(b"AAPL", bad, 1)), 422, code)


@pytest.mark.parametrize("value", ["inf", "1e400", "abc", "1,5"])
def test_a_cell_that_is_not_a_finite_number_is_a_422_with_its_line(client, make, value):
    response = post(client, with_cell(make, 3, "Volume", value))
    assert response.status_code == 422
    assert response.json["errors"][0]["row"] == 5


@pytest.mark.parametrize("value", ["NaN", "NA", ""])
def test_a_missing_value_is_a_422_with_its_cell(client, make, value):
    response = post(client, with_cell(make, 3, "Close", value))
    assert response.status_code == 422
    assert problems(response)[0][:2] == (5, "Close")


def test_bad_cells_are_listed_up_to_twenty_and_counted(client, make):
    response = post(client, make.comma([make.replace(day, volume=-1) for day in make.days(60)]))
    assert_problem(response, 422, "volume_expected", found=-1)
    assert response.json["code"] == "invalid_file"
    assert response.json["params"] == {"count": 60, "or_more": False, "listed": 20}
    assert len(response.json["errors"]) == 20
    assert response.json["errors"][0]["row"] == 2


def test_the_detail_shows_the_first_problem_and_its_remedy(client, make):
    first, *_ = errors = post(client, with_cell(make, 3, "Close", "1.5x")).json["errors"]
    assert len(errors) == 1
    detail = post(client, with_cell(make, 3, "Close", "1.5x")).json["detail"]
    assert detail == f"line 5, column Close: {first['problem']}. {first['remedy']}"


def test_the_detail_of_several_problems_ends_with_the_first_remedy(client, make):
    response = post(client, make.comma([make.replace(day, volume=-1) for day in make.days(3)]))
    first = response.json["errors"][0]
    assert response.json["detail"].startswith("3 problems")
    assert response.json["detail"].endswith(
        f"line 2, column Volume: {first['problem']}. {first['remedy']}"
    )


def test_every_ticker_is_listed_if_none_has_enough_sessions(client, make):
    response = post(client, make.comma(make.days(22, "ABC") + make.days(5, "XYZ")))
    assert problems(response) == [
        (None, None, "ticker_too_few_sessions",
         {"ticker": ticker, "needed": 23, "found": found, "months": 2})
        for ticker, found in (("ABC", 22), ("XYZ", 5))
    ]  # fmt: skip


def test_a_file_of_one_ticker_reports_how_many_sessions_are_missing(client, make):
    ((*_, code, params),) = problems(post(client, make.comma(make.days(5))))
    assert code == "too_few_sessions"
    assert params == {"ticker": "AAPL", "needed": 23, "found": 5, "missing": 18, "months": 2}


def test_the_minimum_number_of_sessions_is_enough(client, make):
    response = post(client, make.comma(make.days(23)))
    assert response.status_code == 200
    assert response.json["track_record"] == []


def ending_on(make, last):
    """A history shifted to end on `last`."""
    days = make.days(30)
    shift = date.fromisoformat(last) - days[-1].session
    return make.comma([make.replace(day, session=day.session + shift) for day in days])


def test_a_history_outside_the_calendar_is_a_422(client, make):
    ((*_, code, params),) = problems(post(client, ending_on(make, "1960-03-01")))
    assert code == "calendar_ends"
    assert params == {
        "ticker": "AAPL",
        "date": "1960-03-01",
        "market": "XNYS",
        "first": "2000-01-03",
        "last": "2029-12-31",
        "horizon": 2,
    }


def test_dates_in_the_future_are_a_422_with_their_lines(client, make):
    response = post(client, ending_on(make, "2940-03-01"))
    assert_problem(response, 422, "date_in_future", date="2940-01-19")
    assert [found[:2] for found in problems(response)[:2]] == [(2, "Date"), (3, "Date")]


def test_every_problem_of_a_file_is_reported_at_once(client, make):
    days = make.days(40)
    days[9] = make.replace(days[9], session=date(2940, 1, 5))
    lines = make.comma(days).decode().splitlines()
    for row, column, cell in ((3, 6, "many"), (5, 1, "2012-13-45"), (7, 4, "0"), (11, 0, "")):
        cells = lines[row].split(",")
        cells[column] = cell
        lines[row] = ",".join(cells)
    today = str(datetime.now(UTC).date())
    assert problems(post(client, "\n".join(lines).encode())) == [
        (4, "Volume", "number_expected", {"found": "many"}),
        (6, "Date", "date_impossible", {"found": "2012-13-45"}),
        (8, "Low", "price_expected", {"found": 0.0}),
        (11, "Date", "date_in_future", {"date": "2940-01-05", "today": today}),
        (12, "Ticker", "ticker_length", {"limit": 40, "found": ""}),
    ]


def test_more_tickers_than_the_limit_are_a_422_that_gives_it(client):
    rows = "".join(f"T{number},2012-01-03,10,11,9,10,1000\n" for number in range(10_000))
    response = post(client, f"Ticker,Date,Open,High,Low,Close,Volume\n{rows}".encode())
    assert_problem(response, 422, "too_many_tickers", tickers=10_000, limit=2_000)


def test_a_hostile_ticker_is_not_echoed_with_its_markup(client, make):
    response = post(client, make.comma(make.days(5, "<script>alert(1)</script>")))
    assert response.status_code == 422
    assert "<" not in response.text


def test_a_hostile_file_name_is_not_echoed(client, make):
    response = post_form(client, make.comma(make.days(5)), "../../<script>.csv")
    assert "script" not in response.text


def test_hostile_headers_are_not_echoed_with_their_markup(client):
    assert "<" not in post(client, b"x", "text/<script>").text
    assert "<" not in post(client, b"x", headers={"Content-Encoding": "<b>"}).text


def test_a_body_over_the_limit_is_a_413_that_gives_it(published):
    settings = {"MODEL_STORE": published.directory, "MODEL_POLL_SECONDS": 0, "MAX_UPLOAD_MB": 2}
    response = post(create_app(settings).test_client(), b"x" * (3 * 1024 * 1024))
    assert_problem(response, 413, "file_too_large", megabytes=2)


def test_a_form_of_2000_parts_is_a_413_that_gives_the_limit(client):
    form = {f"field{number}": "1" for number in range(2000)} | {"file": (io.BytesIO(b"a"), "a.csv")}
    response = client.post("/predict", data=form)
    assert_problem(response, 413, "file_too_large")
    assert f"{MAX_FORM_PARTS} parts" in response.json["detail"]


def test_a_valid_file_is_accepted_after_rejected_ones(client, make):
    for data in (b"", b"\x89PNG", b"a,b\n1", make.comma(make.days(3))):
        assert post(client, data).status_code == 422
    assert post(client, make.comma(make.days(60))).status_code == 200
