"""Statistics of the sessions up to and including each session; the first axis is the sessions.

Near the start of a history, a statistic uses the sessions there are. It is NaN if fewer than
`fewest` of their values are known, that is, not NaN.
"""

import numpy as np

from model_contract.arrays import FloatArray


def lagged(values: FloatArray, sessions: int) -> FloatArray:
    """Return the values of `sessions` (1 or more) sessions before; NaN before the history."""
    earlier = np.full(values.shape, np.nan)
    earlier[sessions:] = values[:-sessions]
    return earlier


def leading(values: FloatArray, sessions: int) -> FloatArray:
    """Return the values of `sessions` (1 or more) sessions later; NaN after the history."""
    return lagged(values[::-1], sessions)[::-1]


def rolling_mean(values: FloatArray, sessions: int, fewest: int) -> FloatArray:
    """Average the known ones of the last `sessions` values: (sessions, …) -> (sessions, …)."""
    known = ~np.isnan(values)
    counts = _rolling_sum(known.astype(np.float64), sessions)
    sums = _rolling_sum(np.where(known, values, 0.0), sessions)
    means: FloatArray = np.where(counts >= fewest, sums / np.maximum(counts, 1), np.nan)
    return means


def rolling_median(values: FloatArray, sessions: int, fewest: int) -> FloatArray:
    """Take the median of the known ones of the last `sessions` values, (sessions,)."""
    before = np.full(sessions - 1, np.nan)
    last = np.lib.stride_tricks.sliding_window_view(np.concatenate([before, values]), sessions)
    ordered = np.sort(last, axis=1)  # NaNs come last
    counts = np.sum(~np.isnan(ordered), axis=1)
    middle = np.column_stack(
        [np.maximum(counts - 1, 0) // 2, np.minimum(counts // 2, sessions - 1)]
    )
    medians = np.take_along_axis(ordered, middle, axis=1).mean(axis=1)
    known: FloatArray = np.where(counts >= fewest, medians, np.nan)
    return known


def _rolling_sum(values: FloatArray, sessions: int) -> FloatArray:
    sums = np.cumsum(values, axis=0)
    sums[sessions:] -= sums[:-sessions].copy()
    return sums
