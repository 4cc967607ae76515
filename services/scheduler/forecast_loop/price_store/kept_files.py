"""The deliveries as they came, named by their hash: a file is complete or doesn't exist."""

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from forecast_loop.errors import StoreError
from model_contract.store.durable import discard, flush_directory, write_flushed

PARTIAL = ".partial-"
ABANDONED_SECONDS = 60 * 60


def keep(folder: Path, data: bytes) -> str:
    """Keep the bytes of a delivery durably and return their SHA-256. Raises `OSError`."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = folder / sha256
    if path.exists() and path.stat().st_size == len(data):
        return sha256
    descriptor, name = tempfile.mkstemp(prefix=PARTIAL, dir=folder)
    os.close(descriptor)
    try:
        write_flushed(Path(name), data)
        Path(name).replace(path)
    finally:
        discard(Path(name))  # if something failed; otherwise it has been renamed
    flush_directory(folder)
    return sha256


def read_kept(folder: Path, sha256: str) -> bytes:
    """Return the bytes of a delivery. Raises `StoreError` if they are missing or altered."""
    path = folder / sha256
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise StoreError(
            f"{path} is missing, perhaps because of keep_deliveries_days in watchlist.yaml; "
            "restore it from a backup"
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StoreError(f"{path} was altered after it came in; restore it from a backup")
    return data


def remove_partial(folder: Path) -> None:
    """Remove what a killed process left half-written, at least an hour ago."""
    for path in folder.glob(f"{PARTIAL}*"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                discard(path)


def forget(folder: Path, sha256: str) -> bool:
    """Remove the bytes of a delivery; return whether they were there."""
    try:
        (folder / sha256).unlink()
    except FileNotFoundError:
        return False
    return True
