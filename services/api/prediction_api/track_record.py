"""The evidence that goes with every answer: how good the model's forecasts were on the posted file itself."""

import numpy as np

from model_contract.csv_values import DateArray, FloatArray
from model_contract.forecasting import Interval, coverage, errors, har_forecast, naive_forecast, skill
from model_contract.scaling import MAX_LOG_VOLUME
from prediction_api.answers import Point, TrackRecord

MAX_SESSIONS = 250  # about a year


def track_record(
    ticker: str | None,
    windows: FloatArray,
    forecasts: FloatArray,
    actual: FloatArray,
    sessions: DateArray,
    intervals: dict[str, Interval],
    har: FloatArray,
    points: int,
) -> TrackRecord:
    """Compare one-step forecasts with what then happened.

    windows (samples, window, features), forecasts (samples, 1), actual (samples, 1), sessions (samples,) that were
    forecast, har (1 + 3, steps) coefficients. The last `points` of them are listed.
    """
    log_volume = windows[:, :, 0]
    score = errors(actual, forecasts)
    bounds = {level: interval.around(forecasts) for level, interval in intervals.items()}
    return {
        "ticker": ticker,
        "sessions": len(windows),
        "mae": score["mae"],
        "mape": score["mape"],
        "skill_vs_naive": skill(score, errors(actual, naive_forecast(log_volume, 1))),
        "skill_vs_har": skill(score, errors(actual, har_forecast(log_volume, har[:, :1]))),
        "coverage_80": coverage(actual, *bounds["80"]),
        "coverage_95": coverage(actual, *bounds["95"]),
        "points": _points(sessions, np.column_stack([actual, forecasts, *bounds["80"]]), points),
    }


def is_measurable(windows: FloatArray) -> bool:
    """Whether every volume is one that shares can have; the errors of others would leave the range of a float."""
    return bool(np.all(np.abs(windows[:, :, 0]) <= MAX_LOG_VOLUME))


def _points(sessions: DateArray, values: FloatArray, wanted: int) -> list[Point]:
    start = max(0, len(sessions) - wanted)
    return [
        {"session": str(session), "actual": actual, "predicted": predicted, "lower_80": lower, "upper_80": upper}
        for session, (actual, predicted, lower, upper) in zip(sessions[start:], values[start:].tolist(), strict=True)
    ]
