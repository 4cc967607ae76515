"""From windows to volumes, the plain forecasts that a model must beat, and how good a series of forecasts was.

The network is given as a function, so that this package needs no inference runtime: trainer and API hand in their own.
"""

from collections.abc import Callable

import numpy as np

from model_contract.csv_values import FloatArray
from model_contract.features import har_means
from model_contract.scaling import MAX_LOG_VOLUME, Float32Array, Scalers, model_inputs, volumes
from model_contract.windows import Windows

# (samples, window, features) and (samples, window + horizon, flags) -> (samples, horizon)
Network = Callable[[Float32Array, Float32Array], Float32Array]


def forecast_volumes(windows: Windows, scalers: Scalers, network: Network) -> FloatArray:
    """Forecast each window's next sessions: shares, (samples, horizon)."""
    return forecast_and_inputs(windows, scalers, network)[0]


def forecast_and_inputs(windows: Windows, scalers: Scalers, network: Network) -> tuple[FloatArray, Float32Array]:
    """As `forecast_volumes`; and what the network read, (samples, window, features)."""
    inputs, level = model_inputs(windows.features, scalers)
    return volumes(network(inputs, windows.calendar.astype(np.float32)), level, scalers), inputs


def naive_forecast(log_volume: FloatArray, steps: int) -> FloatArray:
    """Yesterday's volume for every step: (samples, window) -> shares, (samples, steps)."""
    return np.exp(np.repeat(log_volume[:, -1:], steps, axis=1))


def mean_forecast(log_volume: FloatArray, sessions: int, steps: int) -> FloatArray:
    """Mean volume of the last `sessions` for every step: (samples, window) -> shares, (samples, steps)."""
    return np.repeat(np.exp(log_volume[:, -sessions:]).mean(axis=1, keepdims=True), steps, axis=1)


def har_regressors(log_volume: FloatArray) -> FloatArray:
    """A constant and the HAR means less the window's mean: (samples, window) -> (samples, 1 + 3)."""
    return np.column_stack([np.ones(len(log_volume)), har_means(log_volume) - log_volume.mean(axis=1, keepdims=True)])


def har_forecast(log_volume: FloatArray, coefficients: FloatArray) -> FloatArray:
    """HAR forecast, (samples, window) and coefficients (1 + 3, steps) of `har_regressors` -> shares, (samples, steps).

    Both sides of the regression are taken relative to the window's mean: one set of coefficients then serves tickers of any
    size, and on tickers of one size it forecasts no worse than Corsi's form.
    """
    log_forecast: FloatArray = har_regressors(log_volume) @ coefficients + log_volume.mean(axis=1, keepdims=True)
    return np.exp(np.minimum(log_forecast, MAX_LOG_VOLUME))


def errors(actual: FloatArray, forecast: FloatArray) -> dict[str, float]:
    """MAE and RMSE in shares, MSE in shares squared, R2, and MAPE as a fraction; arrays of one shape, actual > 0.

    R2 is 1 - SSE / SST about the mean of `actual`; 0 where all actual values are equal.
    """
    error = forecast - actual
    squares = float(np.mean(error**2))
    variance = float(np.var(actual))
    return {
        "mae": mean_absolute_error(actual, forecast),
        "mse": squares,
        "rmse": float(np.sqrt(squares)),
        "r2": 1 - squares / variance if variance > 0 else 0.0,
        "mape": mean_absolute_percentage_error(actual, forecast),
    }


def mean_absolute_error(actual: FloatArray, forecast: FloatArray) -> float:
    """MAE in shares; arrays of one shape."""
    return float(np.mean(np.abs(forecast - actual)))


def mean_absolute_percentage_error(actual: FloatArray, forecast: FloatArray) -> float:
    """MAPE as a fraction; arrays of one shape, actual > 0."""
    return float(np.mean(np.abs(forecast - actual) / actual))


def skill(mae: float, reference_mae: float) -> float:
    """Skill of a forecast against a reference by MAE: 1 is perfect, 0 no better, negative worse. 0 if both are exact."""
    return 1 - mae / reference_mae if reference_mae > 0 else 0.0


def coverage(actual: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    """Fraction of actual values within their interval; arrays of one shape."""
    return float(np.mean((actual >= lower) & (actual <= upper)))
