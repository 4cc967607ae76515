"""Runs a network on windows, a batch at a time."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model_contract.arrays import FloatArray
from model_contract.deadline import Check, never
from model_contract.model.dispersion import Dispersion, regressors
from model_contract.model.forecasting import Network, forecast_and_arguments
from model_contract.model.scaling import Scalers
from model_contract.model.windows import Windows
from model_contract.reading.apply.input_warnings import outside_training_range
from model_contract.reading.windows_csv import WindowRows
from prediction_api.observability.timing import INFERENCE, phase

# Windows per run of the network; many more wouldn't fit in the CPU's cache. Must be a multiple of
# four: the runtime processes windows in groups of four and sums any remainder in a different order,
# which changes the last digits.
BATCH = 256

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Forecasts:
    """The forecasts of several windows."""

    volumes: FloatArray  # (samples, horizon), shares
    sizes: FloatArray  # (samples, horizon), expected sizes of their errors, from `Dispersion`
    outside: BoolArray  # (samples,), whether the window is outside the training range


@dataclass(frozen=True)
class Forecaster:
    """A network with what it needs to forecast volumes from windows."""

    network: Network
    scalers: Scalers
    dispersion: Dispersion

    def forecast(self, windows: Windows | WindowRows, check: Check = never) -> Forecasts:
        """Forecast from windows with the model's shapes; there may be none.

        check   called before each batch; raises once the deadline has passed
        """
        nothing = np.empty((0, self.dispersion.coefficients.shape[0]))
        forecasts, sizes, outside = [nothing], [nothing], [np.empty(0, dtype=bool)]
        # Absurd values overflow to infinity and are clipped before they reach the network.
        with phase(INFERENCE), np.errstate(over="ignore"):
            for start in range(0, len(windows), BATCH):
                check()
                batch = windows.take(slice(start, start + BATCH))
                volumes, taken = forecast_and_arguments(batch, self.scalers, self.network)
                forecasts.append(volumes)
                sizes.append(self.dispersion.sizes(regressors(taken)))
                outside.append(outside_training_range(taken[0]))
        return Forecasts(np.concatenate(forecasts), np.concatenate(sizes), np.concatenate(outside))
