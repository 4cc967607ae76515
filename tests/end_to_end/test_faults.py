"""Bad input, as the faults catalogue of the API lists it, through nginx and, where a limit is nginx's too, past it.

After each a good request still succeeds, and the processes that answered the first one answer the last.
"""

import gzip
import itertools
import json
import socket
import time
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO

import pytest
import requests

from running_stack import Stack

HEADER = "Date,Open,High,Low,Close,Volume"
MEGABYTE = 2**20
ROWS, TICKERS = 700_000, 2_000  # that a file may have, unless the environment says otherwise
# The processes of the API's container that run for long: megabytes of memory at most so far, and seconds of CPU, by their ids.
PROCESSES = """
import json, os, pathlib
def facts(folder):
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    used = (folder / "stat").read_text().rpartition(")")[2].split()
    seconds = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
    return int(status["VmHWM"].split()[0]) / 1024, seconds
folders = [path.parent for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if b"gunicorn" in path.read_bytes()]
print(json.dumps({folder.name: facts(folder) for folder in folders if folder.name != str(os.getpid())}))
"""
# Sends so many megabytes to gunicorn itself, with or without telling before how many, and prints the answer.
SEND = """
import contextlib, http.client, sys
megabytes, told = int(sys.argv[1]), sys.argv[2] == "told"
connection = http.client.HTTPConnection("localhost", 8000, timeout=60)
connection.putrequest("POST", "/predict")
connection.putheader("Content-Type", "text/csv")
connection.putheader(*(("Content-Length", str(megabytes << 20)) if told else ("Transfer-Encoding", "chunked")))
connection.endheaders()
block = b"x" * 2**20
with contextlib.suppress(BrokenPipeError, ConnectionResetError):
    for _ in range(megabytes):
        connection.send(block if told else b"%x\\r\\n%s\\r\\n" % (len(block), block))
    connection.send(b"" if told else b"0\\r\\n\\r\\n")
response = connection.getresponse()
print(response.status, response.headers["Content-Type"])
"""


def in_api(stack: Stack, script: str, *arguments: str) -> str:
    return stack.compose("exec", "-T", "api", "python", "-c", script, *arguments).strip()


def processes(stack: Stack) -> dict[str, tuple[float, float]]:
    facts: dict[str, tuple[float, float]] = json.loads(in_api(stack, PROCESSES))
    return facts


def upload_megabytes(stack: Stack) -> int:
    (value,) = (
        v.partition("=")[2]
        for v in stack.inspect("api")["Config"]["Env"]
        if v.startswith("MAX_UPLOAD_MB=")
    )
    return int(value)


@pytest.fixture(autouse=True, scope="module")
def no_process_dies(stack: Stack) -> Iterator[None]:
    before = processes(stack).keys()
    yield
    assert processes(stack).keys() == before


@pytest.fixture(autouse=True)
def good_request_still_succeeds(stack, sample_csv):
    yield
    assert stack.predict(sample_csv).status_code == 200


def assert_problem(answer: requests.Response, status: int, *texts: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail", "request_id", "errors"} <= problem.keys()
    for text in texts:
        assert text in answer.text
    assert "Traceback" not in answer.text
    assert "/app" not in answer.text
    assert "<" not in answer.text


def warnings(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    found: list[str] = answer.json()["input"]["warnings"]
    return found


def with_cells(data: bytes, **cells: str) -> bytes:
    """The file with other cells in its tenth line."""
    lines = [line.split(",") for line in data.decode().splitlines()]
    for name, cell in cells.items():
        lines[9][lines[0].index(name)] = cell
    return "\n".join(map(",".join, lines)).encode()


def rows(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines]).encode()


@pytest.mark.parametrize(
    ("given", "status"),
    [({}, 400), ({"files": {"other": ("a.csv", b"x")}}, 400), ({"data": {"name": "value"}}, 415)],
    ids=["no body", "no part called file", "a form of another type"],
)
def test_1_a_request_without_a_csv_is_told_to_send_one(stack, given, status):
    answer = requests.post(f"{stack.url}/predict", timeout=10, **given)
    assert_problem(answer, status, "Send a CSV", "multipart/form-data", "text/csv")


@pytest.mark.parametrize("data", [b"\n", HEADER.encode()], ids=["an empty file", "a header only"])
def test_2_a_file_without_rows_is_a_422(stack, data):
    assert_problem(
        requests.post(f"{stack.url}/predict", files={"file": ("a.csv", data)}, timeout=10), 422
    )


def test_3_a_wrong_content_type_is_a_415_that_names_the_accepted_ones(stack):
    answer = requests.post(
        f"{stack.url}/predict", data=b"{}", headers={"Content-Type": "application/json"}, timeout=10
    )
    assert_problem(answer, 415, "text/csv", "multipart/form-data")


def test_4_a_body_over_the_limit_is_a_413_with_a_length(stack):
    assert_problem(stack.predict(b"x" * (upload_megabytes(stack) + 1) * MEGABYTE), 413)


def test_4_a_body_over_the_limit_is_a_413_without_a_length(stack):
    blocks = itertools.repeat(b"x" * MEGABYTE, upload_megabytes(stack) + 2)
    answer = requests.post(
        f"{stack.url}/predict", data=blocks, headers={"Content-Type": "text/csv"}, timeout=30
    )
    assert_problem(answer, 413)


@pytest.mark.parametrize("told", ["told", "not told"], ids=["with a length", "without a length"])
def test_4_gunicorn_itself_refuses_a_body_over_the_limit_in_bounded_memory(stack, told):
    limit, before = upload_megabytes(stack), processes(stack)
    assert in_api(stack, SEND, str(4 * limit), told) == "413 application/problem+json"
    grown = max(
        megabytes - before[process][0] for process, (megabytes, _) in processes(stack).items()
    )
    assert grown < (20 if told == "told" else 2 * limit + 20)


def test_5_two_thousand_parts_are_a_413(stack):
    answer = requests.post(
        f"{stack.url}/predict", files=[(f"part{n}", ("a", b"x")) for n in range(2000)], timeout=30
    )
    assert_problem(answer, 413)


def test_6_a_malformed_boundary_is_a_400(stack):
    answer = requests.post(
        f"{stack.url}/predict",
        data=b"--x\r\nnonsense",
        headers={"Content-Type": "multipart/form-data; boundary=y"},
        timeout=10,
    )
    assert_problem(answer, 400)


def test_6_a_client_that_hangs_up_early_harms_nobody(stack):
    with socket.create_connection(("127.0.0.1", stack.port), timeout=5) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\nDate,"
        )


def test_7_compressed_bytes_are_a_415_and_never_inflated(stack, sample_csv):
    assert_problem(stack.predict(gzip.compress(sample_csv), **{"Content-Encoding": "gzip"}), 415)
    assert_problem(stack.predict(gzip.compress(sample_csv)), 415)
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("prices.csv", sample_csv)
    assert_problem(stack.predict(archive.getvalue()), 415)


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n", b"<!doctype html><p>", b'{"a": 1}'],
    ids=["an image", "a web page", "JSON"],
)
def test_8_another_format_is_a_422_not_a_csv(stack, data):
    assert_problem(
        requests.post(f"{stack.url}/predict", files={"file": ("a.csv", data)}, timeout=10),
        422,
        "not a CSV",
    )


def test_9_a_byte_order_mark_changes_no_answer(stack, sample_csv):
    assert stack.predict(b"\xef\xbb\xbf" + sample_csv).json() == stack.predict(sample_csv).json()


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_10_another_encoding_is_a_422_that_names_the_one_that_is_read(stack, sample_csv, encoding):
    assert_problem(
        stack.predict(sample_csv.decode().replace("AAPL", "AÇÃO3").encode(encoding)),
        422,
        "CSV UTF-8",
    )


def test_11_decimal_commas_and_days_first_give_the_same_answer(stack, sample_csv):
    def cell(text: str) -> str:
        if text[:1].isdigit() and "-" in text:
            return "/".join(reversed(text.split("-")))
        whole, point, fraction = text.partition(".")
        grouped = f"{int(whole):,}".replace(",", ".") if whole.isdigit() else whole
        return grouped + point.replace(".", ",") + fraction

    lines = [";".join(map(cell, line.split(","))) for line in sample_csv.decode().splitlines()]
    assert stack.predict("\r\n".join(lines).encode()).json() == stack.predict(sample_csv).json()


def test_12_an_ambiguous_number_is_a_422_with_both_readings(stack):
    data = (HEADER.replace(",", ";") + "\n02/01/2013;1;2;1;1;1.234").encode()
    assert_problem(stack.predict(data), 422, "1234", "1,234", "ambiguous")


def test_13_a_slashed_date_between_commas_is_a_422_with_both_readings(stack):
    assert_problem(stack.predict(rows("03/04/2012,1,2,1,1,5")), 422, "day/month or month/day")


def test_14_a_duplicate_header_is_a_422_that_names_it(stack):
    assert_problem(stack.predict(f"{HEADER},close\n".encode()), 422, "'close' more than once")


def test_15_missing_columns_are_a_422_that_lists_all(stack):
    answer = stack.predict(b"Date,Open\n2013-01-02,1\n")
    assert_problem(answer, 422)
    assert [error["column"] for error in answer.json()["errors"]] == [
        "High",
        "Low",
        "Close",
        "Volume",
    ]


def test_16_extra_columns_are_ignored_with_a_warning_and_order_is_irrelevant(stack, sample_csv):
    turned = "\n".join(
        ",".join([*reversed(line.split(",")), "note"]) for line in sample_csv.decode().splitlines()
    )
    answer = stack.predict(turned.encode())
    assert answer.json()["predictions"] == stack.predict(sample_csv).json()["predictions"]
    assert any("'note'" in warning for warning in answer.json()["input"]["warnings"])


@pytest.mark.parametrize(
    "row", ["2013-01-02,1,2,1,1,5,6", "2013-01-02,1,2,1,1"], ids=["too long", "too short"]
)
def test_17_a_row_of_another_length_is_a_422_with_its_line(stack, row):
    answer = stack.predict(rows("2013-01-01,1,2,1,1,5", row))
    assert_problem(answer, 422, "expected 6 fields")
    assert answer.json()["errors"][0]["row"] == 3


@pytest.mark.parametrize(
    "data",
    [
        b'2013-01-02,"1,2,1,1,5',
        b"2013-01-02," + b"1" * 5_000_000 + b",2,1,1,5",
        b"2013-01-02,\x00,2,1,1,5",
    ],
    ids=["a quote", "5 MB", "NUL"],
)
def test_18_an_open_quote_a_huge_field_and_a_nul_are_a_422(stack, data):
    started = time.monotonic()
    answer = stack.predict(HEADER.encode() + b"\n" + data)
    assert_problem(answer, 422)
    assert time.monotonic() - started < 1.5  # the transfer included


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (",".join(f"c{number}" for number in range(200_000)).encode() + b"\n1\n", "at most 2,000"),
        (HEADER.encode() + b"\n" + b"unread,1\n" * 1_000_000, f"at most {ROWS:,}"),
    ],
    ids=["200,000 columns", "1,000,000 rows"],
)
def test_19_columns_and_rows_beyond_the_limits_are_a_422_before_any_value_is_parsed(
    stack, data, limit
):
    before = processes(stack)
    assert_problem(stack.predict(data), 422, limit)
    assert (
        sum(seconds - before[process][1] for process, (_, seconds) in processes(stack).items())
        < 0.5
    )


@pytest.mark.parametrize("cell", ["NaN", "inf", "1e400", "NA", "ten"])
def test_20_what_is_no_finite_number_is_a_422_with_its_cell(stack, cell):
    answer = stack.predict(rows(f"2013-01-02,1,2,1,{cell},5"))
    assert_problem(answer, 422)
    assert (answer.json()["errors"][0]["row"], answer.json()["errors"][0]["column"]) == (2, "Close")


@pytest.mark.parametrize(
    ("cells", "column", "text"),
    [
        ({"Volume": "-1"}, "Volume", "a volume >= 0"),
        ({"Close": "0"}, "Close", "a price > 0"),
        ({"High": "1", "Low": "2"}, "High", "below Low"),
    ],
    ids=["volume", "price", "high below low"],
)
def test_21_an_impossible_row_is_a_422_with_its_cell(stack, sample_csv, cells, column, text):
    answer = stack.predict(with_cells(sample_csv, **cells))
    assert_problem(answer, 422, text)
    assert (answer.json()["errors"][0]["row"], answer.json()["errors"][0]["column"]) == (10, column)


def test_21_a_bar_of_zero_volume_is_dropped_with_a_warning(stack, sample_csv):
    assert "Dropped 1 row with zero volume (nothing was traded): line 10." in warnings(
        stack.predict(with_cells(sample_csv, Volume="0"))
    )


def test_20_and_21_all_problems_come_at_once_the_first_twenty_in_full(stack, sample_csv):
    header, *lines = sample_csv.decode().splitlines()
    wrong = [line.rpartition(",")[0] + ",many" for line in lines[:50]]
    answer = stack.predict("\n".join([header, *wrong, *lines[50:]]).encode())
    assert_problem(answer, 422, "50 problems")
    assert [error["row"] for error in answer.json()["errors"]] == list(range(2, 22))


def test_22_fewer_sessions_than_a_window_are_a_422_that_counts_them(stack, sample_csv):
    few = b"\n".join(sample_csv.splitlines()[:31])
    assert_problem(stack.predict(few), 422, "45", "30")


def test_23_unsorted_rows_are_sorted_with_a_warning(stack, sample_csv):
    header, *lines = sample_csv.splitlines()
    answer = stack.predict(b"\n".join([header, *reversed(lines)]))
    assert any("were sorted" in warning for warning in warnings(answer))
    assert answer.json()["predictions"] == stack.predict(sample_csv).json()["predictions"]


def test_23_a_date_that_stands_twice_is_a_422_with_both_lines(stack, sample_csv):
    lines = sample_csv.splitlines()
    assert_problem(stack.predict(b"\n".join([*lines, lines[4]])), 422, "stands on line 5 already")


def test_23_a_date_in_the_future_is_a_422_with_its_line(stack, sample_csv):
    later = date.today() + timedelta(days=7)
    answer = stack.predict(with_cells(sample_csv, Date=later.isoformat()))
    assert_problem(answer, 422, f"{later} lies in the future")
    assert answer.json()["errors"][0]["row"] == 10


def test_23_gaps_are_told_in_a_warning(stack, sample_csv):
    lines = sample_csv.splitlines()
    gone = [line.split(b",")[1].decode() for line in lines[100:104]]
    (warning,) = [
        text
        for text in warnings(stack.predict(b"\n".join([*lines[:100], *lines[104:]])))
        if "AAPL" in text and gone[0] in text
    ]
    assert "4 of" in warning
    assert all(day in warning for day in gone[:3])


@pytest.mark.parametrize(
    "volume", ["1", "900000000000000000"], ids=["a share", "more than there are"]
)
def test_24_values_far_outside_the_training_range_are_answered_with_a_warning(
    stack, sample_csv, volume
):
    *lines, last = sample_csv.decode().splitlines()
    answer = stack.predict("\n".join([*lines, f"{last.rpartition(',')[0]},{volume}"]).encode())
    assert any("training" in warning for warning in warnings(answer))
    assert all(
        0 <= prediction["volume"] < 1e16 for prediction in answer.json()["predictions"]
    )  # NaN would not be JSON


@pytest.mark.parametrize("formula", ["=cmd()", "+1", "-1", "@SUM(A1)"])
def test_25_a_ticker_that_is_a_formula_is_inert_in_a_csv(stack, sample_csv, formula):
    hostile = sample_csv.replace(b"AAPL", formula.encode())
    assert stack.predict(hostile, Accept="text/csv").text.splitlines()[1].startswith(f"'{formula}")


def test_25_markup_is_not_echoed_in_problems(stack):
    assert_problem(stack.predict(rows("<script>alert(1)</script>,1,2,1,1,5")), 422)


def test_25_hostile_names_are_inert_in_answers_and_logs(stack, sample_csv):
    hostile = sample_csv.replace(b"AAPL", b"<script>alert(2)</script>")
    files = {"file": ("<script>alert(3)</script>\n{}.csv", hostile)}
    answer = requests.post(
        f"{stack.url}/predict",
        files=files,
        headers={"X-Request-ID": "<script>alert(4)</script>"},
        timeout=10,
    )
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in "".join(warnings(answer))
    assert "<script>" not in "".join(answer.headers.values())
    for service in ("api", "frontend"):
        assert "<script>" not in stack.compose("logs", service)


def test_26_a_wrong_method_is_a_405_with_allow(stack):
    answer = requests.get(f"{stack.url}/predict", timeout=10)
    assert_problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("TRACE", "/predict", "POST"),
        ("AB", "/predict", "POST"),
        ("AB", "/healthz", "GET, HEAD"),
        ("PUT", "/settings.json", "GET, HEAD"),
    ],
)
def test_26_so_is_one_that_nginx_refuses_by_itself(stack, method, path, allowed):
    answer = requests.request(method, stack.url + path, timeout=10)
    assert_problem(answer, 405)
    assert answer.headers["Allow"] == allowed
    assert allowed in answer.json()["detail"]


def test_26_an_unknown_path_is_a_404(stack):
    answer = requests.get(f"{stack.url}/predict/nothing", timeout=10)
    assert_problem(answer, 404)


@pytest.mark.parametrize("path", ["/", "/model"])
def test_26_a_wrong_host_is_a_400(stack, path):
    assert_problem(
        requests.get(stack.url + path, headers={"Host": "evil.example"}, timeout=10), 400
    )


def test_27_sixty_megabytes_of_quotation_marks_are_a_422_and_the_worker_lives(stack, sample_csv):
    before = stack.compose("logs", "api").count("Booting worker")
    answer = requests.post(
        f"{stack.url}/predict",
        data=sample_csv.partition(b"\n")[0] + b"\n" + b'"' * 60_000_000,
        headers={"Content-Type": "text/csv"},
        timeout=60,
    )
    assert_problem(answer, 422)
    assert stack.compose("logs", "api").count("Booting worker") == before


def test_27_ten_thousand_tickers_are_a_422_with_the_limit_within_two_seconds(stack):
    days = [(date(2012, 1, 2) + timedelta(days=number)).isoformat() for number in range(10)]
    data = "\n".join(
        [
            f"Ticker,{HEADER}",
            *(f"T{number},{day},1,2,1,1,5" for number in range(10_000) for day in days),
        ]
    )
    started = time.monotonic()
    assert_problem(stack.predict(data.encode()), 422, f"10,000 tickers; at most {TICKERS:,}")
    assert time.monotonic() - started < 2


def test_bytes_that_no_address_may_hold_are_a_400_problem(stack):
    answer = stack.exchange(
        b"POST /predict?x=\xe9<b> HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert b"<b>" not in answer


def test_more_headers_than_gunicorn_takes_by_itself_are_passed_on(stack):
    answer = requests.get(
        f"{stack.url}/healthz",
        headers={f"X-Note-{number}": "y" for number in range(300)},
        timeout=10,
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_a_content_type_sent_twice_is_answered_in_json(stack):
    headers = b"Content-Type: text/csv\r\nContent-Type: text/html\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
    answer = stack.exchange(b"POST /predict HTTP/1.1\r\nHost: localhost\r\n" + headers)
    assert b"json" in answer.split(b"\r\n\r\n")[0]


def test_a_file_of_the_largest_size_is_read_as_a_form_and_as_a_body(stack):
    data = (HEADER.encode() + b"\n").ljust(upload_megabytes(stack) * MEGABYTE, b"x")
    as_form = requests.post(f"{stack.url}/predict", files={"file": ("a.csv", data)}, timeout=30)
    assert (as_form.status_code, stack.predict(data).status_code) == (422, 422)
