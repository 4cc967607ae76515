"""Answers a CSV of daily prices with the volume forecast for the sessions to come.

Reading order: `routes` (the addresses), `asked` and `uploads` (what a request asks for and posts), `predictor` (CSV bytes
to an answer), `track_record` and its `har`, `cautions`, `answers`; `inference_routes`, `inference_protocol` and
`inference_shapes` (the same model for clients of the Open Inference Protocol); `openapi` and `openapi_examples` (the
contract); beside them `model_holder` (which model serves), `consistency` (whether it can), `http_policy`, `unread_bodies`
and `errors` (what holds for every answer), `overload` (how much at once, and for how long), `gunicorn_worker` and `turns`
(which request when), `request_log`, `phases` and `metrics` (what is told of each request), `settings`, `logs`, `memory`.
"""

import os
from collections.abc import Mapping

from flask import Flask


def create_app(config: Mapping[str, object] | None = None) -> Flask:
    """Make the application from the environment; `config` overrides single variables. Raises `SettingsError`."""
    # Imported here, since gunicorn's master takes `cpu_quota` from this package: the inference runtime must be loaded
    # after the fork, in each worker.
    from prediction_api import routes
    from prediction_api.capacity import queue as overload
    from prediction_api.http import drain as unread_bodies
    from prediction_api.http import errors
    from prediction_api.http import policy as http_policy
    from prediction_api.observability import logs, request_log
    from prediction_api.observability.metrics import Metrics
    from prediction_api.open_inference import routes as inference_routes
    from prediction_api.serving.model_holder import ModelHolder
    from prediction_api.settings import Settings

    settings = Settings.read({**os.environ, **(config or {})})
    logs.set_up(settings.log_format)
    app = Flask(__name__, static_folder=None)
    request_log.apply(app)  # first, so that its time is the whole request's
    http_policy.apply(app, settings)
    unread_bodies.apply(app)
    errors.register(app)
    metrics = Metrics()
    models = ModelHolder(settings.model_store, metrics, settings.signing_key)
    models.poll_once()  # so that a published model serves the first request
    if settings.poll_seconds:
        models.watch(settings.poll_seconds)
    lanes = overload.Lanes.of(settings, metrics)
    app.extensions.update(
        {routes.MODELS: models, request_log.METRICS: metrics, overload.LANES: lanes}
    )
    app.register_blueprint(routes.blueprint)
    app.register_blueprint(inference_routes.blueprint)
    return app
