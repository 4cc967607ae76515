"""More than the stack can take, or in shapes that no honest client sends: the HTTP section of the faults catalogue."""

import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from running_stack import of_tickers

HOST = b"Host: localhost\r\n"
POST = b"POST /predict HTTP/1.1\r\n" + HOST + b"Content-Type: text/csv\r\n"
# What a server that misread the request before it would take for a second one.
SMUGGLED = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
SHAPES = {
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 0\r\n\r\n",
    "the same length twice": POST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "a list of lengths": POST + b"Content-Length: 0, 5\r\n\r\n",
    "a signed length": POST + b"Content-Length: +0\r\n\r\n",
    "two transfer encodings": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n",
    "a bare CR in a header": b"GET /healthz HTTP/1.1\r\n"
    + HOST
    + b"X-Note: a\rTransfer-Encoding: chunked\r\n\r\n",
    "a bare CR in the first line": b"GET /healthz\r HTTP/1.1\r\n" + HOST + b"\r\n",
    "a NUL in a header": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Note: a\x00b\r\n\r\n",
    "a space before the colon": b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length : 5\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "a malformed chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "chunks in HTTP/1.0": POST.replace(b"1.1", b"1.0")
    + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}


@pytest.fixture(autouse=True)
def good_request_still_succeeds(stack, sample_csv):
    yield
    assert stack.predict(sample_csv).status_code == 200


@pytest.mark.parametrize("shape", SHAPES)
def test_28_a_request_that_can_be_read_in_two_ways_is_a_400_and_the_connection_is_closed(
    stack, shape
):
    answer = stack.exchange(SHAPES[shape] + SMUGGLED)
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert b"application/problem+json" in answer
    assert b'"request_id":"' in answer


def test_28_an_encoding_that_nobody_knows_is_refused_and_the_connection_is_closed(stack):
    answer = stack.exchange(POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ")), answer
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert b"application/problem+json" in answer


SLOW = {
    "says nothing": b"",
    "never ends its headers": b"GET /healthz HTTP/1.1\r\n" + HOST,
    "stops in its body": POST + b"Content-Length: 1000\r\n\r\nDate,",
    "stops in a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n400\r\nDate,",
}


def test_29_two_hundred_slow_clients_are_closed_within_fifteen_seconds_and_others_are_unharmed(
    stack, sample_csv
):
    began = time.monotonic()
    connections = [
        socket.create_connection(("127.0.0.1", stack.port), timeout=20) for _ in range(200)
    ]
    try:
        for number, connection in enumerate(connections):
            connection.sendall(list(SLOW.values())[number % len(SLOW)])
        slowest = 0.0
        for _ in range(10):
            asked = time.monotonic()
            assert stack.predict(sample_csv).status_code == 200
            slowest = max(slowest, time.monotonic() - asked)
        for connection in connections:
            while connection.recv(65536):
                pass
        assert time.monotonic() - began < 15
        assert slowest < 5
    finally:
        for connection in connections:
            connection.close()


def test_29_headers_in_drops_do_not_keep_a_connection(stack):
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", stack.port), timeout=0.5) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Drops: ")
        while time.monotonic() - began < 20:
            try:
                connection.sendall(b"x")
                if not connection.recv(65536):
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
    assert time.monotonic() - began < 15


def test_30_a_flood_is_answered_with_200_or_503_and_health_checks_with_200(stack, sample_csv):
    data, stop = of_tickers(sample_csv, 20), threading.Event()

    def flood() -> Counter[int]:
        answers: Counter[int] = Counter()
        while not stop.is_set():
            answer = stack.predict(data)
            answers[answer.status_code] += 1
            if answer.status_code != 200:
                assert int(answer.headers["Retry-After"]) > 0
                assert answer.headers["Content-Type"] == "application/problem+json"
        return answers

    # So that 64 clients are more than can compute and wait, however fast it is.
    with stack.with_settings("api", QUEUE_LENGTH="1"), ThreadPoolExecutor(64) as pool:
        clients = [pool.submit(flood) for _ in range(64)]
        try:
            for _ in range(8):
                for path in ("/healthz", "/readyz", "/model"):
                    assert requests.get(stack.url + path, timeout=5).status_code == 200
        finally:
            stop.set()
        answers = sum((client.result() for client in clients), Counter())
    assert set(answers) == {200, 503}


def test_30_a_client_that_asks_too_often_gets_429_for_forecasts_and_200_for_the_rest(
    stack, sample_csv
):
    with stack.with_settings("frontend", CLIENT_REQUESTS_PER_SECOND="1", CLIENT_BURST="2"):
        answers = [stack.predict(sample_csv) for _ in range(8)]
        assert [
            requests.get(stack.url + path, timeout=5).status_code
            for path in ("/healthz", "/model", "/")
        ] == [200, 200, 200]
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = answers[-1]
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json()["request_id"] == refused.headers["X-Request-ID"]
    assert "1 forecasts a second" in refused.json()["detail"]


def test_30_a_client_that_asks_for_too_much_at_once_gets_429(stack, sample_csv):
    with stack.with_settings("frontend", CLIENT_CONNECTIONS="1"), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(stack.predict, [of_tickers(sample_csv, 20)] * 8))
    assert {answer.status_code for answer in answers} == {200, 429}


def test_31_a_forecast_past_its_deadline_is_a_504_and_its_slot_is_freed(stack, sample_csv):
    with stack.with_settings("api", REQUEST_SECONDS="0.2"):
        for _ in range(5):  # more than there are slots
            answer = stack.predict(of_tickers(sample_csv, 600))
            assert answer.status_code == 504
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert "within 0.2 seconds" in answer.json()["detail"]
        assert stack.predict(sample_csv).status_code == 200
        script = "from urllib.request import urlopen; print(urlopen('http://localhost:8000/metrics').read().decode())"
        figures = stack.compose("exec", "-T", "api", "python", "-c", script)
    assert "\nforecasts_computing 0.0\n" in figures
    assert "\nforecasts_waiting 0.0\n" in figures


@pytest.mark.parametrize("query", ["?points=nonsense", "?points=3"])
def test_a_large_file_that_is_refused_unread_is_answered_as_the_api_said(stack, sample_csv, query):
    for _ in range(20):
        answer = stack.predict(of_tickers(sample_csv, 100), query, **{"Content-Encoding": "br"})
        assert answer.status_code == (400 if "nonsense" in query else 415)


@pytest.mark.parametrize("path", ["/nothing", "/v2/nothing", "/predict"])
def test_the_id_of_a_request_is_the_same_in_answer_nginx_s_log_and_the_api_s(stack, path):
    answer = requests.get(stack.url + path, timeout=10)
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"]
    logged = [
        line
        for line in stack.compose("logs", "--no-color", "frontend").splitlines()
        if answer.headers["X-Request-ID"] in line
    ]
    assert len(logged) == 1
    told_by_the_api = stack.compose("logs", "--no-color", "api").count(
        answer.headers["X-Request-ID"]
    )
    assert told_by_the_api == (
        1 if path == "/predict" else 0
    )  # the others are no addresses of the API: nginx answers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_UPLOAD_MB", "…"),
        ("MAX_UPLOAD_MB", "1000"),
        ("CLIENT_BURST", "0"),
        ("CLIENT_CONNECTIONS", "-1"),
        ("CLIENT_REQUESTS_PER_SECOND", "5r/s; evil"),
        ("REQUEST_SECONDS", "1m"),
        ("ALLOWED_HOSTS", "a;b"),
    ],
)
def test_a_setting_that_nginx_cannot_use_is_told_in_one_line(stack, name, value):
    done = stack.run(
        "docker",
        "run",
        "--rm",
        "--env",
        f"{name}={value}",
        stack.inspect("frontend")["Image"],
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"the page cannot be served: {name} must be ")


@pytest.mark.parametrize(
    ("name", "value"), [("WEB_CONCURRENCY", "x"), ("MAX_UPLOAD_MB", "…"), ("QUEUE_LENGTH", "-1")]
)
def test_a_setting_that_the_api_cannot_use_is_told_in_one_line(stack, name, value):
    done = stack.run(
        "docker",
        "run",
        "--rm",
        "--env",
        f"{name}={value}",
        stack.inspect("api")["Image"],
        check=False,
    )
    assert done.returncode == 1
    (line,) = (done.stdout + done.stderr).splitlines()
    assert line.startswith(f"the API cannot start: {name} must be ")
