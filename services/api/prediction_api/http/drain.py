"""Reads on what a client still sends after its request was refused.

A server that closes a connection on which bytes arrive resets it, and the answer on its way is lost: nginx would tell 502
instead of what the API said. gunicorn reads on a little, but no whole file. Behind nginx a body is there at once.
"""

from contextlib import suppress
from http import HTTPStatus

from flask import Flask, Response, request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

CHUNK = 64 * 1024  # bytes


def apply(app: Flask) -> None:
    """Let `app` do so."""
    app.after_request(_read_on)


def _read_on(response: Response) -> Response:
    if response.status_code >= HTTPStatus.BAD_REQUEST and not _is_endless(response):
        with suppress(
            HTTPException, OSError, ParseException
        ):  # it ended early, is malformed, or grows beyond the limit
            while request.stream.read(CHUNK):
                pass
    return response


def _is_endless(response: Response) -> bool:
    """Whether what is still sent is more than is taken, or, in chunks, more than was taken and nobody knows how much."""
    length = request.content_length
    if length is None:
        return response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return length > (request.max_content_length or 0)
