"""Drain the body of a rejected request.

A server that closes a connection while bytes arrive resets it, and the response is lost: nginx
would answer 502 instead of passing the API's error on. gunicorn drains a little, but not a whole
file. Behind nginx the body is there at once.
"""

from contextlib import suppress
from http import HTTPStatus

from flask import Flask, Response, request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

CHUNK = 64 * 1024  # bytes


def apply(app: Flask) -> None:
    """Drain the bodies of the requests that `app` rejects."""
    app.after_request(_drain)


def _drain(response: Response) -> Response:
    if response.status_code >= HTTPStatus.BAD_REQUEST and not _is_too_large(response):
        # The body may end early, be malformed or exceed the limit.
        with suppress(HTTPException, OSError, ParseException):
            while request.stream.read(CHUNK):
                pass
    return response


def _is_too_large(response: Response) -> bool:
    """Whether more follows than the API accepts; in chunks, of an unknown size, after a 413."""
    length = request.content_length
    if length is None:
        return response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return length > (request.max_content_length or 0)
