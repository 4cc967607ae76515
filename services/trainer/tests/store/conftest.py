"""A store with a published model, and an API that reports what it serves."""

import json
import shutil
import threading
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest

from model_contract.store.bundle import FILES
from model_contract.store.golden import GOLDEN
from model_contract.store.model_store import ModelStore
from training.store import api_probe, versions

Facts = Callable[[], dict[str, object]]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Short timeouts."""
    for name, value in (("SILENCE_SECONDS", 0.3), ("PAUSE_SECONDS", 0.02), ("CONNECTIONS", 4)):
        monkeypatch.setattr(api_probe, name, value)
    monkeypatch.setattr(versions, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setenv("MODEL_POLL_SECONDS", "0.01")


@pytest.fixture
def store(finished, tmp_path, monkeypatch):
    """A copy of the store with one published model. MODEL_STORE points to it."""
    monkeypatch.setenv("MODEL_STORE", str(tmp_path / "models"))
    return ModelStore(shutil.copytree(finished.store, tmp_path / "models"))


@pytest.fixture
def first(store) -> str:
    return store.current()


@pytest.fixture
def publish(store, first):
    """Publishes the same network with different facts, and so different content.

    Returns the version.
    """
    manifest = store.load(first).manifest
    files = {name: (store.path(first) / name).read_bytes() for name in FILES}
    numbers = count(1)

    def publish(**changed: bytes) -> str:
        number = next(numbers)
        draft = replace(
            manifest,
            version=f"203001{number:02}T120000Z",
            created_at=f"2030-01-{number:02}T12:00:00Z",
            calendar_effects={"half_day": -0.1 * number},
        )
        parts = files | {GOLDEN: changed.get("golden", files[GOLDEN])}
        made = draft.sealed(parts)
        store.publish(made, parts, f"number {number}")
        return made.version

    return publish


@contextmanager
def listening(facts: Facts):
    """Run an API that responds to GET /model with `facts()`. Yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            data = json.dumps(facts()).encode()
            self.send_response(200 if self.path == "/model" else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def api(monkeypatch):
    """Starts an API with the given facts. It runs until the test ends."""
    with ExitStack() as servers:
        yield lambda facts: monkeypatch.setenv(
            "API_ADDRESS", servers.enter_context(listening(facts))
        )


@pytest.fixture
def following_api(store, api):
    """An API that serves the current version."""
    api(lambda: {"model": {"version": store.current()}, "refused": None, "trainer": None})
