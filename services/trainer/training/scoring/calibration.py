"""Fits how uncertain forecasts are: their dispersion and prediction intervals."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import Ridge

from model_contract.arrays import FloatArray
from model_contract.model.dispersion import Dispersion
from model_contract.model.forecasting import Network
from model_contract.model.intervals import Interval
from model_contract.model.scaling import Scalers
from training.scoring.forecasts import Forecasts, forecast_all
from training.window_data import WindowData

# Added to an absolute log error before its logarithm: a lucky hit isn't infinitely certain.
SMALLEST_ERROR = 0.03
DISPERSION_RIDGE = 100.0  # rows


@dataclass(frozen=True)
class Calibration:
    """What turns forecasts into intervals."""

    dispersion: Dispersion
    intervals: dict[str, Interval]  # by level


def calibrate(
    train: WindowData,
    validation: WindowData,
    scalers: Scalers,
    network: Network,
    levels: Iterable[str],
) -> Calibration:
    """Fit the dispersion on training windows, and the intervals on validation windows.

    levels   coverages in percent
    """
    dispersion = fit_dispersion(forecast_all(train, scalers, network), train)
    forecasts = forecast_all(validation, scalers, network)
    errors = forecasts.log_errors(validation) / dispersion.sizes(forecasts.regressors)
    return Calibration(dispersion, {level: fit_interval(errors, int(level)) for level in levels})


def fit_dispersion(forecasts: Forecasts, data: WindowData) -> Dispersion:
    """Regress the logarithm of absolute log errors, by step, with a ridge.

    The constant makes the mean logarithm of the sizes 0.
    """
    sizes = np.log(np.abs(forecasts.log_errors(data)) + SMALLEST_ERROR)  # (samples, horizon)
    coefficients = []
    for step in range(data.horizon):
        regressors = forecasts.regressors[:, step].astype(np.float64)
        fitted = Ridge(alpha=DISPERSION_RIDGE).fit(regressors, sizes[:, step]).coef_
        fitted[0] -= (regressors @ fitted).mean()  # the regressor 1, to which Ridge gives 0
        coefficients.append(fitted)
    return Dispersion(np.stack(coefficients))


def fit_interval(errors: FloatArray, percent: int) -> Interval:
    """Fit an interval with `percent` coverage to validation log errors, (samples, horizon).

    The errors are in units of their expected size. The method is split-conformal with signed errors
    (Romano, Patterson, Candes 2019, "Conformalized quantile regression", with a constant band): the
    interval ends at the (n+1)-corrected empirical quantiles on either side. The choice of the best
    epoch used the same windows, which makes the band slightly too narrow; `adaptive_scales`
    corrects this and adapts to regime changes.
    """
    ordered = np.sort(errors, axis=0)
    samples, tail = len(ordered), (100 - percent) / 200
    lower = max(int(np.floor((samples + 1) * tail)) - 1, 0)
    # The band always contains the forecast.
    bounds = np.minimum(ordered[lower], 0), np.maximum(ordered[samples - 1 - lower], 0)
    return Interval(*(tuple(bound.tolist()) for bound in bounds))
