"""Durable writes: when a function returns, the data is on the disk, not just in a cache."""

import os
import shutil
from contextlib import suppress
from pathlib import Path


def write_flushed(path: Path, data: bytes) -> None:
    """Write a file and wait for the disk. `flush_directory` flushes the name. Raises `OSError`."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def flush_directory(path: Path) -> None:
    """Wait until the names in a directory are on the disk. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard(path: Path) -> None:
    """Remove a file or a directory that no reader uses. Failing to do so is harmless."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
