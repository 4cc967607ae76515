"""The evidence that goes with every answer: how good the model's forecasts were on the posted file itself."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model_contract.arrays import DateArray, FloatArray
from model_contract.model.error_metrics import (
    coverage,
    mean_absolute_error,
    mean_absolute_percentage_error,
    skill,
)
from model_contract.model.forecasting import naive_forecast
from model_contract.model.har import fitted_har, har_forecast
from model_contract.model.intervals import Interval, bands_around
from model_contract.model.scaling import MAX_LOG_VOLUME
from model_contract.prices import Prices
from prediction_api.responses import Point, TrackRecord

MAX_SESSIONS = 250  # about a year
NO_ERROR = 1e-9  # of the volume


@dataclass(frozen=True)
class Past:
    """One-step forecasts of one ticker's last sessions, beside what then happened; no sessions where nothing is to be told."""

    log_volume: FloatArray  # (sessions, window), what each forecast was made from
    forecasts: FloatArray  # (sessions, 1), shares
    actual: FloatArray  # (sessions, 1), shares
    sessions: DateArray  # (sessions,) that were forecast

    @classmethod
    def of(cls, log_volume: FloatArray, forecasts: FloatArray, prices: Prices) -> "Past":
        """Put beside each forecast, of consecutive windows up to the last but one of `prices`, the session after its window."""
        last = slice(len(prices) - len(log_volume), None)
        return cls(log_volume, forecasts, prices.volume[last, None], prices.session[last])

    def log_errors(self) -> FloatArray:
        """Logarithm of the actual over the forecast volume, (sessions,), infinite where the forecast was 0."""
        with np.errstate(divide="ignore"):
            log_errors: FloatArray = (np.log(self.actual) - np.log(self.forecasts))[:, 0]
        return log_errors


def track_record(
    ticker: str | None,
    past: Past,
    intervals: Mapping[str, Interval],
    scales: Mapping[str, FloatArray],
    har: FloatArray,
    points: int,
) -> TrackRecord:
    """Compare one-step forecasts with what then happened.

    scales   by level, (sessions + 1,), as `scales_before` gives them
    har      (1 + 3, 1) coefficients of the reference
    points   how many of the last sessions are listed
    """
    mae, mape = (
        mean_absolute_error(past.actual, past.forecasts),
        mean_absolute_percentage_error(past.actual, past.forecasts),
    )
    bands = bands_around(
        past.forecasts, intervals, {level: scale[:-1] for level, scale in scales.items()}
    )
    return {
        "ticker": ticker,
        "sessions": len(past.sessions),
        "mae": mae,
        "mape": mape,
        "skill_vs_naive": _skill(mae, past, naive_forecast(past.log_volume, 1)),
        "skill_vs_har": _skill(mae, past, har_forecast(past.log_volume, har)),
        "coverage_80": coverage(past.actual, *bands["80"]),
        "coverage_95": coverage(past.actual, *bands["95"]),
        "points": _points(past, bands["80"], points),
    }


def har_before(log_volume: FloatArray, sessions: int, prior: FloatArray) -> FloatArray:
    """The HAR that was known when a record of `sessions` sessions began: all windows, (samples, window) -> (1 + 3, 1)."""
    earlier = len(log_volume) - 1 - sessions
    return fitted_har(log_volume[:earlier], log_volume[1 : earlier + 1, -1], prior)


def is_measurable(log_volume: FloatArray) -> bool:
    """Whether every volume is one that shares can have; the errors of others would leave the range of a float."""
    return bool(np.all(np.abs(log_volume) <= MAX_LOG_VOLUME))


def _skill(mae: float, past: Past, reference: FloatArray) -> float | None:
    """The skill against forecasts, (sessions, 1), or None where those have no error: they were made by logarithms, and rounded."""
    error = mean_absolute_error(past.actual, reference)
    return skill(mae, error) if error > NO_ERROR * float(past.actual.mean()) else None


def _points(past: Past, band: tuple[FloatArray, FloatArray], wanted: int) -> list[Point]:
    last = slice(max(0, len(past.sessions) - wanted), None)
    values = np.column_stack([part[last] for part in (past.actual, past.forecasts, *band)])
    return [
        {
            "session": str(session),
            "actual": actual,
            "predicted": predicted,
            "lower_80": lower,
            "upper_80": upper,
        }
        for session, (actual, predicted, lower, upper) in zip(
            past.sessions[last], values.tolist(), strict=True
        )
    ]
