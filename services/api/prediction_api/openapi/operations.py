"""What the views don't say about operations: statuses, headers, bodies and examples."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model_contract.store.bundle import Manifest
from prediction_api.forecast.track_record import MAX_SESSIONS
from prediction_api.http.content_types import BYTES, CSV, FORM, JSON
from prediction_api.open_inference.metadata import JSON_LENGTH
from prediction_api.openapi.examples import ANSWER, CSV_ANSWER, example_csv, example_tensors
from prediction_api.openapi.schemas import reference

FORECASTS, MODEL, HEALTH, CONTRACT = "forecasts", "model", "health", "contract"
PROTOCOL = "inference protocol"
ALIVE = "The process is alive, with or without a model."
TEXT = {"schema": {"type": "string"}}
BINARY = {"schema": {"type": "string", "format": "binary"}}
LENGTH_SCHEMA = {"type": "integer", "minimum": 2}


@dataclass(frozen=True)
class Operation:
    """The parts of an operation that cannot be derived from its view."""

    tag: str
    responses: Mapping[int, Mapping[str, Any]]
    rejections: tuple[int, ...] = ()  # in addition to those of every endpoint
    description: str = ""
    parameters: tuple[Mapping[str, Any], ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)


def operations(manifest: Manifest | None) -> dict[str, Operation]:
    """All operations by endpoint, with the limits and examples of the model if there is one."""
    return {
        "prediction_api.predict": _predict(manifest),
        "prediction_api.model": Operation(
            MODEL,
            {
                200: response(
                    "The served model, any refused model, and the trainer.", _json("ServedModel")
                )
            },
        ),
        "prediction_api.alive": Operation(HEALTH, {200: response(ALIVE, _json("Alive"))}),
        "prediction_api.ready": Operation(
            HEALTH, {200: response("The API can forecast.", _json("Ready"))}
        ),
        "prediction_api.sample": Operation(
            CONTRACT, {200: response("The last 300 sessions of one stock.", {CSV: TEXT})}
        ),
        "prediction_api.contract": Operation(
            CONTRACT,
            {
                200: response("This document.", {JSON: {"schema": {"type": "object"}}}),
                304: {"description": "The document hasn't changed since the one that you have."},
            },
        ),
        **_protocol(manifest),
    }


def response(description: str, content: Mapping[str, Any], *headers: str) -> dict[str, Any]:
    """A response with these headers, in addition to those of every response."""
    return {
        "description": description,
        "headers": {name: name for name in ("X-Request-ID", *headers)},
        "content": content,
    }


def parameter(name: str, place: str, description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter in the path, the query or a header."""
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": schema,
    }


def _predict(manifest: Manifest | None) -> Operation:
    return Operation(
        FORECASTS,
        {
            200: response(
                "The forecasts with their ranges, and how well the model forecast the last "
                "sessions of the file.",
                {
                    JSON: {"schema": reference("Answer"), "example": ANSWER},
                    CSV: {**TEXT, "example": CSV_ANSWER},
                },
                "Model-Version",
                "Forecast-Warnings",
            )
        },
        rejections=(406, 413, 415, 422),
        description="A **history** holds daily prices, `Date, Open, High, Low, Close, Volume` and "
        "optionally `Ticker`; the response has a forecast for each coming session. **Windows** "
        "hold computed features; the response has one forecast per row. `Accept` chooses between "
        "JSON, the default, and a CSV of the forecasts.",
        parameters=_query_parameters(manifest),
        body=_csv_body(example_csv(manifest)),
    )


def _query_parameters(manifest: Manifest | None) -> tuple[dict[str, Any], ...]:
    horizon = {"maximum": manifest.horizon} if manifest else {}
    return (
        parameter(
            "points",
            "query",
            "How many past forecasts to add to each track record of a history.",
            {"type": "integer", "minimum": 0, "maximum": MAX_SESSIONS, "default": 0},
        ),
        parameter(
            "steps",
            "query",
            "How many sessions to forecast; by default the model's whole horizon.",
            {"type": "integer", "minimum": 1, **horizon},
        ),
    )


def _csv_body(sample: str) -> dict[str, Any]:
    file = {"type": "string", "format": "binary", "description": "The CSV."}
    form = {"type": "object", "properties": {"file": file}, "required": ["file"]}
    return {
        "required": True,
        "content": {
            FORM: {"schema": form, "example": {"file": sample}},
            CSV: {"schema": {"type": "string", "minLength": 1}, "example": sample},
        },
    }


def _protocol(manifest: Manifest | None) -> dict[str, Operation]:
    simple = {
        "server": ("The server.", "ServerMetadata"),
        "live": (ALIVE, "Live"),
        "ready": ("A model is served.", "ServerReady"),
        "model": ("Inputs and outputs.", "ModelMetadata"),
        "model_ready": ("The model is served.", "ModelReady"),
    }
    found = {
        name: Operation(PROTOCOL, {200: response(description, _json(schema))})
        for name, (description, schema) in simple.items()
    }
    found["inference"] = _inference(manifest)
    return {f"inference_protocol.{name}": operation for name, operation in found.items()}


def _inference(manifest: Manifest | None) -> Operation:
    example = {"example": example_tensors(manifest)} if manifest else {}
    length = "How many bytes of the body are JSON, if tensors follow it."
    return Operation(
        PROTOCOL,
        {
            200: response(
                "The requested outputs; those requested as bytes follow the JSON.",
                {JSON: {"schema": reference("InferenceAnswer")}, BYTES: BINARY},
                "Model-Version",
                JSON_LENGTH,
            )
        },
        rejections=(413, 415),
        description="With the binary tensor extension, the header "
        "`Inference-Header-Content-Length` says how many bytes of the body are JSON; the tensors' "
        "bytes follow, little-endian. The same holds for a response of type "
        "application/octet-stream.",
        parameters=(parameter(JSON_LENGTH, "header", length, LENGTH_SCHEMA),),
        body={
            "required": True,
            "content": {
                JSON: {"schema": reference("InferenceRequest"), **example},
                BYTES: BINARY,
            },
        },
    )


def _json(schema: str) -> dict[str, Any]:
    return {JSON: {"schema": reference(schema)}}
