"""An overloaded gunicorn immediately rejects what it cannot serve, and stays responsive."""

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from gunicorn_server import Server

CSV = {"Content-Type": "text/csv"}
CLIENTS = 24
HEALTH_CHECK_SECONDS = 3  # the timeout of the health check in the Dockerfile


@pytest.fixture
def serve(tmp_path, make):
    servers = []

    def start(**settings):
        server = Server(tmp_path, MAX_UPLOAD_MB="8", **settings)
        servers.append(server)
        server.store.publish(*make.bundle())
        server.wait_for_version(make.first)
        return server

    yield start
    for server in servers:
        assert server.stop() == 0


def tickers(make, count):
    """A file whose tickers take a few milliseconds each."""
    header, *rows = make.comma(make.days(300)).decode().splitlines()
    return "\n".join(
        [header, *(row.replace("AAPL", f"T{number}") for number in range(count) for row in rows)]
    ).encode()


def test_a_flood_gets_200_or_503_while_health_checks_succeed(serve, make):
    server, data = serve(COMPUTE_SLOTS="1", QUEUE_LENGTH="2"), tickers(make, 4)
    stop, slowest = threading.Event(), []

    def flood():
        answers = Counter()
        while not stop.is_set():
            status, headers, body = server.request("POST", "/predict", data, CSV)
            answers[status] += 1
            if status == 503:
                assert int(headers["Retry-After"]) > 0
                assert headers["Content-Type"] == "application/problem+json"
                assert json.loads(body)["status"] == 503
        return answers

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(flood) for _ in range(CLIENTS)]
        try:
            for _ in range(20):
                for path in ("/healthz", "/metrics"):
                    began = time.monotonic()
                    assert server.request("GET", path)[0] == 200
                    slowest.append(time.monotonic() - began)
        finally:
            stop.set()
        answers = sum((client.result() for client in clients), Counter())
    assert set(answers) == {200, 503}
    assert max(slowest) < HEALTH_CHECK_SECONDS
    assert server.request("POST", "/predict", data, CSV)[0] == 200
    assert server.metric("forecasts_computing") == server.metric("forecasts_waiting") == 0


def test_a_request_past_its_deadline_is_a_504_and_frees_its_slot(serve, make):
    server = serve(COMPUTE_SLOTS="1", QUEUE_LENGTH="1", REQUEST_SECONDS="0.2")
    status, headers, body = server.request("POST", "/predict", tickers(make, 400), CSV)
    assert (status, headers["Content-Type"]) == (504, "application/problem+json")
    problem = json.loads(body)
    assert (problem["code"], problem["params"]) == ("deadline_exceeded", {"seconds": 0.2})
    assert server.request("POST", "/predict", make.comma(make.days(60)), CSV)[0] == 200
