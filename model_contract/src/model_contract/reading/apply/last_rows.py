"""Checks the last rows of each ticker: they decide the forecast, and exports often damage them."""

import re
from collections.abc import Sequence

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.prices import Prices

# A last volume is implausible if it is both below this part of the median of the sessions before
# it, and below half of their minimum. Half days reach a third of the median.
SMALL = 0.15
SESSIONS = 44
ENOUGH_SESSIONS = 22
# A ticker ends early if this many of the file's dates come after its last one.
LATER_DATES = 2
TIME = re.compile(
    r"(?P<hours>[0-9]{1,2}):?(?P<minutes>[0-9]{2})(?::?(?P<seconds>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\.?)?",
    re.IGNORECASE,
)
FEWEST_ALIKE = 3  # rows
MINUTES_OF_SESSIONS = 5  # sessions open and close at multiples of this many minutes


def is_quote(seconds: Sequence[int | None]) -> bool:
    """Whether the last of some rows is a quote and not a session, by its time of day.

    seconds    of each row's time of day since midnight, oldest row first; None without a time

    Some exports end with the latest quote, whose volume is that of the session so far: only the
    last row has a time of day, or only its time isn't that of an open or a close.
    """
    *earlier, last = seconds
    if not last:
        return False
    if not any(earlier):
        return True
    odd = [bool(time and time % (60 * MINUTES_OF_SESSIONS)) for time in seconds]
    return odd[-1] and not any(odd[:-1])


def is_another_time(seconds: Sequence[int | None]) -> bool:
    """Whether the last of some rows has another time of day than the others, which have the same.

    It may be a half day or a quote. Daylight saving time shifts times in UTC by an hour.
    """
    *earlier, last = seconds
    if not last or len(earlier) < FEWEST_ALIKE or len(set(earlier)) > 1 or not earlier[0]:
        return False
    return abs(last - earlier[0]) not in (0, 60 * 60)


def seconds_of_day(time: str | None) -> int | None:
    """Parse a time of day, such as 16:00, 4:00 pm or 160000, to seconds since midnight."""
    match = TIME.fullmatch(time) if time else None
    if match is None:
        return None
    hours, half = int(match["hours"]), (match["half"] or "").casefold()
    if half:
        hours = hours % 12 + (12 if half == "p" else 0)
    return (60 * hours + int(match["minutes"])) * 60 + int(match["seconds"] or 0)


def tickers_with_small_last_volume(prices: Prices) -> list[str]:
    """Return the tickers ("" without a column) whose last volume looks cut off or unfinished."""
    return [name for name, rows in prices.by_ticker() if _is_small(rows.volume)]


def is_cut_off(prices: Prices) -> bool:
    """Whether the last line of a file without a last line end looks cut off within its volume.

    It must be the last session of its ticker, with a lower volume than in all of the sessions
    before it, and with fewer digits than is usual. A missing line end is a reason to suspect the
    volume, so it needn't be as low as one that `_is_small` finds.
    """
    last_line = prices.line.max(initial=0)
    for _, rows in prices.by_ticker():
        if rows.line[-1] == last_line:
            volume, before = rows.volume[-1], rows.volume[-SESSIONS - 1 : -1]
            return (
                len(before) >= ENOUGH_SESSIONS
                and bool(volume < before.min() and _digits(volume) < _digits(np.median(before)))
                and not _is_small(rows.volume)  # there is another warning
            )
    return False


def _digits(volume: np.floating) -> int:
    return len(f"{volume:.0f}")


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
    return bool(volume[-1] < before.min() / 2 and volume[-1] < SMALL * np.median(before))
