"""Reads the body of a request: a file or tensors."""

from collections.abc import Callable

from flask import Request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import RequestEntityTooLarge

from model_contract.messages import requests
from model_contract.messages.open_inference import TENSOR_CONTENT_TYPE_WRONG
from model_contract.reading.decode.file_format import compression_problem
from prediction_api.http.content_types import CSV_TYPES, FORM, TENSOR_TYPES
from prediction_api.http.errors import BadRequest, UnsupportedType

FILE_FIELD = "file"
BLOCK = 1024 * 1024  # bytes


def posted_csv(request: Request) -> bytes:
    """Return the posted file. Raises a 400, 413 or 415 if it cannot be read."""
    data = _uncompressed(request, _csv)
    problem = compression_problem(data)
    if problem:
        raise UnsupportedType(problem)
    return data


def posted_tensors(request: Request) -> bytes:
    """Return the body of an inference request. Raises a 400, 413 or 415 if it cannot be read."""
    return _uncompressed(request, _tensors)


def _uncompressed(request: Request, read: Callable[[Request], bytes]) -> bytes:
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding.casefold() != "identity":
        raise UnsupportedType(requests.BODY_COMPRESSED(format=encoding))
    try:
        return read(request)
    except ParseException as error:  # from gunicorn, for a malformed chunk
        raise BadRequest(requests.BODY_BROKEN()) from error


def _tensors(request: Request) -> bytes:
    if request.mimetype not in TENSOR_TYPES:
        raise UnsupportedType(TENSOR_CONTENT_TYPE_WRONG(found=request.mimetype))
    return _body(request)


def _csv(request: Request) -> bytes:
    if request.mimetype == FORM:
        return _file(request)
    if request.mimetype in CSV_TYPES:
        return _body(request)
    if request.mimetype:
        raise UnsupportedType(requests.CONTENT_TYPE_WRONG(found=request.mimetype))
    if _body(request):
        raise UnsupportedType(requests.CONTENT_TYPE_MISSING())
    raise BadRequest(requests.NOTHING_SENT())


def _file(request: Request) -> bytes:
    files = request.files.getlist(FILE_FIELD)
    if not files:
        raise BadRequest(requests.NOTHING_SENT())
    if len(files) > 1:
        raise BadRequest(requests.SEVERAL_FILES(count=len(files)))
    data: bytes = files[0].getvalue()  # of a BytesIO (see `policy`); makes no copy, unlike read()
    return data


def _body(request: Request) -> bytes:
    data = b"".join(iter(lambda: request.stream.read(BLOCK), b""))
    if request.content_length is not None and len(data) < request.content_length:
        raise BadRequest(requests.BODY_BROKEN())  # don't accept a partial file as a complete one
    if request.content_length is None and len(data) == request.max_content_length:
        raise RequestEntityTooLarge  # without a length, werkzeug stops silently at the limit
    return data
