"""Skill against a baseline: the median over tickers, with a confidence interval and a p-value."""

import math

import numpy as np
import pandas as pd

from model_contract.arrays import FloatArray
from training.scoring.diebold_mariano import diebold_mariano

# The MAE ratio against an exact baseline, such as the naive forecast of a constant volume.
RATIO_TO_EXACT = 1e6
BLOCK_SESSIONS = 22  # a month: forecast errors are correlated over several weeks
# A quarter: the skill on fewer sessions of a ticker is mostly chance.
FEWEST_SESSIONS = 60
# With a single block, all resamples would be identical and the interval would be a point.
FEWEST_BLOCKS = 5


def median_skill(rows: pd.DataFrame, baseline: str, samples: int, seed: int) -> dict[str, float]:
    """Compute the skill of `predicted` against `baseline`: 1 - MAE ratio, the median over tickers.

    rows      one row per ticker and session
    samples   number of resamples

    The result contains:

    value                 the skill; 0 is no better than the baseline
    lower_95, upper_95    percentile interval of a circular block bootstrap (Politis and Romano
                          1992); each resample draws the same sessions for all tickers, because a
                          surprising day affects many of them
    p_value               two-sided p-value of the hypothesis that both are equally good; see
                          `diebold_mariano`
    """
    ours, theirs = absolute_errors(rows, baseline)
    counts, present = bootstrap_counts(len(ours), samples, seed), ~np.isnan(ours)
    # (samples, tickers)
    drawn_ours, drawn_theirs = (counts @ np.nan_to_num(losses) for losses in (ours, theirs))
    # A resample may contain no sessions of a ticker with a short history.
    ratios = np.where(counts @ present > 0, mae_ratios(drawn_ours, drawn_theirs), np.nan)
    lower, upper = np.nanquantile(1 - np.nanmedian(ratios, axis=1), (0.025, 0.975))
    unit = np.nanmean(theirs, axis=0)
    gains = (theirs - ours) / np.where(unit > 0, unit, 1.0)
    return {
        "value": skill(rows, baseline),
        "lower_95": float(lower),
        "upper_95": float(upper),
        "p_value": diebold_mariano(np.nanmean(gains, axis=1)),
    }


def skill(rows: pd.DataFrame, baseline: str) -> float:
    """Compute the skill alone, as in `median_skill`."""
    ours, theirs = absolute_errors(rows, baseline)
    return float(1 - np.median(mae_ratios(np.nansum(ours, axis=0), np.nansum(theirs, axis=0))))


def absolute_errors(rows: pd.DataFrame, baseline: str) -> tuple[FloatArray, FloatArray]:
    """Return the errors of `predicted` and of `baseline`, each (sessions, tickers), in shares.

    An error is NaN if there is no forecast. A ticker with fewer than `FEWEST_SESSIONS` forecasts is
    left out, unless all have so few, and so is a session without any forecast for the others.
    """
    errors = rows[["session", "ticker"]].assign(
        **{name: (rows[name] - rows["actual"]).abs() for name in ("predicted", baseline)}
    )
    table = errors.pivot_table(index="session", columns="ticker")
    ours, theirs = (table[name].to_numpy() for name in ("predicted", baseline))
    enough = np.sum(~np.isnan(ours), axis=0) >= FEWEST_SESSIONS
    chosen = enough if enough.any() else np.full(len(enough), True)
    held = ~np.isnan(ours[:, chosen]).all(axis=1)
    return ours[held][:, chosen], theirs[held][:, chosen]


def mae_ratios(ours: FloatArray, theirs: FloatArray) -> FloatArray:
    """Return ratios of summed absolute errors. Both arrays have the same shape.

    If both forecasts are exact, the ratio is 1.
    """
    ratios: FloatArray = np.divide(
        ours, theirs, out=np.where(ours > 0, RATIO_TO_EXACT, 1.0), where=theirs > 0
    )
    return ratios


def bootstrap_counts(sessions: int, samples: int, seed: int) -> FloatArray:
    """Count how often each resample draws each session, in circular blocks: (samples, sessions)."""
    block = max(min(BLOCK_SESSIONS, sessions // FEWEST_BLOCKS), 1)
    starts = np.random.default_rng(seed).integers(
        sessions, size=(samples, math.ceil(sessions / block))
    )
    drawn = (starts[:, :, None] + np.arange(block)).reshape(samples, -1)[:, :sessions] % sessions
    return np.stack([np.bincount(row, minlength=sessions) for row in drawn]).astype(np.float64)
