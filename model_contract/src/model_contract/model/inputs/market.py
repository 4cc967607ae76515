"""Market: what the prices of the other tickers did, without the ticker itself.

market_move     mean of the other tickers' moves, in usual moves: a fall raises volume
market_range    mean over the last 5 sessions of the other tickers' mean relative range, in logs

A session counts if any ticker traded. An input is 0 if no other ticker is known on its session, or,
for market_range, on one of the last 5 sessions. Both were found on validation sessions.
"""

from collections.abc import Sequence

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.inputs.rolling import rolling_mean
from model_contract.model.inputs.series import WEEK, moves, relative_ranges
from model_contract.prices import Prices

NAMES = ("market_move", "market_range")


def market_inputs(tickers: Sequence[Prices]) -> list[FloatArray]:
    """Compute the inputs of `NAMES` for each ticker: (sessions, inputs).

    tickers   the histories of all tickers of one market; their inputs have a row for every session
              but the first
    """
    sessions = np.unique(np.concatenate([prices.session[1:] for prices in tickers]))
    rows = [np.searchsorted(sessions, prices.session[1:]) for prices in tickers]
    move, spread = (np.full((len(sessions), len(tickers)), np.nan) for _ in NAMES)
    for column, (row, prices) in enumerate(zip(rows, tickers, strict=True)):
        move[row, column], spread[row, column] = moves(prices), relative_ranges(prices)
    inputs = np.nan_to_num(
        np.stack([_mean_of_others(move), rolling_mean(_mean_of_others(spread), WEEK, WEEK)], axis=2)
    )
    return [inputs[row, column] for column, row in enumerate(rows)]


def _mean_of_others(values: FloatArray) -> FloatArray:
    """Average the other tickers' known values, (sessions, tickers); NaN if there are none."""
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    counts = known.sum(axis=1, keepdims=True) - known
    sums = filled.sum(axis=1, keepdims=True) - filled
    means: FloatArray = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means
