"""A slow but obvious reader of both kinds of CSV: line by line, cell by cell, no dependencies.

It doesn't say why a file is refused.
"""

import csv
import math
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

DIGITS = set("0123456789")
NOTHING = {"", "null", "nan", "na", "n/a", "-"}
MAGIC = (
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF",
    b"PAR1",
)
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
HISTORY = ("date", "open", "high", "low", "close", "volume")
OTHER_NAMES = {
    "symbol": "ticker",
    "adj_close": "adj close",
    "adjusted close": "adj close",
    "adjusted_close": "adj close",
}
BRACKETED_NAMES = {"<ticker>": "ticker", "<dtyyyymmdd>": "date", "<vol>": "volume"} | {
    f"<{name}>": name for name in HISTORY
}
ROUNDING = 1e-4
MAX_ROWS, MAX_COLUMNS, MAX_CHARACTERS, MAX_TICKERS, MAX_TICKER_CHARACTERS = (
    700_000,
    2_000,
    1_000,
    2_000,
    40,
)


class RefusedError(Exception):
    """The file is refused."""


@dataclass(frozen=True)
class Bar:
    """One row of a price history."""

    line: int
    ticker: str
    session: date
    open: float
    high: float
    low: float
    close: float
    volume: float
    adjusted_close: float


@dataclass(frozen=True)
class WindowRow:
    """One row of a windows CSV."""

    ticker: str | None
    sessions: list[date]
    values: list[float]
    target: date | None  # the session to forecast, if the file names it


def read_lines(data: bytes) -> tuple[list[str], list[tuple[int, list[str]]], bool]:
    """Return the header, each row's line number and fields, and whether decimals have commas."""
    if data.startswith((*MAGIC, OLD_EXCEL)) or b"\x00" in data:
        raise RefusedError
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RefusedError from None
    if text.strip()[:1] in ("{", "[") or is_markup(text.strip()):
        raise RefusedError
    text = text.rstrip("\r\n")
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
    first = numbered[0][1]
    if ";" not in first and "," not in first:
        raise RefusedError
    separator = ";" if ";" in first else ","
    header = fields_of(first, separator)
    require_names(header)
    rows = [
        (number, fields_of(line, separator))
        for number, line in numbered[1:]
        if set(line) - {separator, " ", "\t"}
    ]
    if not rows or len(rows) > MAX_ROWS or any(len(row) != len(header) for _, row in rows):
        raise RefusedError
    return header, rows, separator == ";"


def is_markup(text: str) -> bool:
    """Whether a text starts with a tag that isn't the first of several column names."""
    name, _, rest = text[1:].partition(">")
    return text.startswith("<") and not (
        name.isascii() and name.isalpha() and rest.lstrip().startswith((",", ";"))
    )


def require_names(header: list[str]) -> None:
    """Refuse too many columns, duplicate names, and a row of values."""
    folded = [name.casefold() for name in header if name]
    looks_like_values = [name for name in header if looks_like_a_value(name)]
    if (
        len(header) > MAX_COLUMNS
        or len(set(folded)) < len(folded)
        or 2 * len(looks_like_values) > len(header)
    ):
        raise RefusedError


def looks_like_a_value(name: str) -> bool:
    unsigned = name[1:] if name[:1] in ("+", "-") else name
    return unsigned[:1] in DIGITS and set(unsigned) <= DIGITS | set(".,/:-")


def fields_of(line: str, separator: str) -> list[str]:
    if len(line) > MAX_COLUMNS * MAX_CHARACTERS:
        raise RefusedError
    if '"' in line:
        try:
            fields = next(csv.reader([line], delimiter=separator, strict=True))
        except csv.Error:
            raise RefusedError from None
    else:
        fields = line.split(separator)
    if max(map(len, fields)) > MAX_CHARACTERS:
        raise RefusedError
    return [field.strip() for field in fields]


def is_digits(text: str) -> bool:
    return text != "" and set(text) <= DIGITS


def number(cell: str, decimal_comma: bool) -> float:
    """Parse a number; NaN if the cell has no value."""
    text = cell.casefold()
    if text in NOTHING:
        return math.nan
    unsigned = text[1:] if text[0] in "+-" else text
    mantissa, e, exponent = unsigned.partition("e")
    if e and not is_digits(exponent[1:] if exponent[:1] in ("+", "-") else exponent):
        raise RefusedError
    whole, point, fraction = mantissa.partition("," if decimal_comma else ".")
    if decimal_comma and "." in whole:
        whole = without_thousands_points(whole, decided=point != "")
    if (
        not set(whole + fraction) <= DIGITS
        or whole + fraction == ""
        or (whole == "" and fraction == "")
    ):
        raise RefusedError
    value = float(
        f"{'-' if text[0] == '-' else ''}{whole or '0'}.{fraction or '0'}e{exponent or '0'}"
    )
    if math.isinf(value):
        raise RefusedError
    return value


def without_thousands_points(whole: str, *, decided: bool) -> str:
    first, *others = whole.split(".")
    if (
        not is_digits(first)
        or len(first) > 3
        or first[0] == "0"
        or any(not is_digits(group) or len(group) != 3 for group in others)
    ):
        raise RefusedError
    if len(others) == 1 and not decided:  # "1.234" can be 1234 or 1,234
        raise RefusedError
    return first + "".join(others)


def day(cell: str, decimal_comma: bool) -> date:
    parts = cell.split("/")
    try:
        if len(parts) == 3:
            if (
                not decimal_comma
                or not all(map(is_digits, parts))
                or list(map(len, parts)) not in ([1, 1, 4], [1, 2, 4], [2, 1, 4], [2, 2, 4])
            ):
                raise RefusedError
            return date(int(parts[2]), int(parts[1]), int(parts[0]))
        year, first, month, second, digits, rest = (
            cell[:4],
            cell[4:5],
            cell[5:7],
            cell[7:8],
            cell[8:10],
            cell[10:],
        )
        if is_digits(cell[:8]):
            year, first, month, second, digits, rest = (
                cell[:4],
                "-",
                cell[4:6],
                "-",
                cell[6:8],
                cell[8:],
            )
        if list(map(len, (year, month, digits))) != [4, 2, 2] or not is_digits(
            year + month + digits
        ):
            raise RefusedError
        if first + second != "--" or not is_midnight(rest):
            raise RefusedError
        return date(int(year), int(month), int(digits))
    except ValueError:
        raise RefusedError from None


def is_midnight(text: str) -> bool:
    """Whether the text after a date is empty or midnight."""
    if text == "":
        return True
    if text[:6] not in (" 00:00", "T00:00"):
        return False
    rest = text[6:]
    if rest.startswith(":00"):
        rest = rest[3:]
        if rest.startswith(".0"):
            rest = rest[1:].lstrip("0")
    sign, hours, minutes = rest[:1], rest[1:3], rest[3:].removeprefix(":")
    return rest in ("", "Z") or (
        sign in ("+", "-") and is_digits(hours + minutes) and len(hours) == len(minutes) == 2
    )


def read_history(
    data: bytes, today: date
) -> tuple[list[Bar], dict[str, list[int]], dict[str, date]]:
    """Return the usable bars, sorted, the dropped lines by rule, and the last dates."""
    header, rows, decimal_comma = read_lines(data)
    at: dict[str, int] = {}
    for position, name in enumerate(header):
        meaning = (OTHER_NAMES | BRACKETED_NAMES).get(name.casefold(), name.casefold())
        if meaning in (*HISTORY, "ticker", "adj close"):
            if meaning in at:
                raise RefusedError
            at[meaning] = position
    if not at.keys() >= set(HISTORY):
        raise RefusedError
    bars = [bar(line, row, at, decimal_comma) for line, row in rows]
    require_tickers(bars, named="ticker" in at)
    keys = {(bar.ticker, bar.session) for bar in bars}
    if len(keys) < len(bars) or any(session > today + timedelta(days=1) for _, session in keys):
        raise RefusedError
    bars.sort(key=lambda bar: (bar.ticker, bar.session))
    last = {bar.ticker: bar.session for bar in bars}
    kept, dropped = [], {}
    for one in bars:
        rule = why_dropped(one)
        if rule:
            dropped.setdefault(rule, []).append(one.line)
        else:
            kept.append(one)
    if not kept:
        raise RefusedError
    return kept, {rule: sorted(lines) for rule, lines in dropped.items()}, last


def bar(line: int, row: list[str], at: dict[str, int], decimal_comma: bool) -> Bar:
    prices = [number(row[at[name]], decimal_comma) for name in ("open", "high", "low", "close")]
    volume = number(row[at["volume"]], decimal_comma)
    adjusted = number(row[at["adj close"]], decimal_comma) if "adj close" in at else math.nan
    ticker = row[at["ticker"]] if "ticker" in at else ""
    missing = [math.isnan(value) for value in (*prices, volume)]
    if any(missing) and not all(missing):
        raise RefusedError
    if any(price <= 0 for price in (*prices, adjusted)) or volume < 0 or prices[1] < prices[2]:
        raise RefusedError
    return Bar(line, ticker, day(row[at["date"]], decimal_comma), *prices, volume, adjusted)


def require_tickers(bars: list[Bar], *, named: bool) -> None:
    tickers = {bar.ticker for bar in bars}
    if named and (
        len(tickers) > MAX_TICKERS
        or any(not 0 < len(ticker) <= MAX_TICKER_CHARACTERS for ticker in tickers)
    ):
        raise RefusedError


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


def read_windows(data: bytes, columns: list[str]) -> list[WindowRow]:
    """Read one window per row; `columns` are the names that the model needs, in order."""
    header, rows, decimal_comma = read_lines(data)
    folded = [name.casefold() for name in header]
    if not set(folded) >= set(columns):
        raise RefusedError
    windows = []
    for _, row in rows:
        cells = dict(zip(folded, row, strict=True))
        sessions = [
            day(cells[name], decimal_comma) for name in columns if name.startswith("session")
        ]
        values = [
            number(cells[name], decimal_comma) for name in columns if not name.startswith("session")
        ]
        target = day(cells["session"], decimal_comma) if "session" in cells else None
        order = sessions if target is None else [*sessions, target]
        if any(map(math.isnan, values)) or any(
            later <= earlier for earlier, later in pairwise(order)
        ):
            raise RefusedError
        if len(cells.get("ticker", "")) > MAX_TICKER_CHARACTERS:
            raise RefusedError
        windows.append(WindowRow(cells.get("ticker") or None, sessions, values, target))
    return windows
