"""Requests that the API or nginx refuses, whatever CSV they contain."""

import gzip
import itertools
import socket
import zipfile
from io import BytesIO

import pytest
import requests

from answers import HEADER, MEGABYTE, assert_problem, predictions
from api_processes import processes
from running_stack import Stack

pytestmark = pytest.mark.usefixtures("still_serves", "no_process_dies")
# Sends megabytes directly to gunicorn, with a length or in chunks, and prints the response.
SEND = """
import contextlib, http.client, sys

megabytes, in_chunks = int(sys.argv[1]), sys.argv[2] == "chunks"
connection = http.client.HTTPConnection("localhost", 8000, timeout=60)
connection.putrequest("POST", "/predict")
connection.putheader("Content-Type", "text/csv")
if in_chunks:
    connection.putheader("Transfer-Encoding", "chunked")
else:
    connection.putheader("Content-Length", str(megabytes << 20))
connection.endheaders()
block = b"x" * 2**20
with contextlib.suppress(BrokenPipeError, ConnectionResetError):
    for _ in range(megabytes):
        connection.send(b"%x\\r\\n%s\\r\\n" % (len(block), block) if in_chunks else block)
    connection.send(b"0\\r\\n\\r\\n" if in_chunks else b"")
response = connection.getresponse()
print(response.status, response.headers["Content-Type"])
"""


def upload_megabytes(stack: Stack) -> int:
    environment = dict(line.split("=", 1) for line in stack.inspect("api")["Config"]["Env"])
    return int(environment["MAX_UPLOAD_MB"])


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({}, 400, "nothing_sent"),
        ({"files": {"other": ("a.csv", b"x")}}, 400, "nothing_sent"),
        ({"data": {"name": "value"}}, 415, "content_type_wrong"),
    ],
    ids=["no body", "no part called file", "a different form type"],
)
def test_a_request_without_a_csv_asks_for_one(stack, given, status, code):
    answer = requests.post(f"{stack.url}/predict", timeout=10, **given)
    assert_problem(answer, status, code)
    for accepted in ("multipart/form-data", "text/csv"):
        assert accepted in answer.json()["detail"]


@pytest.mark.parametrize("data", [b"\n", HEADER.encode()], ids=["an empty file", "a header only"])
def test_a_file_without_rows_is_a_422(stack, data):
    files = {"file": ("a.csv", data)}
    assert_problem(requests.post(f"{stack.url}/predict", files=files, timeout=10), 422)


def test_a_wrong_content_type_is_a_415_that_lists_the_accepted_ones(stack):
    answer = stack.predict(b"{}", **{"Content-Type": "application/json"})
    assert_problem(answer, 415, "content_type_wrong", found="application/json")
    for accepted in ("multipart/form-data", "text/csv"):
        assert accepted in answer.json()["detail"]


@pytest.mark.parametrize("in_chunks", [False, True], ids=["with a length", "in chunks"])
def test_a_body_over_the_limit_is_a_413(stack, in_chunks):
    limit = upload_megabytes(stack)
    blocks = itertools.repeat(b"x" * MEGABYTE, limit + 2)
    answer = stack.predict(blocks if in_chunks else b"".join(blocks))
    assert_problem(answer, 413, "file_too_large", megabytes=limit)


@pytest.mark.parametrize("body", ["length", "chunks"])
def test_gunicorn_refuses_a_body_over_the_limit_in_bounded_memory(stack, body):
    limit, before = upload_megabytes(stack), processes(stack)
    sent = stack.python_in_api(SEND, str(4 * limit), body)
    assert sent.strip() == "413 application/problem+json"
    growth = max(peak - before[process][0] for process, (peak, _) in processes(stack).items())
    assert growth < (20 if body == "length" else 2 * limit + 20)


def test_two_thousand_parts_are_a_413(stack):
    parts = [(f"part{number}", ("a", b"x")) for number in range(2000)]
    assert_problem(requests.post(f"{stack.url}/predict", files=parts, timeout=30), 413)


def test_a_malformed_boundary_is_a_400(stack):
    content_type = "multipart/form-data; boundary=y"
    answer = stack.predict(b"--x\r\nnonsense", **{"Content-Type": content_type})
    assert_problem(answer, 400)


def test_a_client_that_disconnects_early_does_no_harm(stack):
    headers = b"Host: localhost\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", stack.port), timeout=5) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\n" + headers + b"Date,")


def test_compressed_bytes_are_a_415(stack, sample_csv):
    compressed = gzip.compress(sample_csv)
    assert_problem(stack.predict(compressed, **{"Content-Encoding": "gzip"}), 415)
    assert_problem(stack.predict(compressed), 415)


def test_a_zip_file_with_one_csv_is_read(stack, sample_csv):
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("prices.csv", sample_csv)
    assert predictions(stack.predict(archive.getvalue())) == predictions(stack.predict(sample_csv))


def test_an_unsupported_choice_is_a_400_that_lists_the_supported_ones(stack, sample_csv):
    answer = stack.predict(sample_csv, "?decimal=dot")
    assert_problem(answer, 400, "parameter_unsupported", supported=["point", "comma"])


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("TRACE", "/predict", "POST"),
        ("AB", "/predict", "POST"),
        ("AB", "/healthz", "GET, HEAD"),
        ("PUT", "/settings.json", "GET, HEAD"),
    ],
)
def test_a_method_that_nginx_refuses_is_a_405_with_allow(stack, method, path, allowed):
    answer = requests.request(method, stack.url + path, timeout=10)
    assert_problem(answer, 405, "method_not_allowed", allowed=allowed.split(", "))
    assert answer.headers["Allow"] == allowed


def test_a_method_that_the_api_refuses_is_a_405_with_allow(stack):
    answer = requests.get(f"{stack.url}/predict", timeout=10)
    assert_problem(answer, 405, "method_not_allowed", allowed=["POST"])
    assert "POST" in answer.headers["Allow"]


def test_an_unknown_path_is_a_404(stack):
    answer = requests.get(f"{stack.url}/predict/nothing", timeout=10)
    assert_problem(answer, 404, "address_unknown")


@pytest.mark.parametrize("path", ["/", "/model"])
def test_a_wrong_host_is_a_400(stack, path):
    answer = requests.get(stack.url + path, headers={"Host": "evil.example"}, timeout=10)
    assert_problem(answer, 400, "host_unknown")


def test_an_address_with_invalid_bytes_is_a_400(stack):
    headers = b"Host: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    answer = stack.exchange(b"POST /predict?x=\xe9<b> HTTP/1.1\r\n" + headers)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert b"<b>" not in answer


def test_three_hundred_headers_are_accepted(stack):
    headers = {f"X-Note-{number}": "y" for number in range(300)}
    answer = requests.get(f"{stack.url}/healthz", headers=headers, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_a_content_type_sent_twice_is_answered_in_json(stack):
    headers = b"Host: localhost\r\nContent-Type: text/csv\r\nContent-Type: text/html\r\n"
    end = b"Content-Length: 1\r\nConnection: close\r\n\r\nx"
    answer = stack.exchange(b"POST /predict HTTP/1.1\r\n" + headers + end)
    assert b"json" in answer.split(b"\r\n\r\n")[0]


def test_a_file_of_the_largest_size_is_read_as_a_form_and_as_a_body(stack):
    data = (HEADER.encode() + b"\n").ljust(upload_megabytes(stack) * MEGABYTE, b"x")
    as_form = requests.post(f"{stack.url}/predict", files={"file": ("a.csv", data)}, timeout=30)
    assert (as_form.status_code, stack.predict(data).status_code) == (422, 422)
