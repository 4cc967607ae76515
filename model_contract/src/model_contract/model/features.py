"""Features of one ticker's daily bars, computed the same way in training and serving."""

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.prices import Prices

LOG_VOLUME, LOG_RETURN, LOG_RANGE = "log_volume", "log_return", "log_range"
FEATURE_NAMES = (LOG_VOLUME, LOG_RETURN, LOG_RANGE)
# A return needs the previous close, so the first session of a history has no features.
SESSIONS_BEFORE_FIRST_FEATURES = 1


def daily_features(prices: Prices) -> FloatArray:
    """Compute the features of each session but the first: (sessions - 1, features).

    The columns are those of `FEATURE_NAMES`:

    log_volume   natural logarithm of the volume in shares
    log_return   logarithm of the close over the previous close
    log_range    logarithm of the high over the low (Parkinson 1980, "The extreme value method for
                 estimating the variance of the rate of return", without its constant)
    """
    return np.column_stack(
        [
            np.log(prices.volume[1:]),
            np.diff(np.log(prices.close)),
            np.log(prices.high[1:]) - np.log(prices.low[1:]),
        ]
    )
