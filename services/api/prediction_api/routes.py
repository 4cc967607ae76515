"""The addresses of the API. Each view decodes its request and encodes its answer; `predictor` does the work."""

import re
from dataclasses import asdict
from importlib import resources
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from model_contract.bundle import Manifest
from prediction_api.answers import to_csv
from prediction_api.errors import InvalidParameter, NoModel
from prediction_api.metrics import Metrics
from prediction_api.model_holder import ModelHolder, Refusal
from prediction_api.overload import computing
from prediction_api.phases import READ, WRITE, phase
from prediction_api.predictor import Predictor
from prediction_api.request_log import METRICS, observe_answer
from prediction_api.track_record import MAX_SESSIONS
from prediction_api.uploads import posted_csv

MODELS = "models"  # key of the application's ModelHolder among its extensions
JSON, CSV = "application/json", "text/csv"
SAMPLE = "sample.csv"
POINTS = re.compile(r"[0-9]{1,3}")

blueprint = Blueprint("prediction_api", __name__)


@blueprint.post("/predict")
def predict() -> Response:
    """Forecast the volumes that follow the posted CSV."""
    predictor = _predictor()
    points = _points(request.args.get("points", "0"))
    with computing() as check:
        with phase(READ):
            data = posted_csv(request)
        answer = predictor.predict(data, points, check)
        observe_answer(answer)
        with phase(WRITE):
            if request.accept_mimetypes.best_match([JSON, CSV], default=JSON) == CSV:
                response = Response(to_csv(answer["predictions"]), content_type=f"{CSV}; charset=utf-8")
            else:
                response = jsonify(answer)
    response.headers["Model-Version"] = predictor.manifest.version
    response.vary.add("Accept")
    return response


@blueprint.get("/model")
def model() -> Response:
    """Tell what is served, what was refused, and what the trainer is doing."""
    models = _models()
    predictor, refusal, trainer = models.current(), models.refusal(), models.store.status()
    return jsonify(
        {
            "model": _public_part(predictor.manifest) if predictor else None,
            "refused": _told(refusal) if refusal else None,
            "trainer": asdict(trainer) if trainer else None,
        }
    )


@blueprint.get("/healthz")
def alive() -> Response:
    """Tell that this process answers."""
    return jsonify({"status": "alive"})


@blueprint.get("/readyz")
def ready() -> Response:
    """Tell that a model is loaded and verified."""
    return jsonify({"status": "ready", "version": _predictor().manifest.version})


@blueprint.get("/metrics")
def metrics() -> Response:
    """Give the figures of all workers to Prometheus. Inside the network only: the frontend does not pass it on."""
    figures: Metrics = current_app.extensions[METRICS]
    return Response(figures.exposition(), content_type=CONTENT_TYPE_LATEST)


@blueprint.get(f"/{SAMPLE}")
def sample() -> Response:
    """Give a small CSV that /predict takes."""
    data = resources.files(__package__).joinpath(SAMPLE).read_bytes()
    response = Response(data, content_type=f"{CSV}; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename={SAMPLE}"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _models() -> ModelHolder:
    models: ModelHolder = current_app.extensions[MODELS]
    return models


def _predictor() -> Predictor:
    models = _models()
    predictor = models.current()
    if predictor is None:
        raise NoModel(refused=models.refusal() is not None)
    return predictor


def _points(text: str) -> int:
    if not (POINTS.fullmatch(text) and int(text) <= MAX_SESSIONS):
        raise InvalidParameter("points", f"a whole number from 0 to {MAX_SESSIONS}", text)
    return int(text)


def _told(refusal: Refusal) -> dict[str, Any]:
    return {"version": refusal.version, "reason": refusal.reason, "since": refusal.since}


def _public_part(manifest: Manifest) -> dict[str, Any]:
    return {
        "version": manifest.version,
        "trained_at": manifest.created_at,
        "contract_version": manifest.contract_version,
        "window": manifest.window,
        "horizon": manifest.horizon,
        "features": manifest.features,
        "market": manifest.market,
        "data": {key: manifest.data.get(key) for key in ("rows", "tickers", "first_session", "last_session")},
        "calendar_effects": manifest.calendar_effects,
        "metrics": manifest.metrics,
        "gate": manifest.gate,
    }
