"""The header line: its names and their problems."""

import re
from collections.abc import Sequence
from functools import lru_cache

from model_contract.errors import ProblemList, TableError
from model_contract.messages.reading import COLUMN_TWICE, HEADER_MISSING, TOO_MANY_COLUMNS
from model_contract.reading.decode.layout import fields_of
from model_contract.reading.decode.lines import split_line
from model_contract.reading.formats.column_names import DATE, roles_of
from model_contract.reading.formats.date_order import order_of
from model_contract.reading.table.limits import Limits

VALUE = re.compile(r"[+-]?[0-9][0-9.,/:-]*")
VALUE_STARTS = frozenset("+-0123456789")
LOOKED_AT = 20  # rows


@lru_cache(maxsize=4)  # successive files mostly have the same header
def read_header(number: int, line: str, separator: str, limits: Limits) -> tuple[str, ...]:
    """Split the header line. Raises `TableError` if it isn't a header or repeats a name."""
    width = line.count(separator) + 1
    if width > limits.columns:
        raise TableError.of(TOO_MANY_COLUMNS(columns=width, limit=limits.columns), number)
    problems = ProblemList()
    names = split_line(number, line, separator, limits, problems)
    problems.raise_if_any()
    if 2 * count_values(names) > len(names):
        raise TableError.of(HEADER_MISSING(line=line), number)
    seen: set[str] = set()
    for name in filter(None, names):
        if name.casefold() in seen and roles_of(name):  # others are ignored anyway
            problems.add(COLUMN_TWICE(name=name), number, name)
        seen.add(name.casefold())
    problems.raise_if_any()
    return tuple(names)


def with_row_names(names: tuple[str, ...], below: Sequence[str], separator: str) -> tuple[str, ...]:
    """Add an empty name before the others if the rows start with their own names, as R writes them.

    Each of the first rows then has one more field than the header. It must be the first one that
    the header lacks: the names put the dates in the right column, or name none and each row starts
    with its date. A thousands comma can add a field, too.
    """
    rows = [fields_of(line, separator) for line in below[:LOOKED_AT]]
    if not rows or any(len(row) != len(names) + 1 for row in rows):
        return names
    named = [position for position, name in enumerate(names) if DATE in roles_of(name)]
    moved = any(
        not _are_dates(rows, position) and _are_dates(rows, position + 1) for position in named
    )
    return ("", *names) if moved or (not named and _are_dates(rows, 0)) else names


def _are_dates(rows: Sequence[Sequence[str]], position: int) -> bool:
    return bool(order_of(list(dict.fromkeys(row[position] for row in rows))))


def count_values(names: Sequence[str]) -> int:
    """Count the names that look like numbers or dates."""
    return sum(name[:1] in VALUE_STARTS and bool(VALUE.fullmatch(name)) for name in names)
