"""The contract, /openapi.json, in OpenAPI 3.1.

Addresses, methods and summaries come from the application's own routes and views, schemas from the types that the views
answer with (by pydantic), and `OPERATIONS` tells what neither can: statuses, headers, bodies, examples. apispec puts it
together. It never looks at a request, so that it costs a request nothing.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib import resources
from typing import Any

import orjson
from apispec import APISpec
from flask import Flask
from pydantic import ConfigDict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from werkzeug.routing import Rule

from model_contract.bundle import Manifest
from model_contract.errors import Problem
from model_contract.features import SESSIONS_BEFORE_FIRST_FEATURES
from prediction_api import errors
from prediction_api.answers import Alive, Answer, Ready, ServedModel
from prediction_api.asked import BYTES, CSV, JSON
from prediction_api.inference_protocol import (
    JSON_LENGTH,
    InferenceAnswer,
    InferenceRequest,
    Live,
    ModelMetadata,
    ModelReady,
    ServerMetadata,
    ServerReady,
    input_shapes,
)
from prediction_api.track_record import MAX_SESSIONS

VERSION = "1.0.0"
TITLE = "Stock Volume Predictor"
DESCRIPTION = """Forecasts how many shares of a stock will be traded in the next sessions, from a CSV of its daily prices.

Errors are problem documents (RFC 9457) that name every problem with its row and column; below /v2 they have the form of the
Open Inference Protocol. Every answer carries `X-Request-ID`, which the log has, too. The proxy in front answers 414 and 431
to addresses and headers that are too long."""
TAGS = {
    "forecasts": "What the service is for.",
    "model": "What is served.",
    "health": "For load balancers, health checks and schedulers.",
    "contract": "What this service takes and gives.",
    "inference protocol": "The model as a function of tensors, for clients of the Open Inference Protocol (KServe, Triton).",
}
# Inside the network only: the proxy does not pass it on.
INTERNAL = frozenset({"prediction_api.metrics"})
ANSWERS = (
    Answer, ServedModel, Alive, Ready, errors.ProblemDocument, errors.ProtocolError,
    ServerMetadata, Live, ServerReady, ModelMetadata, ModelReady, InferenceRequest, InferenceAnswer,
)  # fmt: skip
ARGUMENT = re.compile(r"<(\w+)>")
EXAMPLE_ROWS = 60  # of the CSV, where no model tells how many it needs

REQUEST_ID = "4f1d0c3a9b7e4c55a1b2c3d4e5f60718"
HEADERS = {
    "X-Request-ID": ("Names the request in the log; a given one of 8 to 64 letters, digits and hyphens is kept.", {"type": "string"}),
    "Model-Version": ("Which model answered.", {"type": "string"}),
    "Retry-After": ("Seconds to wait before the next try.", {"type": "integer", "minimum": 1}),
}
LENGTH_SCHEMA = {"type": "integer", "minimum": 2}

# Status: description, and examples of what is told: in a problem document, and below /v2.
REFUSALS = {
    400: (
        "The request cannot be understood.",
        "The query parameter 'points' takes a whole number from 0 to 250; found '-1'.",
        "Missing inputs calendar; the model takes window and calendar.",
    ),
    404: ("This version is not served.", "", "The version '1' is not served; 20261122T101500Z-1a2b3c4d is."),
    406: (
        "The header Accept allows no type of the answer.",
        "The answer is application/json or text/csv; the header Accept allows only 'text/html'.",
        "",
    ),
    413: (
        "Too large.",
        "A file may hold at most 64 MB, and a form at most 20 parts. Send fewer sessions or fewer tickers.",
        "The JSON may have at most 8388608 bytes, found 9000000. Send the tensors as binary data.",
    ),
    415: (
        "A body of another type, or compressed.",
        "The body is compressed ('gzip'); send it uncompressed.",
        "The body is compressed ('gzip'); send it uncompressed.",
    ),
    422: ("The content of the CSV cannot be used.", "line 3, column Close: expected a number, found 'abc'", ""),
    429: ("Too many requests of one client; answered by the proxy.", *["Too many requests. Try again in a few seconds."] * 2),
    500: ("A mistake of this service.", *[f"Something went wrong here. The log tells more under {REQUEST_ID}."] * 2),
    502: ("The connection to the API was lost; answered by the proxy.", *["The API closed the connection before it had answered."] * 2),
    503: ("No model is published yet, or too many requests wait.", *["No model is published yet; run `make train`."] * 2),
    504: ("It took too long.", *["The forecast took too long. Send fewer sessions or fewer tickers."] * 2),
}
ANYWHERE = (400, 429, 500, 502, 503, 504)
RETRIED = (429, 503)

PREDICTION = {
    "ticker": "AAPL",
    "session": "2013-03-04",
    "step": 1,
    "volume": 17198710.5,
    "lower_80": 12574764.2,
    "upper_80": 27120655.4,
    "lower_95": 10501758.1,
    "upper_95": 36513902.7,
}
ANSWER = {
    "model": {"version": "20261122T101500Z-1a2b3c4d", "trained_at": "2026-11-22T10:15:00Z"},
    "input": {"kind": "history", "rows": 300, "tickers": 1, "warnings": []},
    "predictions": [PREDICTION],
    "track_record": [
        {
            "ticker": "AAPL",
            "sessions": 250,
            "mae": 3712345.6,
            "mape": 0.217,
            "skill_vs_naive": 0.0985,
            "skill_vs_har": 0.021,
            "coverage_80": 0.776,
            "coverage_95": 0.944,
            "points": [
                {"session": "2013-03-01", "actual": 19722100.0, "predicted": 16894211.3, "lower_80": 12400931.2, "upper_80": 26500112.9}
            ],
        }
    ],
}
CSV_ANSWER = ",".join(PREDICTION) + "\n" + ",".join(map(str, PREDICTION.values())) + "\n"


@dataclass(frozen=True)
class Operation:
    """What an address does that its view does not say."""

    tag: str
    answers: Mapping[int, Mapping[str, Any]]
    refusals: tuple[int, ...] = ()  # beside those that can occur anywhere
    description: str = ""
    parameters: tuple[Mapping[str, Any], ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)


class Contract:
    """Keeps the document of the model that serves; another one may forecast another number of sessions."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._latest: tuple[str | None, bytes, str] | None = None

    def document(self, manifest: Manifest | None) -> tuple[bytes, str]:
        """Give the document and its entity tag."""
        version = manifest.version if manifest else None
        latest = self._latest  # once, as another thread may replace it
        if latest is None or latest[0] != version:
            text = orjson.dumps(describe(self._app, manifest))
            self._latest = latest = version, text, hashlib.sha256(text).hexdigest()[:32]
        return latest[1:]


def describe(app: Flask, manifest: Manifest | None) -> dict[str, Any]:
    """Make the document of `app`, for the model of `manifest` if there is one."""
    spec = APISpec(TITLE, VERSION, "3.1.0", info={"description": DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}})
    for tag, description in TAGS.items():
        spec.tag({"name": tag, "description": description})
    for name, schema in _schemas().items():
        spec.components.schema(name, schema)
    for name, (description, schema) in HEADERS.items():
        spec.components.header(name, {"description": description, "required": True, "schema": schema})
    told = "How many bytes of the answer are JSON; only where tensors follow it."
    spec.components.header(JSON_LENGTH, {"description": told, "schema": LENGTH_SCHEMA})
    for status, (description, *details) in REFUSALS.items():
        for protocol, detail in enumerate(details):
            if detail:
                spec.components.response(_refusal_name(status, bool(protocol)), _refusal(status, description, detail, bool(protocol)))
    operations = _operations(manifest)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint not in INTERNAL:
            summary = (app.view_functions[rule.endpoint].__doc__ or "").strip().splitlines()[0]
            spec.path(
                ARGUMENT.sub(r"{\1}", rule.rule),
                operations={method.lower(): _operation(rule, operations[rule.endpoint], summary) for method in _methods(rule)},
            )
    document: dict[str, Any] = spec.to_dict()
    return document


class _Schemas(GenerateJsonSchema):
    """Without a title for each field, which would repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _schemas() -> dict[str, Any]:
    # A tuple of all, so that the configuration reaches types that are no pydantic models.
    adapter = TypeAdapter(tuple[ANSWERS], config=ConfigDict(use_attribute_docstrings=True))  # type: ignore[valid-type]
    schema = adapter.json_schema(ref_template="#/components/schemas/{model}", schema_generator=_Schemas, mode="serialization")
    schemas: dict[str, Any] = schema["$defs"]
    return schemas


def _methods(rule: Rule) -> Iterable[str]:
    return sorted((rule.methods or set()) - {"HEAD"})


def _operation(rule: Rule, operation: Operation, summary: str) -> dict[str, Any]:
    protocol = rule.rule.startswith(errors.PROTOCOL)
    name = rule.endpoint.rsplit(".")[-1]
    described: dict[str, Any] = {
        "operationId": f"v2_{name}{'_of_version' if rule.arguments else ''}" if protocol else name,
        "tags": [operation.tag],
        "summary": summary,
        "responses": {str(status): answer for status, answer in operation.answers.items()},
    }
    refusals = [*ANYWHERE, *operation.refusals, *([404] if rule.arguments else [])]
    described["responses"] |= {str(status): _refusal_name(status, protocol) for status in sorted(refusals)}
    arguments = [_parameter(name, "path", "A version of the model; only the served one.", {"type": "string"}) for name in rule.arguments]
    described |= {"description": operation.description} if operation.description else {}
    described |= {"parameters": [*arguments, *operation.parameters]} if arguments or operation.parameters else {}
    described |= {"requestBody": operation.body} if operation.body else {}
    return described


def _operations(manifest: Manifest | None) -> dict[str, Operation]:
    """By endpoint."""
    protocol = "inference protocol"
    sample = _example_csv(manifest)
    return {
        "prediction_api.predict": Operation(
            "forecasts",
            {
                200: _answer(
                    "The forecasts, each with its ranges, and how the model would have done on the last sessions of the file.",
                    {
                        JSON: {"schema": _ref("Answer"), "example": ANSWER},
                        CSV: {"schema": {"type": "string"}, "example": CSV_ANSWER},
                    },
                    "Model-Version",
                )
            },
            refusals=(406, 413, 415, 422),
            description="A **history** holds daily prices, `Date, Open, High, Low, Close, Volume` and optionally `Ticker`, and is "
            "answered with a forecast of each session to come. **Windows** hold features that are already computed, and are answered "
            "with one forecast a row. `Accept` chooses between JSON, which `*/*` gives, and a CSV of the forecasts.",
            parameters=(
                _parameter(
                    "points",
                    "query",
                    "How many past forecasts to add to each track record of a history.",
                    {"type": "integer", "minimum": 0, "maximum": MAX_SESSIONS, "default": 0},
                ),
                _parameter(
                    "steps",
                    "query",
                    "How many sessions to forecast; the model's whole horizon where it is not given.",
                    {"type": "integer", "minimum": 1, "maximum": manifest.horizon} if manifest else {"type": "integer", "minimum": 1},
                ),
            ),
            body={
                "required": True,
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "properties": {"file": {"type": "string", "format": "binary", "description": "The CSV."}},
                            "required": ["file"],
                        },
                        "example": {"file": sample},
                    },
                    CSV: {"schema": {"type": "string", "minLength": 1}, "example": sample},
                },
            },
        ),
        "prediction_api.model": Operation("model", {200: _answer("The model's facts.", _json("ServedModel"))}),
        "prediction_api.alive": Operation("health", {200: _answer("Alive, with or without a model.", _json("Alive"))}),
        "prediction_api.ready": Operation("health", {200: _answer("Forecasts are answered.", _json("Ready"))}),
        "prediction_api.sample": Operation(
            "contract", {200: _answer("The last 300 sessions of one stock.", {CSV: {"schema": {"type": "string"}}})}
        ),
        "prediction_api.contract": Operation(
            "contract",
            {
                200: _answer("This document.", {JSON: {"schema": {"type": "object"}}}),
                304: {"description": "The document is the one that the header If-None-Match names."},
            },
        ),
        "inference_protocol.server": Operation(protocol, {200: _answer("The server.", _json("ServerMetadata"))}),
        "inference_protocol.live": Operation(protocol, {200: _answer("Alive, with or without a model.", _json("Live"))}),
        "inference_protocol.ready": Operation(protocol, {200: _answer("A model is served.", _json("ServerReady"))}),
        "inference_protocol.model": Operation(protocol, {200: _answer("Inputs and outputs.", _json("ModelMetadata"))}),
        "inference_protocol.model_ready": Operation(protocol, {200: _answer("The model is served.", _json("ModelReady"))}),
        "inference_protocol.inference": Operation(
            protocol,
            {
                200: _answer(
                    "The outputs that were asked for; as bytes after the JSON where they were asked for so.",
                    {
                        JSON: {"schema": _ref("InferenceAnswer")},
                        BYTES: {"schema": {"type": "string", "format": "binary"}},
                    },
                    "Model-Version",
                    JSON_LENGTH,
                )
            },
            refusals=(413, 415),
            parameters=(_parameter(JSON_LENGTH, "header", "How many bytes of the body are JSON, where tensors follow it.", LENGTH_SCHEMA),),
            description="With the binary tensor extension, the header `Inference-Header-Content-Length` tells how many bytes of the "
            "body are JSON, and the tensors' bytes follow, little-endian. So it is with an answer of application/octet-stream.",
            body={
                "required": True,
                "content": {
                    JSON: {"schema": _ref("InferenceRequest"), **({"example": _example_tensors(manifest)} if manifest else {})},
                    BYTES: {"schema": {"type": "string", "format": "binary"}},
                },
            },
        ),
    }


def _answer(description: str, content: Mapping[str, Any], *headers: str) -> dict[str, Any]:
    return {"description": description, "headers": {name: name for name in ("X-Request-ID", *headers)}, "content": content}


def _refusal(status: int, description: str, detail: str, protocol: bool) -> dict[str, Any]:
    invalid_csv = status == 422
    problem: errors.ProblemDocument = {
        "type": errors.INVALID_CSV if invalid_csv else errors.PLAIN,
        "title": errors.INVALID_CSV_TITLE if invalid_csv else HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": REQUEST_ID,
        "errors": [Problem("expected a number, found 'abc'", 3, "Close")] if invalid_csv else [],
    }
    content = {errors.PROBLEM_TYPE: {"schema": _ref("ProblemDocument"), "example": problem}}
    if protocol:  # the proxy does not know the protocol: what it refuses itself is a problem document
        content |= {JSON: {"schema": _ref("ProtocolError"), "example": {"error": detail}}}
    return _answer(description, content, *(["Retry-After"] if status in RETRIED else []))


def _refusal_name(status: int, protocol: bool) -> str:
    return f"{'Protocol' if protocol else 'Problem'}{status}"


def _json(schema: str) -> dict[str, Any]:
    return {JSON: {"schema": _ref(schema)}}


def _ref(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _parameter(name: str, place: str, description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "description": description, "schema": schema}


def _example_csv(manifest: Manifest | None) -> str:
    """The last rows of the sample, as many as the model needs."""
    rows = manifest.window + SESSIONS_BEFORE_FIRST_FEATURES if manifest else EXAMPLE_ROWS
    header, *lines = resources.files(__package__).joinpath("sample.csv").read_text().splitlines()
    return "\n".join([header, *lines[-rows:], ""])


def _example_tensors(manifest: Manifest) -> dict[str, Any]:
    """One window of average sessions: 10 million shares a day, an unchanged price, a range of 2 %."""
    shapes = input_shapes(manifest)
    session = {"log_volume": 16.1, "log_return": 0.0, "log_range": 0.02}
    data = {
        "window": [session[name] for name in manifest.features] * manifest.window,
        "calendar": [0] * (shapes["calendar"][0] * shapes["calendar"][1]),
    }
    return {
        "id": "example",
        "inputs": [{"name": name, "shape": [1, *shape], "datatype": "FP64", "data": data[name]} for name, shape in shapes.items()],
        "outputs": [{"name": "volume"}, {"name": "lower_80"}, {"name": "upper_80"}],
    }
