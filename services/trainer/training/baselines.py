"""The forecasts that a model must beat, each fitted on training and validation windows.

    naive                 yesterday's volume
    mean_5, mean_22       mean volume of the last week, of the last month
    har                   heterogeneous autoregression of log volume (Corsi 2009), by ticker
    har_calendar          the same with the calendar flags of the session to forecast, by ticker
    har_calendar_pooled   the same over all tickers at once

The regressions are ordinary least squares of the log volume ahead, a step at a time, both sides relative to the window's
mean; the last three know what the network's calendar and linear path know.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model_contract.csv_values import FloatArray
from model_contract.forecasting import har_regressors, mean_forecast, naive_forecast
from model_contract.scaling import MAX_LOG_VOLUME
from model_contract.windows import Windows
from training.window_data import EVERY, Rows, WindowData

BASELINES = ("naive", "mean_5", "mean_22", "har", "har_calendar", "har_calendar_pooled")
# A ticker with fewer windows, about a year, is forecast by the regression over all tickers.
FEWEST_WINDOWS = 250

Forecaster = Callable[[WindowData], FloatArray]  # -> shares, (samples, horizon)


@dataclass(frozen=True)
class Regression:
    """Coefficients of a linear forecast by ticker; "" is that of all tickers at once."""

    coefficients: dict[str, FloatArray]  # (horizon, regressors)
    with_calendar: bool

    @classmethod
    def fit(cls, data: WindowData, with_calendar: bool, by_ticker: bool) -> "Regression":
        """Least squares; of the many solutions where a flag never varies, the smallest."""
        groups: dict[str, Rows | slice] = {"": EVERY}
        if by_ticker:
            names, counts = np.unique(data.tickers, return_counts=True)
            groups |= {
                name: np.flatnonzero(data.tickers == name) for name, count in zip(names, counts, strict=True) if count >= FEWEST_WINDOWS
            }
        return cls({name: _solve(data, samples, with_calendar) for name, samples in groups.items()}, with_calendar)

    def forecast(self, data: WindowData) -> FloatArray:
        """Volumes in shares, (samples, horizon)."""
        forecast = np.empty((len(data), data.horizon))
        for name in np.unique(data.tickers):
            samples = np.flatnonzero(data.tickers == name)
            windows = data.windows(samples)
            coefficients = self.coefficients.get(name, self.coefficients[""])
            for step in range(data.horizon):
                relative = _regressors(windows, step, data.window, self.with_calendar) @ coefficients[step]
                forecast[samples, step] = np.exp(np.minimum(relative + windows.log_volume.mean(axis=1), MAX_LOG_VOLUME))
        return forecast


def _solve(data: WindowData, samples: Rows | slice, with_calendar: bool) -> FloatArray:
    windows, actual = data.windows(samples), data.future_log_volumes(samples)
    relative = actual - windows.log_volume.mean(axis=1, keepdims=True)
    steps = [np.linalg.lstsq(_regressors(windows, step, data.window, with_calendar), relative[:, step])[0] for step in range(data.horizon)]
    return np.stack(steps)


def _regressors(windows: Windows, step: int, window: int, with_calendar: bool) -> FloatArray:
    har = har_regressors(windows.log_volume)
    return np.column_stack([har, windows.calendar[:, window + step]]) if with_calendar else har


def fit_baselines(data: WindowData) -> dict[str, Forecaster]:
    """Every baseline by its name, fitted on `data`."""
    return {
        "naive": lambda rows: naive_forecast(rows.windows().log_volume, rows.horizon),
        "mean_5": lambda rows: mean_forecast(rows.windows().log_volume, 5, rows.horizon),
        "mean_22": lambda rows: mean_forecast(rows.windows().log_volume, 22, rows.horizon),
        "har": Regression.fit(data, with_calendar=False, by_ticker=True).forecast,
        "har_calendar": Regression.fit(data, with_calendar=True, by_ticker=True).forecast,
        "har_calendar_pooled": Regression.fit(data, with_calendar=True, by_ticker=False).forecast,
    }


def pooled_har(data: WindowData) -> FloatArray:
    """HAR over all tickers at once, for the bundle: coefficients (1 + 3, horizon) of `har_regressors`."""
    return _solve(data, EVERY, with_calendar=False).T
