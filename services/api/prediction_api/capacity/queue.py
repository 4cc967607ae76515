"""How much is computed at once, how much may wait for it, and for how long: `with computing(read) as (data, check)`.

Each worker has two lanes, so that nobody waits with one window behind somebody's 60 MB. In each, one file is computed at a
time: Python runs one thread at a time, and files that are computed at once only take it from each other. Whoever finds the
slot taken waits in the lane's queue, first come first served; whoever finds the queue full is told at once to come back
later (503). A request that is not done by its deadline gives up (504), waiting or computing: nothing in Python can be
interrupted from outside, so that what computes calls `check` between two steps.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Request, Response, after_this_request, current_app, request
from werkzeug.exceptions import GatewayTimeout, ServiceUnavailable

from model_contract.deadline import Check
from model_contract.reading.table import LARGE
from prediction_api.capacity import memory
from prediction_api.capacity.turns import TURN
from prediction_api.observability.metrics import Metrics
from prediction_api.observability.timing import READ, WAIT, phase
from prediction_api.settings import MEGABYTE, Settings

LANES = "lanes"  # key of the application's Lanes among its extensions
LARGE_BYTES = MEGABYTE // 2  # the last year of 40 tickers: a fifth of a second
# A file is computed within fractions of a second; a queue that is full now has moved on by then.
BUSY_SECONDS = 2


class Overloaded(ServiceUnavailable):
    """As many files are computed and wait as this worker takes."""

    def __init__(self) -> None:
        super().__init__(
            "Too many files are being forecast at once. Send this one again in a few seconds.",
            retry_after=BUSY_SECONDS,
        )


class DeadlineExceeded(GatewayTimeout):
    """A request took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The forecast was not ready within {seconds:g} seconds and was given up. Send fewer sessions or fewer tickers, "
            "or try again when less is asked of this server."
        )


class Deadline:
    """The moment by which a request must be done."""

    def __init__(self, seconds: float) -> None:
        """Let the time begin to run."""
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds until then, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raise `DeadlineExceeded` where the moment has passed."""
        if time.monotonic() >= self._end:
            raise DeadlineExceeded(self._seconds)


class Lane:
    """Slots and the queue before them, shared by a worker's threads."""

    def __init__(self, slots: int, queue_length: int, seconds: float, metrics: Metrics) -> None:
        """Let `slots` requests compute at once, `queue_length` wait, and each take `seconds` in all."""
        self._metrics = metrics
        self._free, self._queue_length, self._seconds = slots, queue_length, seconds
        self._queue: deque[threading.Event] = (
            deque()
        )  # one for each request that waits, set when it is its turn
        self._lock = threading.Lock()

    @contextmanager
    def computing(self) -> Iterator[Check]:
        """Hold a slot, once there is one, and give the check of the deadline, which began with the wait.

        Raises `Overloaded` where the queue is full, `DeadlineExceeded` where the deadline comes first.
        """
        deadline = Deadline(self._seconds)
        self._take(deadline)
        try:
            self._metrics.computing.inc()
            yield deadline.check
        finally:
            self._give_back()
            self._metrics.computing.dec()

    def _take(self, deadline: Deadline) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            if len(self._queue) >= self._queue_length:
                raise Overloaded
            place = threading.Event()
            self._queue.append(place)
        TURN.leave()
        self._metrics.waiting.inc()
        try:
            with phase(WAIT):
                granted = place.wait(deadline.remaining())
            if not granted:
                self._leave(place)
        finally:
            self._metrics.waiting.dec()

    def _leave(self, place: threading.Event) -> None:
        with self._lock:
            if not place.is_set():  # it may have been, since the wait ended
                self._queue.remove(place)
                raise DeadlineExceeded(self._seconds)

    def _give_back(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()  # who is told has the slot
            else:
                self._free += 1


@dataclass(frozen=True)
class Lanes:
    """The two lanes of a worker."""

    small: Lane
    large: Lane

    @classmethod
    def of(cls, settings: Settings, metrics: Metrics) -> "Lanes":
        """Make them as the operator chose. Of large files one is in memory at a time."""
        waiting, seconds = settings.queue_length, settings.request_seconds
        return cls(
            Lane(settings.compute_slots, waiting, seconds, metrics),
            Lane(1, waiting, seconds, metrics),
        )


@contextmanager
def computing(read: Callable[[Request], bytes]) -> Iterator[tuple[bytes, Check]]:
    """Read the current request's body and hold a slot: gives the body and the check of the deadline.

    Raises as `Lane.computing` and `read` do.
    """
    lanes: Lanes = current_app.extensions[LANES]
    if not _is_large(request):
        data = _read(read)  # before the wait: who sends slowly holds no slot
        with lanes.small.computing() as check:
            if len(data) >= LARGE:
                _when_answered(memory.give_back_what_arrow_keeps)
            yield data, check
        return
    TURN.leave()
    with lanes.large.computing() as check:
        _when_answered(memory.give_back_what_is_free)
        yield _read(read), check  # after the wait: those that wait hold nothing in memory


def _is_large(request: Request) -> bool:
    """Whether its body is, or may be: one in chunks does not tell its length before."""
    length = request.content_length
    return "Transfer-Encoding" in request.headers if length is None else length > LARGE_BYTES


def _when_answered(tidy: Callable[[], None]) -> None:
    """Call `tidy` in this thread once the answer is sent: until then the file, or an error's traceback, holds what was read."""

    @after_this_request
    def _(response: Response) -> Response:
        response.call_on_close(tidy)
        return response


def _read(read: Callable[[Request], bytes]) -> bytes:
    with phase(READ):
        return read(request)
