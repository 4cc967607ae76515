"""How uncertain a forecast is: the expected size of its error relative to other forecasts.

Calm sessions of a steady ticker are easier to forecast than those around a quarterly report, so one
width of an interval for all of them would be too wide for the first and too narrow for the others.
The size is a log-linear model of the absolute log error (Harvey 1976, "Estimating regression models
with multiplicative heteroscedasticity"):

    ln(size) = a + b ln(spread of the window's log volumes) + c |inputs| + d flags

of each session to forecast. The regressors were found on validation sessions.
"""

from dataclasses import dataclass

import numpy as np

from model_contract.arrays import Float32Array, FloatArray
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.forecasting import Arguments
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES

REGRESSORS = ("constant", "spread", *INPUT_NAMES, *CALENDAR_FLAGS)
SMALLEST_SPREAD = 0.05  # standard deviations of the training data; a constant volume has none
LARGEST_INPUT = 5.0  # standard deviations
# A forecast is at most 2.7 times more or less uncertain than a typical one.
LARGEST_LOG_SIZE = 1.0


@dataclass(frozen=True)
class Dispersion:
    """The coefficients of `REGRESSORS`, for each step."""

    coefficients: FloatArray  # (horizon, regressors)

    def sizes(self, of_forecasts: Float32Array) -> FloatArray:
        """Return the expected size of each forecast's error, (samples, horizon); typically 1.

        of_forecasts   (samples, horizon, regressors), from `regressors`
        """
        logs = np.einsum("shr,hr->sh", of_forecasts, self.coefficients)
        sizes: FloatArray = np.exp(np.clip(logs, -LARGEST_LOG_SIZE, LARGEST_LOG_SIZE))
        return sizes


def regressors(arguments: Arguments) -> Float32Array:
    """Compute `REGRESSORS` from what the network takes: (samples, horizon, regressors)."""
    window, calendar, inputs = arguments
    samples, horizon = inputs.shape[:2]
    spread = np.log(np.maximum(window[:, :, 0].std(axis=1), SMALLEST_SPREAD))
    same_for_all_steps = np.column_stack([np.ones(samples), spread])
    found: Float32Array = np.concatenate(
        [
            np.repeat(same_for_all_steps[:, None], horizon, axis=1),
            np.minimum(np.abs(inputs), LARGEST_INPUT),
            calendar[:, window.shape[1] :],
        ],
        axis=2,
        dtype=np.float32,
    )
    return found
