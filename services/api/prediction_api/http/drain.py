"""Drains the body of a rejected request.

If a server closes a connection while bytes are still arriving, the connection is reset and the
response is lost: nginx would send a 502 instead of the API's error. gunicorn itself drains only a
little, not a whole file. Draining is quick, because nginx has already buffered the body.
"""

from contextlib import suppress
from http import HTTPStatus

from flask import Flask, Response, request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

CHUNK = 64 * 1024  # bytes


def apply(app: Flask) -> None:
    """Make `app` drain the bodies of requests that it rejects."""
    app.after_request(_drain)


def _drain(response: Response) -> Response:
    if response.status_code >= HTTPStatus.BAD_REQUEST and not _is_too_large(response):
        # The body may end early, be malformed or exceed the limit.
        with suppress(HTTPException, OSError, ParseException):
            while request.stream.read(CHUNK):
                pass
    return response


def _is_too_large(response: Response) -> bool:
    """Whether the body exceeds the limit. A chunked body declares no length, so check for a 413."""
    length = request.content_length
    if length is None:
        return response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return length > (request.max_content_length or 0)
