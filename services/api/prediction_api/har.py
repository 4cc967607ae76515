"""The reference of the track record: a HAR that knows the posted file.

Coefficients of the model's training data may suit a ticker badly, and to beat them there would prove little. Whoever has
the file can fit a HAR on it in a moment: that is what the model has to beat.
"""

import numpy as np

from model_contract.csv_values import FloatArray
from model_contract.forecasting import har_regressors

# How many rows of the file it takes to outweigh the prior's constant; its other coefficients are outweighed later, since
# the means vary by less than 1. It also keeps the fit solvable where the file's volume never changes.
RIDGE = 20.0
# About four years. An older past says little of today's volume, and a longer file costs no more.
MAX_ROWS = 1000


def fitted_har(log_volume: FloatArray, following: FloatArray, prior: FloatArray) -> FloatArray:
    """HAR coefficients, (1 + 3, 1), of a ticker's own windows, shrunk towards `prior`, (1 + 3,); no windows give `prior`.

    log_volume   (samples, window), in order of time; the last `MAX_ROWS` are used
    following    (samples,) log volume of the session after each window

    Ridge regression about the prior (Hoerl and Kennard 1970, "Ridge regression: biased estimation for nonorthogonal
    problems"): b = b0 + (X'X + RIDGE I)^-1 X'(y - X b0), with both sides relative to the window's mean as in `har_forecast`.
    """
    log_volume, following = log_volume[-MAX_ROWS:], following[-MAX_ROWS:]
    regressors = har_regressors(log_volume)
    rest = following - log_volume.mean(axis=1) - regressors @ prior
    correction = np.linalg.solve(regressors.T @ regressors + RIDGE * np.eye(len(prior)), regressors.T @ rest)
    coefficients: FloatArray = (prior + correction)[:, None]
    return coefficients
