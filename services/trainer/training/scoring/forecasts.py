"""The forecasts of a network for many windows."""

from dataclasses import dataclass

import numpy as np

from model_contract.arrays import Float32Array, FloatArray
from model_contract.model.dispersion import regressors
from model_contract.model.forecasting import Network, forecast_and_arguments
from model_contract.model.scaling import Scalers
from training.window_data import WindowData


@dataclass(frozen=True)
class Forecasts:
    """Forecasts, and what their uncertainty depends on."""

    volumes: FloatArray  # (samples, horizon), shares
    regressors: Float32Array  # (samples, horizon, regressors), of `Dispersion`

    def log_errors(self, data: WindowData) -> FloatArray:
        """Return ln(actual / forecast), (samples, horizon); `data` are the forecasts' windows."""
        return data.future_log_volumes() - np.log(self.volumes)


def forecast_all(data: WindowData, scalers: Scalers, network: Network) -> Forecasts:
    """Forecast every window."""
    volumes, of_sizes = [], []
    for batch in data.batches():
        found, arguments = forecast_and_arguments(data.windows(batch), scalers, network)
        volumes.append(found)
        of_sizes.append(regressors(arguments))
    return Forecasts(np.concatenate(volumes), np.concatenate(of_sizes))
