"""The rules that refuse a price history or drop some of its rows.

dropped          `empty`: no price and no volume; `zero_volume`: no trading (such as holidays in an
                 export); `repeated`
dropped, if few  `contradictory`: Open or Close outside the Low-High range; `unreadable`: a cell
                 that isn't a number or a date; `impossible`: a price <= 0, a negative volume,
                 High < Low, only some of the values, a date in the future
refused          more of these, a session twice with other values, several rows a day
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from model_contract.arrays import FloatArray
from model_contract.errors import ProblemList, TableError, bare_name
from model_contract.messages.cells import (
    DATE_IN_FUTURE,
    HIGH_BELOW_LOW,
    OUTSIDE_RANGE,
    PRICE_EXPECTED,
    ROW_INCOMPLETE,
    ROWS_INTRADAY,
    SESSION_TWICE,
    SESSIONS_REPEATED,
    VOLUME_EXPECTED,
)
from model_contract.messages.forecasting import VOLUMES_ROUNDED
from model_contract.messages.message import Message
from model_contract.messages.reading import ONE_DAY_OF_MANY, TICK_VOLUMES_ONLY
from model_contract.prices import Prices
from model_contract.reading.formats.column_names import DATE, PRICES, TIME, TRADES, VOLUME, roles_of
from model_contract.reading.formats.date_format import PARTS_OF_SECOND, time_of_day
from model_contract.reading.interpret.reading import Reading
from model_contract.reading.table.table import Table

# Published prices are rounded: a close one rounding step outside the day's range is fine.
ROUNDING = 1e-4
SCIENTIFIC = re.compile(r"[0-9](?:[.,](?P<decimals>[0-9]*))?[eE]\+?(?P<exponent>[0-9]{1,2})")
LOOKED_AT = 100  # rows
REPEATED, MANY_REPEATS = 10, 5  # one row in this many, and at least this many rows
ONE_DAY = np.timedelta64(1, "D")

Mask = npt.NDArray[np.bool_]


def empty_rows(prices: Prices) -> Mask:
    """Return a mask, (rows,), of the rows without any price or volume."""
    empty: Mask = np.isnan(prices.open)
    for column in (prices.high, prices.low, prices.close, prices.volume):
        empty &= np.isnan(column)
    return empty


def check_values(
    prices: Prices, names: dict[str, str], unreadable: Mask, problems: ProblemList
) -> Mask:
    """Add a problem for each impossible price, volume or row; return a mask of them, (rows,).

    unreadable    mask of the rows with cells that couldn't be parsed; those aren't checked
    """
    # Rows without trading are dropped by a rule of their own, whatever their prices are.
    traded: Mask = ~(prices.volume == 0)
    filled = ~empty_rows(prices) & ~unreadable & traded
    roles = (*PRICES, VOLUME)
    values = np.stack([getattr(prices, name.lower()) for name in roles])  # (roles, rows)
    missing, wrong = filled & np.isnan(values), traded & (values <= 0)
    bad = missing | wrong
    for at in np.flatnonzero(bad.any(axis=1)).tolist():
        code = VOLUME_EXPECTED if roles[at] == VOLUME else PRICE_EXPECTED
        for row in np.flatnonzero(missing[at]):
            problems.add(ROW_INCOMPLETE(), int(prices.line[row]), names[roles[at]])
        for row in np.flatnonzero(wrong[at]):
            found = code(found=float(values[at, row]))
            problems.add(found, int(prices.line[row]), names[roles[at]])
    crossed = traded & (prices.high < prices.low)
    for row in np.flatnonzero(crossed):
        message = HIGH_BELOW_LOW(high=float(prices.high[row]), low=float(prices.low[row]))
        problems.add(message, int(prices.line[row]), names["High"])
    impossible: Mask = bad.any(axis=0) | crossed
    return impossible


def check_dates(
    prices: Prices, names: dict[str, str], today: np.datetime64, problems: ProblemList
) -> Mask:
    """Add a problem for each date after tomorrow, which may have begun east of UTC.

    Returns a mask of them, (rows,).
    """
    late: Mask = prices.session > today + ONE_DAY
    for row in np.flatnonzero(late):
        message = DATE_IN_FUTURE(date=str(prices.session[row]), today=str(today))
        problems.add(message, int(prices.line[row]), names[DATE])
    return late


def is_sorted(prices: Prices) -> bool:
    """Whether the rows are sorted by ticker, then session."""
    ticker, session = prices.ticker, prices.session
    same = ticker[1:] == ticker[:-1]
    return bool(np.all((ticker[1:] > ticker[:-1]) | (same & (session[1:] >= session[:-1]))))


def require_daily(prices: Prices, table: Table, reading: Reading) -> None:
    """Raise `TableError` if one row in ten repeats a day, and dates have times of day."""
    order = np.arange(len(prices))
    if not is_sorted(prices):
        order = np.lexsort((prices.session, prices.ticker))
    ticker, session = prices.ticker[order], prices.session[order]
    twice = (ticker[1:] == ticker[:-1]) & (session[1:] == session[:-1])
    if REPEATED * np.count_nonzero(twice) < len(prices):
        return
    row = int(order[1:][twice][0])
    cell = table.columns.cells(reading.columns[DATE], np.array([row]))[0]
    if TIME in reading.columns or time_of_day(cell) or reading.dates.order in PARTS_OF_SECOND:
        raise TableError.of(ROWS_INTRADAY(found=cell), table.lines[row], reading.names[DATE])


def require_several_sessions(prices: Prices) -> None:
    """Raise `TableError` if all rows are of the same session, each of another ticker."""
    first = prices.session[0]
    tickers = len(np.unique(prices.ticker)) if np.all(prices.session == first) else 1
    if tickers > 1:
        raise TableError.of(ONE_DAY_OF_MANY(date=str(first), tickers=tickers))


def require_traded_volumes(table: Table, reading: Reading) -> None:
    """Raise `TableError` if only a column of trades or ticks has values, not that of volumes."""
    for position, name in enumerate(table.header):
        if TRADES in roles_of(name):
            counts = table.numbers([position], reading.numbers[VOLUME], ProblemList())
            if np.any(counts > 0):
                raise TableError.of(
                    TICK_VOLUMES_ONLY(column=bare_name(name)), column=reading.names[VOLUME]
                )


def rounded_volumes(table: Table, reading: Reading, volume: FloatArray) -> Iterator[Message]:
    """Warn if most of the first volumes are written like 4.84E+07, without their last digits."""
    if 2 * np.count_nonzero(volume[:LOOKED_AT] % 1000) > len(volume[:LOOKED_AT]):
        return  # reading the texts of a large file again takes a while
    rows = np.arange(min(LOOKED_AT, len(table)))
    cells = table.columns.cells(reading.columns[VOLUME], rows)
    rounded = [
        cell
        for cell in cells
        for match in [SCIENTIFIC.fullmatch(cell)]
        if match and len(match["decimals"] or "") < int(match["exponent"])
    ]
    if 2 * len(rounded) > len(cells):
        yield VOLUMES_ROUNDED(found=rounded[0])


def drop_repeats(prices: Prices) -> tuple[Mask, list[int]]:
    """Return a mask of the rows to keep, (rows,), and the line numbers of the others.

    Of equal rows, the last one is kept. Of different rows for the last session of a ticker, the
    latest one counts, because an earlier one may be of an unfinished session: the one furthest from
    the ticker's other rows, whichever end of the file is the newest. The rows must be sorted.
    """
    keep = np.ones(len(prices), dtype=bool)
    ticker, session = prices.ticker, prices.session
    same = (ticker[1:] == ticker[:-1]) & (session[1:] == session[:-1])
    starts = np.flatnonzero(np.append(True, ~same))
    stops = np.append(starts[1:], len(prices))
    several = stops - starts > 1
    for start, stop in zip(starts[several], stops[several], strict=True):
        rows = np.arange(start, stop)
        is_last = stop == len(prices) or ticker[stop] != ticker[start]
        values = np.column_stack(
            [getattr(prices, name)[rows] for name in (*map(str.lower, PRICES), VOLUME.lower())]
        )
        if is_last or len(np.unique(np.nan_to_num(values, nan=-1), axis=0)) == 1:
            lines = prices.line[rows]
            before = prices.line[start - 1] if start and ticker[start - 1] == ticker[start] else 0
            keep[rows] = False
            keep[rows[np.abs(lines - before).argmax()]] = True
    return keep, sorted(prices.line[~keep].tolist())


def require_unique_sessions(prices: Prices) -> None:
    """Raise `TableError` if a ticker has a session twice. The rows must be sorted."""
    problems = ProblemList()
    twice = (prices.ticker[1:] == prices.ticker[:-1]) & (prices.session[1:] == prices.session[:-1])
    count = int(np.count_nonzero(twice))
    for row in np.flatnonzero(twice):
        first, second = sorted((int(prices.line[row]), int(prices.line[row + 1])))
        if count >= max(MANY_REPEATS, len(prices) / REPEATED) and not prices.ticker[row]:
            date = str(prices.session[row])
            message = SESSIONS_REPEATED(count=count, date=date, line=first, second=second)
            raise TableError.of(message, second, DATE)
        ticker = str(prices.ticker[row]) or None
        message = SESSION_TWICE(date=str(prices.session[row]), ticker=ticker, line=first)
        problems.add(message, second, DATE)
    problems.raise_if_any()


def require_few_contradictions(prices: Prices, lines: Sequence[int], most: float) -> None:
    """Raise `TableError` if more than `most` rows contradict themselves: they are at `lines`."""
    if len(lines) <= most:
        return
    problems = ProblemList()
    for row in np.flatnonzero(np.isin(prices.line, lines)):
        values = {name.lower(): float(getattr(prices, name.lower())[row]) for name in PRICES}
        problems.add(OUTSIDE_RANGE(**values), int(prices.line[row]))
    problems.raise_if_any()


def drop_rows(prices: Prices) -> tuple[Mask, dict[str, list[int]]]:
    """Return a mask of the rows to keep, (rows,), and the other rows' lines by broken rule."""
    top, bottom = prices.high * (1 + ROUNDING), prices.low * (1 - ROUNDING)
    outside = [(price > top) | (price < bottom) for price in (prices.open, prices.close)]
    rules = {
        "empty": empty_rows(prices),
        "zero_volume": prices.volume == 0,
        "contradictory": outside[0] | outside[1],
    }
    dropped, keep = {}, np.ones(len(prices), dtype=bool)
    for rule, broken in rules.items():
        lines = sorted(prices.line[keep & broken].tolist())
        keep &= ~broken
        if lines:
            dropped[rule] = lines
    return keep, dropped
