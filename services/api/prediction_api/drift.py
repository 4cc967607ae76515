"""How far what the model is asked lies from what it was trained on."""

from collections.abc import Iterator

import numpy as np

from model_contract.csv_values import FloatArray
from model_contract.errors import shown
from model_contract.scaling import MAX_INPUT, Scalers, window_level
from prediction_api import phases

# Standard deviations of the training data. Of its own values, fat-tailed as they are, about one in ten thousand lies beyond.
FAR = 8.0


def range_cautions(windows: FloatArray, scalers: Scalers, ticker: str = "") -> Iterator[str]:
    """Say how many values of the windows, (samples, window, features), lie far outside; count both for the metrics."""
    outside = values_outside(windows, scalers)
    phases.count(phases.INPUTS, windows.size)
    phases.count(phases.INPUTS_OUTSIDE, outside)
    if outside:
        name = f" of {shown(ticker)}" if ticker else ""
        yield (
            f"{outside} of the {windows.size} values{name} that are forecast from lie more than {FAR:g} standard deviations outside "
            "what the model was trained on: it may not know such a market"
        )


def values_outside(windows: FloatArray, scalers: Scalers) -> int:
    """Count the values of (samples, window, features) that are far from the mean of those that were trained on, or infinite."""
    mean, reach = np.array(scalers.features.mean), FAR * np.array(scalers.features.scale)
    distance = np.clip(windows, -MAX_INPUT, MAX_INPUT)
    distance[:, :, 0] -= window_level(distance)[:, None]  # the network sees log volume relative to the window's mean
    distance -= mean
    return int(np.count_nonzero(np.abs(distance) > reach))
