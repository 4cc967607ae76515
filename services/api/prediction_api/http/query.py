"""The query parameters and the Accept header of a request to /predict."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Request
from werkzeug.datastructures import MIMEAccept

from model_contract.messages import requests
from model_contract.reading.decode.encoding import ENCODINGS
from model_contract.reading.formats.date_format import ORDERS
from model_contract.reading.interpret.reading import SHARES_PER_UNIT, SIGNS, Choices
from model_contract.share_splits import TREATMENTS
from prediction_api.forecast.track_record import MAX_SESSIONS
from prediction_api.http.content_types import CSV, JSON
from prediction_api.http.errors import BadRequest, NotAcceptable

POINTS, STEPS, EXPLAIN = "points", "steps", "explain"
VOLUME, SHEET, MARKET = "volume", "sheet", "market"
# What the sender of a file can choose about its reading, with the supported values.
VALUES: dict[str, Sequence[str]] = {
    "dates": ORDERS,
    "decimal": tuple(SIGNS),
    "volume_unit": tuple(SHARES_PER_UNIT),
    "encoding": ENCODINGS,
    "splits": TREATMENTS,
}
CHOICES = ("dates", "decimal", VOLUME, "volume_unit", "encoding", SHEET, "splits", MARKET)
AS_OF = "as_of"
PARAMETERS = (POINTS, STEPS, EXPLAIN, *CHOICES, AS_OF)
MAX_NAME = 200  # characters of a column's or sheet's name
FIRST_YEAR, LAST_YEAR = 4, 9996  # leap years, so that any date exists in them
WHOLE_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class Query:
    """The options of a request to /predict."""

    points: int  # past forecasts in each track record
    steps: int  # sessions to forecast
    explain: bool  # whether to give the reasons of each forecast
    content_type: str  # JSON, CSV
    choices: Choices


def read_query(request: Request, horizon: int) -> Query:
    """Read the query string and the Accept header of `request`.

    horizon    number of sessions that the model forecasts

    Raises `BadRequest` for an invalid parameter, and `NotAcceptable` if the client accepts neither
    JSON nor CSV.
    """
    for name in request.args:
        if name not in PARAMETERS:  # a typo must not go unnoticed
            raise BadRequest(requests.PARAMETER_UNKNOWN(name=name, supported=list(PARAMETERS)))
    return Query(
        points=_whole_number(request, POINTS, 0, MAX_SESSIONS, default=0),
        steps=_whole_number(request, STEPS, 1, horizon, default=horizon),
        explain=_whole_number(request, EXPLAIN, 0, 1, default=0) == 1,
        content_type=_content_type(request),
        choices=Choices(
            volume=_name(request, VOLUME),
            sheet=_name(request, SHEET),
            market=_name(request, MARKET),
            as_of=_moment(request, AS_OF),
            **{name: _one_of(request, name, values) for name, values in VALUES.items()},
        ),
    )


def _whole_number(request: Request, name: str, least: int, most: int, default: int) -> int:
    values = request.args.getlist(name)
    if not values:
        return default
    value = values[0]
    if len(values) > 1 or not (WHOLE_NUMBER.fullmatch(value) and least <= int(value) <= most):
        found = ", ".join(values)
        raise BadRequest(requests.PARAMETER_INVALID(name=name, found=found, least=least, most=most))
    return int(value)


def _one_of(request: Request, name: str, supported: Sequence[str]) -> Any:
    values = request.args.getlist(name)
    if not values:
        return None
    if len(values) > 1 or values[0] not in supported:
        found = ", ".join(values)
        raise BadRequest(
            requests.PARAMETER_UNSUPPORTED(name=name, found=found, supported=list(supported))
        )
    return values[0]


def _name(request: Request, name: str) -> str | None:
    values = request.args.getlist(name)
    if not values:
        return None
    if len(values) > 1 or not 0 < len(values[0]) <= MAX_NAME:
        found = ", ".join(values)
        raise BadRequest(requests.PARAMETER_LENGTH(name=name, found=found, limit=MAX_NAME))
    return values[0]


def _moment(request: Request, name: str) -> datetime | None:
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


def _content_type(request: Request) -> str:
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
