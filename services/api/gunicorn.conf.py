"""How gunicorn serves the application: `python -m prediction_api.gunicorn_start` in this folder."""

import math
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from prediction_api.capacity.memory import collect_garbage_less_often
from prediction_api.observability.logs import configuration
from prediction_api.settings import METRICS_DIRECTORY, Settings

settings = Settings.read(os.environ)

bind = "0.0.0.0:8000"
worker_class = "prediction_api.serving.gunicorn_worker.Worker"
workers, threads = settings.workers, settings.threads
# Each worker loads the model for itself: an inference runtime does not survive a fork.
preload_app = False
# A heartbeat of the worker, which lives in memory: the container's root is read-only, and a disk could block it.
timeout = 30
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# The longest that a request in flight may take after SIGTERM, its answer's way included; compose waits a little longer.
graceful_timeout = math.ceil(settings.request_seconds) + 5
keepalive = 5
# Of an address with its query: as long as nginx takes them. gunicorn would answer longer ones itself, in HTML.
limit_request_line = 8190
# The same for headers: nginx passes on as many as its buffers of 4 x 8 KB hold, and adds some.
limit_request_fields, limit_request_field_size = 8_000, 16_000
# It would be a file below the home directory, and nobody uses it.
control_socket_disable = True
# The application writes one line a request itself.
accesslog = None


class NoAccessLog(Logger):
    """gunicorn's own, which prepares the line of an access log for every request, whether one is written or not."""

    def access(self, *_: Any) -> None:
        """Write nothing, at no cost."""


logger_class = NoAccessLog
logconfig_dict = configuration(settings.log_format)


def on_starting(server: Any) -> None:
    """Give the workers' figures a new directory at each start: old ones would tell of processes that are gone."""
    os.environ[METRICS_DIRECTORY] = mkdtemp(prefix="prediction-api-")


def post_worker_init(worker: Any) -> None:
    """The application is made, its model loaded."""
    collect_garbage_less_often()


def child_exit(server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that died; its counters stay in the sums."""
    from prometheus_client.multiprocess import (
        mark_process_dead,  # not above: it would not see the directory yet
    )

    mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Leave nothing behind."""
    shutil.rmtree(os.environ[METRICS_DIRECTORY], ignore_errors=True)
