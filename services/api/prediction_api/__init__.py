"""The API: forecasts the volumes that follow a CSV of daily prices.

Imports go down this list only; `docs/architecture.md` has a picture of it.

routes                   the addresses
openapi, open_inference  the contract of the API; the Open Inference Protocol
serving                  which model serves
capacity                 how many requests are computed at once, and for how long
http                     queries, uploads, errors, limits: what holds for every request
forecast                 from the bytes of a CSV to predictions, their track record and warnings
observability            logs, metrics, timing
responses, settings      the fields of the JSON; the environment
cpu_quota, version       the CPUs of the container; the version of the service
"""

import os
from collections.abc import Mapping

from flask import Flask


def create_app(config: Mapping[str, object] | None = None) -> Flask:
    """Make the application from the environment; `config` overrides single variables.

    Raises `SettingsError`.
    """
    # Imported here because gunicorn's master imports this package too, and only its workers, after
    # the fork, may load the inference runtime.
    from prediction_api import routes
    from prediction_api.capacity import queue
    from prediction_api.http import drain, policy, problems
    from prediction_api.observability import logs, request_log
    from prediction_api.observability.metrics import Metrics
    from prediction_api.open_inference import routes as open_inference
    from prediction_api.serving.model_holder import MODELS, ModelHolder
    from prediction_api.settings import Settings

    settings = Settings.read({**os.environ, **(config or {})})
    logs.set_up(settings.log_format)
    app = Flask(__name__, static_folder=None)
    request_log.apply(app)  # first, to measure the whole request
    policy.apply(app, settings)
    drain.apply(app)
    problems.register(app)
    metrics = Metrics()
    models = ModelHolder(settings.model_store, metrics, settings.signing_key)
    models.poll_once()  # a published model serves the first request
    if settings.poll_seconds:
        models.watch(settings.poll_seconds)
    lanes = queue.Lanes.of(settings, metrics)
    app.extensions.update({MODELS: models, request_log.METRICS: metrics, queue.LANES: lanes})
    app.register_blueprint(routes.blueprint)
    app.register_blueprint(open_inference.blueprint)
    return app
