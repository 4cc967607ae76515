"""The baselines that a model must beat, fitted on training and validation windows.

    naive                        the volume of the window's last session
    mean_5, mean_22              mean volume of the last week or month
    har                          heterogeneous autoregression of log volume (Corsi 2009), by ticker
    har_calendar                 har with the calendar flags of the session to forecast, by ticker
    har_calendar_pooled          har_calendar, fitted to all tickers at once
    har_calendar_median          har_calendar, fitted to the median
    har_calendar_median_pooled   har_calendar_pooled, fitted to the median
    har_flags_median_pooled      the same with all of the model's flags

The har_calendar baselines use twelve flags, whatever flags the model has: they are the yardstick of
every version, so they must not change with the model.

Each regression predicts the log volume of one step; log volumes are relative to the window's mean.
Most regressions use ordinary least squares, as in the literature, and forecast a mean of logs. A
model that is trained and scored on absolute errors beats them partly because of its loss. The last
three minimise absolute deviations, so the comparison with them is fair.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.calendar import CALENDAR_FLAGS, WEEKDAYS
from model_contract.model.forecasting import mean_forecast, naive_forecast
from model_contract.model.har import har_regressors
from model_contract.model.scaling import MAX_LOG_VOLUME
from model_contract.model.windows import Windows
from training.window_data import EVERY, Rows, WindowData

BASELINES = (
    "naive", "mean_5", "mean_22",
    "har", "har_calendar", "har_calendar_pooled",
    "har_calendar_median", "har_calendar_median_pooled", "har_flags_median_pooled",
)  # fmt: skip
# About a year. A ticker with fewer windows uses the regression over all tickers.
FEWEST_WINDOWS = 250
REWEIGHTINGS = 50
SMALLEST_RESIDUAL = 1e-4  # in logs
SINGULAR = 1e-12  # of the largest eigenvalue; rounding leaves less of one that is 0

FROZEN_FLAGS = (
    "half_day", "year_end", "options_expiry", "futures_expiry", "month_end",
    "before_holiday", "after_holiday", *WEEKDAYS,
)  # fmt: skip

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
    for absolute deviations curve fitting"). Each round solves the normal equations, which takes a
    tenth of the time of `least_squares`; again, the solution is the one with the smallest norm.
    """
    coefficients = least_squares(regressors, actual)
    for _ in range(REWEIGHTINGS):
        weights = 1 / np.maximum(np.abs(actual - regressors @ coefficients), SMALLEST_RESIDUAL)
        weighted = (regressors * weights[:, None]).T
        solved = np.linalg.lstsq(weighted @ regressors, weighted @ actual, SINGULAR)[0]
        coefficients = solved.astype(np.float64)
    return coefficients


@dataclass(frozen=True)
class Regression:
    """Coefficients of a linear forecast, by ticker; the key "" stands for all tickers."""

    coefficients: dict[str, FloatArray]  # (horizon, regressors)
    flags: tuple[str, ...]

    @classmethod
    def fit(
        cls,
        data: WindowData,
        flags: tuple[str, ...],
        by_ticker: bool,
        solve: Solver = least_squares,
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
            {name: _fit_steps(data, samples, solve, flags) for name, samples in groups.items()},
            flags,
        )

    def forecast(self, data: WindowData) -> FloatArray:
        """Forecast volumes in shares, (samples, horizon)."""
        forecast = np.empty((len(data), data.horizon))
        for name in np.unique(data.tickers):
            samples = np.flatnonzero(data.tickers == name)
            windows = data.windows(samples)
            coefficients = self.coefficients.get(name, self.coefficients[""])
            for step in range(data.horizon):
                relative = _regressors(windows, step, data.window, self.flags) @ coefficients[step]
                forecast[samples, step] = np.exp(
                    np.minimum(relative + windows.log_volume.mean(axis=1), MAX_LOG_VOLUME)
                )
        return forecast


def _fit_steps(
    data: WindowData, samples: Rows | slice, solve: Solver, flags: tuple[str, ...]
) -> FloatArray:
    windows, actual = data.windows(samples), data.future_log_volumes(samples)
    relative = actual - windows.log_volume.mean(axis=1, keepdims=True)
    return np.stack(
        [
            solve(_regressors(windows, step, data.window, flags), relative[:, step])
            for step in range(data.horizon)
        ]
    )


def _regressors(windows: Windows, step: int, window: int, flags: tuple[str, ...]) -> FloatArray:
    columns = [CALENDAR_FLAGS.index(flag) for flag in flags]
    return np.column_stack(
        [har_regressors(windows.log_volume), windows.calendar[:, window + step, columns]]
    )


def fit_baselines(data: WindowData) -> dict[str, Forecaster]:
    """Fit every baseline on `data`. Returns them by name."""

    def regression(
        flags: tuple[str, ...], by_ticker: bool, solve: Solver = least_squares
    ) -> Forecaster:
        return Regression.fit(data, flags, by_ticker, solve).forecast

    median = least_absolute_deviations
    return {
        "naive": lambda rows: naive_forecast(rows.windows().log_volume, rows.horizon),
        "mean_5": lambda rows: mean_forecast(rows.windows().log_volume, 5, rows.horizon),
        "mean_22": lambda rows: mean_forecast(rows.windows().log_volume, 22, rows.horizon),
        "har": regression((), by_ticker=True),
        "har_calendar": regression(FROZEN_FLAGS, by_ticker=True),
        "har_calendar_pooled": regression(FROZEN_FLAGS, by_ticker=False),
        "har_calendar_median": regression(FROZEN_FLAGS, by_ticker=True, solve=median),
        "har_calendar_median_pooled": regression(FROZEN_FLAGS, by_ticker=False, solve=median),
        "har_flags_median_pooled": regression(CALENDAR_FLAGS, by_ticker=False, solve=median),
    }


def pooled_har(data: WindowData) -> FloatArray:
    """Fit HAR over all tickers, for the bundle.

    Returns the coefficients of `har_regressors`, (1 + 3, horizon).
    """
    return _fit_steps(data, EVERY, least_squares, ()).T
