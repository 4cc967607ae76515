"""Logs and counts each request, without its data or query values."""

import logging
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, g, request

from model_contract.messages.message import safe
from prediction_api.observability import timing
from prediction_api.observability.logs import FIELDS
from prediction_api.observability.metrics import Metrics
from prediction_api.responses import InputSummary, TrackRecord

log = logging.getLogger(__name__)

METRICS = "metrics"  # key in `app.extensions`
# Requested by health checks and Prometheus.
PROBED = ("/healthz", "/readyz", "/metrics", "/v2/health/live", "/v2/health/ready")
OTHER = "other"  # logged as the path of every unknown URL


def apply(app: Flask) -> None:
    """Log and count every request of `app`."""
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_end)


def shared_metrics() -> Metrics:
    """Return the metrics of the current application."""
    metrics: Metrics = current_app.extensions[METRICS]
    return metrics


def observe_answer(read: InputSummary, version: str, records: Sequence[TrackRecord] = ()) -> None:
    """Log the current request's input and model, and count its rows and track records."""
    kind, rows = read["kind"], read["rows"]
    g.answer = {"kind": kind, "rows": rows, "tickers": read["tickers"], "version": version}
    shared_metrics().observe_answer(kind, rows, records)


def _begin() -> None:
    g.began = time.perf_counter()
    g.work = timing.begin()


def _end(_: BaseException | None) -> None:
    timing.end()


def _finish(response: Response) -> Response:
    seconds = time.perf_counter() - g.began
    path = request.url_rule.rule if request.url_rule else OTHER
    if path in PROBED:
        shared_metrics().observe_probe(path, response.status_code)
        if response.status_code == HTTPStatus.OK:
            return response  # a line every few seconds would be noise
    else:
        shared_metrics().observe_request(path, response.status_code, seconds, g.work)
    fields: dict[str, Any] = {
        "method": safe(request.method),
        "path": path,
        "status": response.status_code,
        **g.get("answer", {}),
        "bytes": response.calculate_content_length(),
        **{f"{name}_ms": round(1000 * spent, 3) for name, spent in g.work.seconds.items()},
        "ms": round(1000 * seconds, 3),
    }
    log.info("%(method)s %(path)s %(status)s in %(ms).1f ms", fields, extra={FIELDS: fields})
    return response
