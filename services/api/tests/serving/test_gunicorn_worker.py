"""A connection in use stays with its thread, as long as there are threads for all connections."""

import socket
from types import SimpleNamespace

import pytest
from gunicorn.workers.gthread import ThreadWorker

from prediction_api.serving import gunicorn_worker
from prediction_api.serving.gunicorn_worker import Worker

THREADS = 22


@pytest.fixture
def worker(monkeypatch):
    """A worker whose requests are single bytes; its responses are looked up in `responses`."""
    monkeypatch.setattr(gunicorn_worker, "NEXT_REQUEST_MS", 0)
    monkeypatch.setattr(
        ThreadWorker, "handle", lambda self, connection: self.responses[connection.sock.recv(1)]
    )
    worker = Worker.__new__(Worker)
    worker.alive, worker.nr_conns, worker.cfg = True, THREADS, SimpleNamespace(threads=THREADS)
    worker.responses = {b"k": True, b"c": False, b"d": "deferred"}
    return worker


@pytest.mark.parametrize(
    ("sent", "left", "response"),
    [(b"kkk", b"", True), (b"kck", b"k", False), (b"dk", b"k", "deferred")],
    ids=["keep all", "close after the second", "defer the first"],
)
def test_the_same_thread_serves_requests_that_follow_immediately(worker, sent, left, response):
    client, connection = socket.socketpair()
    with client, connection:
        client.sendall(sent)
        assert worker.handle(SimpleNamespace(sock=connection)) == response
        client.sendall(b".")
        assert connection.recv(10) == left + b"."


@pytest.mark.parametrize(
    "change", [{"alive": False}, {"nr_conns": THREADS + 1}], ids=["stopping", "too few threads"]
)
def test_a_thread_that_is_needed_elsewhere_serves_only_one_request(worker, change):
    vars(worker).update(change)
    client, connection = socket.socketpair()
    with client, connection:
        client.sendall(b"kk")
        assert worker.handle(SimpleNamespace(sock=connection)) is True
        assert connection.recv(10) == b"k"
