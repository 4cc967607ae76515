"""How good forecasts were, against what happened and against one another. Frames have a row per ticker and session."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from model_contract.arrays import FloatArray
from model_contract.model.error_metrics import coverage, errors

HOPELESS = (
    1e6  # the MAE ratio against a baseline that is exact, as naive is where volume never changes
)
BLOCK_SESSIONS = 22  # a month: volume's errors are alike for some weeks
FEWEST_BLOCKS = (
    5  # one block of all sessions would make every resample alike, and the interval a point
)


def score(rows: pd.DataFrame, forecast: str) -> dict[str, float]:
    """Errors of the column `forecast` in shares: mae, mse, rmse, r2, mape (a fraction), mase, n.

    mase: mean absolute scaled error, in units of the naive forecast's mean absolute error on the same ticker's sessions
    before the first that is scored (Hyndman and Koehler 2006, "Another look at measures of forecast accuracy"); the column
    `naive_scale` holds that unit.
    """
    actual, predicted = rows["actual"].to_numpy(), rows[forecast].to_numpy()
    mase = float(np.mean(np.abs(predicted - actual) / rows["naive_scale"].to_numpy()))
    return {**errors(actual, predicted), "mase": mase, "n": len(rows)}


def skill(rows: pd.DataFrame, baseline: str, samples: int, seed: int) -> dict[str, float]:
    """Skill of `predicted` against `baseline`: 1 - MAE ratio, the median over tickers, and how sure it is.

    value                 the skill; 0 is no better than the baseline
    lower_95, upper_95    percentile interval of `samples` circular block bootstraps (Politis and Romano 1992) of the
                          sessions, the same sessions for all tickers, since one day's surprise is many tickers' surprise
    p_value               of the hypothesis that both are equally good, two-sided, see `diebold_mariano`
    """
    losses = rows[["session", "ticker"]].assign(
        **{name: (rows[name] - rows["actual"]).abs() for name in ("predicted", baseline)}
    )
    table = losses.pivot_table(index="session", columns="ticker")
    ours, theirs = (
        table[name].to_numpy() for name in ("predicted", baseline)
    )  # (sessions, tickers), NaN without a forecast
    counts, present = bootstrap_counts(len(ours), samples, seed), ~np.isnan(ours)
    drawn_ours, drawn_theirs = (
        counts @ np.nan_to_num(losses) for losses in (ours, theirs)
    )  # (samples, tickers)
    # A ticker with a short history may not be drawn.
    ratios = np.where(counts @ present > 0, mae_ratios(drawn_ours, drawn_theirs), np.nan)
    lower, upper = np.nanquantile(1 - np.nanmedian(ratios, axis=1), (0.025, 0.975))
    unit = np.nanmean(theirs, axis=0)
    in_their_unit = (theirs - ours) / np.where(unit > 0, unit, 1.0)
    return {
        "value": float(
            1 - np.median(mae_ratios(np.nansum(ours, axis=0), np.nansum(theirs, axis=0)))
        ),
        "lower_95": float(lower),
        "upper_95": float(upper),
        "p_value": diebold_mariano(np.nanmean(in_their_unit, axis=1)),
    }


def mae_ratios(ours: FloatArray, theirs: FloatArray) -> FloatArray:
    """Ratios of summed absolute errors of the same sessions; arrays of one shape. Two exact forecasts are equally good."""
    ratios: FloatArray = np.divide(
        ours, theirs, out=np.where(ours > 0, HOPELESS, 1.0), where=theirs > 0
    )
    return ratios


def bootstrap_counts(sessions: int, samples: int, seed: int) -> FloatArray:
    """How often each session is drawn in each resample, by blocks of neighbours on a circle: (samples, sessions)."""
    block = max(min(BLOCK_SESSIONS, sessions // FEWEST_BLOCKS), 1)
    starts = np.random.default_rng(seed).integers(
        sessions, size=(samples, math.ceil(sessions / block))
    )
    drawn = (starts[:, :, None] + np.arange(block)).reshape(samples, -1)[:, :sessions] % sessions
    return np.stack([np.bincount(row, minlength=sessions) for row in drawn]).astype(np.float64)


def diebold_mariano(differences: FloatArray) -> float:
    """Two-sided p-value that loss differences, (sessions,), have mean zero.

    Diebold and Mariano 1995, "Comparing predictive accuracy", with the long-run variance of Newey and West 1987 over
    n**(1/3) lags and the factor of Harvey, Leybourne and Newbold 1997 for small samples. A single session proves nothing: 1.
    """
    n, mean = len(differences), float(np.mean(differences))
    centred = differences - mean
    lags = round(n ** (1 / 3))
    covariances = [float(centred[lag:] @ centred[: n - lag]) / n for lag in range(lags + 1)]
    variance = covariances[0] + 2 * sum(
        (1 - lag / (lags + 1)) * covariances[lag] for lag in range(1, lags + 1)
    )
    if variance <= 0:
        return 1.0 if mean == 0 or n == 1 else 0.0
    statistic = mean / math.sqrt(variance / n) * math.sqrt(max(n - 1, 1) / n)
    return math.erfc(abs(statistic) / math.sqrt(2))


def interval_scores(rows: pd.DataFrame, levels: Sequence[str]) -> dict[str, Any]:
    """Coverage (a fraction) and mean width (shares) of each level's interval."""
    bounds = {
        level: (rows[f"lower_{level}"].to_numpy(), rows[f"upper_{level}"].to_numpy())
        for level in levels
    }
    return {
        level: {
            "coverage": coverage(rows["actual"].to_numpy(), lower, upper),
            "mean_width": float(np.mean(upper - lower)),
        }
        for level, (lower, upper) in bounds.items()
    }
