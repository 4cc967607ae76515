"""From a request to the bytes of its CSV."""

from flask import Request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import RequestEntityTooLarge

from model_contract.csv_table import compression
from prediction_api.errors import CSV_TYPES, BrokenBody, CompressedBody, NothingSent, WrongContentType

FILE_FIELD = "file"


def posted_csv(request: Request) -> bytes:
    """Give the posted file. Raises a 400, 413 or 415 where there is none to read."""
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding.casefold() != "identity":
        raise CompressedBody(encoding)
    try:
        data = _read(request)
    except ParseException as error:  # gunicorn's, of a malformed chunk; it is no OSError, which werkzeug knows to handle
        raise BrokenBody from error
    found = compression(data)
    if found:
        raise CompressedBody(found)
    return data


def _read(request: Request) -> bytes:
    if request.mimetype == "multipart/form-data":
        files = request.files.getlist(FILE_FIELD)
        if len(files) != 1:
            raise NothingSent(f"{NothingSent.description} Found {len(files)} files in the field '{FILE_FIELD}'.")
        data: bytes = files[0].stream.read()
        return data
    if request.mimetype in CSV_TYPES:
        return _body(request)
    if not request.mimetype and not _body(request):
        raise NothingSent
    raise WrongContentType(request.mimetype)


def _body(request: Request) -> bytes:
    data: bytes = request.get_data(cache=False)
    if request.content_length is not None and len(data) < request.content_length:
        raise BrokenBody  # half a file would be answered as if it were whole
    if request.content_length is None and len(data) == request.max_content_length:
        raise RequestEntityTooLarge  # werkzeug stops reading a body without a length at the limit, and does not say so
    return data
