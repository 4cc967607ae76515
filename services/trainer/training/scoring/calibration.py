"""Fits prediction intervals on validation windows."""

from collections.abc import Iterable

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.forecasting import Network
from model_contract.model.intervals import Interval
from model_contract.model.scaling import Scalers
from training.scoring.forecast_table import forecast_all
from training.window_data import WindowData


def fit_intervals(
    validation: WindowData, scalers: Scalers, network: Network, levels: Iterable[str]
) -> dict[str, Interval]:
    """Fit the network's interval for each level, which is a coverage in percent."""
    residuals = validation.future_log_volumes() - np.log(forecast_all(validation, scalers, network))
    return {level: fit_interval(residuals, int(level)) for level in levels}


def fit_interval(residuals: FloatArray, percent: int) -> Interval:
    """Fit an interval with `percent` coverage to validation log errors, (samples, horizon).

    The method is split-conformal with signed errors (Romano, Patterson, Candes 2019, "Conformalized
    quantile regression", with a constant band): the interval ends at the (n+1)-corrected empirical
    quantiles on either side. Early stopping chose the weights on the same windows, which makes the
    band slightly too narrow; `adaptive_scales` corrects this and adapts to regime changes.
    """
    ordered = np.sort(residuals, axis=0)
    samples, tail = len(ordered), (100 - percent) / 200
    lower = max(int(np.floor((samples + 1) * tail)) - 1, 0)
    # The band always contains the forecast.
    bounds = np.minimum(ordered[lower], 0), np.maximum(ordered[samples - 1 - lower], 0)
    return Interval(*(tuple(bound.tolist()) for bound in bounds))
