"""How gunicorn serves the application: `gunicorn "prediction_api:create_app()"` in this folder."""

import os
from pathlib import Path

from prediction_api.cpu_quota import available_cpus
from prediction_api.logs import configuration
from prediction_api.settings import log_format, positive_integer

bind = "0.0.0.0:8000"
worker_class = "gthread"
# At least two: while one that died is replaced, the other answers.
workers = positive_integer(os.environ, "WEB_CONCURRENCY", max(2, available_cpus()))
threads = positive_integer(os.environ, "GUNICORN_THREADS", 4)
# Each worker loads the model for itself: an inference runtime does not survive a fork.
preload_app = False
# A heartbeat of the worker, which lives in memory: the container's root is read-only, and a disk could block it.
timeout = 30
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# The longest that a request in flight may take after SIGTERM; compose waits a little longer before it kills.
graceful_timeout = 25
keepalive = 5
# It would be a file below the home directory, and nobody uses it.
control_socket_disable = True
# The application writes one line a request itself.
accesslog = None
logconfig_dict = configuration(log_format(os.environ))
