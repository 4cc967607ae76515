"""The responses to rejected requests: what each status means, and an example."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from model_contract.errors import TableError
from model_contract.messages import open_inference, requests
from model_contract.messages.message import Message
from prediction_api.http.content_types import CSV, JSON, PROBLEM
from prediction_api.http.problems import csv_problem_document, problem_document, protocol_error
from prediction_api.openapi.examples import CSV_PROBLEM, REQUEST_ID
from prediction_api.openapi.schemas import reference

ANYWHERE = (400, 414, 429, 431, 500, 502, 503, 504)
RETRY_AFTER = (429, 503)


def _same(description: str, message: Message) -> tuple[str, Message, Message]:
    return description, message, message


# By status: a description, and example messages for /predict and for the endpoints below /v2.
REJECTIONS: dict[int, tuple[str, Message | None, Message | None]] = {
    400: (
        "The request cannot be understood.",
        requests.PARAMETER_INVALID(name="points", found="-1", least=0, most=250),
        open_inference.INPUTS_MISSING(
            missing=["calendar"], needed=["window", "calendar", "inputs"]
        ),
    ),
    404: (
        "This version is not served.",
        None,
        open_inference.VERSION_UNKNOWN(version="1", served="20261122T101500Z-1a2b3c4d"),
    ),
    406: (
        "The Accept header allows neither of the response's content types.",
        requests.NOT_ACCEPTABLE(accept="text/html", supported=[JSON, CSV]),
        None,
    ),
    413: (
        "The request is too large.",
        requests.FILE_TOO_LARGE(megabytes=64),
        open_inference.JSON_TOO_LARGE(limit=8 * 1024 * 1024, found=9_000_000),
    ),
    414: _same("The URL is too long; sent by the proxy.", requests.ADDRESS_TOO_LONG()),
    415: _same(
        "The body has an unsupported type or is compressed.",
        requests.BODY_COMPRESSED(format="gzip"),
    ),
    422: (
        "The content of the file cannot be used.",
        requests.INVALID_FILE(count=1, or_more=False, listed=1),
        None,
    ),
    429: _same(
        "Too many requests from one client; sent by the proxy.",
        requests.TOO_MANY_REQUESTS(per_second=50, at_once=100),
    ),
    431: _same("The headers are too large; sent by the proxy.", requests.HEADERS_TOO_LARGE()),
    500: _same("A bug in this service.", requests.INTERNAL_ERROR(request_id=REQUEST_ID)),
    502: _same(
        "The connection to the API was lost; sent by the proxy.", requests.CONNECTION_LOST()
    ),
    503: _same("No model is available, or too many requests are waiting.", requests.NO_MODEL()),
    504: _same("The forecast took too long.", requests.DEADLINE_EXCEEDED(seconds=20)),
}


def rejection_name(status: int, protocol: bool) -> str:
    """Return the name of a rejection in the contract's responses."""
    return f"{'Protocol' if protocol else 'Problem'}{status}"


def rejections() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the response to each kind of rejected request, by name."""
    for status, (description, *examples) in REJECTIONS.items():
        for protocol, message in zip((False, True), examples, strict=True):
            if message:
                headers = ["X-Request-ID", *(["Retry-After"] if status in RETRY_AFTER else [])]
                yield (
                    rejection_name(status, protocol),
                    {
                        "description": description,
                        "headers": {name: name for name in headers},
                        "content": _content(HTTPStatus(status), message, protocol),
                    },
                )


def _content(status: HTTPStatus, message: Message, protocol: bool) -> dict[str, Any]:
    document = problem_document(status, message, REQUEST_ID)
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        document = csv_problem_document(TableError([CSV_PROBLEM]), REQUEST_ID)
    # Below /v2 too, because errors from the proxy always have this format.
    content = {PROBLEM: {"schema": reference("ProblemDocument"), "example": document}}
    if protocol:
        content[JSON] = {"schema": reference("ProtocolError"), "example": protocol_error(document)}
    return content
