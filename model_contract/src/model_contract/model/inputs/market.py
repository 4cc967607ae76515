"""Market: what the prices of the other tickers did, without the ticker itself.

market_move     mean of the other tickers' moves, in usual moves: a fall raises volume
market_range    mean over the last 5 sessions of the other tickers' mean relative range, in logs

A session counts if any ticker traded. An input is 0 if no other ticker is known on its session, or,
for market_range, on one of the last 5 sessions. Both were found on validation sessions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model_contract.arrays import FloatArray
from model_contract.model.inputs.series import WEEK, moves, relative_ranges, usual_moves
from model_contract.prices import Prices

NAMES = ("market_move", "market_range")


def market_inputs(tickers: Sequence[Prices]) -> list[FloatArray]:
    """Compute the inputs of `NAMES` for each ticker: (sessions, inputs).

    tickers   the histories of all tickers of one market; their inputs have a row for every session
              but the first

    Time and memory grow with the number of rows, not with tickers times sessions.
    """
    sessions, position = np.unique(
        np.concatenate([prices.session[1:] for prices in tickers]), return_inverse=True
    )
    ticker = np.repeat(np.arange(len(tickers)), [len(prices) - 1 for prices in tickers])
    # A number for each row, ascending. Before a ticker's first session, a week of numbers is free.
    rows = ticker * (len(sessions) + WEEK) + position + WEEK
    move = np.concatenate([moves(prices, usual_moves(prices)) for prices in tickers])
    spread = np.concatenate([relative_ranges(prices) for prices in tickers])
    others = _MeanOfOthers(position, rows, len(sessions))
    inputs = np.column_stack(
        [others.before(move, 0), sum(others.before(spread, lag) for lag in range(WEEK)) / WEEK]
    )
    ends = np.cumsum([len(prices) - 1 for prices in tickers])[:-1]
    return np.split(np.nan_to_num(inputs), ends)


@dataclass(frozen=True)
class _MeanOfOthers:
    """Averages over the other tickers, one row for each ticker and session.

    position    (rows,), of each row's session among the market's sessions
    rows        (rows,), ascending; a ticker's session before has the number before
    sessions    number of the market's sessions
    """

    position: npt.NDArray[np.intp]
    rows: npt.NDArray[np.intp]
    sessions: int

    def before(self, values: FloatArray, lag: int) -> FloatArray:
        """Average the others' known values `lag` sessions before each row; NaN if there are none.

        The market's sessions count, even those on which the row's own ticker didn't trade.
        """
        known = ~np.isnan(values)
        filled = np.where(known, values, 0.0)
        sums, counts = (
            np.bincount(self.position, weights, self.sessions) for weights in (filled, known)
        )
        wanted = np.maximum(self.position - lag, 0)
        own = np.minimum(np.searchsorted(self.rows, self.rows - lag), len(self.rows) - 1)
        traded = self.rows[own] == self.rows - lag
        others = counts[wanted] - (traded & known[own])
        total = sums[wanted] - np.where(traded, filled[own], 0.0)
        means: FloatArray = np.where(
            (self.position >= lag) & (others > 0), total / np.maximum(others, 1), np.nan
        )
        return means
