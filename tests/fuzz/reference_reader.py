"""A slow but obvious reader of both kinds of CSV: line by line, cell by cell, no dependencies.

It doesn't say why a file is refused. It knows the plain forms of a file, written from the
documentation; for any other form, it says that it doesn't know (`UnknownError`).
"""

import csv
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

DIGITS = set("0123456789")
NOTHING = {"", "null", "nan", "na", "n/a", "#n/a", "none", "-", "--"}
REFUSED_MAGIC = (
    b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"\x89PNG", b"\xff\xd8\xff", b"GIF8",
    b"%PDF",
)  # fmt: skip
CONTAINER_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PAR1", b"\xd0\xcf\x11\xe0")
SEPARATORS = ",;\t|"
PRICES = ("open", "high", "low", "close")
HISTORY = ("date", *PRICES, "volume")
OPTIONAL = ("ticker", "adj close", "time")
NAMES = {
    "date": {"date", "data", "datum", "fecha", "日期", "dtyyyymmdd"},
    "open": {"open", "abertura", "apertura", "开盘", "1 open"},
    "high": {"high", "máxima", "máximo", "最高", "2 high"},
    "low": {"low", "mínima", "mínimo", "最低", "3 low"},
    "close": {"close", "fechamento", "cierre", "收盘", "4 close", "close/last"},
    "volume": {"volume", "vol", "quantidade", "volumen", "5 volume"},
    "ticker": {"ticker", "symbol", "ativo"},
    "adj close": {"adj close", "adjusted close"},
    "time": {"time"},
    "": {"per", "openint", "note", "über", "b", "1", ""},  # ignored
}
LAGGED = re.compile(r".+_t-[0-9]+")
ROUNDING = 1e-4
MAX_ROWS, MAX_COLUMNS, MAX_CHARACTERS, MAX_TICKER_CHARACTERS = 700_000, 2_000, 1_000, 40
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, start=1)}
# Letters that can be part of a number or of a date in forms that this reader doesn't know.
UNITS = {"k": 3, "m": 6, "b": 9, "t": 12}
MAYBE_NUMBER = {
    "e", "k", "m", "b", "t", "mil", "mi", "mln", "bi", "bn", "tsd", "mio", "mrd", "usd", "eur",
    "gbp", "brl", "rs", "r", "us", "a", "c", "hk", "nt", "s",
}  # fmt: skip
TIME = re.compile(r"(?P<date>.+?)[ T](?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|[+-]\d\d:?\d\d)?")


class RefusedError(Exception):
    """The file is refused."""


class UnknownError(Exception):
    """The file has a form that this reader doesn't know."""


class BadCellError(Exception):
    """A cell has no meaning in its column."""


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


@dataclass(frozen=True)
class Table:
    """The lines of a file."""

    header: list[str]
    rows: list[tuple[int, list[str]]]  # line numbers and fields
    damaged: list[int]  # line numbers
    separator: str


# Lines


def read_lines(data: bytes) -> Table:
    """Split a file whose first line names its columns."""
    if data.startswith(REFUSED_MAGIC):
        raise RefusedError
    if data.startswith(CONTAINER_MAGIC) or b"\x00" in data:
        raise UnknownError
    try:
        text = data.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UnknownError from None
    end = "\n" if "\n" in text else "\r"
    numbered = [
        (number, line.rstrip("\r"))
        for number, line in enumerate(text.split(end), start=1)
        if line.strip() != ""
    ]
    if numbered and len(numbered[0][1]) == 5 and numbered[0][1].lower().startswith("sep="):
        del numbered[0]
    if not numbered:
        raise RefusedError
    separator, header = first_line(numbered[0][1])
    rows, damaged = [], []
    for number, line in numbered[1:]:
        if not set(line) - {separator, " ", "\t"}:
            continue
        fields = fitted(fields_of(line, separator), header)
        if fields is None:
            damaged.append(number)
        elif fields != header:
            rows.append((number, fields))
    if not rows or len(rows) > MAX_ROWS:
        raise RefusedError
    return Table(header, rows, damaged, separator)


def first_line(line: str) -> tuple[str, list[str]]:
    """Return the separator and the names of the columns."""
    found = [separator for separator in SEPARATORS if separator in line]
    if len(found) != 1 or line.startswith(("\ufeff", "<a", "{", "[")):
        raise UnknownError
    names = fields_of(line, found[0])
    if names is None or len(names) > MAX_COLUMNS:
        raise UnknownError
    folded = [name.casefold() for name in names if name]
    if len(set(folded)) < len(folded):
        raise UnknownError
    if not is_windows(names) and not set(map(role_of, names)) >= set(HISTORY):
        raise UnknownError
    return found[0], names


def is_windows(names: Iterable[str]) -> bool:
    return any(LAGGED.fullmatch(name.casefold()) for name in names)


def role_of(name: str) -> str:
    """Return the role of a column, "" if it has none."""
    if name.startswith("<") and name[1:2] in DIGITS:
        raise UnknownError
    for role, names in NAMES.items():
        if bare(name) in names:
            return role
    raise UnknownError


def bare(name: str) -> str:
    """Remove the case and the marks of a name."""
    bare = name[1:-1] if name.startswith("<") and name.endswith(">") else name
    return " ".join(bare.replace("_", " ").replace(".", " ").replace("*", " ").casefold().split())


def fields_of(line: str, separator: str) -> list[str] | None:
    """Split a line into stripped fields; None if that is impossible."""
    if len(line) > MAX_COLUMNS * MAX_CHARACTERS:
        return None
    fields = line.split(separator)
    if '"' in line:
        try:
            fields = next(csv.reader([line], delimiter=separator, strict=True))
        except csv.Error:
            return None
    if max(map(len, fields)) > MAX_CHARACTERS:
        return None
    return [field.strip() for field in fields]


def fitted(fields: list[str] | None, header: list[str]) -> list[str] | None:
    """Add or remove empty fields at the end; None if the row still has another length."""
    if fields is None:
        return None
    while len(fields) > len(header) and fields[-1] == "":
        fields = fields[:-1]
    if len(fields) < len(header) and not any(header[len(fields) :]):
        fields = fields + [""] * (len(header) - len(fields))
    return fields if len(fields) == len(header) else None


# Numbers


def number(cell: str, sign: str) -> float:
    """Parse a number with a decimal sign; NaN if the cell has no value."""
    text = re.sub(r"^([+-])\s+", r"\1", cell.casefold())
    text = re.sub(r"\$\s+", "$ ", text)
    if text in NOTHING:
        return math.nan
    if not text.isascii():
        raise UnknownError
    words = set(re.findall("[a-z]+", text))
    if not words <= MAYBE_NUMBER or set(text) - set("abcdefghijklmnopqrstuvwxyz0123456789.,+-' $"):
        raise BadCellError
    match = re.fullmatch(r"([+-]?)(\$ *)?([0-9.,' ]*[0-9][.,]?)(e[+-]?[0-9]+)?( ?[kmbt])?", text)
    if match is None:
        if words - {"e"} or "$" in text:
            raise UnknownError
        raise BadCellError
    minus, body, exponent, unit = match[1], match[3], match[4], match[5]
    if exponent and unit:
        raise BadCellError
    whole, _, fraction = body.partition(sign)
    if set(fraction) - DIGITS or (not whole and not fraction):
        raise BadCellError
    power = f"e{UNITS[unit.strip()]}" if unit else exponent or ""
    digits = without_groups(whole, sign)
    value = float(f"{digits or '0'}.{fraction or '0'}{power}")
    if math.isinf(value):
        raise BadCellError
    return -value if minus == "-" else value


def without_groups(whole: str, sign: str) -> str:
    """Remove one kind of separator between groups of digits."""
    marks = set(whole) - DIGITS
    if not marks:
        return whole
    if len(marks) > 1:
        raise BadCellError
    (mark,) = marks
    first, *others = whole.split(mark)
    western = 1 <= len(first) <= 3 and all(len(group) == 3 for group in others)
    indian = (
        (mark, sign) == (",", ".")
        and 1 <= len(first) <= 2
        and len(others) > 1
        and len(others[-1]) == 3
        and all(len(group) == 2 for group in others[:-1])
    )
    if first[:1] in ("", "0") or not (western or indian):
        raise BadCellError
    return first + "".join(others)


def sign_of(cell: str) -> str | None:
    """Return the decimal sign that a cell shows; None if it doesn't show any."""
    match = re.fullmatch(
        r"[+-]?(?:\$ *)?[+-]?([0-9.,' ]*[0-9][.,]?)(?:e[+-]?[0-9]+)? ?(?:[kmbt])?", cell.casefold()
    )
    if match is None:
        return None
    signs = [character for character in match[1] if character in ".,"]
    other = {".": ",", ",": "."}
    if len(set(signs)) == 2:
        return signs[-1] if signs.count(signs[-1]) == 1 else None
    if len(signs) > 1:
        return other[signs[0]]
    return signs[0] if signs and not is_unclear(cell) else None


def is_unclear(cell: str) -> bool:
    """Whether a cell looks like 1.234."""
    return bool(
        re.fullmatch(
            r"[+-]?(\$ *)?[1-9][0-9]?[0-9]?[.,][0-9]{3}(e[+-]?\d+)?( ?[kmbt])?", cell.casefold()
        )
    )


def shown(cells: Iterable[str]) -> set[str]:
    """Return the signs that cells show; one cell in ten may be a mistake."""
    found = [sign for sign in map(sign_of, cells) if sign]
    return {sign for sign in found if 10 * found.count(sign) > len(found)}


def signs_of(columns: dict[str, list[str]], separator: str) -> dict[str, str]:
    """Decide on the decimal sign of each column of a history."""
    if separator == ",":
        near = [cell for cells in columns.values() for cell in (*cells[:10], *cells[-10:])]
        if not any("," in cell for cell in near):
            return dict.fromkeys(columns, ".")
    if max(map(len, columns.values())) > 1000:
        columns = {role: [*cells[:500], *cells[-500:]] for role, cells in columns.items()}
    own = {role: shown(cells) for role, cells in columns.items()}
    file = set().union(*own.values())
    if len(file) != 1 and separator == ",":
        file = {"."}
    for role, cells in columns.items():
        if not own[role] and len(file) != 1 and any(map(is_unclear, cells)):
            raise RefusedError  # the file can be read in two ways
    usual = file.pop() if len(file) == 1 else "."
    return {role: min(signs) if len(signs) == 1 else usual for role, signs in own.items()}


# Dates


def without_time(cell: str) -> tuple[str, str | None]:
    """Split a cell into its date and its time of day."""
    if ":" not in cell:
        return cell, None
    match = TIME.fullmatch(cell)
    if match is None:
        raise UnknownError
    return match["date"], match["time"]


def year_first(cell: str) -> date | None:
    if set(cell) <= DIGITS and len(cell) == 8:
        return day(cell[:4], cell[4:6], cell[6:])
    parts = parts_of(cell)
    if parts and len(parts[0]) == 4 and len(parts[2]) <= 2:
        return day(*parts)
    return named(cell)


def day_first(cell: str) -> date | None:
    parts = parts_of(cell)
    if parts and len(parts[0]) <= 2 and len(parts[2]) in (2, 4):
        return day(year_of(parts[2]), parts[1], parts[0])
    return None


def month_first(cell: str) -> date | None:
    parts = parts_of(cell)
    if parts and len(parts[0]) <= 2 and len(parts[2]) in (2, 4):
        return day(year_of(parts[2]), parts[0], parts[1])
    return None


def parts_of(cell: str) -> list[str] | None:
    """Split 2024-04-03 and the like into three texts of digits."""
    for mark in "-/. ":
        parts = cell.split(mark)
        if len(parts) == 3:
            lengths = [len(part) for part in parts]
            fits = 1 <= lengths[0] <= 4 and 1 <= lengths[1] <= 2 and 1 <= lengths[2] <= 4
            return parts if fits and set("".join(parts)) <= DIGITS else None
    return None


def named(cell: str) -> date | None:
    """Read "Apr 3, 2024" and "03-Apr-2024"."""
    words = re.findall("[a-z]+", cell.casefold())
    if not words or not set(cell) & DIGITS:
        return None
    match = re.fullmatch(r"([A-Za-z]{3}) (\d\d?), (\d{4})", cell)
    if match and match[1].lower() in MONTHS:
        return day(match[3], str(MONTHS[match[1].lower()]), match[2])
    match = re.fullmatch(r"(\d\d?)-([A-Za-z]{3})-(\d{4}|\d\d)", cell)
    if match and match[2].lower() in MONTHS:
        return day(year_of(match[3]), str(MONTHS[match[2].lower()]), match[1])
    raise UnknownError  # maybe another way to write a month


def year_of(digits: str) -> str:
    return digits if len(digits) == 4 else f"{'20' if int(digits) < 69 else '19'}{digits}"


def day(year: str, month: str, digits: str) -> date | None:
    try:
        return date(int(year), int(month), int(digits))
    except ValueError:
        return None


Parse = Callable[[str], date | None]
ORDERS: tuple[Parse, ...] = (year_first, day_first, month_first)


def order_of(cells: Sequence[str]) -> Parse:
    """Decide how the dates of a column are written."""
    texts = list(dict.fromkeys(cell for cell in cells if cell))
    if any(not text.isascii() for text in texts):
        raise UnknownError
    bare = [without_time(text)[0] for text in texts]
    found = [[parse(text) for text in bare] for parse in ORDERS]
    counts = [sum(one is not None for one in days) for days in found]
    most = max(counts)
    if sum(bool(re.fullmatch(r"\d{4,5}([.,]\d*)?|\d{9,13}(\.0*)?", text)) for text in bare) > most:
        raise UnknownError  # numbers of days or seconds
    if most < 0.9 * len(texts):
        either = sum(
            one is not None or other is not None for one, other in zip(*found[1:], strict=True)
        )
        if counts[1] and counts[2] and either >= 0.9 * len(texts):
            raise RefusedError
        return year_first
    best = [number for number in range(3) if counts[number] == most]
    if len(best) == 1 or 0 in best or found[1] == found[2]:
        return ORDERS[best[0]]
    weekends = [
        sum(one is not None and one.weekday() > 4 for one in found[number]) for number in best
    ]
    if weekends[0] == weekends[1] or min(weekends) > 0:
        raise RefusedError  # the file can be read in two ways
    return ORDERS[best[weekends.index(0)]]


def session_of(cell: str, order: Parse) -> date:
    if not cell.isascii():
        raise UnknownError
    found = order(without_time(cell)[0])
    if found is None:
        raise BadCellError
    return found


# Histories


def read_history(
    table: Table, today: date
) -> tuple[list[Bar], dict[str, list[int]], dict[str, date]]:
    """Return the usable bars, sorted, the dropped lines by rule, and the last dates."""
    at = positions(table.header)
    cells = {role: [row[column] for _, row in table.rows] for role, column in at.items()}
    order = order_of(cells["date"])
    numeric = {role: cells[role] for role in (*PRICES, "volume", "adj close") if role in cells}
    signs = signs_of(numeric, table.separator)
    bars, unreadable, impossible = [], list(table.damaged), []
    for line, row in table.rows:
        fields = {role: row[column] for role, column in at.items()}
        try:
            one = bar(line, fields, order, signs)
        except BadCellError:
            unreadable.append(line)
            continue
        bars.append(one)
    require_daily(bars, len(table.rows), has_time="time" in at)
    require_known_tickers(table, at, bars)
    for one in list(bars):
        if is_impossible(one) or one.session > today + timedelta(days=1):
            impossible.append(one.line)
            bars.remove(one)
    count, bad = len(table.rows) + len(table.damaged), len(unreadable) + len(impossible)
    if bad > max(0.02 * count, min(5, 0.1 * count)):
        raise RefusedError
    bars.sort(key=lambda bar: (bar.ticker, bar.session))
    bars = without_quotes(bars)
    bars, repeated = without_repeats(bars)
    last = {bar.ticker: bar.session for bar in bars}
    dropped = {"unreadable": unreadable, "impossible": impossible, "repeated": repeated}
    kept = []
    for one in bars:
        rule = why_dropped(one)
        if rule:
            dropped.setdefault(rule, []).append(one.line)
        else:
            kept.append(one)
    if not kept:
        raise RefusedError
    return kept, {rule: sorted(lines) for rule, lines in dropped.items() if lines}, last


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
    values = [number(fields[role], signs[role]) for role in (*PRICES, "volume")]
    adjusted = (
        number(fields["adj close"], signs["adj close"]) if "adj close" in fields else math.nan
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
    for position in set(range(len(table.header))) - set(at.values()):
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
    values = [number(cells[name], sign) for name in columns if not name.startswith("session")]
    target = session_of(cells["session"], order) if "session" in cells else None
    days = sessions if target is None else [*sessions, target]
    if any(map(math.isnan, values)) or any(later <= earlier for earlier, later in pairwise(days)):
        raise BadCellError
    if len(cells.get("ticker", "")) > MAX_TICKER_CHARACTERS:
        raise BadCellError
    return WindowRow(cells.get("ticker") or None, sessions, values, target)
