"""Forecasts by a network, and the simple forecasts that it must beat."""

from collections.abc import Callable

import numpy as np

from model_contract.arrays import Float32Array, FloatArray
from model_contract.model.scaling import Scalers, model_inputs, volumes
from model_contract.model.windows import Windows

# (samples, window, features) and (samples, window + horizon, flags) -> (samples, horizon)
Network = Callable[[Float32Array, Float32Array], Float32Array]


def forecast_volumes(windows: Windows, scalers: Scalers, network: Network) -> FloatArray:
    """Forecast the sessions after each window: shares, (samples, horizon)."""
    return forecast_and_inputs(windows, scalers, network)[0]


def forecast_and_inputs(
    windows: Windows, scalers: Scalers, network: Network
) -> tuple[FloatArray, Float32Array]:
    """Forecast, and return the network's scaled inputs too, (samples, window, features)."""
    inputs, level = model_inputs(windows.features, scalers)
    return volumes(network(inputs, windows.calendar.astype(np.float32)), level, scalers), inputs


def naive_forecast(log_volume: FloatArray, steps: int) -> FloatArray:
    """Repeat the last volume for every step: (samples, window) -> shares, (samples, steps)."""
    return np.exp(np.repeat(log_volume[:, -1:], steps, axis=1))


def mean_forecast(log_volume: FloatArray, sessions: int, steps: int) -> FloatArray:
    """Repeat the mean of the last `sessions`: (samples, window) -> shares, (samples, steps)."""
    return np.repeat(np.exp(log_volume[:, -sessions:]).mean(axis=1, keepdims=True), steps, axis=1)
