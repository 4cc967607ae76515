"""The worker that gunicorn runs: its threads, one request after another, and a connection in use stays with its thread."""

import select
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from prediction_api.capacity.turns import TURN

NEXT_REQUEST_MS = (
    50  # a client that sends no more by then waits in gunicorn's main thread, as all do there
)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no annotations
    """gunicorn's `gthread`, which answers the next request of a connection in the thread that answered the last."""

    def handle(self, connection: TConn) -> Any:
        """Answer one request and those that follow it at once. Gives what gunicorn's own gives: True where to keep the connection."""
        if not _sends(connection):
            return super().handle(connection)
        while True:
            with TURN:
                answered = super().handle(connection)
            if not (
                answered is True
                and self.alive
                and self.nr_conns <= self.cfg.threads
                and _sends(connection)
            ):
                return answered


def _sends(connection: TConn) -> bool:
    waiting = select.poll()
    waiting.register(connection.sock, select.POLLIN)
    return bool(waiting.poll(NEXT_REQUEST_MS))
