"""Limits how many requests compute and wait at the same time, and stops late requests.

    with computing(read) as (body, check): ...

Each worker has two lanes, so a single window never waits behind a 60 MB file. A lane computes one
file at a time by default: Python runs one thread at a time, so several files would only slow each
other down. Other requests wait in the lane's queue, first come, first served. If the queue is full,
a request gets a 503 immediately. If a request misses its deadline, it gets a 504. Python can't
interrupt a running computation, so the computation calls `check` between steps.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Request, Response, after_this_request, current_app, request

from model_contract.deadline import Check
from model_contract.reading.decode.csv_file import LARGE
from prediction_api.capacity import memory
from prediction_api.http.errors import DeadlineExceeded, Overloaded
from prediction_api.observability.metrics import Metrics
from prediction_api.observability.timing import READ, WAIT, phase
from prediction_api.settings import MEGABYTE, Settings

LANES = "lanes"  # key in `app.extensions`
LARGE_BYTES = MEGABYTE // 2  # a year of 40 tickers; takes 0.2 s


class Deadline:
    """The time by which a request must finish."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return seconds until the deadline, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raise `DeadlineExceeded` once the deadline has passed."""
        if time.monotonic() >= self._end:
            raise DeadlineExceeded(self._seconds)


class Lane:
    """Compute slots and a queue for them, shared by a worker's threads."""

    def __init__(self, slots: int, queue_length: int, seconds: float, metrics: Metrics) -> None:
        """Let `slots` requests compute and `queue_length` wait; each has `seconds` in total."""
        self._metrics = metrics
        self._free_slots, self._queue_length, self._seconds = slots, queue_length, seconds
        self._queue: deque[threading.Event] = deque()  # each is set when its request gets a slot
        self._lock = threading.Lock()

    @contextmanager
    def slot(self) -> Iterator[Check]:
        """Wait for a slot and hold it; yield the deadline's `check`.

        Raises `Overloaded` if the queue is full, and `DeadlineExceeded` if the wait is too long.
        """
        deadline = Deadline(self._seconds)
        self._acquire(deadline)
        try:
            self._metrics.computing.inc()
            yield deadline.check
        finally:
            self._release()
            self._metrics.computing.dec()

    def _acquire(self, deadline: Deadline) -> None:
        with self._lock:
            if self._free_slots:
                self._free_slots -= 1
                return
            if len(self._queue) >= self._queue_length:
                raise Overloaded
            granted = threading.Event()
            self._queue.append(granted)
        self._metrics.waiting.inc()
        try:
            with phase(WAIT):
                granted.wait(deadline.remaining())
            self._require_granted(granted)
        finally:
            self._metrics.waiting.dec()

    def _require_granted(self, granted: threading.Event) -> None:
        with self._lock:
            if not granted.is_set():
                self._queue.remove(granted)
                raise DeadlineExceeded(self._seconds)

    def _release(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()  # hand the slot to the next request
            else:
                self._free_slots += 1


@dataclass(frozen=True)
class Lanes:
    """The two lanes of a worker."""

    small: Lane
    large: Lane

    @classmethod
    def of(cls, settings: Settings, metrics: Metrics) -> "Lanes":
        """Create both lanes from the settings. Only one large file is in memory at a time."""
        queue_length, seconds = settings.queue_length, settings.request_seconds
        return cls(
            Lane(settings.compute_slots, queue_length, seconds, metrics),
            Lane(1, queue_length, seconds, metrics),
        )


@contextmanager
def computing(read: Callable[[Request], bytes]) -> Iterator[tuple[bytes, Check]]:
    """Read the current request's body and hold a slot; yield the body and the deadline's `check`.

    Raises `Overloaded`, `DeadlineExceeded`, and whatever `read` raises.
    """
    lanes: Lanes = current_app.extensions[LANES]
    if not _is_large(request):
        body = _read(read)  # before the wait, so a slow client holds no slot
        with lanes.small.slot() as check:
            if len(body) >= LARGE:
                _after_response(memory.return_arrow_memory)
            yield body, check
        return
    with lanes.large.slot() as check:
        _after_response(memory.return_freed_memory)
        yield _read(read), check  # after the wait, so a waiting request keeps no body in memory


def _is_large(request: Request) -> bool:
    """Whether the body is or may be large; a chunked body doesn't declare its length."""
    length = request.content_length
    return "Transfer-Encoding" in request.headers if length is None else length > LARGE_BYTES


def _after_response(action: Callable[[], None]) -> None:
    """Call `action` after the response is sent; until then, the file is in use."""

    @after_this_request
    def _(response: Response) -> Response:
        response.call_on_close(action)
        return response


def _read(read: Callable[[Request], bytes]) -> bytes:
    with phase(READ):
        return read(request)
