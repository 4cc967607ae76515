"""Columns of text to numbers and dates, in the file's dialect. What could be read in two ways is a problem, never a guess.

Most cells are plain and read many at a time; whatever is not is read cell by cell by the written rules, which alone decide.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from itertools import chain
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray
from model_contract.errors import ProblemList
from model_contract.messages.message import Message
from model_contract.messages.reading import (
    DATE_AMBIGUOUS,
    DATE_EXPECTED,
    DATE_EXPECTED_DAY_FIRST,
    DATE_IMPOSSIBLE,
    DATE_SLASHED,
    NUMBER_AMBIGUOUS,
    NUMBER_EXPECTED,
    NUMBER_EXPECTED_DECIMAL_COMMA,
    NUMBER_MISSING,
    NUMBER_TOO_LARGE,
)
from model_contract.reading.table import CHECKED_ROWS, COMMA, Dialect, Table

Value = TypeVar("Value", float, int)

NUMBER = {
    "comma": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"),
    "semicolon": re.compile(
        r"[+-]?(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]*)?|[0-9]+(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]+)?"
    ),
}
# Under decimal commas "1.234" is either one thousand or one and a bit: refused, unless more groups or a comma decide it.
ONE_DOTTED_GROUP = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}(?:[eE][+-]?[0-9]+)?")
# How exports write a value that they do not have (Yahoo Finance writes "null"), in lower case.
NO_VALUE = frozenset({"", "null", "nan", "na", "n/a", "-"})
# Eight digits are a year, a month and a day: with the day or the month first, no year from 1300 on would give a date this way.
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}")
ISO_CHARACTERS, ISO_LENGTH, BASIC_LENGTH = "0123456789-", 10, 8
# Exports of daily data often carry the midnight that starts the day.
MIDNIGHT = re.compile(r"[ T]00:00(?::00(?:\.0+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?$")
SLASHED_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
EXPECTED_DATE = {"comma": DATE_EXPECTED, "semicolon": DATE_EXPECTED_DAY_FIRST}
EXPECTED_NUMBER = {"comma": NUMBER_EXPECTED, "semicolon": NUMBER_EXPECTED_DECIMAL_COMMA}
EPOCH = date(1970, 1, 1).toordinal()


class UnreadableError(Exception):
    """A cell that the rules refuse."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def numbers(
    table: Table, positions: Sequence[int], problems: ProblemList, *, required: bool = False
) -> FloatArray:
    """Parse the columns at these `positions` of the header to finite numbers, (rows, positions).

    A cell of `NO_VALUE` gives NaN, and is noted where a value is `required`; anything else that is no number is noted.
    """

    def by_the_rules(cell: str) -> float:
        return _number(cell, table.dialect, required)

    if table.large_columns is None:
        columns = [table.columns[position] for position in positions]
        whole = _plain_numbers(list(chain.from_iterable(columns)), table.dialect)
        if whole is not None:
            return whole.reshape(len(positions), len(table)).T
    values = np.empty((len(positions), len(table)))
    for column, position in zip(values, positions, strict=True):
        table.check()
        column[:], rows, cells = _fast_numbers(table, position)
        _read_each(by_the_rules, cells, rows, table, position, column, problems)
    return values.T


def dates(table: Table, positions: Sequence[int], problems: ProblemList) -> DateArray:
    """Parse the columns at these `positions` to calendar dates, (rows, positions), datetime64[D].

    A cell that is no date is noted and gives NaT.
    """

    def by_the_rules(cell: str) -> int:
        return _day(cell, table.dialect)

    if table.large_columns is None:
        columns = [table.columns[position] for position in positions]
        whole = _plain_dates(list(chain.from_iterable(columns)))
        if whole is not None:
            return whole.reshape(len(positions), len(table)).T
    values = np.empty((len(positions), len(table)), dtype="datetime64[D]")
    for column, position in zip(values, positions, strict=True):
        table.check()
        column[:], rows, cells = _fast_dates(table, position)
        _read_each(by_the_rules, cells, rows, table, position, column.view(np.int64), problems)
    return values.T


def labels(table: Table, position: int, longest: int) -> npt.NDArray[np.str_]:
    """Give the texts of the column at this `position`, (rows,), cut after `longest` characters."""
    if table.large_columns is None:
        return np.array([cell[:longest] for cell in table.columns[position]], dtype=np.str_)
    from model_contract.reading import arrow as csv_arrow

    return csv_arrow.labels(table.large_columns[position], longest)


def _fast_numbers(table: Table, position: int) -> tuple[FloatArray, Iterable[int], Sequence[str]]:
    """Values, and the rows with their cells that are to be read by the rules."""
    if table.large_columns is None:
        plain = _plain_numbers(table.columns[position], table.dialect)
        if plain is not None:
            return plain, (), ()
        return np.full(len(table), np.nan), range(len(table)), table.columns[position]
    from model_contract.reading import arrow as csv_arrow

    column = table.large_columns[position]
    values, rows = csv_arrow.numbers(column, table.dialect.decimal)
    return values, rows.tolist(), csv_arrow.cells(column, rows)


def _fast_dates(table: Table, position: int) -> tuple[DateArray, Iterable[int], Sequence[str]]:
    if table.large_columns is None:
        return (
            np.full(len(table), np.datetime64("NaT"), "datetime64[D]"),
            range(len(table)),
            table.columns[position],
        )
    from model_contract.reading import arrow as csv_arrow

    column = table.large_columns[position]
    values, rows = csv_arrow.dates(column)
    return values, rows.tolist(), csv_arrow.cells(column, rows)


def _plain_numbers(cells: Sequence[str], dialect: Dialect) -> FloatArray | None:
    """Values of cells that all are plain numbers, or None."""
    whole = "".join(cells)
    if "_" in whole or not whole.isascii():  # which Python's float would read
        return None
    if dialect is not COMMA:
        if "." in whole:
            return None
        cells = [cell.replace(",", ".") for cell in cells]
    try:
        values = np.array(list(map(float, cells)))
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None  # it would read "inf" and "nan", too


def _plain_dates(cells: Sequence[str]) -> DateArray | None:
    """Dates of cells that all are such as 2024-04-03, or all such as 20240403, or None."""
    whole, lengths = "".join(cells), set(map(len, cells))
    if whole.strip(ISO_CHARACTERS) or lengths not in ({ISO_LENGTH}, {BASIC_LENGTH}):
        return None
    if lengths == {ISO_LENGTH} and (whole[4::ISO_LENGTH] + whole[7::ISO_LENGTH]).strip(
        "-"
    ):  # Python would read "2024040399"
        return None
    try:
        ordinals = list(map(date.toordinal, map(date.fromisoformat, cells)))
    except ValueError:
        return None
    return (np.array(ordinals) - EPOCH).view("datetime64[D]")


def _read_each(
    read: Callable[[str], Value],
    cells: Sequence[str],
    rows: Iterable[int],
    table: Table,
    position: int,
    values: npt.NDArray[np.generic],
    problems: ProblemList,
) -> None:
    """Put what the rules make of `cells` into `values` at `rows`, and note what they refuse. Texts that recur are read once."""
    known: dict[str, Value | UnreadableError] = {}
    for count, (row, cell) in enumerate(zip(rows, cells, strict=True)):
        if count % CHECKED_ROWS == 0:
            table.check()
        value = known.get(cell)
        if value is None:
            try:
                value = read(cell)
            except UnreadableError as refusal:
                value = refusal
            known[cell] = value
        if isinstance(value, UnreadableError):
            problems.add(value.message, table.lines[row], table.header[position])
        else:
            values[row] = value


def _number(cell: str, dialect: Dialect, required: bool) -> float:
    if cell.casefold() in NO_VALUE:
        if required:
            raise UnreadableError(NUMBER_MISSING(found=cell))
        return math.nan
    if dialect is not COMMA and ONE_DOTTED_GROUP.fullmatch(cell):
        whole, decimal = cell.replace(".", ""), cell.replace(".", ",")
        raise UnreadableError(NUMBER_AMBIGUOUS(found=cell, thousands=whole, decimal=decimal))
    if not NUMBER[dialect.name].fullmatch(cell):
        raise UnreadableError(EXPECTED_NUMBER[dialect.name](found=cell))
    value = float(cell if dialect is COMMA else cell.replace(".", "").replace(",", "."))
    if math.isinf(value):
        raise UnreadableError(NUMBER_TOO_LARGE(found=cell))
    return value


def _day(cell: str, dialect: Dialect) -> int:
    """Days since 1970."""
    slashed, iso = SLASHED_DATE.fullmatch(cell), MIDNIGHT.sub("", cell)
    if not slashed and not ISO_DATE.fullmatch(iso):
        raise UnreadableError(EXPECTED_DATE[dialect.name](found=cell))
    try:
        if not slashed:
            return date.fromisoformat(iso).toordinal() - EPOCH
        one, two, year = map(int, slashed.groups())
        if dialect is COMMA:
            _refuse_slashes(cell, one, two, year)
        return date(year, two, one).toordinal() - EPOCH
    except ValueError:
        raise UnreadableError(DATE_IMPOSSIBLE(found=cell)) from None


def _refuse_slashes(cell: str, one: int, two: int, year: int) -> None:
    """Raise `UnreadableError` where the cell is a day with either number as the month; if just one is, say how to write it."""
    days = set()
    for month, day in ((one, two), (two, one)):
        with suppress(ValueError):
            days.add(date(year, month, day).isoformat())
    if len(days) > 1:
        raise UnreadableError(DATE_AMBIGUOUS(found=cell))
    if days:
        raise UnreadableError(DATE_SLASHED(found=cell, iso=days.pop()))
