"""Builds /openapi.json, the API's contract in OpenAPI 3.1.

Paths, methods and summaries come from the application's routes and views. Schemas come from the
types of request and response bodies. `operations` and `problems` add the rest, and apispec
assembles the document. The document is not used to validate requests, so it doesn't slow them down.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import orjson
from apispec import APISpec
from flask import Flask
from werkzeug.routing import Rule

from model_contract.store.bundle import Manifest
from prediction_api.http.problems import PROTOCOL
from prediction_api.open_inference.metadata import JSON_LENGTH
from prediction_api.openapi.operation import Operation, parameter
from prediction_api.openapi.operations import LENGTH_SCHEMA, operations
from prediction_api.openapi.problems import ANYWHERE, rejection_name, rejections
from prediction_api.openapi.schemas import schemas
from prediction_api.version import VERSION

TITLE = "Stock Volume Predictor"
DESCRIPTION = """Forecasts a stock's volume in the next sessions from a file of daily prices.

An error is a problem document (RFC 9457). For a file, it lists each problem with its row and
column. Below /v2, errors have the format of the Open Inference Protocol. Each problem and
each warning has a `code` that programs can compare and `params` with the values in its text; the
`MessageCode` schema lists all codes. Every response has an `X-Request-ID` header; the log contains
its value."""
TAGS = {
    "forecasts": "Forecasts from a file.",
    "ledger": "Forecasts of followed tickers, written before each session, and their scores.",
    "model": "The served model.",
    "health": "For load balancers, health checks and schedulers.",
    "contract": "What this API accepts and returns.",
    "inference protocol": "The model as a function of tensors, for clients of the Open Inference "
    "Protocol (KServe, Triton).",
}
# Not reachable through the proxy.
INTERNAL = frozenset({"prediction_api.metrics"})
ARGUMENT = re.compile(r"<(\w+)>")
HEADERS = {
    "X-Request-ID": ("Identifies the request in the logs.", True, {"type": "string"}),
    "Model-Version": ("The model that made the forecast.", True, {"type": "string"}),
    "Forecast-Warnings": (
        "The codes of the warnings and notes, separated by commas; only in a CSV response.",
        False,
        {"type": "string"},
    ),
    "Retry-After": ("Seconds to wait before you retry.", True, {"type": "integer", "minimum": 1}),
    JSON_LENGTH: (
        "Number of JSON bytes in the response; only if tensors follow.",
        False,
        LENGTH_SCHEMA,
    ),
}


class Contract:
    """Caches the document for the served model; another model may have a different horizon."""

    def __init__(self) -> None:
        self._latest: tuple[str | None, bytes, str] | None = None

    def document(self, app: Flask, manifest: Manifest | None) -> tuple[bytes, str]:
        """Return `app`'s OpenAPI document and the document's ETag."""
        version = manifest.version if manifest else None
        latest = self._latest  # read once, because another thread may replace it
        if latest is None or latest[0] != version:
            text = orjson.dumps(describe(app, manifest))
            self._latest = latest = version, text, hashlib.sha256(text).hexdigest()[:32]
        return latest[1:]


def describe(app: Flask, manifest: Manifest | None) -> dict[str, Any]:
    """Build `app`'s document, with the horizon and examples of `manifest` if there is one."""
    info = {"description": DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}}
    spec = APISpec(TITLE, VERSION, "3.1.0", info=info)
    for tag, description in TAGS.items():
        spec.tag({"name": tag, "description": description})
    for name, schema in schemas().items():
        spec.components.schema(name, schema)
    for name, (description, required, schema) in HEADERS.items():
        header = {"description": description, "required": required, "schema": schema}
        spec.components.header(name, header)
    for name, response in rejections():
        spec.components.response(name, response)
    described = operations(manifest)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint not in INTERNAL:
            summary = (app.view_functions[rule.endpoint].__doc__ or "").strip().splitlines()[0]
            operation = _operation(rule, described[rule.endpoint], summary)
            path = ARGUMENT.sub(r"{\1}", rule.rule)
            spec.path(path, operations=dict.fromkeys(_methods(rule), operation))
    document: dict[str, Any] = spec.to_dict()
    return document


def _methods(rule: Rule) -> Iterable[str]:
    return sorted(method.lower() for method in (rule.methods or set()) - {"HEAD"})


def _operation(rule: Rule, operation: Operation, summary: str) -> dict[str, Any]:
    protocol = rule.rule.startswith(PROTOCOL)
    name = rule.endpoint.rsplit(".")[-1]
    described: dict[str, Any] = {
        "operationId": f"v2_{name}{'_of_version' if rule.arguments else ''}" if protocol else name,
        "tags": [operation.tag],
        "summary": summary,
        "responses": {str(status): response for status, response in operation.responses.items()},
    }
    rejected = [*ANYWHERE, *operation.rejections, *([404] if rule.arguments else [])]
    described["responses"] |= {
        str(status): rejection_name(status, protocol) for status in sorted(rejected)
    }
    version = "A version of the model; only the served version is available."
    arguments = [parameter(name, "path", version, {"type": "string"}) for name in rule.arguments]
    optional = {
        "description": operation.description,
        "parameters": [*arguments, *operation.parameters],
        "requestBody": operation.body,
    }
    return described | {name: value for name, value in optional.items() if value}
