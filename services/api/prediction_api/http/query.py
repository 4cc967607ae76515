"""The query parameters and the Accept header of a request to /predict."""

import re
from dataclasses import dataclass

from flask import Request
from werkzeug.datastructures import MIMEAccept

from model_contract.messages import requests
from prediction_api.forecast.track_record import MAX_SESSIONS
from prediction_api.http.content_types import CSV, JSON
from prediction_api.http.errors import BadRequest, NotAcceptable

POINTS, STEPS = "points", "steps"
PARAMETERS = (POINTS, STEPS)
WHOLE_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class Query:
    """The options of a request to /predict."""

    points: int  # past forecasts in each track record
    steps: int  # sessions to forecast
    content_type: str  # JSON, CSV


def read_query(request: Request, horizon: int) -> Query:
    """Read the query of `request`; the model forecasts `horizon` sessions.

    Raises `BadRequest` for an invalid parameter and `NotAcceptable` for the Accept header.
    """
    for name in request.args:
        if name not in PARAMETERS:  # a typo must not go unnoticed
            raise BadRequest(requests.PARAMETER_UNKNOWN(name=name, supported=list(PARAMETERS)))
    return Query(
        points=_whole_number(request, POINTS, 0, MAX_SESSIONS, default=0),
        steps=_whole_number(request, STEPS, 1, horizon, default=horizon),
        content_type=_content_type(request),
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
