"""gunicorn that serves a model store as in the image, and clients that keep posting a file."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import prediction_api
from model_contract.store.model_store import ModelStore

SERVICE = Path(prediction_api.__file__).parents[1]
WORKERS, CLIENTS, PAUSE_SECONDS = 2, 4, 0.1
SWAPPED = re.compile(r"serving model \S+ instead of \S+Z-\S+, verified in ([0-9.]+) s")


@dataclass(frozen=True)
class Request:
    """One request. Its times are wall-clock times, as in the workers' log."""

    began: float
    ended: float
    version: str | None  # None if the request failed
    right: bool  # the forecasts match those of `version`

    @property
    def seconds(self) -> float:
        return self.ended - self.began


class Server:
    """gunicorn with the image's configuration, on a free port."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def exchange(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Send one request on a new connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {"Content-Type": "text/csv"})
            return connection.getresponse().read()
        finally:
            connection.close()

    def await_version(self, version: str) -> None:
        """Wait until at least one worker serves `version` and no worker serves another version."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                metrics = self.exchange("GET", "/metrics")
            except OSError:  # the server is still starting
                metrics = b""
            served = re.findall(rb'^model_info{version="(.*)"}', metrics, re.MULTILINE)
            if served == [version.encode()]:
                return
            time.sleep(0.05)
        raise AssertionError(f"no worker loaded {version} within 30 s")

    def worker_megabytes(self) -> list[float]:
        """Return the resident memory of each worker, in MB."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        statuses = [
            Path(f"/proc/{worker}/status").read_text() for worker in children.read_text().split()
        ]
        sizes = [re.findall(r"VmRSS:\s+([0-9]+) kB", status)[0] for status in statuses]
        return [int(kilobytes) / 1024 for kilobytes in sizes]


@contextmanager
def running_server(store: ModelStore, poll_seconds: float, log: Path) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    settings = {
        "MODEL_STORE": str(store.directory),
        "MODEL_POLL_SECONDS": str(poll_seconds),
        "WEB_CONCURRENCY": str(WORKERS),
        "LOG_FORMAT": "json",
        "MALLOC_ARENA_MAX": "1",
    }
    address = f"127.0.0.1:{port}"
    command = [sys.executable, "-m", "prediction_api", "--bind", address]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=SERVICE, env=os.environ | settings, stdout=output) as process,
    ):
        try:
            yield Server(process, port)
        finally:
            process.send_signal(signal.SIGTERM)


@contextmanager
def load(
    send: Callable[[], Request], sent: list[Request]
) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Let `CLIENTS` threads send requests. Yields a context manager that pauses them."""
    stop, may_send = threading.Event(), threading.Event()
    may_send.set()

    def send_steadily() -> None:
        while not stop.wait(PAUSE_SECONDS):
            may_send.wait()
            sent.append(send())

    @contextmanager
    def paused() -> Iterator[None]:
        may_send.clear()
        time.sleep(1)  # lets the requests in flight end
        yield
        may_send.set()

    clients = [threading.Thread(target=send_steadily) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield paused
    finally:
        stop.set()
        may_send.set()
        for client in clients:
            client.join()


def predict(server: Server, data: bytes, expected: dict[str, Any]) -> Request:
    """Post `data` and compare the response with `expected` for the version that it names."""
    began = time.time()
    try:
        answer = json.loads(server.exchange("POST", "/predict", data))
    except (OSError, http.client.HTTPException, ValueError):
        return Request(began, time.time(), None, right=False)
    version = answer.get("model", {}).get("version")
    right = version in expected and answer.get("predictions") == expected[version]
    return Request(began, time.time(), version, right)


def swaps_in(log: Path) -> Iterator[tuple[float, float]]:
    """Find the start and end of each swap in the workers' log."""
    for line in map(json.loads, log.read_text().splitlines()):
        if found := SWAPPED.fullmatch(line["message"]):
            ended = datetime.fromisoformat(line["time"]).timestamp()
            yield ended - float(found[1]), ended
