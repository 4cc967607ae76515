"""Statistics of the sessions up to and including each session; the first axis is the sessions.

Near the start of a history, a statistic uses the sessions there are. It is NaN if fewer than
`fewest` of their values are known, that is, not NaN.
"""

import numpy as np

from model_contract.arrays import FloatArray

BLOCK = 10_000  # sessions whose medians are taken at once; more would need much memory


def lagged(values: FloatArray, sessions: int) -> FloatArray:
    """Return the values of `sessions` (1 or more) sessions before; NaN before the history."""
    earlier = np.full(values.shape, np.nan)
    earlier[sessions:] = values[:-sessions]
    return earlier


def leading(values: FloatArray, sessions: int) -> FloatArray:
    """Return the values of `sessions` (1 or more) sessions later; NaN after the history."""
    return lagged(values[::-1], sessions)[::-1]


def rolling_mean(values: FloatArray, sessions: int, fewest: int) -> FloatArray:
    """Average the known ones of the last `sessions` values: (sessions,) -> (sessions,)."""
    known = ~np.isnan(values)
    if known.all():
        counts = np.minimum(np.arange(1.0, len(values) + 1), sessions)
    else:
        counts = _rolling_sum(known.astype(np.float64), sessions)
        values = np.where(known, values, 0.0)
    means: FloatArray = _rolling_sum(values, sessions) / np.maximum(counts, 1)
    means[counts < fewest] = np.nan
    return means


def rolling_median(
    values: FloatArray, sessions: int, fewest: int, count: int | None = None
) -> FloatArray:
    """Take the median of the known ones of the last `sessions` values, (sessions,).

    count   of the last sessions only, (count,); by default, of every session
    """
    before = np.full(sessions - 1, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([before, values]), sessions)
    blocks = range(0 if count is None else len(windows) - count, len(windows), BLOCK)
    return np.concatenate([_medians(windows[start : start + BLOCK], fewest) for start in blocks])


def _medians(values: FloatArray, fewest: int) -> FloatArray:
    """Take the median of the known values of each row: (rows, values) -> (rows,)."""
    width = values.shape[1]
    ordered = np.sort(values, axis=1)  # NaNs come last
    medians: FloatArray = (ordered[:, (width - 1) // 2] + ordered[:, width // 2]) / 2
    partly = np.flatnonzero(np.isnan(ordered[:, -1]) | (width < fewest))
    counts = np.sum(~np.isnan(ordered[partly]), axis=1)
    lower, upper = np.maximum(counts - 1, 0) // 2, counts // 2
    medians[partly] = (ordered[partly, lower] + ordered[partly, upper]) / 2
    medians[partly[counts < fewest]] = np.nan
    return medians


def _rolling_sum(values: FloatArray, sessions: int) -> FloatArray:
    sums = np.cumsum(values)
    sums[sessions:] -= sums[:-sessions].copy()
    return sums
