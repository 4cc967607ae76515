"""Which thread answers which request: connections in use keep theirs, and nobody waits for one that is slow or idle."""

import http.client
import socket
from contextlib import ExitStack, closing
from types import SimpleNamespace

import pytest
from gunicorn.workers.gthread import ThreadWorker

from prediction_api.serving import gunicorn_worker
from prediction_api.serving.gunicorn_worker import Worker

THREADS = 22  # as configured by default
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def worker(monkeypatch):
    """A worker whose requests are single bytes; it gives what `answers` says and keeps what it read in `requests`."""
    monkeypatch.setattr(gunicorn_worker, "NEXT_REQUEST_MS", 0)
    monkeypatch.setattr(
        ThreadWorker, "handle", lambda self, connection: self.answers[connection.sock.recv(1)]
    )
    worker = Worker.__new__(Worker)
    worker.alive, worker.nr_conns, worker.cfg = True, THREADS, SimpleNamespace(threads=THREADS)
    worker.answers = {b"k": True, b"c": False, b"d": "deferred"}
    return worker


@pytest.mark.parametrize(
    ("sent", "left", "answer"),
    [(b"kkk", b"", True), (b"kck", b"k", False), (b"dk", b"k", "deferred")],
    ids=["all that are sent", "until one ends the connection", "until one is put off"],
)
def test_requests_that_follow_at_once_are_answered_in_the_same_thread(worker, sent, left, answer):
    client, connection = socket.socketpair()
    with client, connection:
        client.sendall(sent)
        assert worker.handle(SimpleNamespace(sock=connection)) == answer
        client.sendall(b".")
        assert connection.recv(10) == left + b"."


@pytest.mark.parametrize(
    "change", [{"alive": False}, {"nr_conns": THREADS + 1}], ids=["at the end", "too few threads"]
)
def test_a_thread_that_is_needed_elsewhere_answers_one_request(worker, change):
    vars(worker).update(change)
    client, connection = socket.socketpair()
    with client, connection:
        client.sendall(b"kk")
        assert worker.handle(SimpleNamespace(sock=connection)) is True
        assert connection.recv(10) == b"k"


def answer_on(connection, data):
    connection.request("POST", "/predict", data, CSV)
    response = connection.getresponse()
    return response.status, response.read()


def test_more_kept_connections_than_threads_are_answered_time_and_again(server, make):
    data = make.comma(make.days(60))
    with ExitStack() as kept:
        connections = [
            http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            for _ in range(THREADS + 10)
        ]
        for connection in connections:
            kept.enter_context(closing(connection))
        answers = [answer_on(connection, data) for _ in range(3) for connection in connections]
    assert len(set(answers)) == 1
    assert answers[0][0] == 200


def test_clients_that_stop_in_the_midst_of_a_request_hold_up_nobody(server, make):
    data, head = (
        make.comma(make.days(60)),
        b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Le",
    )
    with ExitStack() as kept:
        slow = [
            kept.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            for _ in range(10)
        ]
        for connection in slow:
            connection.sendall(head)
        other = kept.enter_context(
            closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30))
        )
        assert [answer_on(other, data)[0] for _ in range(20)] == [200] * 20
        for connection in slow:
            connection.sendall(b"ngth: %d\r\n\r\n" % len(data) + data)
            assert connection.recv(12) == b"HTTP/1.1 200"
