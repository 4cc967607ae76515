"""Reasons for warnings: missing sessions, sparse rows and values outside the training range.

The rules in `price_checks` refuse or drop rows instead.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, Float32Array
from model_contract.model.calendar import Calendar
from model_contract.prices import Prices

# Standard deviations of the training rows. Only two of the 12,154 sessions in the default data are
# further out; one of them is a fall of 52 %.
FAR = 10.0
DATES_GIVEN = 3
# Days between rows: at least four sessions and a weekend. In daily data, only holidays cause this.
SPARSE_DAYS = 6


@dataclass(frozen=True)
class Gap:
    """The sessions that a ticker's history lacks between its first and last dates."""

    ticker: str  # "" if the file has no tickers
    missing: int
    sessions: int  # expected
    first: DateArray  # the first three missing ones


def gaps(prices: Prices, calendar: Calendar) -> list[Gap]:
    """Find the gaps of every ticker that lacks sessions in the calendar, sorted by ticker.

    The session of a dropped row (see `price_checks`) is missing too, because no window has its
    volume. Dates that aren't sessions don't count.
    """
    found = []
    for ticker, rows in prices.by_ticker():
        dates = rows.session
        start = np.searchsorted(calendar.sessions, dates[0])
        sessions = calendar.sessions[
            start : np.searchsorted(calendar.sessions, dates[-1], side="right")
        ]
        missing = len(sessions) - int(np.count_nonzero(calendar.positions(dates) >= 0))
        if missing:
            absent = np.setdiff1d(sessions, dates, assume_unique=True)
            found.append(Gap(ticker, missing, len(sessions), absent[:DATES_GIVEN]))
    return found


@dataclass(frozen=True)
class Sparse:
    """A ticker whose rows are mostly a week or more apart, as in weekly and monthly data."""

    ticker: str  # "" if the file has no tickers
    days: int  # median distance between rows


def sparse(prices: Prices) -> list[Sparse]:
    """Find the tickers whose rows are mostly `SPARSE_DAYS` or more apart, sorted by ticker."""
    days = np.diff(prices.session).astype(np.int64)
    starts = np.flatnonzero(np.append(True, prices.ticker[1:] != prices.ticker[:-1]))
    far = np.append(0, days >= SPARSE_DAYS)
    far[starts] = 0  # the previous row belongs to another ticker
    distances = np.diff(np.append(starts, len(prices))) - 1
    found = np.flatnonzero(2 * np.add.reduceat(far, starts) > distances)
    return [
        Sparse(str(prices.ticker[start]), int(np.sort(days[start : start + count])[count // 2]))
        for start, count in zip(starts[found].tolist(), distances[found].tolist(), strict=True)
    ]


def outside_training_range(inputs: Float32Array) -> npt.NDArray[np.bool_]:
    """Whether each window has a value more than `FAR` standard deviations from the training mean.

    inputs   the network's inputs, (samples, window, features): scaled, with log volumes relative to
             the window's level, so the size of a ticker doesn't matter
    """
    far: npt.NDArray[np.bool_] = np.abs(inputs).max(axis=(1, 2), initial=0.0) > FAR
    return far
