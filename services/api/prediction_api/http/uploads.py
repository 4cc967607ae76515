"""From a request to the bytes that it posts."""

from collections.abc import Callable

from flask import Request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import RequestEntityTooLarge

from model_contract.reading.table import compression
from prediction_api.http.errors import (
    CSV_TYPES,
    BrokenBody,
    CompressedBody,
    NothingSent,
    WrongContentType,
)
from prediction_api.http.query import BYTES, JSON

FILE_FIELD = "file"
TENSOR_TYPES = (JSON, BYTES, "")  # clients of the protocol send all of these


def posted_csv(request: Request) -> bytes:
    """Give the posted file. Raises a 400, 413 or 415 where there is none to read."""
    data = _uncompressed(request, _csv)
    found = compression(data)
    if found:
        raise CompressedBody(found)
    return data


def posted_tensors(request: Request) -> bytes:
    """Give the body of a request of the Open Inference Protocol. Raises a 400, 413 or 415 where there is none to read."""
    return _uncompressed(request, _tensors)


def _uncompressed(request: Request, read: Callable[[Request], bytes]) -> bytes:
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding.casefold() != "identity":
        raise CompressedBody(encoding)
    try:
        return read(request)
    except ParseException as error:  # gunicorn's, of a malformed chunk; it is no OSError, which werkzeug knows to handle
        raise BrokenBody from error


def _tensors(request: Request) -> bytes:
    if request.mimetype not in TENSOR_TYPES:
        raise WrongContentType(
            request.mimetype,
            "JSON, or JSON and tensors, as " + " or ".join(filter(None, TENSOR_TYPES)),
        )
    return _body(request)


def _csv(request: Request) -> bytes:
    if request.mimetype == "multipart/form-data":
        files = request.files.getlist(FILE_FIELD)
        if len(files) != 1:
            raise NothingSent(
                f"{NothingSent.description} Found {len(files)} files in the field '{FILE_FIELD}'."
            )
        data: bytes = files[
            0
        ].getvalue()  # of the BytesIO that `http_policy` gives: shared, where read() would copy it
        return data
    if request.mimetype in CSV_TYPES:
        return _body(request)
    if not request.mimetype and not _body(request):
        raise NothingSent
    raise WrongContentType(request.mimetype)


def _body(request: Request) -> bytes:
    data = b"".join(iter(lambda: request.stream.read(2**20), b""))
    if request.content_length is not None and len(data) < request.content_length:
        raise BrokenBody  # half a file would be answered as if it were whole
    if request.content_length is None and len(data) == request.max_content_length:
        raise RequestEntityTooLarge  # werkzeug stops reading a body without a length at the limit, and does not say so
    return data
