"""The query parameters of requests about the ledger."""

from dataclasses import dataclass

from flask import Request

from model_contract.ledger.scorecard import GROUPS, VERSION, Scope
from prediction_api.http.parameters import (
    day,
    one_of,
    preferred_type,
    require_known,
    text,
    whole_number,
)

TICKER, MARKET, SESSION, STEPS, LIMIT = "ticker", "market", "session", "steps", "limit"
BY, STEP, FIRST, LAST = "by", "step", "from", "to"
FORECAST_PARAMETERS = (TICKER, MARKET, VERSION, SESSION, STEPS, LIMIT)
SCORE_PARAMETERS = (BY, TICKER, MARKET, VERSION, STEP, FIRST, LAST)
MAX_STEPS = 99
DEFAULT_LIMIT, MAX_LIMIT = 250, 5000  # sessions of one ticker


@dataclass(frozen=True)
class ForecastQuery:
    """The options of a request to /forecasts."""

    scope: Scope
    session: str | None
    steps: int
    limit: int
    content_type: str


@dataclass(frozen=True)
class ScoreQuery:
    """The options of a request to /scorecard."""

    scope: Scope
    by: str
    step: int
    content_type: str


def read_forecast_query(request: Request) -> ForecastQuery:
    """Read the query string and the Accept header. Raises `BadRequest` or `NotAcceptable`."""
    require_known(request, FORECAST_PARAMETERS)
    scope, session = _scope(request), day(request, SESSION)
    alone = scope.ticker is not None and session is None
    return ForecastQuery(
        scope,
        session,
        whole_number(request, STEPS, 1, MAX_STEPS, default=1 if alone else MAX_STEPS),
        whole_number(request, LIMIT, 1, MAX_LIMIT, default=DEFAULT_LIMIT),
        preferred_type(request),
    )


def read_score_query(request: Request) -> ScoreQuery:
    """Read the query string and the Accept header. Raises `BadRequest` or `NotAcceptable`."""
    require_known(request, SCORE_PARAMETERS)
    return ScoreQuery(
        _scope(request),
        one_of(request, BY, tuple(GROUPS)) or VERSION,
        whole_number(request, STEP, 1, MAX_STEPS, default=1),
        preferred_type(request),
    )


def _scope(request: Request) -> Scope:
    return Scope(
        ticker=text(request, TICKER),
        market=text(request, MARKET),
        version=text(request, VERSION),
        first=day(request, FIRST),
        last=day(request, LAST),
    )
