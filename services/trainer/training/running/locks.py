"""Locks that a trainer holds while it runs: one on the model store and one on the working tree.

Two projects may share a working tree. DVC's own lock isn't enough, because it contains a process
id, which means nothing in another container.
"""

import fcntl
import os
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from model_contract.store.store_reader import TRAINER_LOCK
from training.store.open import model_store

TREE_LOCK = Path(".dvc/tmp/trainer.lock")
# The API briefly takes the store's lock to check whether a trainer is alive.
TIMEOUT_SECONDS = 1.0
PAUSE_SECONDS = 0.02


class AlreadyRunningError(Exception):
    """Another trainer holds a lock; the message says which one."""


def lock_store(command: str) -> None:
    """Hold the store's lock until this process and its children exit.

    Raises `AlreadyRunningError` or `OSError`.
    """
    _lock(model_store().directory / TRAINER_LOCK, command, "this model store")


def lock_tree(command: str) -> None:
    """Hold the working tree's lock until this process and its children exit.

    Raises `AlreadyRunningError` or `OSError`.
    """
    TREE_LOCK.parent.mkdir(parents=True, exist_ok=True)
    _lock(TREE_LOCK, command, "this working tree")


def _lock(path: Path, command: str, subject: str) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    os.set_inheritable(descriptor, True)
    if not _acquire(descriptor):
        holder = path.read_text(encoding="utf-8", errors="replace") or "another trainer"
        os.close(descriptor)
        raise AlreadyRunningError(
            f"already running: {holder} is using {subject}; wait for it to finish"
        )
    started = datetime.now(UTC)
    holder = f"'{command}' in {socket.gethostname()} since {started:%Y-%m-%d %H:%M:%S} UTC"
    os.ftruncate(descriptor, 0)
    with suppress(OSError):  # on a full disk, the file doesn't name the holder
        os.write(descriptor, holder.encode())


def _acquire(descriptor: int) -> bool:
    """Try to lock for `TIMEOUT_SECONDS`. Returns False if another process keeps the lock."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE_SECONDS)
        else:
            return True
