"""What holds for every request and every answer: limits, host names, request ids, headers."""

import math
import re
from io import BytesIO
from typing import IO, Any
from uuid import uuid4

import orjson
from flask import Flask, Request, Response, g, request
from flask.json.provider import JSONProvider

from prediction_api.http.errors import UnknownHost
from prediction_api.settings import MEGABYTE, Settings

MULTIPART_OVERHEAD = 64 * 1024  # boundaries and headers around a file of the largest size
MAX_FORM_PARTS = 20
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
# Where a large answer has nulls that are none, one a row. Whatever else is null is looked at by itself.
NULLS = (b'"ticker":null', b'"session":null')
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class StrictJson(JSONProvider):
    """JSON as its standard has it: NaN and infinity raise instead of being written; fields keep their order."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write `obj` as JSON. Raises `ValueError` where it holds NaN or an infinity."""
        return _as_json(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON. Raises `ValueError` where it is none."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with one value, as `flask.jsonify` passes it on."""
        return Response(
            _as_json(self._prepare_response_obj(args, kwargs)) + b"\n",
            content_type="application/json",
        )


def _as_json(value: Any) -> bytes:
    text = orjson.dumps(value)
    if text.count(b"null") > sum(
        map(text.count, NULLS)
    ):  # which is how orjson writes what is no number
        _refuse_nan(value)
    return text


def _refuse_nan(value: Any) -> None:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("an answer holds a number that is not finite")
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            if not isinstance(part, str):
                _refuse_nan(part)


class InMemoryRequest(Request):
    """Keeps a posted file in memory: its size is limited, and the container's filesystem is read-only."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


def apply(app: Flask, settings: Settings) -> None:
    """Let `app` keep to all of this."""
    app.request_class = InMemoryRequest
    app.json = StrictJson(app)
    app.url_map.merge_slashes = False  # else an address with // in it is answered with a redirect
    limit = settings.max_upload_mb * MEGABYTE + MULTIPART_OVERHEAD
    app.config.update(
        MAX_UPLOAD_MB=settings.max_upload_mb,
        MAX_ROWS=settings.max_rows,
        MAX_TICKERS=settings.max_tickers,
        MAX_CONTENT_LENGTH=limit,
        MAX_FORM_MEMORY_SIZE=limit,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        PROVIDE_AUTOMATIC_OPTIONS=False,  # one origin, so nobody asks; its answer would be typed HTML
    )

    def require_known_host() -> None:
        # Not Flask's TRUSTED_HOSTS: it cannot match an IPv6 address and heeds upper and lower case.
        host = HOST.fullmatch(request.headers.get("Host", "").lower())
        if not host or host["name"] not in settings.allowed_hosts:
            raise UnknownHost

    app.before_request(_begin)
    app.before_request(require_known_host)
    app.after_request(_finish)


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
