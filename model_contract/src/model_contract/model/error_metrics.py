"""Error metrics of forecasts, for the trainer and the API."""

import numpy as np

from model_contract.arrays import FloatArray


def errors(actual: FloatArray, forecast: FloatArray) -> dict[str, float]:
    """Compute MAE, RMSE (shares), MSE (shares squared), R2 and MAPE (a fraction).

    The arrays must have the same shape, and `actual` must be > 0.

    R2 is 1 - SSE / SST about the mean of `actual`; 0 if all actual values are equal.
    """
    error = forecast - actual
    squares = float(np.mean(error**2))
    variance = float(np.var(actual))
    return {
        "mae": mean_absolute_error(actual, forecast),
        "mse": squares,
        "rmse": float(np.sqrt(squares)),
        "r2": 1 - squares / variance if variance > 0 else 0.0,
        "mape": mean_absolute_percentage_error(actual, forecast),
    }


def mean_absolute_error(actual: FloatArray, forecast: FloatArray) -> float:
    """Compute the MAE in shares; the arrays have the same shape."""
    return float(np.mean(np.abs(forecast - actual)))


def mean_absolute_percentage_error(actual: FloatArray, forecast: FloatArray) -> float:
    """Compute the MAPE as a fraction; the arrays have the same shape, `actual` must be > 0."""
    return float(np.mean(np.abs(forecast - actual) / actual))


def skill(mae: float, reference_mae: float) -> float:
    """Compute the MAE skill over a reference: 1 is perfect, 0 is no better, below 0 is worse.

    0 if the reference makes no errors.
    """
    return 1 - mae / reference_mae if reference_mae > 0 else 0.0


def coverage(actual: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    """Return the fraction of actual values within their interval; arrays of the same shape."""
    return float(np.mean((actual >= lower) & (actual <= upper)))
