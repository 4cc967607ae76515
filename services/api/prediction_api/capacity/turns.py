"""One request after another, as long as each is short: `with TURN: …`.

Python runs one thread at a time, and a thread that reads or writes a socket lets the next one run: of four requests at once,
each was interrupted 25 times, which took a quarter of the worker's time. Here a thread waits until the one before is done.
Who has had the turn for some milliseconds loses it to the next and goes on without it, so that no slow client and no large
file holds up others for longer than that.
"""

import threading
import time
from collections import deque
from types import TracebackType

PATIENCE = 0.005  # seconds; what Python, too, gives a thread before it lets another run


class Turn:
    """Held by one thread at a time, first come first served, until it is done or has had it for `PATIENCE`."""

    def __init__(self) -> None:
        self._owner: int | None = None  # a thread
        self._lost_at = 0.0  # when its turn is over, done or not
        self._waiting: deque[tuple[int, threading.Lock]] = (
            deque()
        )  # threads, and a lock each that is opened when it is their turn
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        opened = threading.Lock()
        with self._lock:
            if self._owner is None:
                self._give_to(threading.get_ident())
                return
            opened.acquire()
            self._waiting.append((threading.get_ident(), opened))
        while not opened.acquire(timeout=max(0.0, self._lost_at - time.monotonic())):
            with self._lock:
                if self._lost_at <= time.monotonic():
                    self._pass_on()  # to the first in line, which need not be this one

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Let the next one in, now: this thread is done, is going to wait, or to compute for long. It may have lost the turn before."""
        with self._lock:
            if self._owner == threading.get_ident():
                self._owner = None
                self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            thread, opened = self._waiting.popleft()
            self._give_to(thread)
            opened.release()

    def _give_to(self, thread: int) -> None:
        self._owner, self._lost_at = thread, time.monotonic() + PATIENCE


TURN = Turn()  # of this process
