"""The heterogeneous autoregression (HAR) of log volume: its regressors, its forecast, and its fit on a ticker's own history."""

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.scaling import MAX_LOG_VOLUME

HAR_SESSIONS = (1, 5, 22)


def har_means(log_volume: FloatArray) -> FloatArray:
    """Means of the last 1, 5 and 22 log volumes of each window: (samples, window) -> (samples, 3).

    The regressors of the heterogeneous autoregressive model (Corsi 2009, "A simple approximate long-memory model of
    realized volatility"), here of log volume. The window must hold at least 22 sessions.
    """
    return np.column_stack([log_volume[:, -sessions:].mean(axis=1) for sessions in HAR_SESSIONS])


def har_regressors(log_volume: FloatArray) -> FloatArray:
    """A constant and the HAR means less the window's mean: (samples, window) -> (samples, 1 + 3)."""
    return np.column_stack(
        [np.ones(len(log_volume)), har_means(log_volume) - log_volume.mean(axis=1, keepdims=True)]
    )


def har_forecast(log_volume: FloatArray, coefficients: FloatArray) -> FloatArray:
    """HAR forecast, (samples, window) and coefficients (1 + 3, steps) of `har_regressors` -> shares, (samples, steps).

    Both sides of the regression are taken relative to the window's mean: one set of coefficients then serves tickers of any
    size, and on tickers of one size it forecasts no worse than Corsi's form.
    """
    log_forecast: FloatArray = har_regressors(log_volume) @ coefficients + log_volume.mean(
        axis=1, keepdims=True
    )
    return np.exp(np.minimum(log_forecast, MAX_LOG_VOLUME))


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
    correction = np.linalg.solve(
        regressors.T @ regressors + RIDGE * np.eye(len(prior)), regressors.T @ rest
    )
    coefficients: FloatArray = (prior + correction)[:, None]
    return coefficients
