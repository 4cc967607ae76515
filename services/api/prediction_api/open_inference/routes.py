"""The endpoints of the Open Inference Protocol for one model, `volume`."""

import re

from flask import Blueprint, Response, current_app, json, jsonify, request

from model_contract.messages.open_inference import JSON_LENGTH_INVALID, VERSION_UNKNOWN
from prediction_api.capacity.queue import computing
from prediction_api.forecast.predictor import Predictor
from prediction_api.http.content_types import BYTES
from prediction_api.http.errors import BadRequest, NotFound
from prediction_api.http.problems import PROTOCOL
from prediction_api.http.uploads import posted_tensors
from prediction_api.observability.request_log import observe_answer
from prediction_api.observability.timing import READ, WRITE, phase
from prediction_api.open_inference.inference import answer_parts, infer, read_request
from prediction_api.open_inference.metadata import (
    EXTENSIONS,
    JSON_LENGTH,
    MODEL,
    SERVER,
    SERVER_VERSION,
    metadata,
)
from prediction_api.open_inference.schemas import Live, ModelReady, ServerMetadata, ServerReady
from prediction_api.serving.model_holder import current_predictor

LENGTH = re.compile(r"[0-9]{1,12}")

blueprint = Blueprint("inference_protocol", __name__, url_prefix=PROTOCOL)


@blueprint.get("")
def server() -> Response:
    """Report this server's name and the protocol extensions that it supports."""
    facts: ServerMetadata = {"name": SERVER, "version": SERVER_VERSION, "extensions": EXTENSIONS}
    return jsonify(facts)


@blueprint.get("/health/live")
def live() -> Response:
    """Report that this process is alive."""
    health: Live = {"live": True}
    return jsonify(health)


@blueprint.get("/health/ready")
def ready() -> Response:
    """Report that a model is loaded and verified."""
    current_predictor()
    health: ServerReady = {"ready": True}
    return jsonify(health)


@blueprint.get(f"/models/{MODEL}")
@blueprint.get(f"/models/{MODEL}/versions/<version>")
def model(version: str | None = None) -> Response:
    """Describe the inputs and outputs of the model."""
    return jsonify(metadata(_predictor(version).manifest))


@blueprint.get(f"/models/{MODEL}/ready")
@blueprint.get(f"/models/{MODEL}/versions/<version>/ready")
def model_ready(version: str | None = None) -> Response:
    """Report that the model is loaded and verified."""
    _predictor(version)
    health: ModelReady = {"name": MODEL, "ready": True}
    return jsonify(health)


@blueprint.post(f"/models/{MODEL}/infer")
@blueprint.post(f"/models/{MODEL}/versions/<version>/infer")
def inference(version: str | None = None) -> Response:
    """Forecast volumes from the posted windows."""
    predictor = _predictor(version)
    manifest = predictor.manifest
    with computing(posted_tensors) as (data, check):
        with phase(READ):
            query = read_request(data, _json_length(), manifest, current_app.config["MAX_ROWS"])
        volumes = infer(predictor, query, check)
        with phase(WRITE):
            answer, binary = answer_parts(query, volumes, manifest.version)
            if binary:
                text = json.dumps(answer).encode()
                response = Response(text + binary, content_type=BYTES)
                response.headers[JSON_LENGTH] = str(len(text))
            else:
                response = jsonify(answer)
        observe_answer(
            {
                "kind": "windows",
                "rows": len(query.windows),
                "tickers": 0,
                "reading": None,
                "warnings": [],
            },
            manifest.version,
        )
    response.headers["Model-Version"] = manifest.version
    return response


def _predictor(version: str | None) -> Predictor:
    predictor = current_predictor()
    served = predictor.manifest.version
    if version is not None and version != served:
        raise NotFound(VERSION_UNKNOWN(version=version, served=served))
    return predictor


def _json_length() -> int | None:
    """Return how many bytes of the body are JSON, or None for all of them."""
    text = request.headers.get(JSON_LENGTH)
    if text is None:
        return None
    if not LENGTH.fullmatch(text):
        raise BadRequest(JSON_LENGTH_INVALID(found=text))
    return int(text)
