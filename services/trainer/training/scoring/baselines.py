"""The baselines that a model must beat, fitted on training and validation windows.

    naive                        the volume of the window's last session
    mean_5, mean_22              mean volume of the last week or month
    har                          heterogeneous autoregression of log volume (Corsi 2009), by ticker
    har_calendar                 har with the calendar flags of the session to forecast, by ticker
    har_calendar_pooled          har_calendar, fitted to all tickers at once
    har_calendar_median          har_calendar, fitted to the median
    har_calendar_median_pooled   har_calendar_pooled, fitted to the median

Each regression predicts the log volume of one step; log volumes are relative to the window's mean.
Most regressions use ordinary least squares, as in the literature, and forecast a mean of logs. A
model that is trained and scored on absolute errors beats them partly because of its loss. The last
two minimise absolute deviations, so the comparison with them is fair.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.forecasting import mean_forecast, naive_forecast
from model_contract.model.har import har_regressors
from model_contract.model.scaling import MAX_LOG_VOLUME
from model_contract.model.windows import Windows
from training.window_data import EVERY, Rows, WindowData

BASELINES = (
    "naive", "mean_5", "mean_22",
    "har", "har_calendar", "har_calendar_pooled",
    "har_calendar_median", "har_calendar_median_pooled",
)  # fmt: skip
# About a year. A ticker with fewer windows uses the regression over all tickers.
FEWEST_WINDOWS = 250
REWEIGHTINGS = 50
SMALLEST_RESIDUAL = 1e-4  # in logs

Forecaster = Callable[[WindowData], FloatArray]  # -> shares, (samples, horizon)
# (samples, regressors), (samples,) -> (regressors,)
Solver = Callable[[FloatArray, FloatArray], FloatArray]


def least_squares(regressors: FloatArray, actual: FloatArray) -> FloatArray:
    """Fit the coefficients of a least-squares regression, (regressors,).

    If several solutions fit equally well, for example because a flag never varies, returns the one
    with the smallest norm.
    """
    return np.linalg.lstsq(regressors, actual)[0].astype(np.float64)


def least_absolute_deviations(regressors: FloatArray, actual: FloatArray) -> FloatArray:
    """Fit the coefficients of a median regression, (regressors,).

    They come from iteratively reweighted least squares (Schlossmacher 1973, "An iterative technique
    for absolute deviations curve fitting"). An exact solver takes 30 times as long on the default
    data.
    """
    coefficients = least_squares(regressors, actual)
    for _ in range(REWEIGHTINGS):
        weights = 1 / np.sqrt(
            np.maximum(np.abs(actual - regressors @ coefficients), SMALLEST_RESIDUAL)
        )
        coefficients = least_squares(regressors * weights[:, None], actual * weights)
    return coefficients


@dataclass(frozen=True)
class Regression:
    """Coefficients of a linear forecast, by ticker; the key "" stands for all tickers."""

    coefficients: dict[str, FloatArray]  # (horizon, regressors)
    with_calendar: bool

    @classmethod
    def fit(
        cls, data: WindowData, with_calendar: bool, by_ticker: bool, solve: Solver = least_squares
    ) -> "Regression":
        """Fit every step over all tickers; with `by_ticker`, also for each ticker."""
        groups: dict[str, Rows | slice] = {"": EVERY}
        if by_ticker:
            names, counts = np.unique(data.tickers, return_counts=True)
            groups |= {
                name: np.flatnonzero(data.tickers == name)
                for name, count in zip(names, counts, strict=True)
                if count >= FEWEST_WINDOWS
            }
        return cls(
            {
                name: _fit_steps(data, samples, solve, with_calendar)
                for name, samples in groups.items()
            },
            with_calendar,
        )

    def forecast(self, data: WindowData) -> FloatArray:
        """Forecast volumes in shares, (samples, horizon)."""
        forecast = np.empty((len(data), data.horizon))
        for name in np.unique(data.tickers):
            samples = np.flatnonzero(data.tickers == name)
            windows = data.windows(samples)
            coefficients = self.coefficients.get(name, self.coefficients[""])
            for step in range(data.horizon):
                relative = (
                    _regressors(windows, step, data.window, self.with_calendar) @ coefficients[step]
                )
                forecast[samples, step] = np.exp(
                    np.minimum(relative + windows.log_volume.mean(axis=1), MAX_LOG_VOLUME)
                )
        return forecast


def _fit_steps(
    data: WindowData, samples: Rows | slice, solve: Solver, with_calendar: bool
) -> FloatArray:
    windows, actual = data.windows(samples), data.future_log_volumes(samples)
    relative = actual - windows.log_volume.mean(axis=1, keepdims=True)
    return np.stack(
        [
            solve(_regressors(windows, step, data.window, with_calendar), relative[:, step])
            for step in range(data.horizon)
        ]
    )


def _regressors(windows: Windows, step: int, window: int, with_calendar: bool) -> FloatArray:
    har = har_regressors(windows.log_volume)
    return np.column_stack([har, windows.calendar[:, window + step]]) if with_calendar else har


def fit_baselines(data: WindowData) -> dict[str, Forecaster]:
    """Fit every baseline on `data`. Returns them by name."""
    return {
        "naive": lambda rows: naive_forecast(rows.windows().log_volume, rows.horizon),
        "mean_5": lambda rows: mean_forecast(rows.windows().log_volume, 5, rows.horizon),
        "mean_22": lambda rows: mean_forecast(rows.windows().log_volume, 22, rows.horizon),
        "har": Regression.fit(data, with_calendar=False, by_ticker=True).forecast,
        "har_calendar": Regression.fit(data, with_calendar=True, by_ticker=True).forecast,
        "har_calendar_pooled": Regression.fit(data, with_calendar=True, by_ticker=False).forecast,
        "har_calendar_median": Regression.fit(
            data, with_calendar=True, by_ticker=True, solve=least_absolute_deviations
        ).forecast,
        "har_calendar_median_pooled": Regression.fit(
            data, with_calendar=True, by_ticker=False, solve=least_absolute_deviations
        ).forecast,
    }


def pooled_har(data: WindowData) -> FloatArray:
    """Fit HAR over all tickers, for the bundle.

    Returns the coefficients of `har_regressors`, (1 + 3, horizon).
    """
    return _fit_steps(data, EVERY, least_squares, with_calendar=False).T
