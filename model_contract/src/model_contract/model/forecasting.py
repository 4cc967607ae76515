"""Forecasts by a network, and the simple forecasts that it must beat."""

from collections.abc import Callable

import numpy as np

from model_contract.arrays import Float32Array, FloatArray
from model_contract.model.scaling import Scalers, model_inputs, scaled_inputs, volumes
from model_contract.model.windows import Windows

# What a network takes: (samples, window, features), (samples, window + horizon, flags) and
# (samples, horizon, inputs), scaled. It gives (samples, horizon): scaled log volumes relative to
# the window's level.
Arguments = tuple[Float32Array, Float32Array, Float32Array]
Network = Callable[[Float32Array, Float32Array, Float32Array], Float32Array]


def forecast_volumes(windows: Windows, scalers: Scalers, network: Network) -> FloatArray:
    """Forecast the sessions after each window: shares, (samples, horizon)."""
    return forecast_and_arguments(windows, scalers, network)[0]


def forecast_and_arguments(
    windows: Windows, scalers: Scalers, network: Network
) -> tuple[FloatArray, Arguments]:
    """Forecast, and return what the network took, too."""
    arguments, level = network_arguments(windows, scalers)
    return volumes(network(*arguments), level, scalers), arguments


def network_arguments(windows: Windows, scalers: Scalers) -> tuple[Arguments, FloatArray]:
    """Scale windows for the network. Also returns their levels, (samples,), in logs."""
    features, level = model_inputs(windows.features, scalers)
    flags = windows.calendar.astype(np.float32)
    return (features, flags, scaled_inputs(windows.inputs, scalers)), level


def naive_forecast(log_volume: FloatArray, steps: int) -> FloatArray:
    """Repeat the last volume for every step: (samples, window) -> shares, (samples, steps)."""
    return np.exp(np.repeat(log_volume[:, -1:], steps, axis=1))


def mean_forecast(log_volume: FloatArray, sessions: int, steps: int) -> FloatArray:
    """Repeat the mean of the last `sessions`: (samples, window) -> shares, (samples, steps)."""
    return np.repeat(np.exp(log_volume[:, -sessions:]).mean(axis=1, keepdims=True), steps, axis=1)
