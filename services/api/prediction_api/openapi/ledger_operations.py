"""The operations of the ledger."""

from typing import Any

from model_contract.ledger.scorecard import GROUPS, VERSION
from prediction_api.http.content_types import CSV, JSON
from prediction_api.http.parameters import MAX_NAME
from prediction_api.ledger.query import (
    BY,
    DEFAULT_LIMIT,
    FORECAST_PARAMETERS,
    MAX_LIMIT,
    MAX_STEPS,
    SCORE_PARAMETERS,
)
from prediction_api.openapi.operation import TEXT, Operation, parameter, response
from prediction_api.openapi.schemas import reference

TAG = "ledger"
NAME = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}
DAY = {"type": "string", "format": "date"}
STEP = {"type": "integer", "minimum": 1, "maximum": MAX_STEPS}
PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "ticker": ("Only this ticker.", NAME),
    "market": ("Only this market, as an ISO 10383 code.", NAME),
    "version": ("Only forecasts by this version of the model.", NAME),
    "session": ("The forecasts for this session.", DAY),
    "steps": (
        "Of the latest forecasts, how many sessions that haven't opened; otherwise, only forecasts "
        "up to this many sessions ahead. By default all, or 1 with `ticker`.",
        STEP,
    ),
    "limit": (
        "How many of a ticker's last sessions to list.",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    ),
    BY: (
        "What to compare.",
        {"type": "string", "enum": list(GROUPS), "default": VERSION},
    ),
    "step": ("Forecasts for the session this many sessions ahead.", {**STEP, "default": 1}),
    "from": ("The first session.", DAY),
    "to": ("The last session.", DAY),
}


def ledger_operations() -> dict[str, Operation]:
    """Return the operations by endpoint."""
    return {
        "ledger.forecasts": Operation(
            TAG,
            {200: response("The forecasts with their scores.", _content("Forecasts"))},
            rejections=(406,),
            description="Without `ticker` and `session`, the newest forecasts of each "
            "followed ticker for the sessions that haven't opened. The `Accept` header selects "
            "JSON (the default) or CSV.",
            parameters=_parameters(FORECAST_PARAMETERS),
        ),
        "ledger.scorecard": Operation(
            TAG,
            {200: response("Errors and coverage of the forecasts.", _content("Scorecard"))},
            rejections=(406,),
            description="The metrics are those of metrics/evaluation.json, for forecasts that were "
            "made before the session. The `Accept` header selects JSON (the default) or CSV.",
            parameters=_parameters(SCORE_PARAMETERS),
        ),
    }


def _parameters(names: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    return tuple(parameter(name, "query", *PARAMETERS[name]) for name in names)


def _content(schema: str) -> dict[str, Any]:
    return {JSON: {"schema": reference(schema)}, CSV: TEXT}
