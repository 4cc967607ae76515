"""Checks that run after a test or module, and a signing key for the API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_processes import processes
from running_stack import Stack
from volume_store import VolumeStore


@pytest.fixture
def still_serves(stack: Stack, sample_csv: bytes) -> Iterator[None]:
    """Check that a good request succeeds after the test."""
    yield
    stack.await_status("/readyz", 200)
    assert stack.predict(sample_csv).status_code == 200


@pytest.fixture(scope="module")
def no_process_dies(stack: Stack) -> Iterator[None]:
    """Check that the module's tests leave the same processes running."""
    before = processes(stack).keys()
    yield
    assert processes(stack).keys() == before


@pytest.fixture
def key(
    stack: Stack, store: VolumeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[bytes]:
    """A signing key, which the API uses during the test."""
    file = tmp_path / "key"
    file.write_bytes(b"at least sixteen bytes")
    file.chmod(0o444)
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(file))
    stack.compose("up", "--detach", "api")
    yield file.read_bytes()
    monkeypatch.delenv("MODEL_SIGNING_KEY_FILE")
    stack.compose("up", "--detach", "api")
    stack.await_status("/readyz", 200)
