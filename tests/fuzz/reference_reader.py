"""A slow but obvious reader of both kinds of CSV: line by line, cell by cell, no dependencies.

It doesn't say why a file is refused. It knows the plain forms of a file, written from the
documentation; for any other form, it says that it doesn't know (`UnknownError`).
"""

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, groupby, pairwise

from .reference_dates import (
    Parse,
    day_first,
    hours_ahead,
    order_of,
    session_of,
    without_time,
    year_first,
)
from .reference_formats import BadCellError, RefusedError, UnknownError, number_of, shown, signs_of
from .reference_table import (
    HISTORY,
    MAX_TICKER_CHARACTERS,
    OPTIONAL,
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
    clock: int  # seconds

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
    inputs: list[list[float]]  # by step
    target: date | None  # the session to forecast, if the file names it
    effects: str | None  # the fingerprint of the calendar effects, if the file has any


def read_history(
    table: Table, today: date
) -> tuple[list[Bar], dict[str, list[int]], dict[str, date]]:
    """Return the usable bars, sorted, the dropped lines by rule, and the last dates."""
    at = positions(table.header)
    cells = {role: [row[column] for _, row in table.rows] for role, column in at.items()}
    if any("$" in cell or "€" in cell for cell in cells["volume"]):
        raise UnknownError  # money, if there are many
    order = order_of(cells["date"])
    ahead = hours_ahead(cells["date"], order)
    marked = cells.get("ticker", [""])[0].startswith("'")
    numeric = {role: cells[role] for role in (*PRICES, "volume", "adj close") if role in cells}
    signs = signs_of(numeric, table.separator)
    bars, unreadable, impossible, dated = [], list(table.damaged), [], []
    for line, row in table.rows:
        fields = {role: row[column] for role, column in at.items()}
        try:
            if marked:
                fields["ticker"] = fields["ticker"].removeprefix("'")
            one = bar(line, fields, order, ahead, signs)
        except BadCellError:
            unreadable.append(line)
            with suppress(BadCellError):
                session = session_of(fields["date"], order, ahead)
                if has_price(fields, signs):
                    dated.append((fields.get("ticker", ""), session))
            continue
        bars.append(one)
    require_known_tickers(table, at, bars)
    require_daily(bars, len(table.rows), has_time="time" in at)
    for one in list(bars):
        if one.session > today + timedelta(days=1):
            impossible.append(one.line)
            bars.remove(one)
        elif is_impossible(one):
            impossible.append(one.line)
            if not all(map(math.isnan, one.values[:4])):
                dated.append((one.ticker, one.session))
            bars.remove(one)
    count, bad = len(table.rows) + len(table.damaged), len(unreadable) + len(impossible)
    if bad > max(0.02 * count, min(5, 0.1 * count)):
        raise RefusedError
    bars.sort(key=lambda bar: (bar.ticker, bar.session))
    bars = without_quotes(bars)
    last = {bar.ticker: bar.session for bar in bars}
    for ticker, session in dated:
        if ticker in last and last[ticker] < session <= today:
            last[ticker] = session
    dropped = {"unreadable": unreadable, "impossible": impossible}
    untraded = [bar for bar in bars if why_dropped(bar) in ("empty", "zero_volume")]
    if len(untraded) < len(bars):
        drop(dropped, untraded)
        bars = [bar for bar in bars if why_dropped(bar) not in ("empty", "zero_volume")]
    bars, dropped["repeated"] = without_repeats(bars)
    kept = [bar for bar in bars if why_dropped(bar) is None]
    drop(dropped, [bar for bar in bars if why_dropped(bar)])
    outside = len(dropped.get("contradictory", []))
    if not kept or outside > max(5, 0.1 * (len(kept) + outside)):
        raise RefusedError
    return kept, {rule: sorted(lines) for rule, lines in dropped.items() if lines}, last


def has_price(fields: dict[str, str], signs: dict[str, str]) -> bool:
    for role in PRICES:
        with suppress(BadCellError):
            if not math.isnan(number_of(fields[role], signs[role])):
                return True
    return False


def drop(dropped: dict[str, list[int]], bars: list[Bar]) -> None:
    """Add the lines of bars to those of the rules that they break."""
    for bar in bars:
        dropped.setdefault(why_dropped(bar) or "", []).append(bar.line)


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


def bar(line: int, fields: dict[str, str], order: Parse, ahead: int, signs: dict[str, str]) -> Bar:
    values = [number_of(fields[role], signs[role]) for role in (*PRICES, "volume")]
    adjusted = (
        number_of(fields["adj close"], signs["adj close"]) if "adj close" in fields else math.nan
    )
    session = session_of(fields["date"], order, ahead)
    ticker = fields.get("ticker", "")
    if "ticker" in fields and not 0 < len(ticker) <= MAX_TICKER_CHARACTERS:
        raise BadCellError
    if adjusted <= 0:
        adjusted = math.nan
    return Bar(line, ticker, session, fields["date"], *values, adjusted, clock_of(fields))


def require_daily(bars: list[Bar], rows: int, *, has_time: bool) -> None:
    """Refuse several rows a day with times of day."""
    repeated = len(bars) - len({(bar.ticker, bar.session) for bar in bars})
    unreadable = rows - len(bars)
    if 10 * (repeated + unreadable) < rows:
        return
    if has_time and 10 * repeated >= rows:
        raise RefusedError
    if has_time or any(without_time(bar.written)[1] for bar in bars):
        raise UnknownError  # too many bad rows or times to be sure


def require_known_tickers(table: Table, at: dict[str, int], bars: list[Bar]) -> None:
    """Give up if a column without a known name may have the tickers."""
    sessions = {bar.session for bar in bars}
    if len(table.rows) - len(sessions) < 0.2 * len(table.rows):
        return
    known = {position for role, position in at.items() if role in (*HISTORY, *OPTIONAL)}
    known -= {at.get("time", -1)}
    for position in set(range(len(table.header))) - known:
        if any(re.search(r"[^\W_]", row[position]) for _, row in table.rows[:20]):
            raise UnknownError


def is_impossible(bar: Bar) -> bool:
    missing = [math.isnan(value) for value in bar.values]
    if all(missing) or bar.volume == 0:
        return False  # another rule leaves it out
    prices = bar.values[:4]
    return (
        any(missing) or any(price <= 0 for price in prices) or bar.volume < 0 or bar.high < bar.low
    )


def without_quotes(bars: list[Bar]) -> list[Bar]:
    """Leave out a ticker's last row if it alone has a time of day, or one that isn't round."""
    kept = []
    for number, one in enumerate(bars):
        same = [other for other in bars[max(number - 3, 0) : number] if other.ticker == one.ticker]
        is_last = number + 1 == len(bars) or bars[number + 1].ticker != one.ticker
        alone = one.clock and not any(other.clock for other in same)
        odd = is_odd(one) and not any(map(is_odd, same))
        if not (is_last and same and (alone or odd)):
            kept.append(one)
    return kept


def is_odd(bar: Bar) -> bool:
    return bool(bar.clock) and bar.clock % 300 != 0


def clock_of(fields: dict[str, str]) -> int:
    """Return the time of day of the date, or of the column of times, in seconds; 0 without one."""
    for text in (without_time(fields["date"])[1], fields.get("time")):
        match = re.fullmatch(r"(\d\d?):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?", text or "")
        if match:
            hours, minutes, seconds = (int(part or 0) for part in match.groups())
            return 3600 * hours + 60 * minutes + seconds
    return 0


def without_repeats(bars: list[Bar]) -> tuple[list[Bar], list[int]]:
    """Keep one of equal rows for a session, and of different ones for a ticker's last session.

    It is the one furthest from the rows of the session before.
    """
    kept: list[Bar] = []
    dropped = []
    last = {bar.ticker: bar.session for bar in bars}
    line_before: dict[str, int] = {}
    for (ticker, session), group in groupby(bars, key=lambda bar: (bar.ticker, bar.session)):
        same = list(group)
        if len(same) > 1 and session < last[ticker] and len({text_of(bar) for bar in same}) > 1:
            raise RefusedError
        start = line_before.get(ticker, 0)
        line_before[ticker] = same[-1].line
        best = max(same, key=lambda bar: abs(bar.line - start))
        kept.append(best)
        dropped += [bar.line for bar in same if bar is not best]
    return kept, dropped


def text_of(bar: Bar) -> str:
    return repr([value + 0 for value in bar.values])  # 0 and -0 are the same


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


def read_windows(
    table: Table, columns: list[str], inputs: list[list[str]]
) -> tuple[list[WindowRow], list[str]]:
    """Read one window per row. Also returns the columns that are ignored.

    columns   the names that the model needs of the sessions, in order
    inputs    the names of the inputs that it needs, by step
    """
    folded = [name.casefold() for name in table.header]
    needed = {*columns, *(name for step in inputs for name in step)}
    if not set(folded) >= needed or table.damaged:
        raise RefusedError
    first = dict(zip(folded, table.rows[0][1], strict=True))
    order = year_first
    oldest = next(name for name in columns if name.startswith("session"))
    if table.separator == ";" and day_first(without_time(first[oldest])[0]) is not None:
        order = day_first
    named = [name for name in columns if not name.startswith("session")]
    unrepeated = dict.fromkeys(name for step in inputs for name in step)
    signs = shown(first[name] for name in (*named, *unrepeated))
    sign = min(signs) if len(signs) == 1 else "," if table.separator == ";" else "."
    windows = []
    for _, row in table.rows:
        try:
            cells = dict(zip(folded, row, strict=True))
            windows.append(window(cells, columns, inputs, order, sign))
        except BadCellError:
            raise RefusedError from None
    known = {*needed, "ticker", "session", "calendar effects"}
    return windows, [name for name in table.header if name.casefold() not in known]


def window(
    cells: dict[str, str], columns: list[str], inputs: list[list[str]], order: Parse, sign: str
) -> WindowRow:
    sessions = [session_of(cells[name], order) for name in columns if name.startswith("session")]
    values = [number_of(cells[name], sign) for name in columns if not name.startswith("session")]
    of_steps = [[number_of(cells[name], sign) for name in step] for step in inputs]
    target = session_of(cells["session"], order) if "session" in cells else None
    days = sessions if target is None else [*sessions, target]
    if any(map(math.isnan, chain(values, *of_steps))):
        raise BadCellError
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise BadCellError
    if len(cells.get("ticker", "")) > MAX_TICKER_CHARACTERS:
        raise BadCellError
    effects = cells.get("calendar effects")
    return WindowRow(cells.get("ticker") or None, sessions, values, of_steps, target, effects)
