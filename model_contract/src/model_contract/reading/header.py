"""The header line: its names, their meaning in a price history, and their problems."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from model_contract.errors import Problem, ProblemList, TableError, bare_name
from model_contract.messages.reading import (
    COLUMN_MISSING,
    COLUMN_RENAMED,
    COLUMN_TWICE,
    COLUMNS_EQUIVALENT,
    FIELD_COUNT,
    FIELD_COUNT_DECIMAL_COMMA,
    HEADER_MISSING,
    HEADER_NOT_FIRST,
    HEADER_YFINANCE,
    NO_SEPARATOR,
    TOO_MANY_COLUMNS,
)
from model_contract.reading.dialect import COMMA, SEMICOLON, Dialect
from model_contract.reading.limits import Limits
from model_contract.reading.lines import split_line

DATE = "Date"
TICKER = "Ticker"
PRICES = ("Open", "High", "Low", "Close")
VOLUME = "Volume"
ADJUSTED_CLOSE = "Adj Close"  # for splits and dividends
REQUIRED = (DATE, *PRICES, VOLUME)
OPTIONAL = (TICKER, ADJUSTED_CLOSE)
ALIASES = {
    "symbol": TICKER,
    "adj_close": ADJUSTED_CLOSE,
    "adjusted close": ADJUSTED_CLOSE,
    "adjusted_close": ADJUSTED_CLOSE,
}
# The names in files of Stooq and MetaStock.
BRACKETED = {f"<{name.casefold()}>": name for name in (TICKER, *REQUIRED)} | {
    "<dtyyyymmdd>": DATE,
    "<vol>": VOLUME,
}
CANONICAL = {name.casefold(): name for name in (*REQUIRED, *OPTIONAL)} | ALIASES | BRACKETED
# Names of these columns in other tools and languages. They are refused, but errors suggest a fix.
OTHER_NAMES = {
    TICKER: ("symbol", "ativo", "papel", "codneg"),
    DATE: (
        "data", "data pregão", "data do pregão", "datpre", "datetime", "timestamp", "time", "day",
        "session", "fecha",
    ),
    "Open": ("abertura", "preabe", "preço de abertura", "o", "open price", "apertura"),
    "High": (
        "máxima", "maxima", "máximo", "maximo", "alta", "premax", "preço máximo", "h", "high price",
    ),
    "Low": (
        "mínima", "minima", "mínimo", "minimo", "baixa", "premin", "preço mínimo", "l", "low price",
    ),
    "Close": (
        "fechamento", "último", "ultimo", "preult", "preço de fechamento", "c", "last", "price",
        "close price", "close/last", "cierre",
    ),
    VOLUME: (
        "volume negociado", "vol", "vol.", "quantidade", "quantidade negociada", "quatot", "v",
        "shares", "volumen",
    ),
}  # fmt: skip
NAMES_OF_A_HEADER = 4  # a line with this many known names is the header of a price history
MAX_SHOWN = 12
VALUE = re.compile(r"[+-]?[0-9][0-9.,/:-]*")
VALUE_STARTS = frozenset("+-0123456789")
LOOKED_AT = 10  # lines below the first; one of them may be the header
BEGINNING = 2**15  # bytes
# Problems that a misplaced header can cause.
MISLEADING = frozenset(
    {NO_SEPARATOR, HEADER_MISSING, COLUMN_TWICE, FIELD_COUNT, FIELD_COUNT_DECIMAL_COMMA}
)

Numbered = Sequence[tuple[int, Sequence[str]]]  # line numbers with their fields


@lru_cache(maxsize=4)  # successive files mostly have the same header
def read_header(number: int, line: str, dialect: Dialect, limits: Limits) -> tuple[str, ...]:
    """Split the header line. Raises `TableError` if it isn't a header or repeats a name."""
    width = line.count(dialect.separator) + 1
    if width > limits.columns:
        raise TableError.of(TOO_MANY_COLUMNS(columns=width, limit=limits.columns), number)
    problems = ProblemList()
    names = split_line(number, line, dialect, limits, problems)
    problems.raise_if_any()
    values = sum(name[:1] in VALUE_STARTS and bool(VALUE.fullmatch(name)) for name in names)
    if 2 * values > len(names):
        raise TableError.of(HEADER_MISSING(line=line), number)
    seen: set[str] = set()
    for name in filter(None, names):
        if name.casefold() in seen:
            problems.add(COLUMN_TWICE(name=name), number, name)
        seen.add(name.casefold())
    problems.raise_if_any()
    return tuple(names)


def canonical_names(header: Sequence[str], line: int = 1) -> dict[str, str]:
    """Map canonical column names to the names in `header`, whatever their case.

    Raises `TableError` if two columns mean the same thing.
    """
    found: dict[str, str] = {}
    for name in header:
        target = CANONICAL.get(name.casefold())
        if target in found:
            raise TableError.of(COLUMNS_EQUIVALENT(one=found[target], other=name), line, name)
        if target:
            found[target] = name
    return found


def missing_columns(
    missing: Sequence[str], header: Sequence[str], line: int, first_rows: Numbered
) -> TableError:
    """Make the error for missing columns, or for a misplaced header if that is the cause.

    first_rows   line numbers and fields of the first rows below the header
    """
    problem = _misplaced(header, line, first_rows)
    return TableError([problem] if problem else _missing(missing, header, line))


def with_header_problem(error: TableError, data: bytes) -> TableError:
    """Return the error for a misplaced header if that explains `error`; else `error` itself."""
    if error.problems[0].message.code not in MISLEADING:
        return error
    lines = data[:BEGINNING].decode("utf-8-sig", errors="replace").splitlines()
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    (number, header), *following = [
        (number, _fields(line)) for number, line in numbered[: 1 + LOOKED_AT]
    ]
    problem = _misplaced(header, number, following)
    return TableError([problem]) if problem else error


def _misplaced(header: Sequence[str], line: int, following: Numbered) -> Problem | None:
    """Return a problem if the header of a price history is below the first line."""
    if header[0] == "Price" and following and following[0][1][0] == "Ticker":
        return Problem(HEADER_YFINANCE(), line)
    if _is_history_header(header):
        return None
    for number, fields in following:
        # A title with a semicolon hides that the columns below it are separated by commas.
        if _is_history_header(fields) or _is_history_header(_fields(fields[0])):
            text = ",".join(header).strip(",")
            return Problem(HEADER_NOT_FIRST(line=text, header_line=number), line)
    return None


def _missing(missing: Sequence[str], header: Sequence[str], line: int) -> Iterator[Problem]:
    found, more = list(header[:MAX_SHOWN]), len(header) > MAX_SHOWN
    for name in missing:
        written = next((written for written in header if _means(written, name)), None)
        if written:
            message = COLUMN_RENAMED(written=written, name=name)
        else:
            message = COLUMN_MISSING(needed=list(REQUIRED), found=found, more=more)
        yield Problem(message, line, name)


def _is_history_header(fields: Sequence[str]) -> bool:
    known = sum(any(_means(field, name) for field in fields) for name in OTHER_NAMES)
    return known >= NAMES_OF_A_HEADER


def _means(written: str, name: str) -> bool:
    bare = bare_name(written.casefold())
    return bare == name.casefold() or bare in OTHER_NAMES[name]


def _fields(line: str) -> list[str]:
    separator = next((one.separator for one in (SEMICOLON, COMMA) if one.separator in line), "\t")
    return [field.strip().strip('"') for field in line.split(separator)]
