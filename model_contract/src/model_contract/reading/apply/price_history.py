"""Turns a table of daily prices into the usable rows of each ticker, with warnings.

The rules in `price_checks` refuse the file or drop rows. If the file proves a share split, earlier
rows are restated in shares of the ticker's last session (`share_splits`). Training and serving
apply the same rules, so a file yields the same sessions in both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray
from model_contract.deadline import Check, never
from model_contract.errors import TableError
from model_contract.messages.forecasting import (
    FILE_CUT_OFF,
    LAST_TIME_DIFFERS,
    QUOTES_LEFT_OUT,
    ROWS_SORTED,
    SESSION_UNFINISHED,
)
from model_contract.messages.message import Message
from model_contract.messages.reading import NO_FINISHED_SESSION, NO_USABLE_ROWS
from model_contract.prices import Prices
from model_contract.reading.apply.history_warnings import (
    column_notes,
    dropped_warnings,
    fraction_warnings,
    last_row_warnings,
    quote_warning,
    sheet_warnings,
    unit_warnings,
)
from model_contract.reading.apply.last_rows import (
    is_another_time,
    is_cut_off,
    is_quote,
    seconds_of_day,
)
from model_contract.reading.apply.price_checks import (
    drop_repeats,
    drop_rows,
    empty_rows,
    is_sorted,
    require_few_contradictions,
    require_traded_volumes,
    require_unique_sessions,
    rounded_volumes,
)
from model_contract.reading.apply.price_rows import BAD_ROWS, SMALL_SHARE, PriceRows, parse_rows
from model_contract.reading.formats.column_names import DATE, TIME
from model_contract.reading.formats.date_format import PARTS_OF_SECOND, time_of_day
from model_contract.reading.interpret.interpret import interpret
from model_contract.reading.interpret.reading import Choices, Reading
from model_contract.reading.table.columns import Rows
from model_contract.reading.table.table import Table
from model_contract.share_splits import Split, SplitTreatment, restated

LATEST_CLOSE = np.timedelta64(1, "D")  # a day ends at most this long after it has ended in UTC
UNUSABLE = ("empty", "zero_volume", "contradictory")  # counted if no row is left
SECONDS_PER_DAY = 24 * 60 * 60
LAST_ROWS = 4  # of a ticker, that show whether the last one is a quote
# Given a ticker and its dates, the latest date whose session has ended; None if that isn't known.
Closed = Callable[[str, DateArray], np.datetime64 | None]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class WrittenHistory:
    """The usable rows of a file as written, and what was left out of it."""

    rows: PriceRows
    last_dates: dict[str, np.datetime64]  # by ticker; dropped rows count
    dropped: dict[str, list[int]]  # lines of the dropped rows, by rule
    urgent: list[Message]  # warnings about the last sessions, which decide the forecast
    notes: list[Message]
    reading: Reading


@dataclass(frozen=True)
class History:
    """The usable rows of a file, and the changes that were made to it."""

    prices: Prices  # restated for `splits`
    last_dates: dict[str, np.datetime64]  # by ticker; dropped rows count
    dropped: dict[str, list[int]]  # lines of the dropped rows, by rule
    warnings: list[Message]
    splits: list[Split]  # by ticker, then session
    split_treatment: SplitTreatment | None  # None if nothing looks like a split
    reading: Reading


def read_history(
    table: Table,
    today: np.datetime64 | None = None,
    check: Check = never,
    choices: Choices | None = None,
    closed: Closed | None = None,
) -> History:
    """Read a price history as `read_written` does, and restate it for its share splits."""
    written = read_written(table, today, check, choices, closed)
    rows = written.rows
    urgent = [*written.urgent, *last_row_warnings(rows.prices, written.last_dates)]
    found = restated(
        rows.prices,
        rows.adjusted_close,
        rows.split_factor,
        choice=choices.splits if choices else None,
    )
    return History(
        found.prices,
        written.last_dates,
        written.dropped,
        [*urgent, *written.notes, *found.notes],
        found.splits,
        found.treatment,
        written.reading,
    )


def read_written(
    table: Table,
    today: np.datetime64 | None = None,
    check: Check = never,
    choices: Choices | None = None,
    closed: Closed | None = None,
) -> WrittenHistory:
    """Interpret, parse, validate and clean a price history.

    today      the date in UTC; by default the current one
    check      called now and then; stops the reading if it raises
    choices    what the sender of the file has chosen
    closed     finds the sessions that haven't ended (`market_hours`); they are left out

    Raises `DoubtError` if the file can be read in several ways, or `TableError` with all missing
    columns or with the problems of all rows.
    """
    choices = choices or Choices()
    if today is None:
        today = np.datetime64(datetime.now(UTC).date())
    reading = interpret(table, choices, check)
    rows, bad, dropped = parse_rows(table, reading, today, check)
    notes = [*column_notes(table, reading), *sheet_warnings(table, choices)]
    if not is_sorted(rows.prices):
        notes.append(ROWS_SORTED())
        rows = rows.take(np.lexsort((rows.prices.session, rows.prices.ticker)))
    as_of = np.datetime64(choices.as_of.date()) if choices.as_of else today
    rows, urgent = _finished(rows, as_of, closed)
    quotes, odd = _quotes(table, reading, rows.prices)
    if odd.any():
        urgent.append(quote_warning(LAST_TIME_DIFFERS, rows.prices.line[odd].tolist()))
    if quotes.any():
        urgent.append(quote_warning(QUOTES_LEFT_OUT, rows.prices.line[quotes].tolist()))
        rows = rows.take(~quotes)
    last_dates = {name: part.session[-1] for name, part in rows.prices.by_ticker()}
    last_dates |= _later_dates(bad, last_dates, as_of, closed)
    rows, left_out = _usable(rows, table, reading)
    if not table.has_last_line_end and is_cut_off(rows.prices):
        urgent.append(FILE_CUT_OFF())
    dropped |= left_out
    notes += dropped_warnings(dropped)
    notes += rounded_volumes(table, reading, rows.prices.volume)
    notes += unit_warnings(table, reading, choices)
    notes += fraction_warnings(rows.prices.volume)  # before splits give volumes fractions
    return WrittenHistory(rows, last_dates, dropped, urgent, notes, reading)


def _finished(
    rows: PriceRows, today: np.datetime64, closed: Closed | None
) -> tuple[PriceRows, list[Message]]:
    """Leave out the sessions that haven't ended. Raises `TableError` if no other is left."""
    prices, starts = rows.prices, _starts(rows.prices)
    late, last_closed = np.zeros(len(prices), dtype=bool), today
    if closed is None or not np.any(prices.session >= today - LATEST_CLOSE):
        return rows, []
    for start, stop in pairwise(starts):
        dates = prices.session[start:stop]
        day = None
        if dates[-1] >= today - LATEST_CLOSE:
            day = closed(str(prices.ticker[start]), dates)
        if day is not None:
            late[start:stop] = dates > day
            last_closed = min(last_closed, day)
    if not late.any():
        return rows, []
    first, count = str(prices.session[late].min()), int(np.count_nonzero(late))
    if late.all():
        raise TableError.of(NO_FINISHED_SESSION(date=first))
    warning = SESSION_UNFINISHED(date=first, count=count, closed=str(last_closed))
    return rows.take(~late), [warning]


def _later_dates(
    bad: Prices,
    last_dates: Mapping[str, np.datetime64],
    today: np.datetime64,
    closed: Closed | None,
) -> dict[str, np.datetime64]:
    """The dates of dropped rows after a ticker's last one: those sessions have been, too."""
    later: dict[str, np.datetime64] = {}
    for ticker, day in zip(bad.ticker.tolist(), bad.session, strict=True):
        if ticker not in last_dates or day <= later.get(ticker, last_dates[ticker]):
            continue
        ended = closed(ticker, np.array([last_dates[ticker], day])) if closed else None
        if day <= (today if ended is None else ended):
            later[ticker] = day
    return later


def _quotes(table: Table, reading: Reading, prices: Prices) -> tuple[Mask, Mask]:
    """Return masks, (rows,), of the last rows that are quotes, and of those that may be."""
    found, possible = np.zeros(len(prices), dtype=bool), np.zeros(len(prices), dtype=bool)
    if table.columns.known_kind(reading.columns[DATE]) == "date" and TIME not in reading.columns:
        return found, possible
    starts = _starts(prices)
    last = [np.arange(max(stop - LAST_ROWS, start), stop) for start, stop in pairwise(starts)]
    if not last:
        return found, possible
    rows = np.searchsorted(np.array(table.lines), prices.line[np.concatenate(last)])
    times = iter(_times(table, reading, rows))
    for own in last:
        seconds = list(islice(times, len(own)))
        found[own[-1]] = is_quote(seconds) and len(own) > 1
        possible[own[-1]] = not found[own[-1]] and is_another_time(seconds)
    return found, possible


def _times(table: Table, reading: Reading, rows: Rows) -> list[int | None]:
    """The times of day of some rows, in seconds: of their dates, or in a column of their own."""
    cells = table.columns.cells(reading.columns[DATE], rows)
    parts = PARTS_OF_SECOND.get(reading.dates.order)
    if parts:
        return [int(float(cell)) // parts % SECONDS_PER_DAY for cell in cells]
    times = [seconds_of_day(time_of_day(cell)) for cell in cells]
    if TIME not in reading.columns:
        return times
    others = map(seconds_of_day, table.columns.cells(reading.columns[TIME], rows))
    return [other if time is None else time for time, other in zip(times, others, strict=True)]


def _usable(
    rows: PriceRows, table: Table, reading: Reading
) -> tuple[PriceRows, dict[str, list[int]]]:
    """Drop rows by the rules. Raises `TableError` if a session is there twice, or no row is left.

    Rows without trading go first, so that they neither repeat a session nor hide one.
    """
    dropped: dict[str, list[int]] = {}
    by_rule: dict[str, list[int]] = {}
    traded = ~(empty_rows(rows.prices) | (rows.prices.volume == 0))
    if not traded.all() and traded.any():
        _, by_rule = drop_rows(rows.prices.take(~traded))
        rows = rows.take(traded)
    unique, repeated = drop_repeats(rows.prices)
    if repeated:
        rows, dropped["repeated"] = rows.take(unique), repeated
    require_unique_sessions(rows.prices)
    keep, contradictory = drop_rows(rows.prices)
    dropped |= by_rule | contradictory
    lines = contradictory.get("contradictory", [])
    require_few_contradictions(rows.prices, lines, max(BAD_ROWS, SMALL_SHARE * len(keep)))
    if not keep.any():
        require_traded_volumes(table, reading)
        counts = {rule: len(dropped.get(rule, ())) for rule in UNUSABLE}
        raise TableError.of(NO_USABLE_ROWS(**counts))
    return (rows.take(keep) if contradictory else rows), dropped


def _starts(prices: Prices) -> list[int]:
    """The position of each ticker's first row, and the number of rows."""
    changes = np.flatnonzero(prices.ticker[1:] != prices.ticker[:-1]) + 1
    return [0, *changes.tolist(), len(prices)]
