"""Renders errors as problem documents (RFC 9457), or as protocol errors below /v2."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from annotated_types import Ge, Le
from flask import Flask, Response, current_app, g, json, request
from typing_extensions import TypedDict
from werkzeug import exceptions

from model_contract.errors import Choice, Problem, TableError
from model_contract.messages import requests
from model_contract.messages.message import Message, Parameter, safe
from prediction_api.http.content_types import JSON, PROBLEM
from prediction_api.http.errors import NoModel, RequestError

log = logging.getLogger(__name__)

INTERNAL = "/metrics"  # not reachable through nginx
PROTOCOL = "/v2"  # prefix of the Open Inference Protocol's endpoints

# A tag URI (RFC 4151): an identifier that programs can compare, not a link.
TYPES = "tag:stock-volume-predictor,2026:"
PLAIN = "about:blank"
INVALID_FILE = TYPES + "invalid-file"
INVALID_FILE_TITLE = "The file cannot be used"
NO_MODEL = TYPES + "no-model"


class ChoiceFields(TypedDict):
    """Several ways to read a file; the query parameter chooses one."""

    parameter: str
    options: Mapping[str, list[str]]
    """By value of the parameter, what the first cells would then mean."""


class CsvProblem(TypedDict):
    """One problem in a file, and its location."""

    code: str
    params: Mapping[str, Parameter]
    """The values in `problem` and `remedy`, by name."""
    row: int | None
    """The line number in the file, starting at 1."""
    column: str | None
    problem: str
    remedy: str | None
    """What to do about it."""
    choice: ChoiceFields | None
    """How to settle it with a query parameter; null for most problems."""


class ProblemDocument(TypedDict):
    """The body of every error (RFC 9457)."""

    type: str
    """An identifier that programs can compare, or about:blank if the status says it all."""
    title: str
    status: Annotated[int, Ge(400), Le(599)]
    code: str
    params: Mapping[str, Parameter]
    """The values in the text, by name."""
    detail: str
    """What is wrong, what was expected and found, and what to do."""
    request_id: str
    """Also in the X-Request-ID header and in the log."""
    errors: list[CsvProblem]
    """The first 20 problems in a file; empty for any other error."""


class ProtocolError(TypedDict):
    """The body of every error below /v2 (Open Inference Protocol)."""

    error: str
    code: str
    params: Mapping[str, Parameter]
    """The values in the text, by name."""


def register(app: Flask) -> None:
    """Make `app` respond to every error with a problem document."""
    app.register_error_handler(TableError, _table_error)
    app.register_error_handler(exceptions.HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def problem_document(
    status: HTTPStatus, message: Message, request_id: str, kind: str = PLAIN
) -> ProblemDocument:
    """Return the problem document for `message`."""
    return {
        "type": kind,
        "title": status.phrase,
        "status": status.value,
        "code": message.code.name,
        "params": message.params,
        "detail": _with_remedy(_sentence(message.text), message.remedy),
        "request_id": request_id,
        "errors": [],
    }


def csv_problem_document(error: TableError, request_id: str) -> ProblemDocument:
    """Return the problem document for a file; its detail shows the first problem."""
    first, listed = error.problems[0], len(error.problems)
    message = requests.INVALID_FILE(count=error.total, or_more=error.is_cut, listed=listed)
    detail = _with_remedy(f"{first}.", first.message.remedy)
    if error.total > 1:
        rest = f" Only the first {listed} are listed." if error.total > listed else ""
        detail = f"{message.text}{rest} First problem: {detail}"
    document = problem_document(HTTPStatus.UNPROCESSABLE_ENTITY, message, request_id, INVALID_FILE)
    errors = list(map(_csv_problem, error.problems))
    return {**document, "title": INVALID_FILE_TITLE, "detail": detail, "errors": errors}


def _sentence(text: str) -> str:
    """Capitalize text that usually follows a location, and end it with a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "…")) else ".")


def protocol_error(document: ProblemDocument) -> ProtocolError:
    """Convert a problem document to the format of the Open Inference Protocol."""
    return {
        "error": document["detail"],
        "code": document["code"],
        "params": document["params"],
    }


def _csv_problem(problem: Problem) -> CsvProblem:
    message = problem.message
    return {
        "code": message.code.name,
        "params": message.params,
        "row": problem.row,
        "column": problem.column,
        "problem": message.text,
        "remedy": message.remedy,
        "choice": _choice(problem.choice) if problem.choice else None,
    }


def _choice(choice: Choice) -> ChoiceFields:
    options = {value: list(map(safe, cells)) for value, cells in choice.options.items()}
    return {"parameter": choice.parameter, "options": options}


def _table_error(error: TableError) -> Response:
    return _respond(csv_problem_document(error, g.request_id))


def _http_error(error: exceptions.HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    kind = NO_MODEL if isinstance(error, NoModel) else PLAIN
    response = _respond(problem_document(status, _message(error), g.request_id, kind))
    if isinstance(error, RequestError) and error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, exceptions.MethodNotAllowed):
        response.headers["Allow"] = ", ".join(_methods(error))
    return response


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    message = requests.INTERNAL_ERROR(request_id=g.request_id)
    return _respond(problem_document(HTTPStatus.INTERNAL_SERVER_ERROR, message, g.request_id))


def _message(error: exceptions.HTTPException) -> Message:
    match error:
        case RequestError():
            return error.message
        case exceptions.BadRequest():  # raised by werkzeug while it reads a body
            return requests.BODY_BROKEN()
        case exceptions.NotFound():
            return requests.ADDRESS_UNKNOWN(addresses=_addresses())
        case exceptions.MethodNotAllowed():
            return requests.METHOD_NOT_ALLOWED(allowed=_methods(error))
        case exceptions.RequestEntityTooLarge():
            return requests.FILE_TOO_LARGE(megabytes=current_app.config["MAX_UPLOAD_MB"])
    return requests.HTTP_ERROR(status=error.code)


def _addresses() -> list[str]:
    rules = current_app.url_map.iter_rules()
    return sorted(rule.rule for rule in rules if not rule.arguments and rule.rule != INTERNAL)


def _methods(error: exceptions.MethodNotAllowed) -> list[str]:
    return sorted(error.valid_methods or ())


def _respond(document: ProblemDocument) -> Response:
    status = document["status"]
    if request.path == PROTOCOL or request.path.startswith(PROTOCOL + "/"):
        return Response(json.dumps(protocol_error(document)), status, content_type=JSON)
    return Response(json.dumps(document), status, content_type=PROBLEM)


def _with_remedy(text: str, remedy: str | None) -> str:
    return f"{text} {remedy}" if remedy else text
