"""Requests that no honest client sends: ambiguous, malformed or very slow."""

import socket
import time

import pytest

pytestmark = pytest.mark.usefixtures("still_serves")
HOST = b"Host: localhost\r\n"
POST = b"POST /predict HTTP/1.1\r\n" + HOST + b"Content-Type: text/csv\r\n"
# A server that misreads the previous request also responds to this one.
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


@pytest.mark.parametrize("shape", SHAPES)
def test_an_ambiguous_request_is_a_400_and_closes_the_connection(stack, shape):
    answer = stack.exchange(SHAPES[shape] + SMUGGLED)
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert b"application/problem+json" in answer
    assert b'"request_id":"' in answer


def test_an_unknown_transfer_encoding_closes_the_connection(stack):
    answer = stack.exchange(POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ")), answer
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert b"application/problem+json" in answer


SLOW = {
    "sends nothing": b"",
    "never ends its headers": b"GET /healthz HTTP/1.1\r\n" + HOST,
    "stops in its body": POST + b"Content-Length: 1000\r\n\r\nDate,",
    "stops in a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n400\r\nDate,",
}


def test_two_hundred_slow_clients_are_cut_off_and_delay_no_one_else(stack, sample_csv):
    began = time.monotonic()
    connections = [
        socket.create_connection(("127.0.0.1", stack.port), timeout=20) for _ in range(200)
    ]
    try:
        for number, connection in enumerate(connections):
            connection.sendall(list(SLOW.values())[number % len(SLOW)])
        slowest = 0.0
        for _ in range(10):
            sent = time.monotonic()
            assert stack.predict(sample_csv).status_code == 200
            slowest = max(slowest, time.monotonic() - sent)
        for connection in connections:
            while connection.recv(65536):
                pass
        assert time.monotonic() - began < 15
        assert slowest < 5
    finally:
        for connection in connections:
            connection.close()


def test_headers_sent_byte_by_byte_do_not_keep_a_connection_open(stack):
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", stack.port), timeout=0.5) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Slow: ")
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
