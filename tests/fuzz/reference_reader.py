"""A slow but obvious reader of both kinds of CSV: line by line, cell by cell, no dependencies.

It doesn't say why a file is refused. It knows the plain forms of a file, written from the
documentation; for any other form, it says that it doesn't know (`UnknownError`).
"""

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from .reference_formats import (
    BadCellError,
    Parse,
    RefusedError,
    UnknownError,
    day_first,
    number_of,
    order_of,
    session_of,
    shown,
    signs_of,
    without_time,
    year_first,
)
from .reference_table import (
    MAX_TICKER_CHARACTERS,
    PRICES,
    ROUNDING,
    Table,
    role_of,
)


@dataclass(frozen=True)
class Bar:
    """One row of a price history."""

    line: int
    ticker: str
    session: date
    written: str  # the date as in the file
    open: float
    high: float
    low: float
    close: float
    volume: float
    adjusted_close: float

    @property
    def values(self) -> tuple[float, ...]:
        """The prices and the volume."""
        return self.open, self.high, self.low, self.close, self.volume


@dataclass(frozen=True)
class WindowRow:
    """One row of a windows CSV."""

    ticker: str | None
    sessions: list[date]
    values: list[float]
    target: date | None  # the session to forecast, if the file names it


def read_history(
    table: Table, today: date
) -> tuple[list[Bar], dict[str, list[int]], dict[str, date]]:
    """Return the usable bars, sorted, the dropped lines by rule, and the last dates."""
    at = positions(table.header)
    cells = {role: [row[column] for _, row in table.rows] for role, column in at.items()}
    order = order_of(cells["date"])
    numeric = {role: cells[role] for role in (*PRICES, "volume", "adj close") if role in cells}
    signs = signs_of(numeric, table.separator)
    bars, unreadable, impossible, dated = [], list(table.damaged), [], []
    for line, row in table.rows:
        fields = {role: row[column] for role, column in at.items()}
        try:
            one = bar(line, fields, order, signs)
        except BadCellError:
            unreadable.append(line)
            with suppress(BadCellError):
                dated.append((fields.get("ticker", ""), session_of(fields["date"], order)))
            continue
        bars.append(one)
    require_daily(bars, len(table.rows), has_time="time" in at)
    require_known_tickers(table, at, bars)
    for one in list(bars):
        if one.session > today + timedelta(days=1):
            impossible.append(one.line)
            bars.remove(one)
        elif is_impossible(one):
            impossible.append(one.line)
            dated.append((one.ticker, one.session))
            bars.remove(one)
    count, bad = len(table.rows) + len(table.damaged), len(unreadable) + len(impossible)
    if bad > max(0.02 * count, min(5, 0.1 * count)):
        raise RefusedError
    bars.sort(key=lambda bar: (bar.ticker, bar.session))
    bars = without_quotes(bars)
    bars, repeated = without_repeats(bars)
    last = {bar.ticker: bar.session for bar in bars}
    for ticker, session in dated:
        if ticker in last and last[ticker] < session <= today:
            last[ticker] = session
    dropped = {"unreadable": unreadable, "impossible": impossible, "repeated": repeated}
    kept = []
    for one in bars:
        rule = why_dropped(one)
        if rule:
            dropped.setdefault(rule, []).append(one.line)
        else:
            kept.append(one)
    if not kept or len(dropped.get("contradictory", [])) > max(5, 0.1 * traded(bars)):
        raise RefusedError
    return kept, {rule: sorted(lines) for rule, lines in dropped.items() if lines}, last


def traded(bars: list[Bar]) -> int:
    """Count the bars that are neither empty nor without trading."""
    return sum(why_dropped(bar) in (None, "contradictory") for bar in bars)


def positions(header: list[str]) -> dict[str, int]:
    """Return the column of each role."""
    found: dict[str, int] = {}
    for position, name in enumerate(header):
        role = role_of(name)
        if role in found:
            raise UnknownError
        if role:
            found[role] = position
    return found


def bar(line: int, fields: dict[str, str], order: Parse, signs: dict[str, str]) -> Bar:
    values = [number_of(fields[role], signs[role]) for role in (*PRICES, "volume")]
    adjusted = (
        number_of(fields["adj close"], signs["adj close"]) if "adj close" in fields else math.nan
    )
    session = session_of(fields["date"], order)
    ticker = fields.get("ticker", "")
    if "ticker" in fields and not 0 < len(ticker) <= MAX_TICKER_CHARACTERS:
        raise BadCellError
    if adjusted <= 0:
        raise BadCellError
    return Bar(line, ticker, session, fields["date"], *values, adjusted)


def require_daily(bars: list[Bar], rows: int, *, has_time: bool) -> None:
    """Refuse several rows a day with times of day."""
    seen = {(bar.ticker, bar.session) for bar in bars}
    if 2 * (len(bars) - len(seen)) + 2 * (rows - len(bars)) < rows:
        return
    if has_time or any(":" in bar.written for bar in bars) or rows > len(bars):
        raise UnknownError  # too many bad rows or times to be sure


def require_known_tickers(table: Table, at: dict[str, int], bars: list[Bar]) -> None:
    """Give up if a column without a known name may have the tickers."""
    sessions = {bar.session for bar in bars}
    if len(table.rows) - len(sessions) < 0.2 * len(table.rows):
        return
    known = {position for role, position in at.items() if role != "time"}
    for position in set(range(len(table.header))) - known:
        if any(re.search(r"[^\W\d_]", row[position]) for _, row in table.rows[:20]):
            raise UnknownError


def is_impossible(bar: Bar) -> bool:
    missing = [math.isnan(value) for value in bar.values]
    if all(missing):
        return False
    prices = bar.values[:4]
    return (
        any(missing) or any(price <= 0 for price in prices) or bar.volume < 0 or bar.high < bar.low
    )


def without_quotes(bars: list[Bar]) -> list[Bar]:
    """Leave out a ticker's last row if it alone has a time of day."""
    kept = []
    for number, one in enumerate(bars):
        same = [other for other in bars[max(number - 3, 0) : number] if other.ticker == one.ticker]
        is_last = number + 1 == len(bars) or bars[number + 1].ticker != one.ticker
        if not (is_last and same and has_time(one) and not any(map(has_time, same))):
            kept.append(one)
    return kept


def has_time(bar: Bar) -> bool:
    """Whether the date has a time of day other than midnight."""
    time = without_time(bar.written)[1]
    return time is not None and bool(set(time) & set("123456789"))


def without_repeats(bars: list[Bar]) -> tuple[list[Bar], list[int]]:
    """Drop rows that repeat the next one, and all but the last of a ticker's last session."""
    dropped = []
    for number, (one, other) in enumerate(pairwise(bars)):
        if (one.ticker, one.session) != (other.ticker, other.session):
            continue
        later = bars[number + 2 : number + 3]
        is_last = not later or later[0].ticker != one.ticker
        if is_last or list(map(repr, one.values)) == list(map(repr, other.values)):
            dropped.append(one.line)
        elif one.values == other.values:
            dropped.append(one.line)  # 0 and -0
    kept = [bar for bar in bars if bar.line not in dropped]
    if len({(bar.ticker, bar.session) for bar in kept}) < len(kept):
        raise RefusedError
    return kept, dropped


def why_dropped(bar: Bar) -> str | None:
    if math.isnan(bar.volume):
        return "empty"
    if bar.volume == 0:
        return "zero_volume"
    if any(
        price > bar.high * (1 + ROUNDING) or price < bar.low * (1 - ROUNDING)
        for price in (bar.open, bar.close)
    ):
        return "contradictory"
    return None


# Windows


def read_windows(table: Table, columns: list[str]) -> list[WindowRow]:
    """Read one window per row; `columns` are the names that the model needs, in order."""
    folded = [name.casefold() for name in table.header]
    if not set(folded) >= set(columns) or table.damaged:
        raise RefusedError
    first = dict(zip(folded, table.rows[0][1], strict=True))
    order = year_first
    oldest = next(name for name in columns if name.startswith("session"))
    if table.separator == ";" and day_first(without_time(first[oldest])[0]) is not None:
        order = day_first
    named = [name for name in columns if not name.startswith("session")]
    signs = shown(first[name] for name in named)
    sign = min(signs) if len(signs) == 1 else "," if table.separator == ";" else "."
    windows = []
    for _, row in table.rows:
        try:
            windows.append(window(dict(zip(folded, row, strict=True)), columns, order, sign))
        except BadCellError:
            raise RefusedError from None
    return windows


def window(cells: dict[str, str], columns: list[str], order: Parse, sign: str) -> WindowRow:
    sessions = [session_of(cells[name], order) for name in columns if name.startswith("session")]
    values = [number_of(cells[name], sign) for name in columns if not name.startswith("session")]
    target = session_of(cells["session"], order) if "session" in cells else None
    days = sessions if target is None else [*sessions, target]
    if any(map(math.isnan, values)) or any(later <= earlier for earlier, later in pairwise(days)):
        raise BadCellError
    if len(cells.get("ticker", "")) > MAX_TICKER_CHARACTERS:
        raise BadCellError
    return WindowRow(cells.get("ticker") or None, sessions, values, target)
