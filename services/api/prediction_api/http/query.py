"""What a request to /predict asks for: its query parameters, and the type of its answer."""

import re
from dataclasses import dataclass

from flask import Request
from werkzeug.datastructures import MIMEAccept

from prediction_api.forecast.track_record import MAX_SESSIONS
from prediction_api.http.errors import InvalidParameter, NotAnswered, UnknownParameter

JSON, CSV, BYTES = "application/json", "text/csv", "application/octet-stream"
POINTS, STEPS = "points", "steps"
PARAMETERS = (POINTS, STEPS)
WHOLE_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class Asked:
    """What to answer."""

    points: int  # past forecasts in each track record
    steps: int  # sessions to forecast
    content_type: str  # JSON, CSV


def asked_by(request: Request, horizon: int) -> Asked:
    """Read what `request` asks of a model that forecasts `horizon` sessions. Raises a 400 or a 406."""
    for name in request.args:
        if name not in PARAMETERS:
            raise UnknownParameter(name, PARAMETERS)
    return Asked(
        points=_whole_number(request, POINTS, 0, MAX_SESSIONS, default=0),
        steps=_whole_number(request, STEPS, 1, horizon, default=horizon),
        content_type=_content_type(request),
    )


def _whole_number(request: Request, name: str, least: int, most: int, default: int) -> int:
    values = request.args.getlist(name)
    if not values:
        return default
    expected = f"a whole number from {least} to {most}"
    if len(values) > 1:
        raise InvalidParameter(name, f"{expected}, once", ", ".join(values))
    if not (WHOLE_NUMBER.fullmatch(values[0]) and least <= int(values[0]) <= most):
        raise InvalidParameter(name, expected, values[0])
    return int(values[0])


def _content_type(request: Request) -> str:
    """Give the type that the client likes best, JSON if it has no preference."""
    wanted = request.accept_mimetypes
    if not wanted:
        return JSON
    # Without their parameters: both answers are UTF-8, and many clients ask for "application/json; charset=utf-8".
    plain = MIMEAccept([(value.split(";")[0].strip(), quality) for value, quality in wanted])
    best = plain.best_match([JSON, CSV])
    if best is None:
        raise NotAnswered(str(wanted), (JSON, CSV))
    return best
