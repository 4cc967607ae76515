"""How far what the model is asked lies from what it was trained on."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from model_contract.scaling import Scalers, model_inputs
from model_contract.windows import Windows
from prediction_api import phases

# Standard deviations of the training rows. Of 12,154 sessions of the default data, among them a fall by 52 %, two lie further out.
FAR = 10.0


def outside_training_range(windows: Windows, scalers: Scalers) -> npt.NDArray[np.bool_]:
    """Which windows, (samples,), hold a value more than `FAR` standard deviations from the mean of the training rows.

    Values are compared as the network sees them, log volumes relative to their window's level: no size of ticker is far.
    """
    inputs, _ = model_inputs(windows.features, scalers)
    far: npt.NDArray[np.bool_] = np.abs(inputs).max(axis=(1, 2), initial=0.0) > FAR
    return far


def range_caution(far: npt.NDArray[np.bool_], of_what: str) -> Iterator[str]:
    """Say how many windows, (samples,), hold values far outside the range that the model was trained on; count them, too."""
    count = int(np.count_nonzero(far))
    phases.count(phases.WINDOWS, len(far))
    phases.count(phases.WINDOWS_OUTSIDE, count)
    if count:
        windows = f" ({count:,} of {len(far):,} windows)" if len(far) > 1 else ""
        yield f"{of_what} hold values far outside those of the training data{windows}: trust the forecast less"
