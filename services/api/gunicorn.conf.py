"""Configuration of gunicorn, which `python -m prediction_api` starts in this folder."""

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
# Enough threads for every request that computes or waits, and some for health checks and 503s. With
# fewer, requests would queue in the kernel's backlog and get no response.
worker_class = "prediction_api.serving.gunicorn_worker.Worker"
workers, threads = settings.workers, settings.threads
# Each worker loads the model itself, because the inference runtime doesn't survive a fork.
preload_app = False
# Keep the heartbeat file in memory: the root filesystem is read-only, and a disk can block.
timeout = 30
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# After SIGTERM, a request may take its full time limit, plus a few seconds for its response.
graceful_timeout = math.ceil(settings.request_seconds) + 5
keepalive = 5
# The longest request line that nginx accepts; gunicorn answers longer ones in HTML.
limit_request_line = 8190
# nginx forwards as many headers as fit in its four 8 KB buffers, and adds some of its own.
limit_request_fields, limit_request_field_size = 8_000, 16_000
# Nothing uses the control socket, which would be a file in the home directory.
control_socket_disable = True
# The application logs each request itself.
accesslog = None


class NoAccessLog(Logger):
    """Skips access lines, which gunicorn formats even if it doesn't write them."""

    def access(self, *_: Any) -> None:
        """Do nothing."""


logger_class = NoAccessLog
logconfig_dict = configuration(settings.log_format)


def on_starting(server: Any) -> None:
    """Create a new metrics directory; an old one contains metrics of processes that have ended."""
    os.environ[METRICS_DIRECTORY] = mkdtemp(prefix="prediction-api-")


def post_worker_init(worker: Any) -> None:
    """Tune garbage collection once the worker has created the application and loaded a model."""
    collect_garbage_less_often()


def child_exit(server: Any, worker: Any) -> None:
    """Remove the gauges of a worker that has exited; its counters remain in the totals."""
    # Imported here because it reads METRICS_DIRECTORY on import.
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Remove the metrics directory."""
    shutil.rmtree(os.environ[METRICS_DIRECTORY], ignore_errors=True)
