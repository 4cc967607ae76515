"""The contract, /openapi.json, in OpenAPI 3.1.

Addresses, methods and summaries come from the application's own routes and views, schemas from the types that the views
answer with (by pydantic), and `_operations` tells what neither can: statuses, headers, bodies, examples. apispec puts it
together. It never looks at a request, so that it costs a request nothing.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from apispec import APISpec
from flask import Flask
from pydantic import ConfigDict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from werkzeug.routing import Rule

from model_contract.store.bundle import Manifest
from prediction_api.forecast.track_record import MAX_SESSIONS
from prediction_api.http import errors
from prediction_api.http.query import BYTES, CSV, JSON
from prediction_api.open_inference.schemas import (
    InferenceAnswer,
    InferenceRequest,
    Live,
    ModelMetadata,
    ModelReady,
    ServerMetadata,
    ServerReady,
)
from prediction_api.open_inference.tensors import JSON_LENGTH
from prediction_api.openapi.examples import (
    ANSWER,
    CSV_ANSWER,
    REFUSALS,
    REQUEST_ID,
    example_csv,
    example_tensors,
)
from prediction_api.responses import Alive, Answer, Ready, ServedModel

VERSION = "1.0.0"
TITLE = "Stock Volume Predictor"
DESCRIPTION = """Forecasts how many shares of a stock will be traded in the next sessions, from a CSV of its daily prices.

Errors are problem documents (RFC 9457) that name every problem with its row and column; below /v2 they have the form of the
Open Inference Protocol. Every answer carries `X-Request-ID`, which the log has, too."""
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

HEADERS = {
    "X-Request-ID": ("Names the request in the logs.", {"type": "string"}),
    "Model-Version": ("Which model answered.", {"type": "string"}),
    "Retry-After": ("Seconds to wait before the next try.", {"type": "integer", "minimum": 1}),
}
LENGTH_SCHEMA = {"type": "integer", "minimum": 2}

ANYWHERE = (400, 414, 429, 431, 500, 502, 503, 504)
RETRIED = (429, 503)


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

    def __init__(self) -> None:
        self._latest: tuple[str | None, bytes, str] | None = None

    def document(self, app: Flask, manifest: Manifest | None) -> tuple[bytes, str]:
        """Give the document of `app` and its entity tag."""
        version = manifest.version if manifest else None
        latest = self._latest  # once, as another thread may replace it
        if latest is None or latest[0] != version:
            text = orjson.dumps(describe(app, manifest))
            self._latest = latest = version, text, hashlib.sha256(text).hexdigest()[:32]
        return latest[1:]


def describe(app: Flask, manifest: Manifest | None) -> dict[str, Any]:
    """Make the document of `app`, for the model of `manifest` if there is one."""
    spec = APISpec(
        TITLE,
        VERSION,
        "3.1.0",
        info={"description": DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}},
    )
    for tag, description in TAGS.items():
        spec.tag({"name": tag, "description": description})
    for name, schema in _schemas().items():
        spec.components.schema(name, schema)
    for name, (description, schema) in HEADERS.items():
        spec.components.header(
            name, {"description": description, "required": True, "schema": schema}
        )
    told = "How many bytes of the answer are JSON; only where tensors follow it."
    spec.components.header(JSON_LENGTH, {"description": told, "schema": LENGTH_SCHEMA})
    for status, (description, *details) in REFUSALS.items():
        for protocol, detail in enumerate(details):
            if detail:
                spec.components.response(
                    _refusal_name(status, bool(protocol)),
                    _refusal(status, description, detail, bool(protocol)),
                )
    operations = _operations(manifest)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint not in INTERNAL:
            summary = (app.view_functions[rule.endpoint].__doc__ or "").strip().splitlines()[0]
            spec.path(
                ARGUMENT.sub(r"{\1}", rule.rule),
                operations={
                    method.lower(): _operation(rule, operations[rule.endpoint], summary)
                    for method in _methods(rule)
                },
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
    schema = adapter.json_schema(
        ref_template="#/components/schemas/{model}", schema_generator=_Schemas, mode="serialization"
    )
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
    described["responses"] |= {
        str(status): _refusal_name(status, protocol) for status in sorted(refusals)
    }
    arguments = [
        _parameter(name, "path", "A version of the model; only the served one.", {"type": "string"})
        for name in rule.arguments
    ]
    described |= {"description": operation.description} if operation.description else {}
    described |= (
        {"parameters": [*arguments, *operation.parameters]}
        if arguments or operation.parameters
        else {}
    )
    described |= {"requestBody": operation.body} if operation.body else {}
    return described


def _operations(manifest: Manifest | None) -> dict[str, Operation]:
    """By endpoint."""
    protocol = "inference protocol"
    sample = example_csv(manifest)
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
                    {"type": "integer", "minimum": 1, "maximum": manifest.horizon}
                    if manifest
                    else {"type": "integer", "minimum": 1},
                ),
            ),
            body={
                "required": True,
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "properties": {
                                "file": {
                                    "type": "string",
                                    "format": "binary",
                                    "description": "The CSV.",
                                }
                            },
                            "required": ["file"],
                        },
                        "example": {"file": sample},
                    },
                    CSV: {"schema": {"type": "string", "minLength": 1}, "example": sample},
                },
            },
        ),
        "prediction_api.model": Operation(
            "model", {200: _answer("The model's facts.", _json("ServedModel"))}
        ),
        "prediction_api.alive": Operation(
            "health", {200: _answer("Alive, with or without a model.", _json("Alive"))}
        ),
        "prediction_api.ready": Operation(
            "health", {200: _answer("Forecasts are answered.", _json("Ready"))}
        ),
        "prediction_api.sample": Operation(
            "contract",
            {
                200: _answer(
                    "The last 300 sessions of one stock.", {CSV: {"schema": {"type": "string"}}}
                )
            },
        ),
        "prediction_api.contract": Operation(
            "contract",
            {
                200: _answer("This document.", {JSON: {"schema": {"type": "object"}}}),
                304: {
                    "description": "The document is the one that the header If-None-Match names."
                },
            },
        ),
        "inference_protocol.server": Operation(
            protocol, {200: _answer("The server.", _json("ServerMetadata"))}
        ),
        "inference_protocol.live": Operation(
            protocol, {200: _answer("Alive, with or without a model.", _json("Live"))}
        ),
        "inference_protocol.ready": Operation(
            protocol, {200: _answer("A model is served.", _json("ServerReady"))}
        ),
        "inference_protocol.model": Operation(
            protocol, {200: _answer("Inputs and outputs.", _json("ModelMetadata"))}
        ),
        "inference_protocol.model_ready": Operation(
            protocol, {200: _answer("The model is served.", _json("ModelReady"))}
        ),
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
            parameters=(
                _parameter(
                    JSON_LENGTH,
                    "header",
                    "How many bytes of the body are JSON, where tensors follow it.",
                    LENGTH_SCHEMA,
                ),
            ),
            description="With the binary tensor extension, the header `Inference-Header-Content-Length` tells how many bytes of the "
            "body are JSON, and the tensors' bytes follow, little-endian. So it is with an answer of application/octet-stream.",
            body={
                "required": True,
                "content": {
                    JSON: {
                        "schema": _ref("InferenceRequest"),
                        **({"example": example_tensors(manifest)} if manifest else {}),
                    },
                    BYTES: {"schema": {"type": "string", "format": "binary"}},
                },
            },
        ),
    }


def _answer(description: str, content: Mapping[str, Any], *headers: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {name: name for name in ("X-Request-ID", *headers)},
        "content": content,
    }


def _refusal(status: int, description: str, detail: str, protocol: bool) -> dict[str, Any]:
    invalid_csv = status == 422
    problem: errors.ProblemDocument = {
        "type": errors.INVALID_CSV if invalid_csv else errors.PLAIN,
        "title": errors.INVALID_CSV_TITLE if invalid_csv else HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": REQUEST_ID,
        "errors": [{"problem": "expected a number, found 'abc'", "row": 3, "column": "Close"}]
        if invalid_csv
        else [],
    }
    content = {errors.PROBLEM_TYPE: {"schema": _ref("ProblemDocument"), "example": problem}}
    if (
        protocol
    ):  # the proxy does not know the protocol: what it refuses itself is a problem document
        content |= {JSON: {"schema": _ref("ProtocolError"), "example": {"error": detail}}}
    return _answer(description, content, *(["Retry-After"] if status in RETRIED else []))


def _refusal_name(status: int, protocol: bool) -> str:
    return f"{'Protocol' if protocol else 'Problem'}{status}"


def _json(schema: str) -> dict[str, Any]:
    return {JSON: {"schema": _ref(schema)}}


def _ref(schema: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema}"}


def _parameter(
    name: str, place: str, description: str, schema: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": schema,
    }
