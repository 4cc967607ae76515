"""Headers that name a ticker and a field for each column, and the rows that they become.

    Price,Close,Close,Volume,Volume          two lines of names, and maybe a third one for the
    Ticker,AAPL,MSFT,AAPL,MSFT               date, as yfinance writes them; in either order
    Date,,,,
    Date,AAPL_Close,AAPL_Volume,MSFT_Close   one line with both in each name, in either order

Each row becomes one row per ticker. A ticker without any value in a row has no row there.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from model_contract.reading.formats.column_names import (
    DATE,
    LONGEST,
    REQUIRED,
    TICKER,
    bare,
    roles_of,
)

JOINTS = re.compile(r"[_.|/: -]+")
TUPLE = re.compile(r"\(\s*'(?P<one>[^']*)'\s*,\s*'(?P<other>[^']*)'\s*\)")
FIELDS = frozenset(REQUIRED) - {DATE}


@dataclass(frozen=True)
class WideHeader:
    """Where each ticker's fields are."""

    date: int  # position
    fields: tuple[str, ...]  # names of the fields, as written
    positions: dict[str, tuple[int, ...]]  # by ticker, in the order of `fields`
    lines: int  # of the file that belong to the header, from its first one

    @property
    def width(self) -> int:
        """The number of columns that a row needs."""
        return 1 + max(self.date, *(max(own) for own in self.positions.values()))

    @property
    def names(self) -> tuple[str, ...]:
        """The header of the long table."""
        return (DATE, TICKER, *self.fields)

    def rows(self, row: Sequence[str]) -> Iterator[list[str]]:
        """Yield one row of the long table for each ticker that has a value."""
        for ticker, positions in self.positions.items():
            cells = [row[position] for position in positions]
            if any(cells):
                yield [row[self.date], ticker, *cells]


def find_wide_header(rows: Sequence[Sequence[str]]) -> WideHeader | None:
    """Find the header in the first rows of a table, the first of which is a line of names."""
    return of_two_lines(rows) or (_of_one_line(rows[0]) if rows else None)


def of_two_lines(rows: Sequence[Sequence[str]]) -> WideHeader | None:
    """Find a header whose first two lines name fields and tickers, in either order."""
    if len(rows) < 2 or len(rows[0]) != len(rows[1]) or len(rows[0]) < 1 + len(FIELDS):
        return None
    found: list[WideHeader | None] = []
    for fields, tickers in ((rows[0], rows[1]), (rows[1], rows[0])):
        if not _field(fields[1]):  # a quick look suffices for most files
            continue
        fields, tickers = _filled(fields), _filled(tickers)
        if not all(map(_field, fields[1:])) or not all(tickers[1:]):
            continue
        if _is_value(tickers[0]):  # a row of values starts with its date
            continue
        pairs = zip(range(1, len(fields)), fields[1:], tickers[1:], strict=True)
        found.append(_grouped(0, pairs, 2))  # the third line has no values, so it becomes no row
    return _clearest(found)


def _filled(names: Sequence[str]) -> list[str]:
    """Repeat the names of merged cells, which only the first of their columns has."""
    found = list(names)
    for position in range(2, len(found)):
        found[position] = found[position] or found[position - 1]
    return found


def _of_one_line(names: Sequence[str]) -> WideHeader | None:
    """Find a header with a ticker and a field in each name, in the same order in all of them."""
    dates = [position for position, name in enumerate(names) if _is_date(name)]
    if not dates:
        return None
    found: list[WideHeader | None] = []
    for last in (True, False):
        pairs: list[tuple[int, str, str]] = []
        for position, name in enumerate(names):
            both = _ticker_and_field(name, field_last=last)
            if both and not _field(name):
                pairs.append((position, *both))
        if not pairs or len({ticker for _, _, ticker in pairs}) * len(FIELDS) > len(pairs):
            continue
        found.append(_grouped(dates[0], pairs, 1))
    return _clearest(found)


def _clearest(found: Iterable[WideHeader | None]) -> WideHeader | None:
    """Prefer the longer names of fields: the tickers C, H, L, O and V name fields, too."""
    return max(filter(None, found), key=lambda wide: sum(map(len, wide.fields)), default=None)


def _grouped(date: int, pairs: Iterable[tuple[int, str, str]], lines: int) -> WideHeader | None:
    """Group (position, field, ticker) by ticker; None unless each ticker has the same fields."""
    by_ticker: dict[str, dict[str, int]] = {}
    for position, field, ticker in pairs:
        if by_ticker.setdefault(ticker, {}).setdefault(field, position) != position:
            return None  # the same field twice
    fields = tuple(next(iter(by_ticker.values())))
    roles = {role for field in fields for role in roles_of(field)}
    if not roles >= FIELDS or any(set(own) != set(fields) for own in by_ticker.values()):
        return None
    positions = {ticker: tuple(own[field] for field in fields) for ticker, own in by_ticker.items()}
    return WideHeader(date, fields, positions, lines)


def _ticker_and_field(name: str, *, field_last: bool) -> tuple[str, str] | None:
    """Split a name into its field and its ticker."""
    if len(name) > LONGEST:
        return None
    match = TUPLE.fullmatch(name)
    if match:
        parts = [(match["one"], match["other"])]
    else:
        parts = [(name[: joint.start()], name[joint.end() :]) for joint in JOINTS.finditer(name)]
    pairs = [(right, left) if field_last else (left, right) for left, right in parts]
    return next(((field, ticker) for field, ticker in pairs if ticker and _field(field)), None)


def _is_date(name: str) -> bool:
    """Whether a name can be that of the dates: a known one, none, or ('Date', '')."""
    match = TUPLE.fullmatch(name)
    known = match["one"] or match["other"] if match else name
    return not name or DATE in roles_of(known)


def _field(name: str) -> bool:
    """Whether a name is that of a field of a price history, other than the date or the ticker."""
    return bool(bare(name)) and bool(set(roles_of(name)) - {DATE, TICKER})


def _is_value(name: str) -> bool:
    return bool(re.fullmatch(r"[0-9.,/:+-]+", name))
