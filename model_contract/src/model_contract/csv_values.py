"""Columns of text to numbers and dates, in the file's dialect. What could be read in two ways is a problem, never a guess."""

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from model_contract.csv_table import COMMA, Dialect
from model_contract.errors import ProblemList, safe, shown

FloatArray = npt.NDArray[np.float64]
DateArray = npt.NDArray[np.datetime64]

NUMBER = {
    "comma": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"),
    "semicolon": re.compile(r"[+-]?(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]*)?|[0-9]+(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]+)?"),
}
# Under decimal commas "1.234" is either one thousand or one and a bit: refused, unless more groups or a comma decide it.
ONE_DOTTED_GROUP = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}(?:[eE][+-]?[0-9]+)?")
# How exports write a value that they do not have (Yahoo Finance writes "null"), in lower case.
NO_VALUE = frozenset({"", "null", "nan", "na", "n/a", "-"})
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Exports of daily data often carry the midnight that starts the day.
MIDNIGHT = re.compile(r"[ T]00:00(?::00(?:\.0+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?$")
SLASHED_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


def numbers(cells: Sequence[str], lines: Sequence[int], column: str, dialect: Dialect, problems: ProblemList) -> FloatArray:
    """Parse a column of finite numbers, (rows,). A cell of `NO_VALUE` gives NaN; anything else that is no number is noted."""
    values = np.full(len(cells), np.nan)
    for index, cell in enumerate(cells):
        if cell.casefold() in NO_VALUE:
            continue
        problem = _number_problem(cell, dialect)
        if problem:
            problems.add(problem, lines[index], safe(column))
        else:
            values[index] = float(cell if dialect is COMMA else cell.replace(".", "").replace(",", "."))
    for index in np.flatnonzero(np.isinf(values)).tolist():
        values[index] = np.nan
        problems.add(f"{shown(cells[index])} is too large for a number", lines[index], safe(column))
    return values


def _number_problem(cell: str, dialect: Dialect) -> str | None:
    if dialect is not COMMA and ONE_DOTTED_GROUP.fullmatch(cell):
        whole = cell.replace(".", "")
        decimal = cell.replace(".", ",")
        return f"{shown(cell)} is ambiguous: {whole} with a thousands point, or {decimal} with a decimal comma; write one of these"
    if NUMBER[dialect.name].fullmatch(cell):
        return None
    if dialect is COMMA:
        return f"expected a number such as 1234.56, found {shown(cell)}"
    return f"expected a number such as 1234,56 or 1.234.567 (the file's fields are separated by semicolons), found {shown(cell)}"


def dates(cells: Sequence[str], lines: Sequence[int], column: str, dialect: Dialect, problems: ProblemList) -> DateArray:
    """Parse a column of calendar dates, (rows,), datetime64[D]. A cell that is no date is noted and gives NaT."""
    values = np.full(len(cells), np.datetime64("NaT"), dtype="datetime64[D]")
    for index, cell in enumerate(cells):
        problem = _date_problem(cell, dialect)
        if problem is None:
            try:
                values[index] = np.datetime64(_calendar_date(cell), "D")
            except ValueError:
                problem = f"{shown(cell)} is not in the calendar"
        if problem:
            problems.add(problem, lines[index], safe(column))
    return values


def _calendar_date(cell: str) -> date:
    slashed = SLASHED_DATE.fullmatch(cell)
    if slashed:
        day, month, year = map(int, slashed.groups())
        return date(year, month, day)
    return date.fromisoformat(cell[:10])


def _date_problem(cell: str, dialect: Dialect) -> str | None:
    if ISO_DATE.fullmatch(MIDNIGHT.sub("", cell)):
        return None
    if not SLASHED_DATE.fullmatch(cell):
        expected = "2024-04-03" if dialect is COMMA else "03/04/2024 (day first) or 2024-04-03"
        return f"expected a date such as {expected}, found {shown(cell) if cell else 'an empty cell'}"
    if dialect is COMMA:
        return f"{shown(cell)} could be day/month or month/day; between commas write dates as 2024-04-03"
    return None
