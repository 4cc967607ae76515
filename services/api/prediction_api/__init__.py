"""The API: forecasts trading volumes from a file of daily prices.

A module imports only modules below it. `docs/architecture.md` has a diagram.

routes                   the endpoints
openapi, open_inference  the OpenAPI document; the Open Inference Protocol
ledger                   forecasts of followed tickers, and their scores
serving                  loading and swapping models
capacity                 queues, deadlines, memory
http                     queries, uploads, errors, rules for all requests
forecast                 predictions, track records and warnings from a file
observability            logs, metrics, timing
responses, settings      the fields of JSON responses; the environment variables
cpu_quota, version       the container's CPUs; the service's version
csv_text                 responses as CSV
"""

import os
from collections.abc import Mapping

from flask import Flask


def create_app(config: Mapping[str, object] | None = None) -> Flask:
    """Create the application. `config` overrides environment variables. Raises `SettingsError`."""
    # Imported here because gunicorn's master imports this package too, and must not load the
    # inference runtime before it forks its workers.
    from model_contract.ledger.ledger_reader import LedgerReader
    from prediction_api import routes
    from prediction_api.capacity import queue
    from prediction_api.http import drain, policy, problems
    from prediction_api.ledger import routes as ledger
    from prediction_api.ledger.loop_metrics import LoopCollector
    from prediction_api.observability import logs, request_log
    from prediction_api.observability.metrics import Metrics
    from prediction_api.open_inference import routes as open_inference
    from prediction_api.serving.model_holder import MODELS, ModelHolder
    from prediction_api.serving.trainer_metrics import TrainerCollector
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
    models.poll_once()  # so the first request finds a published model
    if settings.poll_seconds:
        models.watch(settings.poll_seconds)
    lanes = queue.Lanes.of(settings, metrics)
    app.extensions.update({MODELS: models, request_log.METRICS: metrics, queue.LANES: lanes})
    reader = LedgerReader(settings.ledger)
    app.extensions[ledger.LEDGER] = reader
    metrics.include(LoopCollector(reader), TrainerCollector(models.store))
    app.register_blueprint(routes.blueprint)
    app.register_blueprint(open_inference.blueprint)
    app.register_blueprint(ledger.blueprint)
    return app
