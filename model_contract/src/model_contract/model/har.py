"""The heterogeneous autoregression (HAR) of log volume: regressors, forecast and fit.

The track record compares the model with a HAR that is fitted to the ticker's own history in the
posted file and shrunk towards the coefficients of the training data. Such a HAR is harder to beat
than one with fixed coefficients.
"""

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.scaling import MAX_LOG_VOLUME

HAR_SESSIONS = (1, 5, 22)
# The prior's constant counts as much as this many rows, and its other coefficients count for more,
# since the means vary by less than 1. The fit also stays solvable if the volume never changes.
RIDGE = 20.0
# About four years: older sessions say little about today's volume, and the limit bounds the cost.
MAX_ROWS = 1000


def har_means(log_volume: FloatArray) -> FloatArray:
    """Compute the means of the last 1, 5 and 22 log volumes: (samples, window) -> (samples, 3).

    These are the regressors of Corsi 2009, "A simple approximate long-memory model of realized
    volatility", here for log volume. The window must have at least 22 sessions.
    """
    return np.column_stack([log_volume[:, -sessions:].mean(axis=1) for sessions in HAR_SESSIONS])


def har_regressors(log_volume: FloatArray) -> FloatArray:
    """Return 1 and the HAR means minus the window's mean: (samples, window) -> (samples, 4)."""
    return np.column_stack(
        [np.ones(len(log_volume)), har_means(log_volume) - log_volume.mean(axis=1, keepdims=True)]
    )


def har_forecast(log_volume: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Forecast shares: (samples, window) and coefficients (1 + 3, steps) -> (samples, steps).

    Both sides of the regression are relative to the window's mean, so one set of coefficients works
    for tickers of any size. For tickers of similar size, it is as accurate as Corsi's form.
    """
    log_forecast: FloatArray = har_regressors(log_volume) @ coefficients + log_volume.mean(
        axis=1, keepdims=True
    )
    return np.exp(np.minimum(log_forecast, MAX_LOG_VOLUME))


def fitted_har(log_volume: FloatArray, following: FloatArray, prior: FloatArray) -> FloatArray:
    """Fit HAR coefficients, (1 + 3, 1), to a ticker's windows, shrunk towards `prior`, (1 + 3,).

    log_volume   (samples, window), oldest first; only the last `MAX_ROWS` are used; without
                 windows, the result is `prior`
    following    (samples,), log volume of the session after each window

    Ridge regression towards the prior (Hoerl and Kennard 1970, "Ridge regression: biased estimation
    for nonorthogonal problems"): b = b0 + (X'X + RIDGE I)^-1 X'(y - X b0), with both sides relative
    to the window's mean as in `har_forecast`.
    """
    log_volume, following = log_volume[-MAX_ROWS:], following[-MAX_ROWS:]
    regressors = har_regressors(log_volume)
    rest = following - log_volume.mean(axis=1) - regressors @ prior
    correction = np.linalg.solve(
        regressors.T @ regressors + RIDGE * np.eye(len(prior)), regressors.T @ rest
    )
    coefficients: FloatArray = (prior + correction)[:, None]
    return coefficients
