"""Publishes models in processes that die or run out of disk space at a given disk operation.

Run by test_crash_safety. Reads tasks from stdin, one pickle each: (mode, number, store, work,
arguments). Runs each in a fork of this process, because starting an interpreter takes longer, and
writes its exit status, number of calls and error as a line of JSON.

    mode    "count"    do the work and count the calls that change the disk
            "kill"     die before call `number`, or halfway through if it is a write
            "full"     fail with a full disk from call `number` on; removing files still works
"""

import errno
import json
import os
import pathlib
import pickle
import sys
import warnings
from collections.abc import Callable
from typing import Any

from model_contract.store.model_store import ModelStore

KILLED = 137
CHANGING = ("fsync", "mkdir", "chmod", "rename", "replace", "unlink", "rmdir")
ALLOWED_WHEN_FULL = ("unlink", "rmdir", "chmod")


class Disk:
    """Counts the calls that change the disk. At one, it kills the process or fills the disk."""

    def __init__(self, mode: str, number: int) -> None:
        self.calls, self._mode, self._number = 0, mode, number

    def install(self) -> None:
        for name in CHANGING:
            setattr(os, name, self._counted(name, getattr(os, name)))
        opened = pathlib.Path.open

        def open_counted(path: pathlib.Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            if mode.startswith("r"):
                return opened(path, mode, *arguments, **named)
            self.before("open")
            return CountedFile(opened(path, mode, *arguments, **named), self)

        pathlib.Path.open = open_counted  # type: ignore[assignment,method-assign]

    def before(self, name: str, last_act: Callable[[], None] = lambda: None) -> None:
        """Count a call. `last_act` is the part of it that is done before the process dies."""
        self.calls += 1
        if self._mode == "kill" and self.calls == self._number:
            last_act()
            os._exit(KILLED)
        if self._mode == "full" and self.calls >= self._number and name not in ALLOWED_WHEN_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            self.before(name)
            return function(*arguments, **named)

        return called


class CountedFile:
    """A file whose writes are counted."""

    def __init__(self, file: Any, disk: Disk) -> None:
        self._file, self._disk = file, disk

    def write(self, data: bytes) -> int:
        def write_half() -> None:
            self._file.write(data[: len(data) // 2])
            self._file.flush()

        try:
            self._disk.before("write", write_half)
        except OSError:
            write_half()  # the half that still fits on the disk
            raise
        written: int = self._file.write(data)
        return written

    def __enter__(self) -> "CountedFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def perform(
    mode: str, number: int, directory: pathlib.Path, work: str, arguments: dict[str, Any]
) -> tuple[int, str | None]:
    """Do the work; return the number of calls and the error."""
    disk = Disk(mode, number)
    disk.install()
    error = None
    try:
        getattr(ModelStore(directory), work)(**arguments)
    except OSError as problem:
        error = str(problem)
    return disk.calls, error


def main() -> None:
    """Run tasks until stdin ends."""
    warnings.simplefilter("ignore")  # about forking with threads: numpy's are idle here
    while True:
        try:
            task = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            found = json.dumps(perform(*task)).encode()
            os.write(writing, found)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            text = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        calls, error = json.loads(text) if text else (None, None)
        sys.stdout.write(json.dumps([status, calls, error]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
