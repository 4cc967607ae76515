"""Warnings about a forecast: reasons to treat it with caution."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray
from model_contract.messages import forecasting as codes
from model_contract.messages.message import Message
from model_contract.model.calendar import Calendar
from model_contract.model.inputs.series import TWO_YEARS
from model_contract.prices import Prices
from model_contract.reading.apply.input_warnings import Gap, Sparse
from model_contract.store.bundle import Manifest
from prediction_api.observability import timing
from prediction_api.responses import TrackRecord

MAX_TICKERS = 10  # named in each kind of warning
WEEKLY, MONTHLY = range(6, 10), range(27, 34)  # days between rows
SESSIONS_PER_DAY = 5 / 7
FEW = 1_000  # for fewer dates, looking them all up is faster than first removing duplicates

BoolArray = npt.NDArray[np.bool_]


def sparse_warnings(found: Sequence[Sparse]) -> Iterator[Message]:
    """Warn about tickers whose rows are not daily."""
    return _first(map(_sparse, found), len(found), codes.ROWS_SPARSE_TOTAL(count=len(found)))


def short_warnings(tickers: Sequence[str], needed: int) -> Iterator[Message]:
    """Warn about tickers that have too few sessions for a forecast."""
    if tickers:
        yield codes.TICKERS_TOO_SHORT(
            count=len(tickers),
            needed=needed,
            tickers=list(tickers[:MAX_TICKERS]),
            more=len(tickers) > MAX_TICKERS,
        )


def short_history_notes(prices: Prices) -> Iterator[Message]:
    """Note that a history is too short for all inputs."""
    shortest = min((len(rows) for _, rows in prices.by_ticker()), default=TWO_YEARS)
    if shortest < TWO_YEARS:
        yield codes.HISTORY_SHORT(sessions=shortest, needed=TWO_YEARS)


def outside_warnings(tickers: Sequence[str], sessions: DateArray, market: str) -> Iterator[Message]:
    """Warn about tickers that end where the calendar has no sessions to forecast."""
    if tickers:
        yield codes.TICKERS_OUTSIDE_CALENDAR(
            count=len(tickers),
            market=market,
            first=str(sessions[0]),
            last=str(sessions[-1]),
            tickers=list(tickers[:MAX_TICKERS]),
            more=len(tickers) > MAX_TICKERS,
        )


def calendar_warnings(dates: DateArray, calendar: Calendar, market: str) -> Iterator[Message]:
    """Warn about dates, (rows,), that are not sessions or are outside the market's calendar."""
    if len(dates) < FEW and (calendar.positions(dates) >= 0).all():
        return
    dates = _distinct(dates)
    first, last = calendar.sessions[0], calendar.sessions[-1]
    within = (dates >= first) & (dates <= last)
    closed = int(np.count_nonzero((calendar.positions(dates) < 0) & within))
    if closed:
        yield codes.DATES_NOT_SESSIONS(count=closed, dates=len(dates), market=market)
    outside = int(np.count_nonzero(~within))
    if outside:
        yield codes.DATES_OUTSIDE_CALENDAR(
            count=outside, dates=len(dates), market=market, first=str(first), last=str(last)
        )


def gap_warnings(found: Sequence[Gap], market: str) -> Iterator[Message]:
    """Warn about tickers whose history lacks some of the market's sessions."""
    messages = (
        codes.SESSIONS_MISSING(
            ticker=gap.ticker or None,
            count=gap.missing,
            sessions=gap.sessions,
            market=market,
            dates=list(map(str, gap.first)),
            more=gap.missing > len(gap.first),
        )
        for gap in found
    )
    total = codes.SESSIONS_MISSING_TOTAL(count=len(found), market=market)
    return _first(messages, len(found), total)


def end_warnings(
    last_dates: Mapping[str, np.datetime64],
    last_read: Mapping[str, np.datetime64],
    sessions: DateArray,
) -> Iterator[Message]:
    """Warn about tickers whose last rows were dropped; their forecast starts after those rows."""
    late = [
        name
        for name, day in last_read.items()
        if day < last_dates[name] and np.any((sessions > day) & (sessions <= last_dates[name]))
    ]
    messages = (
        codes.LAST_ROWS_DROPPED(
            ticker=name or None, last_date=str(last_dates[name]), last_read=str(last_read[name])
        )
        for name in late
    )
    return _first(messages, len(late), codes.LAST_ROWS_DROPPED_TOTAL(count=len(late)))


def count_outside(outside: BoolArray) -> int:
    """Count a request's windows, (samples,), in the metrics. Returns how many are out of range."""
    count = int(np.count_nonzero(outside))
    timing.count(timing.WINDOWS, len(outside))
    timing.count(timing.WINDOWS_OUTSIDE, count)
    return count


def history_range_warnings(outside: Mapping[str, bool]) -> Iterator[Message]:
    """Warn about tickers whose last window is far outside the training range, and count them."""
    count = count_outside(np.array(list(outside.values())))
    if not count:
        return
    tickers = [name for name, is_outside in outside.items() if is_outside]
    if tickers == [""]:
        yield codes.FILE_OUTSIDE_TRAINING()
    else:
        yield codes.HISTORY_OUTSIDE_TRAINING(
            tickers=tickers[:MAX_TICKERS],
            more=len(tickers) > MAX_TICKERS,
            count=count,
            windows=len(outside),
        )


def window_range_warnings(outside: BoolArray) -> Iterator[Message]:
    """Warn about windows, (samples,), far outside the training range, and count them."""
    count = count_outside(outside)
    if count:
        yield codes.WINDOWS_OUTSIDE_TRAINING(count=count, windows=len(outside))


def target_warnings(targets: DateArray, calendar: Calendar, market: str) -> Iterator[Message]:
    """Warn about sessions to forecast, (rows,), that are NaT or not in the calendar."""
    unknown = int(np.count_nonzero(calendar.positions(targets) < 0))
    if unknown:
        yield codes.TARGETS_OUTSIDE_CALENDAR(
            count=unknown,
            sessions=len(targets),
            market=market,
            first=str(calendar.sessions[0]),
            last=str(calendar.sessions[-1]),
        )


def in_sample_warnings(
    record: TrackRecord, sessions: DateArray, manifest: Manifest
) -> Iterator[Message]:
    """Warn about sessions of the track record, (samples,), that may have been training data."""
    test_from, tickers = manifest.data.get("test_from"), manifest.data.get("tickers", ())
    ticker = record["ticker"]
    if test_from is None or (ticker is not None and ticker not in tickers):
        return
    count = int(np.count_nonzero(sessions < np.datetime64(test_from, "D")))
    if count:
        yield codes.TRACK_RECORD_IN_SAMPLE(
            ticker=ticker, count=count, sessions=len(sessions), test_from=test_from
        )


def _sparse(found: Sparse) -> Message:
    code = codes.ROWS_SPARSE
    if found.days in WEEKLY:
        code = codes.ROWS_WEEKLY
    elif found.days in MONTHLY:
        code = codes.ROWS_MONTHLY
    return code(ticker=found.ticker or None, sessions=round(found.days * SESSIONS_PER_DAY))


def _first(messages: Iterator[Message], count: int, total: Message) -> Iterator[Message]:
    """Yield the first few messages, then `total` if some are left out."""
    yield from islice(messages, MAX_TICKERS)
    if count > MAX_TICKERS:
        yield total


def _distinct(dates: DateArray) -> DateArray:
    """Return the distinct dates, ascending. Faster than `np.unique`, which would sort all dates."""
    first = dates.min()
    days = (dates - first).astype(int)
    seen = np.zeros(days.max() + 1, dtype=bool)
    seen[days] = True
    distinct: DateArray = first + np.flatnonzero(seen)
    return distinct
