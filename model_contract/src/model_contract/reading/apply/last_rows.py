"""Checks the last rows of each ticker: they decide the forecast, and exports often damage them."""

import re
from collections.abc import Sequence

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.prices import Prices
from model_contract.reading.formats.date_format import time_of_day

# A last volume is implausible if it is both below this part of the median of the sessions before
# it, and below half of their minimum. Half days reach a third of the median.
SMALL = 0.15
SESSIONS = 44
ENOUGH_SESSIONS = 22
# A ticker ends early if this many of the file's dates come after its last one.
LATER_DATES = 2
NOT_MIDNIGHT = re.compile("[1-9]")


def is_quote(dates: Sequence[str]) -> bool:
    """Whether the last of some dates, as written, is the time of a quote and not a session.

    Some exports end with the latest quote: only the last row has a time of day. Its volume is that
    of the session so far.
    """
    *earlier, last = [bool(NOT_MIDNIGHT.search(time_of_day(date) or "")) for date in dates]
    return last and not any(earlier)


def tickers_with_small_last_volume(prices: Prices) -> list[str]:
    """Return the tickers ("" without a column) whose last volume looks cut off or unfinished."""
    return [name for name, rows in prices.by_ticker() if _is_small(rows.volume)]


def tickers_that_end_early(last_dates: dict[str, np.datetime64]) -> list[str]:
    """Return the tickers that end before the others: half of them end at the file's last date.

    last_dates    by ticker
    """
    if len(last_dates) < 2:
        return []
    dates = np.sort(np.array(list(last_dates.values())))
    last = dates[-1]
    if 2 * np.count_nonzero(dates == last) < len(dates):
        return []
    return [
        name
        for name, date in last_dates.items()
        if np.busday_count(date.astype("datetime64[D]"), last) >= LATER_DATES
    ]


def _is_small(volume: FloatArray) -> bool:
    before = volume[-SESSIONS - 1 : -1]
    if len(before) < ENOUGH_SESSIONS:
        return False
    return bool(volume[-1] < SMALL * np.median(before) and volume[-1] < before.min() / 2)
