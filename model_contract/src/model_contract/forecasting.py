"""From windows to volumes with their intervals, and how good a series of forecasts was.

The network is given as a function, so that this package needs no inference runtime: trainer and API hand in their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from model_contract.csv_values import FloatArray
from model_contract.features import har_means
from model_contract.scaling import MAX_LOG_VOLUME, Float32Array, Scalers, model_inputs, volumes

Network = Callable[[Float32Array], Float32Array]  # (samples, window, features) -> (samples, horizon)


@dataclass(frozen=True)
class Interval:
    """A prediction interval: per step, the quantiles of the log error that the central forecast is widened by."""

    lower: tuple[float, ...]  # (horizon,), mostly negative
    upper: tuple[float, ...]  # (horizon,)

    def around(self, forecast: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Bounds of forecasts, (samples, steps) -> two arrays of that shape, in shares."""
        steps = forecast.shape[1]
        return forecast * np.exp(np.array(self.lower[:steps])), forecast * np.exp(np.array(self.upper[:steps]))


def forecast_volumes(windows: FloatArray, scalers: Scalers, network: Network) -> FloatArray:
    """Forecast each window's next sessions: (samples, window, features) -> shares, (samples, horizon)."""
    inputs, level = model_inputs(windows, scalers)
    return volumes(network(inputs), level, scalers)


def naive_forecast(log_volume: FloatArray, steps: int) -> FloatArray:
    """Yesterday's volume for every step: (samples, window) -> shares, (samples, steps)."""
    return np.exp(np.repeat(log_volume[:, -1:], steps, axis=1))


def har_forecast(log_volume: FloatArray, coefficients: FloatArray) -> FloatArray:
    """HAR forecast of log volume, (samples, window) and (1 + 3, steps) -> shares, (samples, steps)."""
    regressors = np.column_stack([np.ones(len(log_volume)), har_means(log_volume)])
    return np.exp(np.minimum(regressors @ coefficients, MAX_LOG_VOLUME))


def errors(actual: FloatArray, forecast: FloatArray) -> dict[str, float]:
    """MAE and RMSE in shares, MSE in shares squared, R2, and MAPE as a fraction; arrays of one shape, actual > 0.

    R2 is 1 - SSE / SST about the mean of `actual`; 0 where all actual values are equal.
    """
    error = forecast - actual
    squares = float(np.mean(error**2))
    variance = float(np.var(actual))
    return {
        "mae": float(np.mean(np.abs(error))),
        "mse": squares,
        "rmse": float(np.sqrt(squares)),
        "r2": 1 - squares / variance if variance > 0 else 0.0,
        "mape": float(np.mean(np.abs(error) / actual)),
    }


def skill(score: Mapping[str, float], reference: Mapping[str, float]) -> float:
    """Skill of a forecast against a reference by MAE: 1 is perfect, 0 no better, negative worse. 0 if both are exact."""
    return 1 - score["mae"] / reference["mae"] if reference["mae"] > 0 else 0.0


def coverage(actual: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    """Fraction of actual values within their interval; arrays of one shape."""
    return float(np.mean((actual >= lower) & (actual <= upper)))
