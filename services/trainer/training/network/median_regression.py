"""Fits the inputs of a linear forecast to the median, with ridge, in closed-form steps."""

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.scaling import SMALLEST_SCALE

REWEIGHTINGS = 25
SMALLEST_RESIDUAL = 1e-3  # in units of the target; bounds the weight of a row that fits exactly


def fit_to_median(
    inputs: FloatArray, target: FloatArray, ridge: FloatArray
) -> tuple[FloatArray, float]:
    """Fit a linear forecast of the target's median.

    inputs   (rows, inputs)
    target   (rows,)
    ridge    (inputs,), above 0; how strongly each coefficient is pulled towards 0, in rows

    Returns the coefficients, (inputs,), in units of the target per unit of the input, and the
    constant, which has no ridge. The ridge applies to standardised inputs, so the result doesn't
    depend on an input's unit. An input that never varies gets the coefficient 0.
    """
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0)
    scale = np.where(scale > SMALLEST_SCALE, scale, np.inf)
    regressors = np.column_stack([(inputs - mean) / scale, np.ones(len(inputs))])
    solved = ridge_least_absolute_deviations(regressors, target, np.append(ridge, 0.0))
    coefficients: FloatArray = solved[:-1] / scale
    return coefficients, float(solved[-1] - coefficients @ mean)


def ridge_least_absolute_deviations(
    regressors: FloatArray, target: FloatArray, ridge: FloatArray
) -> FloatArray:
    """Fit the coefficients of a median regression with a ridge for each, (regressors,).

    Iteratively reweighted least squares (Schlossmacher 1973, "An iterative technique for absolute
    deviations curve fitting"). It starts with all weights w = 1, and each round solves

        (X'WX + mean(w) diag(ridge)) b = X'Wy,  then sets  w = 1 / max(|y - Xb|, floor)

    With the mean weight, a ridge of r counts as much as r average rows in every round.
    """
    weights = np.ones(len(target))
    for _ in range(REWEIGHTINGS):
        coefficients = _weighted_ridge(regressors, target, weights, ridge)
        residuals = np.abs(target - regressors @ coefficients)
        weights = 1 / np.maximum(residuals, SMALLEST_RESIDUAL)
    return _weighted_ridge(regressors, target, weights, ridge)


def _weighted_ridge(
    regressors: FloatArray, target: FloatArray, weights: FloatArray, ridge: FloatArray
) -> FloatArray:
    weighted = regressors * weights[:, None]
    gram = regressors.T @ weighted + weights.mean() * np.diag(ridge)
    coefficients: FloatArray = np.linalg.solve(gram, weighted.T @ target)
    return coefficients
