"""gunicorn's configuration. `python -m prediction_api` in this folder starts it."""

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

wsgi_app = "prediction_api:create_app()"
bind = "0.0.0.0:8000"
# Enough threads for all requests that compute or wait, and some for health checks and 503s. With
# fewer, requests would wait in the kernel's backlog, where nothing responds to them.
worker_class, workers, threads = "gthread", settings.workers, settings.threads
# Each worker loads the model itself, because an inference runtime doesn't survive a fork.
preload_app = False
# The worker's heartbeat file is in memory: the root is read-only, and a disk can block.
timeout = 30
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# After SIGTERM, a request may take its full time and its response a few seconds more.
graceful_timeout = math.ceil(settings.request_seconds) + 5
keepalive = 5
# The longest request line that nginx accepts; gunicorn answers longer ones in HTML.
limit_request_line = 8190
# nginx passes on as many headers as its buffers of 4 x 8 KB hold, and adds some.
limit_request_fields, limit_request_field_size = 8_000, 16_000
# The control socket would be a file in the home directory, and nothing uses it.
control_socket_disable = True
# The application logs each request itself.
accesslog = None


class NoAccessLog(Logger):
    """gunicorn's logger without access lines, which it formats even if they aren't written."""

    def access(self, *_: Any) -> None:
        """Do nothing."""


logger_class = NoAccessLog
logconfig_dict = configuration(settings.log_format)


def on_starting(server: Any) -> None:
    """Create a new directory for metrics: an old one has those of processes that ended."""
    os.environ[METRICS_DIRECTORY] = mkdtemp(prefix="prediction-api-")


def post_worker_init(worker: Any) -> None:
    """Set up garbage collection once the application exists and has loaded its model."""
    collect_garbage_less_often()


def child_exit(server: Any, worker: Any) -> None:
    """Remove the gauges of a worker that ended; its counters stay in the sums."""
    # Imported here because it reads METRICS_DIRECTORY on import.
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Remove the metrics directory."""
    shutil.rmtree(os.environ[METRICS_DIRECTORY], ignore_errors=True)
