"""The addresses of the API. Each view decodes its request and encodes its answer; `predictor` does the work."""

from importlib import resources

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.reading.table import Limits
from model_contract.store.bundle import Manifest
from prediction_api.capacity.queue import computing
from prediction_api.forecast.predictor import Predictor
from prediction_api.http.errors import NoModel
from prediction_api.http.query import CSV, JSON, asked_by
from prediction_api.http.uploads import posted_csv
from prediction_api.observability.metrics import Metrics
from prediction_api.observability.request_log import METRICS, observe_answer
from prediction_api.observability.timing import WRITE, phase
from prediction_api.responses import Alive, ModelFacts, Ready, RefusedModel, ServedModel, to_csv
from prediction_api.serving.model_holder import ModelHolder, Refusal

# Keys of the application's ModelHolder and Contract among its extensions.
MODELS, CONTRACT = "models", "contract"
SAMPLE = "sample.csv"

blueprint = Blueprint("prediction_api", __name__)


@blueprint.post("/predict")
def predict() -> Response:
    """Forecast the volumes that follow the posted CSV."""
    predictor = current_predictor()
    asked = asked_by(request, predictor.manifest.horizon)
    with computing(posted_csv) as (data, check):
        answer = predictor.predict(data, asked.points, check, _limits())
        with phase(WRITE):
            answer["predictions"] = [
                prediction
                for prediction in answer["predictions"]
                if prediction["step"] <= asked.steps
            ]
            if asked.content_type == CSV:
                response = Response(
                    to_csv(answer["predictions"]), content_type=f"{CSV}; charset=utf-8"
                )
            else:
                response = jsonify(answer)
        observe_answer(answer["input"], answer["model"]["version"], answer["track_record"])
    response.headers["Model-Version"] = predictor.manifest.version
    response.vary.add("Accept")
    return response


@blueprint.get("/model")
def model() -> Response:
    """Tell what is served, what was refused, and what the trainer is doing."""
    models = _models()
    predictor, refusal, trainer = models.current(), models.refusal(), models.store.status()
    told: ServedModel = {
        "model": _public_part(predictor.manifest) if predictor else None,
        "refused": _told(refusal) if refusal else None,
        "trainer": trainer,
    }
    return jsonify(told)


@blueprint.get("/healthz")
def alive() -> Response:
    """Tell that this process answers."""
    told: Alive = {"status": "alive"}
    return jsonify(told)


@blueprint.get("/readyz")
def ready() -> Response:
    """Tell that a model is loaded and verified."""
    told: Ready = {"status": "ready", "version": current_predictor().manifest.version}
    return jsonify(told)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Give the figures of all workers to Prometheus. Inside the network only: the frontend does not pass it on."""
    figures: Metrics = current_app.extensions[METRICS]
    return Response(figures.exposition(), content_type=CONTENT_TYPE_LATEST)


@blueprint.get(f"/{SAMPLE}")
def sample() -> Response:
    """Give a small CSV that /predict takes."""
    data = resources.files("prediction_api").joinpath(SAMPLE).read_bytes()
    response = Response(data, content_type=f"{CSV}; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename={SAMPLE}"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@blueprint.get("/openapi.json")
def contract() -> Response:
    """Give the contract of this service, in OpenAPI."""
    # Not at the top: its libraries take a tenth of a second and some megabytes, which only who asks for it should pay.
    from prediction_api.openapi.document import Contract

    predictor = _models().current()
    made: Contract = current_app.extensions.setdefault(CONTRACT, Contract())
    document, tag = made.document(current_app, predictor.manifest if predictor else None)
    response = Response(document, content_type=JSON)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "public, max-age=300"
    response.make_conditional(request)
    return response


def _limits() -> Limits:
    return Limits(rows=current_app.config["MAX_ROWS"], tickers=current_app.config["MAX_TICKERS"])


def _models() -> ModelHolder:
    models: ModelHolder = current_app.extensions[MODELS]
    return models


def current_predictor() -> Predictor:
    """Give the predictor that serves. Raises `NoModel`."""
    models = _models()
    predictor = models.current()
    if predictor is None:
        raise NoModel(refused=models.refusal() is not None)
    return predictor


def _told(refusal: Refusal) -> RefusedModel:
    return {"version": refusal.version, "reason": refusal.reason, "since": refusal.since}


def _public_part(manifest: Manifest) -> ModelFacts:
    return {
        "version": manifest.version,
        "trained_at": manifest.created_at,
        "contract_version": manifest.contract_version,
        "window": manifest.window,
        "horizon": manifest.horizon,
        "features": list(manifest.features),
        "market": manifest.market,
        "data": {
            "rows": manifest.data.get("rows"),
            "tickers": manifest.data.get("tickers"),
            "first_session": manifest.data.get("first_session"),
            "last_session": manifest.data.get("last_session"),
        },
        # In the order of the flags, as clients of the Open Inference Protocol need it; the manifest is sorted by name.
        "calendar_effects": {flag: manifest.calendar_effects[flag] for flag in CALENDAR_FLAGS},
        "metrics": manifest.metrics,
        "gate": manifest.gate,
    }
