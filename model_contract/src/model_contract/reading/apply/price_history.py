"""Turns a table of daily prices into the usable rows of each ticker, with warnings.

The rules in `price_checks` refuse the file or drop rows. If Adj Close proves a split, earlier rows
are restated in shares of the ticker's last session (`share_splits`). Training and serving apply the
same rules, so a file yields the same sessions in both.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray
from model_contract.deadline import Check, never
from model_contract.errors import ProblemList, TableError, bare_name
from model_contract.messages.cells import TICKER_LENGTH
from model_contract.messages.forecasting import (
    COLUMNS_IGNORED,
    FILE_LAST_VOLUME_SMALL,
    LAST_VOLUME_SMALL,
    QUOTES_LEFT_OUT,
    ROWS_DROPPED_CONTRADICTORY,
    ROWS_DROPPED_EMPTY,
    ROWS_DROPPED_IMPOSSIBLE,
    ROWS_DROPPED_REPEATED,
    ROWS_DROPPED_UNREADABLE,
    ROWS_DROPPED_ZERO_VOLUME,
    ROWS_SORTED,
    SESSION_UNFINISHED,
    SHEETS_IGNORED,
    TICKERS_END_EARLY,
    VOLUMES_FRACTIONAL,
)
from model_contract.messages.message import Message
from model_contract.messages.reading import NO_FINISHED_SESSION, NO_USABLE_ROWS, TOO_MANY_TICKERS
from model_contract.prices import MAX_TICKER_CHARACTERS, Prices
from model_contract.reading.apply.last_rows import (
    is_quote,
    tickers_that_end_early,
    tickers_with_small_last_volume,
)
from model_contract.reading.apply.price_checks import (
    check_dates,
    check_values,
    drop_repeats,
    drop_rows,
    empty_rows,
    is_sorted,
    require_daily,
    require_traded_volumes,
    require_unique_sessions,
    rounded_volumes,
)
from model_contract.reading.formats.column_names import (
    ADJUSTED_CLOSE,
    DATE,
    PRICES,
    TICKER,
    VOLUME,
)
from model_contract.reading.formats.date_format import ORDERS
from model_contract.reading.interpret.interpret import interpret
from model_contract.reading.interpret.reading import SHARES_PER_UNIT, Choices, Reading
from model_contract.reading.table.table import Table
from model_contract.share_splits import (
    Split,
    find_splits,
    restate,
    split_warnings,
    suspected_splits,
)

# Only whole shares are traded. Of volumes in thousands with one decimal place, nine in ten have a
# fraction.
MANY_FRACTIONS = 0.1
LATEST_CLOSE = np.timedelta64(1, "D")  # a day ends at most this long after it has ended in UTC
Closed = Callable[[str, DateArray], np.datetime64 | None]
MAX_LISTED = 10
# Bad rows are dropped up to this share of a file; up to five in a file that has at least 50 rows.
BAD_SHARE, BAD_ROWS, SMALL_SHARE = 0.02, 5, 0.1
UNBOUNDED = {
    "empty": ROWS_DROPPED_EMPTY,
    "zero_volume": ROWS_DROPPED_ZERO_VOLUME,
    "contradictory": ROWS_DROPPED_CONTRADICTORY,
}
DROPPED = UNBOUNDED | {
    "unreadable": ROWS_DROPPED_UNREADABLE,
    "impossible": ROWS_DROPPED_IMPOSSIBLE,
    "repeated": ROWS_DROPPED_REPEATED,
}


@dataclass(frozen=True)
class History:
    """The usable rows of a file, and the changes that were made to it."""

    prices: Prices  # restated for `splits`
    last_dates: dict[str, np.datetime64]  # by ticker; dropped rows count
    dropped: dict[str, list[int]]  # lines of the dropped rows, by rule
    warnings: list[Message]
    splits: list[Split]  # by ticker, then session
    reading: Reading


def read_history(
    table: Table,
    today: np.datetime64 | None = None,
    check: Check = never,
    choices: Choices | None = None,
    closed: Closed | None = None,
) -> History:
    """Interpret, parse, validate and clean a price history, and restate its splits.

    today      the date in UTC; by default the current one
    check      called now and then; stops the reading if it raises
    choices    what the sender of the file has chosen
    closed     returns the latest date whose session has ended (`market_hours`), given a ticker and
               its dates, or None if that isn't known; later rows are left out

    Raises `DoubtError` if the file can be read in several ways, or `TableError` with all missing
    columns or with the problems of all rows.
    """
    reading = interpret(table, choices, check)
    if today is None:
        today = np.datetime64(datetime.now(UTC).date())
    prices, adjusted_close, dropped = _parse(table, reading, today, check)
    urgent: list[Message] = []
    warnings = list(_column_warnings(table, reading))
    warnings += _sheet_warnings(table, choices)
    if not is_sorted(prices):
        warnings.append(ROWS_SORTED())
        order = np.lexsort((prices.session, prices.ticker))
        prices, adjusted_close = prices.take(order), adjusted_close[order]
    as_of = np.datetime64(choices.as_of.date()) if choices and choices.as_of else today
    late, last_closed = _unfinished(prices, as_of, closed)
    if late.any():
        urgent.append(_unfinished_warning(prices, late, last_closed))
        prices, adjusted_close = prices.take(~late), adjusted_close[~late]
    quotes = _quotes(table, reading, prices)
    if quotes.any():
        urgent.append(
            QUOTES_LEFT_OUT(
                lines=sorted(prices.line[quotes].tolist())[:MAX_LISTED],
                count=int(np.count_nonzero(quotes)),
                more=bool(np.count_nonzero(quotes) > MAX_LISTED),
            )
        )
        prices, adjusted_close = prices.take(~quotes), adjusted_close[~quotes]
    last_dates = {name: rows.session[-1] for name, rows in prices.by_ticker()}
    traded = ~(empty_rows(prices) | (prices.volume == 0))
    by_rule: dict[str, list[int]] = {}
    if not traded.all() and traded.any():
        _, by_rule = drop_rows(prices.take(~traded))
        prices, adjusted_close = prices.take(traded), adjusted_close[traded]
    unique, repeated = drop_repeats(prices)
    if repeated:
        prices, adjusted_close = prices.take(unique), adjusted_close[unique]
        dropped["repeated"] = repeated
    require_unique_sessions(prices)
    keep, contradictory = drop_rows(prices)
    by_rule |= contradictory
    dropped |= by_rule
    if not keep.any():
        require_traded_volumes(table, reading)
        raise TableError.of(
            NO_USABLE_ROWS(**{rule: len(dropped.get(rule, ())) for rule in UNBOUNDED})
        )
    if contradictory:
        prices, adjusted_close = prices.take(keep), adjusted_close[keep]
    urgent += _last_row_warnings(prices, last_dates)
    warnings += _dropped_warnings(dropped)
    warnings += rounded_volumes(table, reading, prices.volume)
    warnings += _fraction_warnings(prices.volume)  # before splits give volumes fractions
    splits = find_splits(prices, adjusted_close)
    warnings += split_warnings(splits, *suspected_splits(prices, adjusted_close))
    return History(
        restate(prices, splits), last_dates, dropped, [*urgent, *warnings], splits, reading
    )


def _parse(
    table: Table, reading: Reading, today: np.datetime64, check: Check
) -> tuple[Prices, FloatArray, dict[str, list[int]]]:
    """Parse all columns. Returns the usable rows, and the line numbers of the others by rule.

    Adjusted closes, (rows,), are NaN if unknown. Raises `TableError` if too many rows are bad.
    """
    problems = ProblemList()
    position, names = reading.columns, reading.names
    tickers = _tickers(table, reading, problems)
    values = _numbers(table, reading, (*PRICES, VOLUME), problems, check)
    session = table.dates([position[DATE]], reading.dates, problems, check)[:, 0]
    lines = table.lines
    line = np.arange(lines.start, lines.stop) if isinstance(lines, range) else np.array(lines)
    volume = values[VOLUME] * SHARES_PER_UNIT[reading.volume_unit]
    opened, high, low, close = (values[role] for role in PRICES)
    prices = Prices(tickers, session, opened, high, low, close, volume, line)
    adjusted_close = np.full(len(table), np.nan)
    if ADJUSTED_CLOSE in position:
        adjusted_close = _numbers(table, reading, [ADJUSTED_CLOSE], problems, check)[ADJUSTED_CLOSE]
        adjusted_close = np.where(adjusted_close > 0, adjusted_close, np.nan)
    require_daily(prices, table, reading)
    unreadable = np.isnat(session)
    if problems:
        unreadable |= np.isin(line, problems.rows)
    impossible = ~unreadable & check_values(prices, names, unreadable, problems)
    impossible |= ~unreadable & check_dates(prices, names, today, problems)
    problems.extend(table.skipped)
    keep = ~(unreadable | impossible)
    rows = len(table) + len(table.skipped)
    bad = rows - int(np.count_nonzero(keep))
    if bad > max(BAD_SHARE * rows, min(BAD_ROWS, SMALL_SHARE * rows)):
        problems.raise_if_any()
    if not bad:
        return prices, adjusted_close, {}
    dropped = {
        "unreadable": [*line[unreadable].tolist(), *(problem.row for problem in table.skipped)],
        "impossible": line[impossible].tolist(),
    }
    found = {rule: sorted(set(rows)) for rule, rows in dropped.items() if rows}
    return prices.take(keep), adjusted_close[keep], found


def _unfinished(
    prices: Prices, today: np.datetime64, closed: Closed | None
) -> tuple[npt.NDArray[np.bool_], np.datetime64]:
    """Return a mask, (rows,), of the sessions that haven't ended, and the last day that has."""
    late, last = np.zeros(len(prices), dtype=bool), today
    if closed is None or not np.any(prices.session >= today - LATEST_CLOSE):
        return late, last
    starts = [0, *(np.flatnonzero(prices.ticker[1:] != prices.ticker[:-1]) + 1), len(prices)]
    for start, stop in pairwise(starts):
        dates = prices.session[start:stop]
        day = None
        if dates[-1] >= today - LATEST_CLOSE:
            day = closed(str(prices.ticker[start]), dates)
        if day is not None:
            late[start:stop] = dates > day
            last = min(last, day)
    return late, last


def _unfinished_warning(
    prices: Prices, late: npt.NDArray[np.bool_], closed: np.datetime64
) -> Message:
    """Raise `TableError` if no finished session is left."""
    if late.all():
        raise TableError.of(NO_FINISHED_SESSION(date=str(prices.session.min())))
    first, count = str(prices.session[late].min()), int(np.count_nonzero(late))
    return SESSION_UNFINISHED(date=first, count=count, closed=str(closed))


def _quotes(table: Table, reading: Reading, prices: Prices) -> npt.NDArray[np.bool_]:
    """Return a mask, (rows,), of the last rows that are quotes rather than sessions."""
    found = np.zeros(len(prices), dtype=bool)
    position = reading.columns[DATE]
    if table.columns.known_kind(position) == "date" or reading.dates.order not in ORDERS[:3]:
        return found
    starts = [0, *(np.flatnonzero(prices.ticker[1:] != prices.ticker[:-1]) + 1), len(prices)]
    lines = np.array(table.lines) if not isinstance(table.lines, range) else None
    for start, stop in pairwise(starts):
        last = prices.line[max(stop - 4, start) : stop]
        rows = last - table.lines[0] if lines is None else np.searchsorted(lines, last)
        found[stop - 1] = len(rows) > 1 and is_quote(table.columns.cells(position, rows))
    return found


def _last_row_warnings(prices: Prices, last_dates: dict[str, np.datetime64]) -> Iterator[Message]:
    small, early = tickers_with_small_last_volume(prices), tickers_that_end_early(last_dates)
    if small == [""]:
        yield FILE_LAST_VOLUME_SMALL()
    for code, tickers in ((LAST_VOLUME_SMALL, small), (TICKERS_END_EARLY, early)):
        named = [name for name in tickers if name]
        if named:
            more = len(named) > MAX_LISTED
            yield code(count=len(named), tickers=named[:MAX_LISTED], more=more)


def _numbers(
    table: Table, reading: Reading, roles: Sequence[str], problems: ProblemList, check: Check
) -> dict[str, FloatArray]:
    """Parse columns of numbers, by role, (rows,); those of one format together."""
    found: dict[str, FloatArray] = {}
    for form in dict.fromkeys(reading.numbers[role] for role in roles):
        alike = [role for role in roles if reading.numbers[role] == form]
        positions = [reading.columns[role] for role in alike]
        values = table.numbers(positions, form, problems, check)
        found |= zip(alike, values.T, strict=True)
    return found


def _tickers(table: Table, reading: Reading, problems: ProblemList) -> npt.NDArray[np.str_]:
    """Read each row's ticker, (rows,). Raises `TableError` if there are more than the limit."""
    names = reading.names
    if TICKER not in names:
        return np.zeros(len(table), dtype="<U1")
    tickers = table.labels(reading.columns[TICKER], MAX_TICKER_CHARACTERS + 1)
    limit = table.limits.tickers
    changes = int(np.count_nonzero(tickers[1:] != tickers[:-1])) + 1
    count = changes if changes <= limit else len(np.unique(tickers))
    if count > limit:
        raise TableError.of(TOO_MANY_TICKERS(tickers=count, limit=limit), column=names[TICKER])
    length = np.strings.str_len(tickers)
    for row in np.flatnonzero((length == 0) | (length > MAX_TICKER_CHARACTERS)).tolist():
        message = TICKER_LENGTH(limit=MAX_TICKER_CHARACTERS, found=str(tickers[row]))
        problems.add(message, table.lines[row], names[TICKER])
    return tickers


def _dropped_warnings(dropped: dict[str, list[int]]) -> Iterator[Message]:
    for rule, lines in dropped.items():
        count = len(lines)
        yield DROPPED[rule](count=count, lines=lines[:MAX_LISTED], more=count > MAX_LISTED)


def _fraction_warnings(volume: FloatArray) -> Iterator[Message]:
    if np.count_nonzero(volume != np.floor(volume)) >= MANY_FRACTIONS * len(volume):
        yield VOLUMES_FRACTIONAL()


def _sheet_warnings(table: Table, choices: Choices | None) -> Iterator[Message]:
    """Name the other sheets with prices, unless the sender has chosen one."""
    others = [name for name in table.sheets if name != table.sheet]
    if others and not (choices and choices.sheet):
        more = len(others) > MAX_LISTED
        yield SHEETS_IGNORED(
            sheet=table.sheet, count=len(others), sheets=others[:MAX_LISTED], more=more
        )


def _column_warnings(table: Table, reading: Reading) -> Iterator[Message]:
    used = set(reading.names.values())
    ignored = [name for name in table.header if name and name not in used]
    if ignored:
        listed = list(dict.fromkeys(map(bare_name, ignored)))
        more = len(listed) > MAX_LISTED
        yield COLUMNS_IGNORED(count=len(ignored), columns=listed[:MAX_LISTED], more=more)
