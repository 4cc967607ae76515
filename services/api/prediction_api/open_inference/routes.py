"""The addresses of the Open Inference Protocol: one model, `volume`, in the version that is served."""

import re

from flask import Blueprint, Response, current_app, json, jsonify, request

from prediction_api.capacity.queue import computing
from prediction_api.forecast.predictor import Predictor
from prediction_api.http.errors import PROTOCOL, NotUnderstood, UnknownVersion
from prediction_api.http.query import BYTES
from prediction_api.http.uploads import posted_tensors
from prediction_api.observability.request_log import observe_answer
from prediction_api.observability.timing import READ, WRITE, phase
from prediction_api.open_inference.schemas import Live, ModelReady, ServerMetadata, ServerReady
from prediction_api.open_inference.tensors import (
    EXTENSIONS,
    JSON_LENGTH,
    MODEL,
    SERVER,
    SERVER_VERSION,
    answer_parts,
    infer,
    metadata,
    read_request,
)
from prediction_api.routes import current_predictor

LENGTH = re.compile(r"[0-9]{1,12}")

blueprint = Blueprint("inference_protocol", __name__, url_prefix=PROTOCOL)


@blueprint.get("")
def server() -> Response:
    """Tell which server this is, and which extensions of the protocol it knows."""
    told: ServerMetadata = {"name": SERVER, "version": SERVER_VERSION, "extensions": EXTENSIONS}
    return jsonify(told)


@blueprint.get("/health/live")
def live() -> Response:
    """Tell that this process answers."""
    told: Live = {"live": True}
    return jsonify(told)


@blueprint.get("/health/ready")
def ready() -> Response:
    """Tell that a model is loaded and verified."""
    current_predictor()
    told: ServerReady = {"ready": True}
    return jsonify(told)


@blueprint.get(f"/models/{MODEL}")
@blueprint.get(f"/models/{MODEL}/versions/<version>")
def model(version: str | None = None) -> Response:
    """Tell what the model takes and gives."""
    return jsonify(metadata(_predictor_of(version).manifest))


@blueprint.get(f"/models/{MODEL}/ready")
@blueprint.get(f"/models/{MODEL}/versions/<version>/ready")
def model_ready(version: str | None = None) -> Response:
    """Tell that the model is loaded and verified."""
    _predictor_of(version)
    told: ModelReady = {"name": MODEL, "ready": True}
    return jsonify(told)


@blueprint.post(f"/models/{MODEL}/infer")
@blueprint.post(f"/models/{MODEL}/versions/<version>/infer")
def inference(version: str | None = None) -> Response:
    """Forecast the volumes that follow the posted windows."""
    predictor = _predictor_of(version)
    with computing(posted_tensors) as (data, check):
        with phase(READ):
            asked = read_request(
                data, _json_length(), predictor.manifest, current_app.config["MAX_ROWS"]
            )
        volumes = infer(predictor, asked, check)
        with phase(WRITE):
            answer, binary = answer_parts(asked, volumes, predictor.manifest.version)
            if binary:
                text = json.dumps(answer).encode()
                response = Response(text + binary, content_type=BYTES)
                response.headers[JSON_LENGTH] = str(len(text))
            else:
                response = jsonify(answer)
        observe_answer(
            {"kind": "windows", "rows": len(asked.windows), "tickers": 0, "warnings": []},
            predictor.manifest.version,
        )
    response.headers["Model-Version"] = predictor.manifest.version
    return response


def _predictor_of(version: str | None) -> Predictor:
    predictor = current_predictor()
    if version not in (None, predictor.manifest.version):
        raise UnknownVersion(version or "", predictor.manifest.version)
    return predictor


def _json_length() -> int | None:
    """How many bytes of the body are JSON, or None for all of them."""
    text = request.headers.get(JSON_LENGTH)
    if text is None:
        return None
    if not LENGTH.fullmatch(text):
        raise NotUnderstood(f"The header {JSON_LENGTH} takes a whole number of bytes.")
    return int(text)
