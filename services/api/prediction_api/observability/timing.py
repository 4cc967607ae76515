"""What a request spends its time on, and what else it counts: `with phase("read"): …`.

Reader and predictor tell it without being handed an object for it. Outside a request (a model that is being verified, a
benchmark, a test) nobody listens, and both functions do nothing.
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
    """What one request has done so far."""

    seconds: dict[str, float] = field(
        default_factory=lambda: defaultdict(float)
    )  # by phase; a phase may be entered many times
    counts: Counter[str] = field(default_factory=Counter)


_work: ContextVar[Work | None] = ContextVar("work", default=None)


def begin() -> Work:
    """Listen in this thread from now on; what was told before counts no more."""
    work = Work()
    _work.set(work)
    return work


def end() -> None:
    """Listen no more."""
    _work.set(None)


def count(name: str, number: int) -> None:
    """Add to what this request has counted under `name`."""
    work = _work.get()
    if work is not None:
        work.counts[name] += number


class phase:  # noqa: N801 - it reads as the statement that it is; a class, since a generator costs three times as much
    """Adds the time that its block takes to that of the phase `name`. Blocks of phases do not nest."""

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
