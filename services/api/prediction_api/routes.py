"""The API's endpoints. Each view decodes a request and encodes the response."""

from importlib import resources

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from model_contract.reading.table.limits import Limits
from prediction_api.capacity.queue import computing
from prediction_api.csv_text import to_csv
from prediction_api.http.content_types import CSV, JSON
from prediction_api.http.query import read_query
from prediction_api.http.uploads import posted_csv
from prediction_api.observability.request_log import observe_answer, shared_metrics
from prediction_api.observability.timing import WRITE, phase
from prediction_api.responses import (
    Alive,
    Answer,
    Prediction,
    Ready,
    ServedModel,
    model_facts,
)
from prediction_api.serving.model_holder import current_predictor, served_models

CONTRACT = "contract"  # key in `app.extensions`
SAMPLE = "sample.csv"

blueprint = Blueprint("prediction_api", __name__)


@blueprint.post("/predict")
def predict() -> Response:
    """Forecast volumes from the posted CSV."""
    predictor = current_predictor()
    query = read_query(request, predictor.manifest.horizon)
    with computing(posted_csv) as (data, check):
        explain = query.explain and query.content_type == JSON  # a CSV has no place for reasons
        answer = predictor.predict(data, query.points, check, _limits(), query.choices, explain)
        with phase(WRITE):
            answer["predictions"] = [
                prediction
                for prediction in answer["predictions"]
                if prediction["step"] <= query.steps
            ]
            response = _csv(answer) if query.content_type == CSV else jsonify(answer)
        observe_answer(answer["input"], answer["model"]["version"], answer["track_record"])
    response.headers["Model-Version"] = predictor.manifest.version
    response.vary.add("Accept")
    return response


@blueprint.get("/model")
def model() -> Response:
    """Report the served model, any refused model and the trainer's state."""
    models = served_models()
    predictor, refusal, trainer = models.current(), models.refusal(), models.store.status()
    served: ServedModel = {
        "model": model_facts(predictor.manifest) if predictor else None,
        "refused": refusal.report if refusal else None,
        "trainer": trainer,
    }
    return jsonify(served)


@blueprint.get("/healthz")
def alive() -> Response:
    """Report that this process is alive."""
    health: Alive = {"status": "alive"}
    return jsonify(health)


@blueprint.get("/readyz")
def ready() -> Response:
    """Report that a model is loaded and verified."""
    health: Ready = {"status": "ready", "version": current_predictor().manifest.version}
    return jsonify(health)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return the metrics of all workers for Prometheus; not reachable through nginx."""
    return Response(shared_metrics().exposition(), content_type=CONTENT_TYPE_LATEST)


@blueprint.get(f"/{SAMPLE}")
def sample() -> Response:
    """Return a sample CSV that /predict accepts."""
    data = resources.files("prediction_api").joinpath(SAMPLE).read_bytes()
    response = Response(data, content_type=f"{CSV}; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename={SAMPLE}"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@blueprint.get("/openapi.json")
def contract() -> Response:
    """Describe this API as an OpenAPI document."""
    # Imported here because its libraries take 0.1 s and megabytes of memory to load, and few
    # workers need them.
    from prediction_api.openapi.document import Contract

    predictor = served_models().current()
    contract: Contract = current_app.extensions.setdefault(CONTRACT, Contract())
    document, tag = contract.document(current_app, predictor.manifest if predictor else None)
    response = Response(document, content_type=JSON)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "public, max-age=300"
    response.make_conditional(request)
    return response


def _csv(answer: Answer) -> Response:
    columns = [name for name in Prediction.__annotations__ if name != "reasons"]
    text = to_csv(answer["predictions"], columns)
    response = Response(text, content_type=f"{CSV}; charset=utf-8")
    codes = dict.fromkeys(warning["code"] for warning in answer["input"]["warnings"])
    if codes:
        response.headers["Forecast-Warnings"] = ", ".join(codes)
    return response


def _limits() -> Limits:
    return Limits(rows=current_app.config["MAX_ROWS"], tickers=current_app.config["MAX_TICKERS"])
