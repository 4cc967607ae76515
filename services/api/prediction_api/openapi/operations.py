"""The parts of operations that views don't define: statuses, headers, bodies and examples."""

from collections.abc import Iterator
from typing import Any

from model_contract.store.bundle import Manifest
from prediction_api.forecast.track_record import MAX_SESSIONS
from prediction_api.http.content_types import BYTES, CSV, CSV_TYPES, FORM, JSON
from prediction_api.http.parameters import MAX_NAME
from prediction_api.http.query import AS_OF, CHOICES, VALUES
from prediction_api.open_inference.metadata import JSON_LENGTH
from prediction_api.openapi.examples import ANSWER, CSV_ANSWER, example_csv, example_tensors
from prediction_api.openapi.ledger_operations import ledger_operations
from prediction_api.openapi.operation import TEXT, Operation, parameter, response
from prediction_api.openapi.schemas import reference

FORECASTS, MODEL, HEALTH, CONTRACT = "forecasts", "model", "health", "contract"
PROTOCOL = "inference protocol"
ALIVE = "The process is alive, with or without a model."
BINARY = {"schema": {"type": "string", "format": "binary"}}
# What each choice about the reading of a history decides.
MEANINGS = {
    "dates": "How the dates are written.",
    "decimal": "The decimal sign of the numbers.",
    "volume": "The column that contains the volume, as named in the file.",
    "volume_unit": "What the volume counts. A response is always in shares.",
    "encoding": "The encoding of the text.",
    "sheet": "The sheet of a workbook.",
    "splits": "What is restated at a share split: prices and volumes, prices only, or nothing.",
    "market": "The exchange whose sessions and holidays apply, as an ISO 10383 code.",
}
LENGTH_SCHEMA = {"type": "integer", "minimum": 2}


def operations(manifest: Manifest | None) -> dict[str, Operation]:
    """Return all operations by endpoint; if there is a model, with its limits and examples."""
    return {
        "prediction_api.predict": _predict(manifest),
        "prediction_api.model": Operation(
            MODEL,
            {
                200: response(
                    "The served model, any refused model, and the trainer's state.",
                    _json("ServedModel"),
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
                304: {"description": "Your copy of the document is up to date."},
            },
        ),
        **ledger_operations(),
        **_protocol(manifest),
    }


def _predict(manifest: Manifest | None) -> Operation:
    return Operation(
        FORECASTS,
        {
            200: response(
                "The forecasts with their intervals, and how well the model forecast the last "
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
        description="A **history** contains daily prices, `Date, Open, High, Low, Close, Volume` "
        "and optionally `Ticker`; the response has a forecast for each coming session. **Windows** "
        "contain computed features; the response has one forecast per row. The `Accept` header "
        "selects JSON (the default) or a CSV of the forecasts. The service finds out how a history "
        "is written, and reports it in `input.reading`. If the file leaves something open, the "
        "response is a 422 whose `errors` have a `choice`: send the file again with that query "
        "parameter.",
        parameters=_query_parameters(manifest),
        body=_csv_body(example_csv(manifest)),
    )


def _query_parameters(manifest: Manifest | None) -> tuple[dict[str, Any], ...]:
    horizon = {"maximum": manifest.horizon} if manifest else {}
    return (
        parameter(
            "points",
            "query",
            "How many past forecasts to include in each track record of a history.",
            {"type": "integer", "minimum": 0, "maximum": MAX_SESSIONS, "default": 0},
        ),
        parameter(
            "steps",
            "query",
            "How many sessions to forecast; by default, the model's whole horizon.",
            {"type": "integer", "minimum": 1, **horizon},
        ),
        parameter(
            "explain",
            "query",
            "Whether to give the reasons of each forecast: the parts that add up to it. Only in "
            "JSON.",
            {"type": "integer", "minimum": 0, "maximum": 1, "default": 0},
        ),
        *_choices(),
        parameter(
            AS_OF,
            "query",
            "The time that counts as now: sessions that end later are left out. In UTC unless it "
            "has an offset. For tests and for repeating an earlier forecast.",
            {"type": "string", "format": "date-time"},
        ),
    )


def _choices() -> Iterator[dict[str, Any]]:
    for name in CHOICES:
        schema: dict[str, Any] = {"type": "string"}
        if name in VALUES:
            schema["enum"] = list(VALUES[name])
        else:
            schema |= {"minLength": 1, "maxLength": MAX_NAME}
        yield parameter(name, "query", MEANINGS[name], schema)


def _csv_body(sample: str) -> dict[str, Any]:
    file = {"type": "string", "format": "binary", "description": "The file of prices."}
    form = {"type": "object", "properties": {"file": file}, "required": ["file"]}
    return {
        "description": f"The same body is accepted as {', '.join(CSV_TYPES[1:])}.",
        "required": True,
        "content": {
            FORM: {"schema": form, "example": {"file": sample}},
            CSV: {"schema": {"type": "string", "minLength": 1}, "example": sample},
        },
    }


def _protocol(manifest: Manifest | None) -> dict[str, Operation]:
    simple = {
        "server": ("The server's name, version and extensions.", "ServerMetadata"),
        "live": (ALIVE, "Live"),
        "ready": ("A model is served.", "ServerReady"),
        "model": ("The model's inputs and outputs.", "ModelMetadata"),
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
    length = "Number of JSON bytes in the body, if tensors follow."
    return Operation(
        PROTOCOL,
        {
            200: response(
                "The requested outputs. Outputs requested as bytes follow the JSON.",
                {JSON: {"schema": reference("InferenceAnswer")}, BYTES: BINARY},
                "Model-Version",
                JSON_LENGTH,
            )
        },
        rejections=(413, 415),
        description="With the binary tensor extension, the `Inference-Header-Content-Length` "
        "header gives the length of the JSON in bytes, and the tensors follow the JSON as "
        "little-endian bytes. A response of type application/octet-stream has the same layout.",
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
