"""The table of forecasts to be scored: one row per test window and step, in shares."""

from typing import Any

import numpy as np
import pandas as pd

from model_contract.arrays import FloatArray
from model_contract.model.features import LOG_VOLUME
from model_contract.model.intervals import Interval, bands_around, scales_before
from training.scoring.baselines import Forecaster
from training.scoring.calibration import Calibration
from training.scoring.forecasts import Forecasts
from training.window_data import WindowData


def forecast_table(
    test: WindowData,
    forecasts: Forecasts,
    baselines: dict[str, Forecaster],
    calibration: Calibration,
    naive_scale: pd.Series,
) -> pd.DataFrame:
    """Make a table with actual, forecast, baselines and interval bounds, in shares.

    forecasts     of the test windows
    naive_scale   by ticker, from `naive_scales`

    It has one row per test window and step. The bounds are the ones that the API would have
    returned, scaled by the errors on the ticker's earlier test sessions.
    """
    sizes = calibration.dispersion.sizes(forecasts.regressors)
    columns: dict[str, Any] = {
        "session": test.future_sessions(),
        "step": np.tile(np.arange(1, test.horizon + 1), (len(test), 1)),
        "actual": np.exp(test.future_log_volumes()),
        "predicted": forecasts.volumes,
        "size": sizes,
        **{name: forecaster(test) for name, forecaster in baselines.items()},
    }
    scales = _interval_scales(test, forecasts.log_errors(test) / sizes, calibration.intervals)
    bands = bands_around(forecasts.volumes, calibration.intervals, sizes, scales)
    for level, bounds in bands.items():
        columns[f"lower_{level}"], columns[f"upper_{level}"] = bounds
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    frame.insert(0, "ticker", np.repeat(test.tickers, test.horizon))
    return frame.assign(naive_scale=frame["ticker"].map(naive_scale))


def _interval_scales(
    test: WindowData, errors: FloatArray, intervals: dict[str, Interval]
) -> dict[str, FloatArray]:
    """Return the scale of each window's interval, (samples,), by level.

    errors   (samples, horizon), log errors in units of their expected size
    """
    scales = {level: np.empty(len(test)) for level in intervals}
    for ticker in np.unique(test.tickers):
        samples = test.tickers == ticker
        for level, scale in scales_before(errors[samples, 0], intervals).items():
            scales[level][samples] = scale[:-1]
    return scales


def naive_scales(panel: pd.DataFrame, test: WindowData) -> pd.Series:
    """Return each ticker's mean absolute volume change before its first test session, in shares."""
    first = panel["ticker"].map(test.index.groupby("ticker")["session"].min())
    before = panel[panel["session"] < first]
    changes = np.exp(before[LOG_VOLUME]).groupby(before["ticker"]).diff().abs()
    scales: pd.Series = changes.groupby(before["ticker"]).mean().clip(lower=1.0)
    return scales


def next_session(predictions: pd.DataFrame) -> pd.DataFrame:
    """Select the rows of the first step."""
    rows: pd.DataFrame = predictions[predictions["step"] == 1]
    return rows
