"""Explains why a cell was refused, with the most specific message and remedy."""

import re
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from datetime import date

from model_contract.messages.cells import (
    DATE_AMBIGUOUS,
    DATE_EXPECTED,
    DATE_EXPECTED_DAY_FIRST,
    DATE_IMPOSSIBLE,
    DATE_MONTH_FIRST,
    DATE_SLASHED,
    DATE_WITH_TIME,
    NUMBER_AMBIGUOUS,
    NUMBER_CURRENCY,
    NUMBER_DECIMAL_COMMA,
    NUMBER_DECIMAL_POINT,
    NUMBER_EXPECTED,
    NUMBER_EXPECTED_DECIMAL_COMMA,
    NUMBER_MISSING,
    NUMBER_SUFFIX,
    NUMBER_THOUSANDS,
    NUMBER_TOO_LARGE,
    ROWS_INTRADAY,
)
from model_contract.messages.message import Message
from model_contract.reading.dialect import (
    COMMA,
    ISO_DATE,
    MIDNIGHT,
    NO_VALUE,
    ONE_DOTTED_GROUP,
    SEMICOLON,
    SLASHED_DATE,
    Dialect,
)

DECIMAL_POINT = re.compile(r"[+-]?[0-9]+\.[0-9]+")
# Three digits after a single comma are taken for a group of thousands instead.
DECIMAL_COMMA = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+),(?:[0-9]{1,2}|[0-9]{4,})")
THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:[,. \u00a0][0-9]{3})+(?:[.,][0-9]+)?")
SUFFIX = re.compile(r"[+-]?[0-9.,]+\s?[KMBkmb]")
DAY_AND_TIME = re.compile(r"(?P<day>\S+?)[ T]+(?P<time>[0-9]{1,2}:[0-9]{2}.*)")


def number_problems(cells: Collection[str], dialect: Dialect) -> dict[str, Message]:
    """Explain the refused cells in a column of numbers."""
    return {cell: _number_problem(cell, dialect) for cell in cells}


def _number_problem(cell: str, dialect: Dialect) -> Message:
    if cell.casefold() in NO_VALUE:
        return NUMBER_MISSING(found=cell)
    if dialect is SEMICOLON and ONE_DOTTED_GROUP.fullmatch(cell):
        whole, decimal = cell.replace(".", ""), cell.replace(".", ",")
        return NUMBER_AMBIGUOUS(found=cell, thousands=whole, decimal=decimal)
    if dialect.number.fullmatch(cell):
        return NUMBER_TOO_LARGE(found=cell)
    if dialect is SEMICOLON and DECIMAL_POINT.fullmatch(cell):
        return NUMBER_DECIMAL_POINT(found=cell)
    if any(unicodedata.category(character) == "Sc" for character in cell):
        return NUMBER_CURRENCY(found=cell)
    if dialect is COMMA and DECIMAL_COMMA.fullmatch(cell):
        return NUMBER_DECIMAL_COMMA(found=cell)
    if THOUSANDS.fullmatch(cell):
        return NUMBER_THOUSANDS(found=cell)
    if SUFFIX.fullmatch(cell):
        return NUMBER_SUFFIX(found=cell)
    expected = NUMBER_EXPECTED if dialect is COMMA else NUMBER_EXPECTED_DECIMAL_COMMA
    return expected(found=cell)


def date_problems(cells: Collection[str], dialect: Dialect) -> dict[str, Message]:
    """Explain the refused cells in a column of dates.

    The column as a whole decides whether dates with slashes have the month first, and whether times
    of day mean that there are several rows for each day.
    """
    month_first, intraday = _is_month_first(cells), _is_intraday(cells)
    return {cell: _date_problem(cell, dialect, month_first, intraday) for cell in cells}


def _date_problem(cell: str, dialect: Dialect, month_first: bool, intraday: bool) -> Message:
    if SLASHED_DATE.fullmatch(cell):
        return _slashed_problem(cell, month_first)
    if ISO_DATE.fullmatch(MIDNIGHT.sub("", cell)):
        return DATE_IMPOSSIBLE(found=cell)
    if DAY_AND_TIME.fullmatch(cell):
        return ROWS_INTRADAY(found=cell) if intraday else DATE_WITH_TIME(found=cell)
    return (DATE_EXPECTED if dialect is COMMA else DATE_EXPECTED_DAY_FIRST)(found=cell)


def _slashed_problem(cell: str, month_first: bool) -> Message:
    month, day = _readings(cell)
    if month and month_first:
        return DATE_MONTH_FIRST(found=cell, iso=month)
    if month and day and month != day:
        return DATE_AMBIGUOUS(found=cell)
    if month or day:
        return DATE_SLASHED(found=cell, iso=month or day)
    return DATE_IMPOSSIBLE(found=cell)


def _readings(cell: str) -> tuple[str | None, str | None]:
    """Parse a date with slashes as month first and as day first: an ISO date or None for each."""
    match = SLASHED_DATE.fullmatch(cell)
    if match is None:
        return None, None
    one, two, year = map(int, match.groups())
    return _iso(year, one, two), _iso(year, two, one)


def _iso(year: int, month: int, day: int) -> str | None:
    with suppress(ValueError):
        return date(year, month, day).isoformat()
    return None


def _is_month_first(cells: Collection[str]) -> bool:
    """Whether some dates are only possible month first, and none are only possible day first."""
    readings = [(bool(month), bool(day)) for month, day in map(_readings, cells)]
    return (True, False) in readings and (False, True) not in readings


def _is_intraday(cells: Collection[str]) -> bool:
    """Whether a day has two times of day. A single time per day may be that of the close."""
    times: dict[str, str] = {}
    matches = filter(None, map(DAY_AND_TIME.fullmatch, cells))
    return any(times.setdefault(match["day"], match["time"]) != match["time"] for match in matches)
