"""Splits the lines of a text into fields, one by one, and collects the problems of all lines."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from model_contract.deadline import Check
from model_contract.errors import MAX_COUNTED, Problem, ProblemList, TableError
from model_contract.messages.reading import (
    FIELD_COUNT,
    FIELD_COUNT_DECIMAL_COMMA,
    FIELD_TOO_LONG,
    HEADER_CHANGES,
    LINE_TOO_LONG,
    QUOTE_UNCLOSED,
    TOO_MANY_ROWS,
)
from model_contract.reading.decode.layout import BLANKS, KNOWN, fields_of, known_names
from model_contract.reading.table.limits import CHECKED_ROWS, Limits

MAX_SHOWN = 12  # names in an error
NUMERIC = "0123456789.,:/+-"
BLANK = re.compile(r"^[,; \t\r]*$", re.MULTILINE)


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
    # Lines of only separators aren't rows. Stripping every line would take four times as long.
    text = text.replace(end, "\n")
    rows = text.count("\n") - sum(1 for _ in BLANK.finditer(text))
    if rows > limits.rows:
        raise TableError.of(TOO_MANY_ROWS(rows=rows, limit=limits.rows))


def split_rows(
    lines: Iterable[tuple[int, str]],
    header: Sequence[str],
    separator: str,
    limits: Limits,
    check: Check,
    skipped: list[Problem],
) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the fields of each row, as many as the header has names.

    Lines of only separators, as spreadsheets write them, and repetitions of the header aren't rows.
    Other lines that can't be split into as many fields are added to `skipped`.
    """
    padding, width = separator + " \t", len(header)
    for position, (number, line) in enumerate(lines):
        if position % CHECKED_ROWS == 0:
            check()
        if not line.strip(padding):
            continue
        problems = ProblemList()
        fields = split_line(number, line, separator, limits, problems)
        if len(fields) != width:
            fields = _fitted(fields, header)
        if len(fields) == width:
            if fields == list(header):
                continue
            if is_another_header(fields):
                raise TableError.of(HEADER_CHANGES(names=fields[:MAX_SHOWN]), number)
            yield number, fields
        elif fields:
            too_many = separator == "," and len(fields) > width
            code = FIELD_COUNT_DECIMAL_COMMA if too_many else FIELD_COUNT
            problems.add(code(expected=width, found=len(fields)), number)
        skipped.extend(problems)
        if len(skipped) >= MAX_COUNTED:
            raise TableError(skipped)


def is_another_header(fields: Sequence[str]) -> bool:
    """Whether a row consists of names of columns."""
    return not fields[0][:1].isdigit() and _are_texts(fields) and known_names(fields) >= KNOWN


def _are_texts(fields: Sequence[str]) -> bool:
    """Whether less than half of the fields are plain numbers; looking names up takes longer."""
    return 2 * sum(not field.strip(NUMERIC) for field in fields) < len(fields)


def _fitted(fields: list[str], header: Sequence[str]) -> list[str]:
    """Add or remove empty fields at the end of a row, next to columns without a name."""
    while len(fields) > len(header) and not fields[-1]:
        fields = fields[:-1]
    missing = header[len(fields) :]
    return fields if any(missing) or not fields else [*fields, *missing]


def split_line(
    number: int, line: str, separator: str, limits: Limits, problems: ProblemList
) -> list[str]:
    """Split a line into stripped fields. If that fails, add a problem and return no fields."""
    if len(line) > limits.line_characters:
        limit = limits.line_characters
        problems.add(LINE_TOO_LONG(characters=len(line), limit=limit), number)
        return []
    if separator == BLANKS:
        return fields_of(line, separator)
    if '"' not in line:
        fields = line.split(separator)
    else:
        try:
            fields = next(csv.reader([line], delimiter=separator, strict=True))
        except csv.Error as error:
            too_long = "limit" in str(error)
            limit = limits.field_characters
            problems.add(FIELD_TOO_LONG(limit=limit) if too_long else QUOTE_UNCLOSED(), number)
            return []
    if len(line) > limits.field_characters < max(map(len, fields)):
        problems.add(FIELD_TOO_LONG(limit=limits.field_characters), number)
        return []
    return list(map(str.strip, fields))
