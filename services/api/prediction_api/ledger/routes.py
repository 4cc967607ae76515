"""The endpoints of the ledger: forecasts that were made before a session, and their scores."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from model_contract.errors import LedgerError, SessionsRemovedError
from model_contract.ledger.ledger_reader import LedgerReader
from model_contract.messages import requests
from prediction_api.csv_text import to_csv
from prediction_api.http.content_types import CSV
from prediction_api.http.errors import BadRequest, LedgerUnreadable
from prediction_api.ledger.fields import Forecasts, LedgerForecast, Score, Scorecard
from prediction_api.ledger.query import ForecastQuery, read_forecast_query, read_score_query

LEDGER = "ledger"  # key in `app.extensions`

log = logging.getLogger(__name__)
blueprint = Blueprint("ledger", __name__)


@blueprint.get("/forecasts")
def forecasts() -> Response:
    """List the forecasts of followed tickers: the latest, one ticker's, or those of a session."""
    query = read_forecast_query(request)
    with _reading() as ledger:
        state: Any = ledger.state()
        now = state["updated_at"] if state else ""
        rows = _forecasts(ledger, query, now) if ledger.exists() else []
    fields = LedgerForecast.__annotations__
    found: list[Any] = [{name: row.get(name) for name in fields} for row in rows]
    answer: Forecasts = {"state": state, "forecasts": found}
    columns = [name for name in fields if name != "previous"]
    return _response(query.content_type, answer, found, columns)


@blueprint.get("/scorecard")
def scorecard() -> Response:
    """Compare the forecasts of followed tickers with what happened."""
    query = read_score_query(request)
    with _reading() as ledger:
        scores: list[Any] = []
        if ledger.exists():
            scores = ledger.scores(query.by, query.step, query.scope)
        state: Any = ledger.state()
    answer: Scorecard = {"state": state, "scores": scores}
    return _response(query.content_type, answer, scores, list(Score.__annotations__))


@contextmanager
def _reading() -> Iterator[LedgerReader]:
    try:
        yield current_app.extensions[LEDGER]
    except SessionsRemovedError as error:
        raise BadRequest(requests.SESSIONS_REMOVED(until=error.until)) from error
    except LedgerError as error:
        log.warning("%s", error)
        raise LedgerUnreadable from error


def _forecasts(ledger: LedgerReader, query: ForecastQuery, now: str) -> list[dict[str, Any]]:
    if query.session is not None:
        return ledger.of_session(query.session, query.steps, query.scope)
    if query.scope.ticker is not None:
        return ledger.of_ticker(query.scope.ticker, query.steps, query.limit, query.scope)
    return ledger.latest(query.steps, now, query.scope)


def _response(
    content_type: str,
    answer: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
) -> Response:
    if content_type == CSV:
        response = Response(to_csv(rows, columns), content_type=f"{CSV}; charset=utf-8")
    else:
        response = jsonify(answer)
    response.vary.add("Accept")
    return response
