"""News: a surge of volume after a jump of the price overnight, in logs times usual moves.

news    min(gap, 4) x max(v - level, 0), with v the log volume without its calendar effect and gap
        the overnight gap in usual moves: after news at the open, a surge is over sooner

It is 0 if unknown. It was found on validation sessions.
"""

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.inputs.series import DailySeries

NAMES = ("news",)
LARGEST_GAP = 4.0  # usual moves; a larger one says no more


def news_inputs(series: DailySeries) -> FloatArray:
    """Compute the inputs of `NAMES`, (sessions, inputs)."""
    return np.nan_to_num(np.minimum(series.gap, LARGEST_GAP) * series.surge)[:, None]
