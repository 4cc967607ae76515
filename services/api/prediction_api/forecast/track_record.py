"""The model's track record: its errors on the last sessions of the posted file."""

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
from prediction_api.responses import Point, TrackRecord, require_finite

MAX_SESSIONS = 250  # about a year
ROUNDING_ERROR = 1e-9  # as a fraction of the volume


@dataclass(frozen=True)
class Past:
    """One-step forecasts of one ticker's last sessions, and the actual volumes; may be empty."""

    log_volume: FloatArray  # (sessions, window), the input of each forecast
    forecasts: FloatArray  # (sessions, 1), shares
    sizes: FloatArray  # (sessions, 1), expected sizes of their log errors
    actual: FloatArray  # (sessions, 1), shares
    sessions: DateArray  # (sessions,)

    @classmethod
    def of(
        cls, log_volume: FloatArray, forecasts: FloatArray, sizes: FloatArray, prices: Prices
    ) -> "Past":
        """Pair each forecast with the session after its window.

        The windows are consecutive; the last one ends one session before `prices` ends.
        """
        last = slice(len(prices) - len(log_volume), None)
        return cls(log_volume, forecasts, sizes, prices.volume[last, None], prices.session[last])

    def log_errors(self) -> FloatArray:
        """Return ln(actual / forecast) in units of its expected size, (sessions,).

        It is infinite if the forecast is 0.
        """
        with np.errstate(divide="ignore"):
            log_errors = np.log(self.actual) - np.log(self.forecasts)
        in_sizes: FloatArray = (log_errors / self.sizes)[:, 0]
        return in_sizes


def track_record(
    ticker: str | None,
    past: Past,
    intervals: Mapping[str, Interval],
    scales: Mapping[str, FloatArray],
    har: FloatArray,
    points: int,
) -> TrackRecord:
    """Compare one-step forecasts with the actual volumes.

    scales   by level, (sessions + 1,), from `scales_before`
    har      (1 + 3, 1) coefficients of the HAR reference
    points   how many of the last sessions to list
    """
    mae = mean_absolute_error(past.actual, past.forecasts)
    earlier = {level: scale[:-1] for level, scale in scales.items()}
    bands = bands_around(past.forecasts, intervals, past.sizes, earlier)
    record: TrackRecord = {
        "ticker": ticker,
        "sessions": len(past.sessions),
        "mae": mae,
        "mape": mean_absolute_percentage_error(past.actual, past.forecasts),
        "skill_vs_naive": _skill(mae, past, naive_forecast(past.log_volume, 1)),
        "skill_vs_har": _skill(mae, past, har_forecast(past.log_volume, har)),
        "coverage_80": coverage(past.actual, *bands["80"]),
        "coverage_95": coverage(past.actual, *bands["95"]),
        "points": _points(past, bands["80"], points),
    }
    require_finite([value for value in record.values() if isinstance(value, float)])
    return record


def har_before(log_volume: FloatArray, sessions: int, prior: FloatArray) -> FloatArray:
    """Fit HAR coefficients, (1 + 3, 1), to the windows before the last `sessions` sessions.

    log_volume   all windows, (samples, window)
    prior        the model's own coefficients
    """
    earlier = len(log_volume) - 1 - sessions
    return fitted_har(log_volume[:earlier], log_volume[1 : earlier + 1, -1], prior)


def is_measurable(log_volume: FloatArray) -> bool:
    """Whether every volume is possible; an impossible volume's error would overflow a float."""
    return bool(np.all(np.abs(log_volume) <= MAX_LOG_VOLUME))


def _skill(mae: float, past: Past, reference: FloatArray) -> float | None:
    """Return the skill over `reference`, (sessions, 1); None if its errors are only rounding."""
    error = mean_absolute_error(past.actual, reference)
    return skill(mae, error) if error > ROUNDING_ERROR * float(past.actual.mean()) else None


def _points(past: Past, band: tuple[FloatArray, FloatArray], count: int) -> list[Point]:
    last = slice(max(0, len(past.sessions) - count), None)
    values = np.column_stack([part[last] for part in (past.actual, past.forecasts, *band)])
    require_finite(values)
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
