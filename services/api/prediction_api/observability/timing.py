"""Times the phases of a request and counts its windows: `with phase("read"): …`.

A request's `Work` is in a context variable, so no object has to be passed around. Outside a
request (when a model is verified, or in a benchmark or test), nothing is recorded.
"""

import time
from collections import Counter, defaultdict
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType

WAIT, READ, FEATURES, INFERENCE, WRITE = NAMES = ("wait", "read", "features", "inference", "write")
WINDOWS, WINDOWS_OUTSIDE = "windows", "windows_outside_training_range"


@dataclass
class Work:
    """The work of one request so far."""

    # By phase; a request may enter a phase many times.
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    counts: Counter[str] = field(default_factory=Counter)


_work: ContextVar[Work | None] = ContextVar("work", default=None)


def begin() -> Work:
    """Start recording in this thread."""
    work = Work()
    _work.set(work)
    return work


def end() -> None:
    """Stop recording."""
    _work.set(None)


def count(name: str, number: int) -> None:
    """Add `number` to one of the current request's counts."""
    work = _work.get()
    if work is not None:
        work.counts[name] += number


class phase:  # noqa: N801 - used as a statement; a generator would cost three times as much
    """Adds the duration of its block to the phase `name`. Phases don't nest."""

    __slots__ = ("_began", "_name", "_work")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._work = _work.get()
        self._began = time.perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._work is not None:
            self._work.seconds[self._name] += time.perf_counter() - self._began
