"""How much is computed at once, how much may wait for it, and for how long: `with computing() as check`.

Each worker has a few slots to compute in. Whoever finds them taken waits in a queue of bounded length, first come first
served; whoever finds the queue full is told at once to come back later (503). A request that is not done by its deadline
gives up (504), waiting or computing: nothing in Python can be interrupted from outside, so that what computes calls `check`
between two steps.

A large file may not take the last slot: small ones pass beside it, and a worker never holds as many large files as slots.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import current_app, request
from werkzeug.exceptions import GatewayTimeout, ServiceUnavailable

from prediction_api import memory
from prediction_api.metrics import Metrics
from prediction_api.phases import WAIT, phase
from prediction_api.settings import MEGABYTE

SLOTS = "slots"  # key of the application's Slots among its extensions
LARGE_BYTES = MEGABYTE
# A file is computed within fractions of a second; a queue that is full now has moved on by then.
RETRY_SECONDS = 2

Check = Callable[[], None]


def never() -> None:
    """The check of no deadline."""


class Overloaded(ServiceUnavailable):
    """As many files are computed and wait as this worker takes."""

    def __init__(self) -> None:
        super().__init__("Too many files are being forecast at once. Send this one again in a few seconds.", retry_after=RETRY_SECONDS)


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


class _Place:
    """One request's place in the queue."""

    def __init__(self, large: bool) -> None:
        self.large = large
        self.granted = threading.Event()


class Slots:
    """The slots of one worker and the queue before them, shared by its threads."""

    def __init__(self, slots: int, queue_length: int, seconds: float, metrics: Metrics) -> None:
        """Let `slots` requests compute at once, `queue_length` wait, and each take `seconds` in all."""
        self._metrics = metrics
        self._free, self._free_for_large = slots, max(1, slots - 1)
        self._queue_length, self._seconds = queue_length, seconds
        self._queue: deque[_Place] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def computing(self, large: bool = False) -> Iterator[Check]:
        """Hold a slot, once there is one, and give the check of the deadline, which began with the wait.

        Raises `Overloaded` where the queue is full, `DeadlineExceeded` where the deadline comes first.
        """
        deadline = Deadline(self._seconds)
        self._take(large, deadline)
        try:
            self._metrics.computing.inc()
            yield deadline.check
        finally:
            self._give_back(large)
            self._metrics.computing.dec()

    def _take(self, large: bool, deadline: Deadline) -> None:
        with self._lock:
            if self._grant(large):
                return
            if len(self._queue) >= self._queue_length:
                raise Overloaded
            place = _Place(large)
            self._queue.append(place)
        self._metrics.waiting.inc()
        try:
            with phase(WAIT):
                granted = place.granted.wait(deadline.remaining())
            if not granted:
                self._leave(place)
        finally:
            self._metrics.waiting.dec()

    def _leave(self, place: _Place) -> None:
        with self._lock:
            if not place.granted.is_set():  # it may have been, since the wait ended
                self._queue.remove(place)
                raise DeadlineExceeded(self._seconds)

    def _give_back(self, large: bool) -> None:
        with self._lock:
            self._free += 1
            self._free_for_large += large
            for place in list(self._queue):
                if self._grant(place.large):
                    self._queue.remove(place)
                    place.granted.set()

    def _grant(self, large: bool) -> bool:
        """Take a slot if there is one. Only under the lock."""
        granted = self._free > 0 and (self._free_for_large > 0 or not large)
        self._free -= granted
        self._free_for_large -= granted and large
        return granted


@contextmanager
def computing() -> Iterator[Check]:
    """Hold a slot for the current request, whose body is best read in it: those that wait then hold nothing in memory.

    Raises as `Slots.computing` does.
    """
    slots: Slots = current_app.extensions[SLOTS]
    length = request.content_length
    large = length is None or length > LARGE_BYTES
    try:
        with slots.computing(large) as check:
            yield check
    finally:
        if large:
            memory.give_back_what_is_free()  # in this thread: Arrow's allocator keeps what each thread freed apart
