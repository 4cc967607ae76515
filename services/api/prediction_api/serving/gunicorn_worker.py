"""The worker that gunicorn runs: a connection in use stays with its thread."""

import select
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

NEXT_REQUEST_MS = 50  # then the connection goes back to gunicorn's main thread


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no annotations
    """gunicorn's `gthread`, but a thread keeps its connection for the next request.

    gunicorn's own worker hands the connection back to its main thread after each request.
    """

    def handle(self, connection: TConn) -> Any:
        """Answer requests from a connection. Returns what gunicorn's method returns."""
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
