"""Memory: recent and lasting volume relative to the level of the window, in logs.

With v the log volume without its calendar effect, and each minus the level:

day, week, month    mean of v over the last 1, 5 and 22 sessions (HAR, Corsi 2009)
median_month        median of v over the last 22 sessions: the usual volume, without its spikes
two_years           mean of v over the last 504 sessions, or over those there are, if at least 22:
                    volume returns to it
high_day            max(day, 0): a high volume says more about the next session than a low one

An unknown input is 0. The last three were found on validation sessions.
"""

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.inputs.rolling import rolling_mean, rolling_median
from model_contract.model.inputs.series import MONTH, TWO_YEARS, WEEK, DailySeries

HAR_NAMES = ("day", "week", "month")
NAMES = (*HAR_NAMES, "median_month", "two_years", "high_day")


def memory_inputs(series: DailySeries, count: int) -> FloatArray:
    """Compute the inputs of `NAMES` for the last `count` sessions, (count, inputs)."""
    volume, last = series.volume, slice(len(series.volume) - count, None)
    typical = (
        volume[last],
        rolling_mean(volume, WEEK, WEEK)[last],
        series.month[last],
        rolling_median(volume, MONTH, MONTH, count),
        rolling_mean(volume, TWO_YEARS, MONTH)[last],
    )
    level, surge = series.level[last], series.surge[last]
    return np.nan_to_num(np.column_stack([*(mean - level for mean in typical), surge]))
