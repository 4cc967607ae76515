"""The query parameters and the Accept header of a request to /predict."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Request

from model_contract.reading.decode.encoding import ENCODINGS
from model_contract.reading.formats.date_format import ORDERS
from model_contract.reading.interpret.reading import SHARES_PER_UNIT, SIGNS, Choices
from model_contract.share_splits import TREATMENTS
from prediction_api.forecast.track_record import MAX_SESSIONS
from prediction_api.http.parameters import (
    moment,
    one_of,
    preferred_type,
    require_known,
    text,
    whole_number,
)

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
    require_known(request, PARAMETERS)
    return Query(
        points=whole_number(request, POINTS, 0, MAX_SESSIONS, default=0),
        steps=whole_number(request, STEPS, 1, horizon, default=horizon),
        explain=whole_number(request, EXPLAIN, 0, 1, default=0) == 1,
        content_type=preferred_type(request),
        choices=Choices(
            volume=text(request, VOLUME),
            sheet=text(request, SHEET),
            market=text(request, MARKET),
            as_of=moment(request, AS_OF),
            **{name: one_of(request, name, values) for name, values in VALUES.items()},
        ),
    )
