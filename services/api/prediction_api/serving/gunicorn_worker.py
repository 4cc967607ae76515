"""The worker that gunicorn runs: a connection in use stays with its thread."""

import select
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

NEXT_REQUEST_MS = 50  # a client that sends nothing by then waits in gunicorn's main thread


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no annotations
    """gunicorn's `gthread`, but the thread that answered a request also takes the next one.

    gunicorn's own worker hands the connection back to its main thread after each request.
    """

    def handle(self, connection: TConn) -> Any:
        """Answer a request and those that follow it. Returns what gunicorn's method returns."""
        while True:
            keep = super().handle(connection)
            free = self.nr_conns <= self.cfg.threads
            if not (keep is True and self.alive and free and _has_request(connection)):
                return keep


def _has_request(connection: TConn) -> bool:
    """Wait a moment for the connection's next request."""
    waiting = select.poll()
    waiting.register(connection.sock, select.POLLIN)
    return bool(waiting.poll(NEXT_REQUEST_MS))
