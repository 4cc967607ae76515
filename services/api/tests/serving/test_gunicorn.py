"""A real gunicorn enforces limits and keeps serving after broken requests."""

import json
import socket
import time

import pytest

MEGABYTE = 1024 * 1024
HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


@pytest.fixture(autouse=True)
def the_worker_serves_afterwards(server, make):
    worker = server.worker()
    yield
    status, _, body = server.request(
        "POST", "/predict", make.comma(make.days(60)), {"Content-Type": "text/csv"}
    )
    assert status == 200
    assert json.loads(body)["model"]["version"] == make.first
    assert server.worker() == worker


def test_a_large_body_with_a_length_is_a_413(server):
    status, headers, body = server.request(
        "POST", "/predict", b"x" * (2 * MEGABYTE), {"Content-Type": "text/csv"}
    )
    assert (status, headers["Content-Type"]) == (413, "application/problem+json")
    problem = json.loads(body)
    assert (problem["code"], problem["params"]) == ("file_too_large", {"megabytes": 1})


@pytest.mark.parametrize(
    ("content_type", "start"),
    [
        (b"text/csv", b"Date,Open,High,Low,Close,Volume\n"),
        (
            b"multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n',
        ),
    ],
    ids=["body", "form"],
)
def test_a_large_body_without_a_length_is_a_413_in_flat_memory(server, content_type, start):
    before = server.megabytes(server.worker(), "VmHWM")
    block = b"2024-01-02,1,1,1,1,1\n" * 3000
    head = HEAD + b"Content-Type: " + content_type + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = server.send(head, chunk(start), *[chunk(block)] * (64 * MEGABYTE // len(block)))
    assert answer.startswith(b"HTTP/1.1 413"), answer
    assert b"application/problem+json" in answer
    assert server.megabytes(server.worker(), "VmHWM") - before < 20


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def test_a_chunked_body_within_the_limit_is_accepted(server, make):
    data = make.comma(make.days(60))
    headers = {"Content-Type": "text/csv", "Transfer-Encoding": "chunked"}
    status, _, _ = server.request(
        "POST", "/predict", iter([data[:1000], data[1000:]]), headers, chunked=True
    )
    assert status == 200


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Content-Type: multipart/form-data\r\nContent-Length: 5\r\n", b"a,b\r\n"),
        (b"Content-Type: multipart/form-data; boundary=\r\nContent-Length: 5\r\n", b"a,b\r\n"),
        (
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9\r\n",
            b"--y\r\n\r\na\r",
        ),
        (b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n", b"--x\r\n"),
        (b"Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n", b"zz\r\nabc\r\n0\r\n\r\n"),
        (b"Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n", b"3\r\nabcdef\r\n0\r\n\r\n"),
    ],
    ids=[
        "no boundary",
        "empty boundary",
        "another boundary",
        "unfinished part",
        "malformed chunk size",
        "chunk too long",
    ],
)
def test_a_malformed_body_is_a_400(server, headers, body):
    answer = server.send(HEAD + headers + b"\r\n" + body)
    assert answer.startswith(b"HTTP/1.1 400"), answer
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Type: text/csv\r\nContent-Length: 9000\r\n\r\n",
        b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000\r\n\r\n--x\r\n",
        b"Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n",
    ],
    ids=["body", "form", "chunks"],
)
def test_a_body_that_ends_early_is_a_400(server, make, headers):
    answer = server.send(HEAD + headers + make.comma(make.days(60))[:2000], half_close=True)
    assert answer.startswith(b"HTTP/1.1 400"), answer


def test_the_worker_survives_clients_that_disconnect(server):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(
                HEAD + b"Content-Type: text/csv\r\nContent-Length: 900000\r\n\r\n" + b"a,b\n" * 100
            )


def test_the_body_of_a_rejected_file_is_drained(server):
    body = b"x" * 900_000
    head = b"POST /predict?points=x HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
    head += b"Content-Length: %d\r\n\r\n" % len(body)
    after = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = server.send(head, body, after)
    assert answer.startswith(b"HTTP/1.1 400"), answer
    assert b"HTTP/1.1 200" in answer  # the connection stays open


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 0\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Host: evil.example\r\n",
        b"X-Note: a\rTransfer-Encoding: chunked\r\n",
    ],
    ids=["length and chunks", "two lengths", "two encodings", "two hosts", "a bare CR"],
)
def test_an_ambiguous_request_is_a_400_and_closes_the_connection(server, headers):
    """gunicorn itself rejects it, without a problem document; nginx would reject it earlier."""
    second = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = server.send(
        HEAD.replace(b"Connection: close\r\n", b"") + headers + b"\r\n0\r\n\r\n" + second
    )
    assert answer.startswith(b"HTTP/1.1 400"), answer
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_form_of_2000_parts_is_a_413(server):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = part * 2000 + b"--x--\r\n"
    status, _, _ = server.request(
        "POST", "/predict", body, {"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert status == 413


def test_the_body_of_a_form_with_too_many_parts_is_drained(server):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = part * 21 + part[:-3] + b"1" * 900_000 + b"\r\n--x--\r\n"
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\n"
    head += b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n"
    after = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = server.send(head % len(body), body, after)
    assert answer.startswith(b"HTTP/1.1 413"), answer
    assert b"HTTP/1.1 200" in answer  # the connection stays open


def test_gunicorn_accepts_as_many_headers_as_the_proxy_passes_on(server):
    many = {f"X-{number}": "y" for number in range(3_000)}
    assert server.request("GET", "/healthz", headers={"X-Long": "y" * 8_150})[0] == 200
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    lines = "".join(f"{name}: {value}\r\n" for name, value in many.items()).encode()
    assert server.send(head + lines + b"\r\n").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "path",
    [
        "//model",
        "/model/",
        "/./model",
        "/..",
        "/%2e%2e/model",
        "/model%00",
        "http://evil.example/model",
    ],
)
def test_no_path_redirects_and_no_error_is_html(server, path):
    answer = server.send(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 200")), answer
    assert b"text/html" not in answer


def test_an_unknown_host_is_a_400(server):
    assert server.request("GET", "/healthz", headers={"Host": "evil.example"})[0] == 400


def test_a_new_model_and_a_rollback_need_no_restart(server, make):
    server.store.publish(*make.second_bundle())
    server.wait_for_version(make.second)
    server.store.make_current(make.first)
    server.wait_for_version(make.first)


def test_every_log_line_is_json_and_requests_are_logged(server):
    server.request("GET", "/model?secret=1", headers={"X-Request-ID": "find-this-line"})
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and "find-this-line" not in server.log.read_text():
        time.sleep(0.05)
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == "find-this-line"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/model", 200)
    assert not any("secret" in json.dumps(line) or "traceback" in line for line in lines)
