"""The Diebold-Mariano test of equal forecast accuracy."""

import math

import numpy as np

from model_contract.arrays import FloatArray


def diebold_mariano(differences: FloatArray) -> float:
    """Test whether loss differences, (sessions,), have mean zero. Returns the two-sided p-value.

    Diebold and Mariano 1995, "Comparing predictive accuracy", with the long-run variance of Newey
    and West 1987 over n**(1/3) lags and the small-sample correction of Harvey, Leybourne and
    Newbold 1997. A single session proves nothing, so its p-value is 1.
    """
    n, mean = len(differences), float(np.mean(differences))
    centred = differences - mean
    lags = round(n ** (1 / 3))
    covariances = [float(centred[lag:] @ centred[: n - lag]) / n for lag in range(lags + 1)]
    variance = covariances[0] + 2 * sum(
        (1 - lag / (lags + 1)) * covariances[lag] for lag in range(1, lags + 1)
    )
    if variance <= 0:
        return 1.0 if mean == 0 or n == 1 else 0.0
    statistic = mean / math.sqrt(variance / n) * math.sqrt(max(n - 1, 1) / n)
    return math.erfc(abs(statistic) / math.sqrt(2))
