"""The daily series of one ticker that the groups of inputs share.

Each has a row for every session but the first of the history, like `features.daily_features`.
The lengths and limits without a source were found on validation sessions.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray
from model_contract.model.inputs.rolling import lagged, rolling_mean, rolling_median
from model_contract.prices import Prices

WEEK, MONTH, QUARTER, TWO_YEARS = 5, 22, 66, 504  # sessions
# Logs: a third of the usual volume, or twelve times the usual volume.
SMALLEST_SURPRISE, LARGEST_SURPRISE = -1.0, 2.5
SMALLEST_MOVE = 1e-4  # logs; keeps the unit of a price that hardly moves above 0
SPIKE_VOLUME, SPIKE_MOVE = 0.6, 1.0  # logs; usual moves


@dataclass(frozen=True)
class DailySeries:
    """The series of one ticker, each (sessions,); NaN where too few sessions are known.

    volume     log volume minus the session's calendar effect
    month      mean of `volume` over the last 22 sessions
    level      mean of `volume` over the last `window` sessions, of which at least 22 are known
    surprise   `volume` minus its median over the 45 sessions around, between -1 and 2.5. It is
               known only 22 sessions later, so the last 22 are NaN
    gap        `overnight_gaps`
    spike      whether `volume` is more than .6 above its mean over the 22 sessions before and the
               price moved by more than 1 usual move, as after a quarterly report
    """

    session: DateArray
    volume: FloatArray
    month: FloatArray
    level: FloatArray
    surprise: FloatArray
    gap: FloatArray
    spike: npt.NDArray[np.bool_]

    @property
    def surge(self) -> FloatArray:
        """How far `volume` is above `level`, in logs; 0 if it is below: (sessions,)."""
        surge: FloatArray = np.maximum(self.volume - self.level, 0)
        return surge


def daily_series(prices: Prices, effect: FloatArray, window: int) -> DailySeries:
    """Compute the series of one ticker's history of at least two sessions.

    effect   (rows,), the calendar effect on the log volume of each session, the first included
    window   sessions that the level is the mean of, as many as the network's window has
    """
    volume = np.log(prices.volume[1:]) - effect[1:]
    month = rolling_mean(volume, MONTH, MONTH)
    excess, usual = volume - lagged(month, 1), usual_moves(prices)
    return DailySeries(
        session=prices.session[1:],
        volume=volume,
        month=month,
        level=rolling_mean(volume, window, min(window, MONTH)),
        surprise=_surprises(volume),
        gap=overnight_gaps(prices, usual),
        spike=(excess > SPIKE_VOLUME) & (np.abs(moves(prices, usual)) > SPIKE_MOVE),
    )


def usual_moves(prices: Prices) -> FloatArray:
    """Compute the root mean square log return of the last 66 sessions, (rows - 1,).

    At least 22 are needed.
    """
    mean_square = rolling_mean(_log_returns(prices) ** 2, QUARTER, MONTH)
    usual: FloatArray = np.maximum(np.sqrt(mean_square), SMALLEST_MOVE)
    return usual


def moves(prices: Prices, usual: FloatArray) -> FloatArray:
    """Compute the log returns in usual moves, from `usual_moves`: (rows - 1,)."""
    return _log_returns(prices) / usual


def overnight_gaps(prices: Prices, usual: FloatArray) -> FloatArray:
    """Compute |log(open / previous close)| in usual moves, from `usual_moves`: (rows - 1,)."""
    overnight = np.log(prices.open[1:]) - np.log(prices.close[:-1])  # a quotient could overflow
    gaps: FloatArray = np.abs(overnight) / usual
    return gaps


def relative_ranges(prices: Prices) -> FloatArray:
    """Compute log(spread / mean spread of the last 66 sessions), (rows - 1,).

    The spread is log(high / low), as in `features.daily_features`. At least 22 are needed.
    """
    spread = np.maximum(np.log(prices.high[1:]) - np.log(prices.low[1:]), SMALLEST_MOVE)
    ranges: FloatArray = np.log(spread / rolling_mean(spread, QUARTER, MONTH))
    return ranges


def _log_returns(prices: Prices) -> FloatArray:
    return np.diff(np.log(prices.close))


def _surprises(volume: FloatArray) -> FloatArray:
    ahead = np.concatenate([volume, np.full(MONTH, np.nan)])
    around = rolling_median(ahead, MONTH + 1 + MONTH, MONTH + 1)[MONTH:]
    surprises = np.clip(volume - around, SMALLEST_SURPRISE, LARGEST_SURPRISE)
    surprises[-MONTH:] = np.nan
    return surprises
