"""One request after another, as long as each is short: `with TURN: …`.

Python runs one thread at a time, and a thread that reads or writes a socket lets the next one run: of four requests at once,
each was interrupted 25 times, which took a quarter of the worker's time. Here a thread waits until the one before is done.
Who has had the turn for some milliseconds loses it to the next and goes on without it, so that no slow client and no large
file holds up others for longer than that.
"""

import threading
import time
from types import TracebackType

PATIENCE = 0.005  # seconds; what Python, too, gives a thread before it lets another run


class Turn:
    """Held by one thread at a time, until it is done or has had it for `PATIENCE`."""

    def __init__(self) -> None:
        self._owner: int | None = None  # a thread
        self._lost_at = 0.0  # when its turn is over, done or not
        self._given_back = threading.Condition(threading.Lock())

    def __enter__(self) -> None:
        with self._given_back:
            while self._owner is not None and (left := self._lost_at - time.monotonic()) > 0:
                self._given_back.wait(left)
            self._owner, self._lost_at = threading.get_ident(), time.monotonic() + PATIENCE

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.leave()

    def leave(self) -> None:
        """Let the next one in, now: this thread is done, is going to wait, or to compute for long. It may have lost the turn before."""
        with self._given_back:
            if self._owner == threading.get_ident():
                self._owner = None
                self._given_back.notify()


TURN = Turn()  # of this process
