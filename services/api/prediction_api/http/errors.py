"""The errors of this API, and how each becomes a problem document (RFC 9457).

Exception
|-- model_contract.TableError           422  the CSV's content; every problem with its row and column
|-- werkzeug HTTPException              its own status: 404, 405 with Allow, ...
|   |-- BadRequest                      400
|   |   |-- NothingSent                      no body, no file part
|   |   |-- BrokenBody                       the body ended early or its framing is wrong
|   |   |-- InvalidParameter                 a query parameter's value
|   |   |-- UnknownParameter                 a query parameter's name
|   |   |-- NotUnderstood                    a request of the Open Inference Protocol
|   |   `-- UnknownHost                      the Host header
|   |-- NotFound                        404
|   |   `-- UnknownVersion                   of the model
|   |-- NotAcceptable                   406
|   |   `-- NotAnswered
|   |-- RequestEntityTooLarge           413
|   |   `-- TooMuch                          small enough a body, but more than is answered at once
|   |-- UnsupportedMediaType            415
|   |   |-- WrongContentType
|   |   `-- CompressedBody
|   |-- ServiceUnavailable              503
|   |   |-- NoModel                          with Retry-After
|   |   `-- overload.Overloaded              with Retry-After
|   `-- GatewayTimeout                  504
|       `-- overload.DeadlineExceeded
`-- anything else                       500  logged with its traceback, of which nothing is told

Below PROTOCOL the same errors have the form of the Open Inference Protocol: {"error": detail}.
Messages hold a client's text only through `model_contract.messages.message.safe`.
"""

import logging
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Annotated

from annotated_types import Ge, Le
from flask import Flask, Response, current_app, g, json, request
from typing_extensions import TypedDict
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    RequestEntityTooLarge,
    ServiceUnavailable,
    UnsupportedMediaType,
)

from model_contract.errors import Problem, TableError
from model_contract.messages.message import safe

log = logging.getLogger(__name__)

INTERNAL = "/metrics"  # which nginx does not pass on

PROBLEM_TYPE = "application/problem+json"
PROTOCOL = "/v2"  # where the addresses of the Open Inference Protocol begin
CSV_TYPES = ("text/csv", "application/csv")
HOW_TO_SEND = (
    f"as the multipart/form-data field 'file', or as a body of type {' or '.join(CSV_TYPES)}"
)
# As a tag (RFC 4151): a name for programs to compare, no address to open.
TYPES = "tag:stock-volume-predictor,2026:"
PLAIN = "about:blank"
INVALID_CSV = TYPES + "invalid-csv"
INVALID_CSV_TITLE = "The CSV cannot be used"
NO_MODEL = TYPES + "no-model"
# A training takes minutes; the published model is taken up within seconds.
TRAINING_SECONDS = 10


class ListedProblem(TypedDict):
    """One thing that is wrong with a CSV."""

    problem: str
    row: int | None
    column: str | None


class ProblemDocument(TypedDict):
    """What every error is answered with (RFC 9457)."""

    type: str
    """A name for programs to compare, or about:blank where the status says it all."""
    title: str
    status: Annotated[int, Ge(400), Le(599)]
    detail: str
    """What is wrong, what was expected and what was found, and what to do."""
    request_id: str
    """As in the header X-Request-ID and in the log."""
    errors: list[ListedProblem]
    """Problems of the CSV with their places: the first 20 of them."""


class ProtocolError(TypedDict):
    """What every error below /v2 is answered with (Open Inference Protocol)."""

    error: str


class NothingSent(BadRequest):
    """A request without a file."""

    description = f"Send a CSV: {HOW_TO_SEND}."


class BrokenBody(BadRequest):
    """A body that ended before its announced length, or whose chunks are malformed."""

    description = "The body ended early or is malformed; send the file again."


class InvalidParameter(BadRequest):
    """A query parameter that cannot be used."""

    def __init__(self, name: str, expected: str, found: str) -> None:
        super().__init__(f"The query parameter '{name}' takes {expected}; found '{safe(found)}'.")


class UnknownParameter(BadRequest):
    """A query parameter that does not exist: a typing error would otherwise be an answer to another question."""

    def __init__(self, found: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no query parameter '{safe(found)}'. There is {' and '.join(known)}."
        )


class NotUnderstood(BadRequest):
    """A request of the Open Inference Protocol that the protocol or the model does not allow."""


class TooMuch(RequestEntityTooLarge):
    """A request of more than is answered at once."""


class UnknownVersion(NotFound):
    """A version of the model that is not the one served."""

    def __init__(self, found: str, served: str) -> None:
        super().__init__(f"The version '{safe(found)}' is not served; {served} is.")


class NotAnswered(NotAcceptable):
    """An Accept header that allows none of the types of the answer."""

    def __init__(self, wanted: str, offered: Sequence[str]) -> None:
        super().__init__(
            f"The answer is {' or '.join(offered)}; the header Accept allows only '{safe(wanted)}'."
        )


class UnknownHost(BadRequest):
    """A Host header that this server does not go by: a page elsewhere may have been pointed here by its own name."""

    description = (
        "This server does not answer to that host name. Its operator can add it to ALLOWED_HOSTS."
    )


class WrongContentType(UnsupportedMediaType):
    """A body of another type."""

    def __init__(self, found: str, expected: str = f"a CSV {HOW_TO_SEND}") -> None:
        super().__init__(
            f"Send {expected}; found {f'the type {safe(found)!r}' if found else 'no Content-Type'}."
        )


class CompressedBody(UnsupportedMediaType):
    """Compressed bytes, which are never inflated: a small body could become a huge file."""

    def __init__(self, found: str) -> None:
        super().__init__(f"The body is compressed ('{safe(found)}'); send it uncompressed.")


class NoModel(ServiceUnavailable):
    """Nothing to forecast with: none is published yet, or the one that is was refused and none served before it."""

    def __init__(self, refused: bool = False) -> None:
        refusal = "The published model was refused, and no other can be served: /model says why, `make versions` what there is."
        absence = (
            "No model is published yet; the trainer makes one when it is first started, and `make train` at any time. "
            "It is taken up by itself; GET /model tells how far it is."
        )
        super().__init__(refusal if refused else absence, retry_after=TRAINING_SECONDS)


def register(app: Flask) -> None:
    """Let every error of `app` be answered as a problem document."""
    app.register_error_handler(TableError, _table_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _table_error(error: TableError) -> Response:
    listed = len(error.problems)
    detail = str(error.problems[0])
    if error.total > 1:
        detail = f"{error.count} problems. The first: {detail}"
    if error.total > listed:
        detail += f". Only the first {listed} are listed."
    return _problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, detail, INVALID_CSV, INVALID_CSV_TITLE, error.problems
    )


def _http_error(error: HTTPException) -> Response:
    response = _problem(
        HTTPStatus(error.code or 500),
        _detail(error),
        NO_MODEL if isinstance(error, NoModel) else PLAIN,
    )
    response.headers.extend(
        (name, value) for name, value in error.get_headers() if name != "Content-Type"
    )
    return response


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return _problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        f"Something went wrong here. The log tells more under {g.request_id}.",
    )


def _detail(error: HTTPException) -> str:
    if type(error) is NotFound:
        rules = current_app.url_map.iter_rules()
        addresses = sorted(
            rule.rule for rule in rules if not rule.arguments and rule.rule != INTERNAL
        )
        return f"There is nothing at this address. There is {', '.join(addresses)}."
    if isinstance(error, MethodNotAllowed):
        return f"{safe(request.path)} takes {', '.join(sorted(error.valid_methods or ()))}, not {safe(request.method)}."
    if type(error) is RequestEntityTooLarge:
        parts, mb = current_app.config["MAX_FORM_PARTS"], current_app.config["MAX_UPLOAD_MB"]
        return f"A file may hold at most {mb} MB, and a form at most {parts} parts. Send fewer sessions or fewer tickers."
    return error.description or HTTPStatus(error.code or 500).phrase


def _problem(
    status: HTTPStatus,
    detail: str,
    kind: str = PLAIN,
    title: str = "",
    errors: Iterable[Problem] = (),
) -> Response:
    if request.path == PROTOCOL or request.path.startswith(PROTOCOL + "/"):
        told: ProtocolError = {"error": detail}
        return Response(json.dumps(told), status, content_type="application/json")
    document: ProblemDocument = {
        "type": kind,
        "title": title or status.phrase,
        "status": status.value,
        "detail": detail,
        "request_id": g.request_id,
        "errors": [
            {"problem": error.message.text, "row": error.row, "column": error.column}
            for error in errors
        ],
    }
    return Response(json.dumps(document), status, content_type=PROBLEM_TYPE)
