"""The rules for every request and response: limits, host names, request ids, headers, JSON."""

import re
from io import BytesIO
from typing import IO, Any
from uuid import uuid4

import orjson
from flask import Flask, Request, Response, g, request
from flask.json.provider import JSONProvider

from model_contract.messages import requests
from prediction_api.http.content_types import JSON
from prediction_api.http.errors import BadRequest
from prediction_api.settings import MEGABYTE, Settings

MULTIPART_OVERHEAD = 64 * 1024  # bytes: boundaries and headers around a file
MAX_FORM_PARTS = 20
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class FastJson(JSONProvider):
    """JSON with orjson, which is fast and keeps the order of fields."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Serialize `obj` to JSON."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse JSON. Raises `ValueError` if it is invalid."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Build the response of `flask.jsonify`."""
        body = orjson.dumps(self._prepare_response_obj(args, kwargs)) + b"\n"
        return Response(body, content_type=JSON)


class InMemoryRequest(Request):
    """Keeps a posted file in memory: its size is limited, and the filesystem is read-only."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


def apply(app: Flask, settings: Settings) -> None:
    """Apply these rules to `app`."""
    app.request_class = InMemoryRequest
    app.json = FastJson(app)
    app.url_map.merge_slashes = False  # otherwise // in a path causes a redirect
    limit = settings.max_upload_mb * MEGABYTE + MULTIPART_OVERHEAD
    app.config.update(
        MAX_UPLOAD_MB=settings.max_upload_mb,
        MAX_ROWS=settings.max_rows,
        MAX_TICKERS=settings.max_tickers,
        MAX_CONTENT_LENGTH=limit,
        MAX_FORM_MEMORY_SIZE=limit,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        # Browsers don't need OPTIONS, because the page has the same origin; Flask would send HTML.
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )

    def require_known_host() -> None:
        # Flask's TRUSTED_HOSTS is case-sensitive and cannot match an IPv6 address.
        host = HOST.fullmatch(request.headers.get("Host", "").lower())
        if not host or host["name"] not in settings.allowed_hosts:
            raise BadRequest(requests.HOST_UNKNOWN())

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
