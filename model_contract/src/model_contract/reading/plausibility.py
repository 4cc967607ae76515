"""What readable input may have wrong all the same: rows that are not of each day, and values far from all that was trained on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, Float32Array
from model_contract.model.calendar import Calendar
from model_contract.prices import Prices

# Standard deviations of the training rows. Of 12,154 sessions of the default data, among them a fall by 52 %, two lie further out.
FAR = 10.0
DATES_GIVEN = 3
# Days from row to row: four sessions or more, with the weekend among them. Daily data has so many only about holidays.
SPARSE_DAYS = 6


@dataclass(frozen=True)
class Gap:
    """The sessions that a ticker's history lacks between its first and its last."""

    ticker: str  # "" where the file names none
    missing: int
    sessions: int  # that there were
    first: DateArray  # the first three of those that are missing


def gaps(prices: Prices, calendar: Calendar) -> list[Gap]:
    """Every ticker that lacks sessions of the calendar, in order of its name.

    A row that was dropped (see `schema`) is missing, too: no window has its volume. Dates that are no sessions do not count.
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

    ticker: str  # "" where the file names none
    days: int  # from row to row, the median


def sparse(prices: Prices) -> list[Sparse]:
    """Every ticker of whose rows more than half are `SPARSE_DAYS` or more from the one before, in order of its name."""
    days = np.diff(prices.session).astype(np.int64)
    starts = np.flatnonzero(np.append(True, prices.ticker[1:] != prices.ticker[:-1]))
    far = np.append(0, days >= SPARSE_DAYS)
    far[starts] = 0  # what stands before is another ticker's
    distances = np.diff(np.append(starts, len(prices))) - 1
    found = np.flatnonzero(2 * np.add.reduceat(far, starts) > distances)
    return [
        Sparse(str(prices.ticker[start]), int(np.sort(days[start : start + count])[count // 2]))
        for start, count in zip(starts[found].tolist(), distances[found].tolist(), strict=True)
    ]


def outside_training_range(inputs: Float32Array) -> npt.NDArray[np.bool_]:
    """Which windows hold a value more than `FAR` standard deviations from the training rows' mean.

    inputs   as the network reads them, (samples, window, features): scaled, log volumes relative to their window's level, so
             that no size of ticker is far
    """
    far: npt.NDArray[np.bool_] = np.abs(inputs).max(axis=(1, 2), initial=0.0) > FAR
    return far
