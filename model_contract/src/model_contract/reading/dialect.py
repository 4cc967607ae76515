"""The two dialects of CSV, and their number and date formats.

    comma       decimal point    dates 2024-04-03
    semicolon   decimal comma    dates 03/04/2024 (day first) or 2024-04-03

The separator in the header determines the dialect. An ambiguous cell is refused, never guessed.
"""

import math
import re
from dataclasses import dataclass, field
from datetime import date

from model_contract.errors import NotACsvError
from model_contract.messages.reading import NO_SEPARATOR, TABS


@dataclass(frozen=True)
class Dialect:
    """The format of the numbers and dates in a file."""

    name: str
    separator: str
    decimal: str
    number: re.Pattern[str] = field(compare=False)


COMMA = Dialect(
    "comma",
    separator=",",
    decimal=".",
    number=re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"),
)
SEMICOLON = Dialect(
    "semicolon",
    separator=";",
    decimal=",",
    number=re.compile(
        r"[+-]?(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]*)?|[0-9]+(?:,[0-9]*)?|,[0-9]+)"
        r"(?:[eE][+-]?[0-9]+)?"
    ),
)
# With decimal commas, "1.234" can be 1234 or 1,234, so it is refused. A comma or a second group of
# three digits would make it clear.
ONE_DOTTED_GROUP = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}(?:[eE][+-]?[0-9]+)?")
# Missing values in exports (Yahoo Finance writes "null"), in lower case.
NO_VALUE = frozenset({"", "null", "nan", "na", "n/a", "-"})
# Eight digits are year, month and day: in any other order, years from 1300 on would be impossible.
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}")
# Exports of daily data often include midnight as the time of day.
MIDNIGHT = re.compile(r"[ T]00:00(?::00(?:\.0+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?$")
SLASHED_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
EPOCH = date(1970, 1, 1).toordinal()


def dialect_of(header: str) -> Dialect:
    """Detect the dialect by the separator in the header. Raises `NotACsvError`."""
    if ";" in header:
        return SEMICOLON
    if "," in header:
        return COMMA
    raise NotACsvError(TABS() if "\t" in header else NO_SEPARATOR(line=header))


def parse_number(cell: str, dialect: Dialect) -> float | None:
    """Parse a cell into a finite number, or NaN if it has no value; None if it is refused."""
    if cell.casefold() in NO_VALUE:
        return math.nan
    if dialect is SEMICOLON and ONE_DOTTED_GROUP.fullmatch(cell):
        return None
    if not dialect.number.fullmatch(cell):
        return None
    value = float(cell if dialect is COMMA else cell.replace(".", "").replace(",", "."))
    return value if math.isfinite(value) else None


def parse_day(cell: str, dialect: Dialect) -> int | None:
    """Parse a cell into the number of days since 1970; None if it is refused."""
    slashed, iso = SLASHED_DATE.fullmatch(cell), MIDNIGHT.sub("", cell)
    try:
        if slashed and dialect is SEMICOLON:
            day, month, year = map(int, slashed.groups())
            return date(year, month, day).toordinal() - EPOCH
        if ISO_DATE.fullmatch(iso):
            return date.fromisoformat(iso).toordinal() - EPOCH
    except ValueError:
        pass  # no such day
    return None
