"""Bad input through nginx, as the faults catalogue of the API lists it. After each, a good request still succeeds."""

import gzip
import socket

import pytest
import requests

HEADER = "Date,Open,High,Low,Close,Volume"


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
    assert_problem(requests.post(f"{stack.url}/predict", files={"file": ("a.csv", data)}, timeout=10), 422)


def test_3_a_wrong_content_type_is_a_415_that_names_the_accepted_ones(stack):
    answer = requests.post(f"{stack.url}/predict", data=b"{}", headers={"Content-Type": "application/json"}, timeout=10)
    assert_problem(answer, 415, "text/csv", "multipart/form-data")


def test_4_a_body_over_the_limit_is_a_413_with_a_length(stack):
    assert_problem(stack.predict(b"x" * 11 * 2**20), 413)


def test_4_a_body_over_the_limit_is_a_413_without_a_length(stack):
    answer = requests.post(f"{stack.url}/predict", data=(b"x" * 2**20 for _ in range(12)), headers={"Content-Type": "text/csv"}, timeout=30)
    assert_problem(answer, 413)


def test_5_two_thousand_parts_are_a_413(stack):
    answer = requests.post(f"{stack.url}/predict", files=[(f"part{n}", ("a", b"x")) for n in range(2000)], timeout=30)
    assert_problem(answer, 413)


def test_6_a_malformed_boundary_is_a_400(stack):
    answer = requests.post(
        f"{stack.url}/predict", data=b"--x\r\nnonsense", headers={"Content-Type": "multipart/form-data; boundary=y"}, timeout=10
    )
    assert_problem(answer, 400)


def test_6_a_client_that_hangs_up_early_harms_nobody(stack):
    with socket.create_connection(("127.0.0.1", stack.port), timeout=5) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\nDate,")


def test_7_compressed_bytes_are_a_415_and_never_inflated(stack, sample_csv):
    assert_problem(stack.predict(gzip.compress(sample_csv), **{"Content-Encoding": "gzip"}), 415)
    assert_problem(stack.predict(gzip.compress(sample_csv)), 415)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"<!doctype html><p>", b'{"a": 1}'], ids=["an image", "a web page", "JSON"])
def test_8_another_format_is_a_422_not_a_csv(stack, data):
    assert_problem(requests.post(f"{stack.url}/predict", files={"file": ("a.csv", data)}, timeout=10), 422, "not a CSV")


def test_12_an_ambiguous_number_is_a_422_with_both_readings(stack):
    data = (HEADER.replace(",", ";") + "\n02/01/2013;1;2;1;1;1.234").encode()
    assert_problem(stack.predict(data), 422, "1234", "1,234", "ambiguous")


def test_14_a_duplicate_header_is_a_422_that_names_it(stack):
    assert_problem(stack.predict(f"{HEADER},close\n".encode()), 422, "'close' more than once")


def test_15_missing_columns_are_a_422_that_lists_all(stack):
    answer = stack.predict(b"Date,Open\n2013-01-02,1\n")
    assert_problem(answer, 422)
    assert [error["column"] for error in answer.json()["errors"]] == ["High", "Low", "Close", "Volume"]


def test_16_extra_columns_are_ignored_with_a_warning_and_order_is_irrelevant(stack, sample_csv):
    turned = "\n".join(",".join([*reversed(line.split(",")), "note"]) for line in sample_csv.decode().splitlines())
    answer = stack.predict(turned.encode())
    assert answer.json()["predictions"] == stack.predict(sample_csv).json()["predictions"]
    assert any("'note'" in warning for warning in answer.json()["input"]["warnings"])


@pytest.mark.parametrize("row", ["2013-01-02,1,2,1,1,5,6", "2013-01-02,1,2,1,1"], ids=["too long", "too short"])
def test_17_a_row_of_another_length_is_a_422_with_its_line(stack, row):
    answer = stack.predict(rows("2013-01-01,1,2,1,1,5", row))
    assert_problem(answer, 422, "expected 6 fields")
    assert answer.json()["errors"][0]["row"] == 3


@pytest.mark.parametrize(
    "data",
    [b'2013-01-02,"1,2,1,1,5', b"2013-01-02," + b"1" * 5_000_000 + b",2,1,1,5", b"2013-01-02,\x00,2,1,1,5"],
    ids=["a quote", "5 MB", "NUL"],
)
def test_18_an_open_quote_a_huge_field_and_a_nul_are_a_422(stack, data):
    answer = stack.predict(HEADER.encode() + b"\n" + data)
    assert_problem(answer, 422)


@pytest.mark.parametrize("cell", ["NaN", "inf", "1e400", "NA", "ten"])
def test_20_what_is_no_finite_number_is_a_422_with_its_cell(stack, cell):
    answer = stack.predict(rows(f"2013-01-02,1,2,1,{cell},5"))
    assert_problem(answer, 422)
    assert (answer.json()["errors"][0]["row"], answer.json()["errors"][0]["column"]) == (2, "Close")


def test_22_fewer_sessions_than_a_window_are_a_422_that_counts_them(stack, sample_csv):
    few = b"\n".join(sample_csv.splitlines()[:31])
    assert_problem(stack.predict(few), 422, "45", "30")


def test_25_markup_and_formulas_are_inert_in_answers(stack, sample_csv):
    hostile = sample_csv.replace(b"AAPL", b"=cmd()")
    assert stack.predict(hostile, Accept="text/csv").text.splitlines()[1].startswith("'=cmd()")
    answer = stack.predict(rows("<script>alert(1)</script>,1,2,1,1,5"))
    assert_problem(answer, 422)
    assert "<script" not in answer.text


def test_26_a_wrong_method_is_a_405_with_allow(stack):
    answer = requests.get(f"{stack.url}/predict", timeout=10)
    assert_problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_26_an_unknown_path_is_a_404(stack):
    answer = requests.get(f"{stack.url}/predict/nothing", timeout=10)
    assert_problem(answer, 404)


@pytest.mark.parametrize("path", ["/", "/model"])
def test_26_a_wrong_host_is_a_400(stack, path):
    assert_problem(requests.get(stack.url + path, headers={"Host": "evil.example"}, timeout=10), 400)


def exchange(stack, request: bytes) -> bytes:
    """Send raw bytes; give all that comes back until the connection is closed."""
    with socket.create_connection(("127.0.0.1", stack.port), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_bytes_that_no_address_may_hold_are_a_400_problem(stack):
    answer = exchange(stack, b"POST /predict?x=\xe9<b> HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert b"<b>" not in answer


def test_a_content_type_sent_twice_is_answered_in_json(stack):
    headers = b"Content-Type: text/csv\r\nContent-Type: text/html\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
    answer = exchange(stack, b"POST /predict HTTP/1.1\r\nHost: localhost\r\n" + headers)
    assert b"json" in answer.split(b"\r\n\r\n")[0]


def test_a_file_of_the_largest_size_is_read_as_a_form_and_as_a_body(stack):
    data = (HEADER.encode() + b"\n").ljust(10 * 2**20, b"x")
    as_form = requests.post(f"{stack.url}/predict", files={"file": ("a.csv", data)}, timeout=30)
    assert (as_form.status_code, stack.predict(data).status_code) == (422, 422)
