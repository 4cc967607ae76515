"""Splits the lines of a CSV into fields, one by one, and collects the problems of all lines."""

import csv
from array import array
from collections.abc import Iterable, Iterator
from itertools import count

from model_contract.deadline import Check
from model_contract.errors import ProblemList, TableError
from model_contract.messages.reading import (
    FIELD_COUNT,
    FIELD_COUNT_DECIMAL_COMMA,
    FIELD_TOO_LONG,
    LINE_TOO_LONG,
    QUOTE_UNCLOSED,
    TOO_MANY_ROWS,
)
from model_contract.reading.dialect import COMMA, Dialect
from model_contract.reading.limits import CHECKED_ROWS, Limits


def numbered_lines(text: str, end: str) -> Iterator[tuple[int, str]]:
    """Yield line numbers and lines; a list of all lines would take twice the text's memory."""
    start = 0
    for number in count(1):
        stop = text.find(end, start)
        if stop < 0:
            yield number, text[start:]
            return
        yield number, text[start:stop]
        start = stop + 1


def require_few_rows(text: str, end: str, limits: Limits) -> None:
    """Raise `TableError` if there are more rows than the limit, before splitting any of them."""
    if text.count(end) < limits.rows:
        return
    rows = sum(1 for _, line in numbered_lines(text, end) if line.strip(",; \t\r")) - 1
    if rows > limits.rows:
        raise TableError.of(TOO_MANY_ROWS(rows=rows, limit=limits.rows))


def split_rows(
    lines: Iterable[tuple[int, str]],
    numbers: "array[int]",
    width: int,
    dialect: Dialect,
    limits: Limits,
    check: Check,
) -> Iterator[list[str]]:
    """Yield the fields of each row, and append its line number to `numbers`.

    Raises `TableError` after the last row if some could not be split into `width` fields.
    """
    problems = ProblemList()
    for position, (number, line) in enumerate(lines):
        if position % CHECKED_ROWS == 0:
            check()
        fields = split_line(number, line, dialect, limits, problems)
        if len(fields) == width:
            numbers.append(number)
            yield fields
        elif fields:
            too_many = dialect is COMMA and len(fields) > width
            code = FIELD_COUNT_DECIMAL_COMMA if too_many else FIELD_COUNT
            problems.add(code(expected=width, found=len(fields)), number)
    problems.raise_if_any()


def split_line(
    number: int, line: str, dialect: Dialect, limits: Limits, problems: ProblemList
) -> list[str]:
    """Split a line into stripped fields. If that fails, add a problem and return no fields."""
    if len(line) > limits.line_characters:
        limit = limits.line_characters
        problems.add(LINE_TOO_LONG(characters=len(line), limit=limit), number)
        return []
    if '"' not in line:
        fields = line.split(dialect.separator)
    else:
        try:
            fields = next(csv.reader([line], delimiter=dialect.separator, strict=True))
        except csv.Error as error:
            too_long = "limit" in str(error)
            limit = limits.field_characters
            problems.add(FIELD_TOO_LONG(limit=limit) if too_long else QUOTE_UNCLOSED(), number)
            return []
    if len(line) > limits.field_characters < max(map(len, fields)):
        problems.add(FIELD_TOO_LONG(limit=limits.field_characters), number)
        return []
    return list(map(str.strip, fields))
