"""Where the table is in a text: its separator, its header line, and the rows below.

A line is the header of a price history if at least `KNOWN` of its names are known (`column_names`).
Titles may precede it, and spreadsheets pad it with empty columns.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from model_contract.reading.formats.column_names import DATE, PRICES, VOLUME, roles_of

SEPARATORS = (",", ";", "\t", "|")
BLANKS = " "  # columns that are aligned with blanks
ALIGNED = re.compile(r"[ \t]{2,}|\t| (?=[+-]?[0-9]|NA\b)")
LAGGED_COLUMN = re.compile(r"(?P<name>.+)_t-(?P<lag>[0-9]+)")  # of a windows CSV
KNOWN = 4
LOOKED_AT = 40  # lines
LONGEST = 100_000  # characters; a longer line isn't a header
HISTORY = frozenset({DATE, *PRICES, VOLUME})


@dataclass(frozen=True)
class Layout:
    """The place of a table's header, and what separates its columns."""

    separator: str  # one of `SEPARATORS`, or `BLANKS`
    header_line: int  # from 1
    names: tuple[str, ...]


def find_layout(lines: Sequence[tuple[int, str]]) -> Layout | None:
    """Find the header of a price history in the first lines; None if no line is one.

    lines    numbered lines that aren't blank
    """
    best, most = None, KNOWN - 1
    for number, line in lines[:LOOKED_AT]:
        if len(line) > LONGEST:
            continue
        for separator in (*SEPARATORS, BLANKS):
            names = fields_of(line, separator)
            known = known_names(names)
            if known > most:
                best, most = Layout(separator, number, tuple(names)), known
    return best


def known_names(names: Sequence[str]) -> int:
    """Count the roles of a price history that names have: at most 6."""
    found = {role for name in names for role in roles_of(name)} & HISTORY
    return len(found)


def fields_of(line: str, separator: str) -> list[str]:
    """Split a line into stripped fields; quotation marks may enclose a field."""
    if separator == BLANKS:
        return _aligned_fields(line.strip())
    fields = line.split(separator)
    if '"' in line and len(line) <= LONGEST:
        with suppress(csv.Error):
            fields = next(csv.reader([line], delimiter=separator), [])
    return [field.strip() for field in fields]


def _aligned_fields(line: str) -> list[str]:
    """Split a line at blanks, but not at single ones in names such as "Adj Close".

    Fields in quotation marks, or known names only, can be separated by single blanks.
    """
    if '"' in line and len(line) <= LONGEST:
        with suppress(csv.Error):
            return next(csv.reader([line], delimiter=BLANKS, skipinitialspace=True), [])
    fields = [field for field in ALIGNED.split(line) if field]
    if len(fields) == 1:
        words = line.split(BLANKS)
        return words if len(words) >= KNOWN and all(map(roles_of, words)) else fields
    return fields


def separators_in(line: str) -> Iterator[str]:
    """Yield the separators that a line contains, the most frequent first."""
    counts = {separator: line.count(separator) for separator in SEPARATORS}
    yield from sorted((s for s in SEPARATORS if counts[s]), key=lambda s: -counts[s])
