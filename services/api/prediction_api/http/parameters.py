"""Reads single query parameters and the Accept header."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from flask import Request
from werkzeug.datastructures import MIMEAccept

from model_contract.messages import requests
from prediction_api.http.content_types import CSV, JSON
from prediction_api.http.errors import BadRequest, NotAcceptable

MAX_NAME = 200  # characters of a name
FIRST_YEAR, LAST_YEAR = 4, 9996  # leap years, so that any date exists in them
WHOLE_NUMBER = re.compile(r"[0-9]{1,4}")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def require_known(request: Request, supported: Sequence[str]) -> None:
    """Raise `BadRequest` for any other parameter: a typo must not go unnoticed."""
    for name in request.args:
        if name not in supported:
            raise BadRequest(requests.PARAMETER_UNKNOWN(name=name, supported=list(supported)))


def whole_number(request: Request, name: str, least: int, most: int, default: int) -> int:
    """Return a parameter as a whole number. Raises `BadRequest` unless it is in the range."""
    values = request.args.getlist(name)
    if not values:
        return default
    value = values[0]
    if len(values) > 1 or not (WHOLE_NUMBER.fullmatch(value) and least <= int(value) <= most):
        found = ", ".join(values)
        raise BadRequest(requests.PARAMETER_INVALID(name=name, found=found, least=least, most=most))
    return int(value)


def one_of(request: Request, name: str, supported: Sequence[str]) -> Any:
    """Return a parameter, or None without one. Raises `BadRequest` for other values."""
    values = request.args.getlist(name)
    if not values:
        return None
    if len(values) > 1 or values[0] not in supported:
        found = ", ".join(values)
        raise BadRequest(
            requests.PARAMETER_UNSUPPORTED(name=name, found=found, supported=list(supported))
        )
    return values[0]


def text(request: Request, name: str) -> str | None:
    """Return a parameter as text, or None without one. Raises `BadRequest` if it is long."""
    values = request.args.getlist(name)
    if not values:
        return None
    if len(values) > 1 or not 0 < len(values[0]) <= MAX_NAME:
        found = ", ".join(values)
        raise BadRequest(requests.PARAMETER_LENGTH(name=name, found=found, limit=MAX_NAME))
    return values[0]


def moment(request: Request, name: str) -> datetime | None:
    """A time in ISO 8601, in UTC unless it has an offset."""
    values = request.args.getlist(name)
    if not values:
        return None
    with suppress(ValueError, OverflowError):
        if len(values) == 1:
            moment = datetime.fromisoformat(values[0])
            # In the first or last year, an offset could lead out of the calendar.
            moment = moment.replace(year=min(max(moment.year, FIRST_YEAR), LAST_YEAR))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    found = ", ".join(values)
    raise BadRequest(requests.PARAMETER_TIME(name=name, found=found))


def day(request: Request, name: str) -> str | None:
    """Return a date as in 2024-04-03, or None without one. Raises `BadRequest` otherwise."""
    values = request.args.getlist(name)
    if not values:
        return None
    with suppress(ValueError):
        if len(values) == 1 and ISO_DATE.fullmatch(values[0]):
            return date.fromisoformat(values[0]).isoformat()
    raise BadRequest(requests.PARAMETER_DATE(name=name, found=", ".join(values)))


def preferred_type(request: Request) -> str:
    """Return the content type that the client prefers, or JSON if it has no preference."""
    accepted = request.accept_mimetypes
    if not accepted:
        return JSON
    # Ignore parameters: both types are UTF-8, and many clients send "application/json; charset=…".
    plain = MIMEAccept([(value.split(";")[0].strip(), quality) for value, quality in accepted])
    best = plain.best_match([JSON, CSV])
    if best is None:
        raise NotAcceptable(requests.NOT_ACCEPTABLE(accept=str(accepted), supported=[JSON, CSV]))
    return best
