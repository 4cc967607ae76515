"""Two gunicorn workers: both swap models, either may die, and /metrics combines their metrics."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from gunicorn_server import Server
from model_contract.store.bundle import MODEL
from prediction_api.forecast.predictor import Predictor

CLIENTS = 4
SWAPS, MEASURED = 30, (20, 30)  # memory is measured at these swaps
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def server(tmp_path, make):
    server = Server(tmp_path, workers=2, MODEL_POLL_SECONDS="0.05")
    server.store.publish(*make.second_bundle())
    server.store.publish(*make.bundle())
    server.wait_for_version(make.first)
    await_workers(server)
    yield server
    server.process.kill()
    server.process.wait()


def await_workers(server, count=2):
    """Wait until `count` workers have logged that they serve a model."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        workers = server.workers()
        if len(workers) == count and all(
            f'"process":{worker},"message":"serving' in server.log.read_text() for worker in workers
        ):
            return
        time.sleep(0.05)
    pytest.fail(server.log.read_text())


def predictions(server, version, data):
    """The predictions of `version`, computed without gunicorn."""
    return Predictor(server.store.load(version)).predict(data)["predictions"]


@contextmanager
def clients(post):
    """Call `post` in a loop in several threads. Yields an event; clear it to pause them."""
    running, stop = threading.Event(), threading.Event()

    def loop():
        sent = 0
        while not stop.is_set():
            running.wait()
            post()
            sent += 1
        return sent

    running.set()
    with ThreadPoolExecutor(CLIENTS) as pool:
        loops = [pool.submit(loop) for _ in range(CLIENTS)]
        try:
            yield running
        finally:
            stop.set()
            running.set()
        assert min(loop.result() for loop in loops) > SWAPS


def test_swaps_under_load_fail_no_request_and_leak_no_memory(server, make):
    data, seen = make.comma(make.days(60)), set()
    versions = make.first, make.second
    expected = {version: predictions(server, version, data) for version in versions}
    assert expected[make.first] != expected[make.second]

    def post():
        status, _, body = server.request("POST", "/predict", data, CSV)
        assert status == 200, body
        response = json.loads(body)
        assert response["predictions"] == expected[response["model"]["version"]]
        seen.add(response["model"]["version"])

    workers, memory = server.workers(), {}
    with clients(post) as running:
        for swap in range(1, SWAPS + 1):
            if swap in MEASURED:  # without requests, which use memory temporarily
                running.clear()
                time.sleep(0.5)
            server.store.make_current(versions[swap % 2])
            server.wait_for_version(versions[swap % 2])
            if swap in MEASURED:
                memory[swap] = [server.megabytes(worker) for worker in workers]
                running.set()
    assert seen == set(versions)
    assert server.workers() == workers
    early, late = (memory[swap] for swap in MEASURED)
    assert all(after < 1.1 * before for before, after in zip(early, late, strict=True)), memory
    swapped = {server.metric("model_swaps_total") for _ in range(10)}  # from both workers
    assert swapped == {2 * SWAPS}


def test_each_worker_reports_the_requests_of_both(server, make):
    data, forecasts = make.comma(make.days(60)), 40
    with ThreadPoolExecutor(CLIENTS) as pool:
        sent = [
            pool.submit(server.request, "POST", "/predict", data, CSV) for _ in range(forecasts)
        ]
    assert {answer.result()[0] for answer in sent} == {200}
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert {line["process"] for line in lines if line.get("kind") == "history"} == set(
        server.workers()
    )
    for _ in range(10):
        assert server.metric('http_requests_total{path="/predict",status="200"}') == forecasts
        assert server.metric('http_request_duration_seconds_count{path="/predict"}') == forecasts
        assert server.metric('forecast_rows_total{kind="history"}') == forecasts * 60
        assert server.metric("forecasts_computing") == 0


def test_both_workers_count_and_report_a_refused_model(server, make):
    (server.store.path(make.second) / MODEL).write_bytes(b"")
    server.store.make_current(make.second)

    def refused(status, body):
        reported.append(json.loads(body)["refused"])
        return len(reported) > 20 and all(reported[-20:])

    reported = []
    server.wait_for(refused, "/model")
    assert reported[-1]["version"] == make.second
    assert server.metric("model_refusals_total") >= 2
    assert server.log.read_text().count("refused model") == 2
    server.wait_for_version(make.first)


def test_a_killed_worker_is_replaced_and_metrics_stay_correct(server, make):
    server.store.make_current(make.second)
    server.wait_for_version(make.second)
    assert server.metric("model_swaps_total") == 2
    killed, other = server.workers()
    os.kill(killed, signal.SIGKILL)
    for _ in range(20):
        with contextlib.suppress(ConnectionResetError):  # the killed worker had accepted it
            assert server.request("GET", "/readyz")[0] == 200
    deadline = time.monotonic() + 10
    while killed in server.workers() and time.monotonic() < deadline:
        time.sleep(0.05)
    await_workers(server)
    assert other in server.workers()
    assert server.metric("model_swaps_total") == 2
    server.store.make_current(make.first)
    server.wait_for_version(make.first)  # the killed worker's gauges must be gone
    assert server.metric("model_swaps_total") == 4


def test_a_request_in_flight_finishes_before_the_server_stops(server, make, tmp_path):
    data = make.comma(make.days(60))
    head = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
    head += f"Content-Length: {len(data)}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(head.encode() + b"Expect: 100-continue\r\nConnection: close\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")  # a worker accepted it
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(data)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert server.process.wait(timeout=30) == 0
    assert list(tmp_path.glob("prediction-api-*")) == []  # the metrics files


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODEL_SIGNING_KEY_FILE", "/nowhere/key"),
        ("WEB_CONCURRENCY", "x"),
        ("MAX_UPLOAD_MB", "…"),
        ("QUEUE_LENGTH", "0"),
        ("REQUEST_SECONDS", "soon"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_an_invalid_setting_prevents_startup_with_one_line(tmp_path, name, value):
    server = Server(tmp_path, **{name: value})
    assert server.process.wait(timeout=30) == 1
    (line,) = server.log.read_text().splitlines()
    assert name in line
    assert line.startswith("the API cannot start: ")
