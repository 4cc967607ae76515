"""The header line: its names and their problems."""

import re
from collections.abc import Sequence
from functools import lru_cache

from model_contract.errors import ProblemList, TableError
from model_contract.messages.reading import COLUMN_TWICE, HEADER_MISSING, TOO_MANY_COLUMNS
from model_contract.reading.decode.lines import split_line
from model_contract.reading.formats.column_names import roles_of
from model_contract.reading.table.limits import Limits

VALUE = re.compile(r"[+-]?[0-9][0-9.,/:-]*")
VALUE_STARTS = frozenset("+-0123456789")


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


def count_values(names: Sequence[str]) -> int:
    """Count the names that look like numbers or dates."""
    return sum(name[:1] in VALUE_STARTS and bool(VALUE.fullmatch(name)) for name in names)
