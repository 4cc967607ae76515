"""Joins the parts of dates that are in three columns: year, month and day."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from model_contract.reading.decode.layout import LAGGED_COLUMN
from model_contract.reading.formats.column_names import DATE, LONGEST, TIME, bare, roles_of
from model_contract.reading.table.table import Table

# In the languages of the other names.
YEARS = frozenset({
    "year", "yyyy", "ano", "año", "jahr", "année", "annee", "anno", "rok", "yıl", "yil", "год",
    "年", "년", "연도",
})  # fmt: skip
MONTHS = frozenset({
    "month", "mm", "mês", "mes", "monat", "mois", "mese", "miesiąc", "ay", "месяц", "月", "월",
})  # fmt: skip
DAYS = frozenset({
    "day", "dd", "dia", "día", "tag", "jour", "giorno", "dzień", "gün", "gun", "день", "日", "일",
})  # fmt: skip
NAME = "Year-Month-Day"
YEAR_DIGITS = 4


def with_whole_dates(table: Table) -> Table:
    """Replace the columns of years, months and days by one of dates, if no other has dates."""
    positions = _parts(table.header)
    if positions is None:
        return table
    every = np.arange(len(table))
    parts = zip(*(table.columns.cells(position, every) for position in positions), strict=True)
    cells = ["-".join(part) if len(part[0]) == YEAR_DIGITS else ",".join(part) for part in parts]
    names = [name for at, name in enumerate(table.header) if at not in positions]
    columns = table.columns.replaced(positions, cells)
    return replace(table, header=(*names, NAME), columns=columns)


@lru_cache(maxsize=4)  # successive files mostly have the same header
def _parts(header: tuple[str, ...]) -> tuple[int, int, int] | None:
    """Return the positions of the year, the month and the day; None without all of them.

    A windows CSV has columns named `day` and `month`, which are inputs.
    """
    if any(LAGGED_COLUMN.fullmatch(name.casefold()) for name in header):
        return None
    names = [bare(name[:LONGEST]) for name in header]
    found = [
        [at for at, name in enumerate(names) if name in known] for known in (YEARS, MONTHS, DAYS)
    ]
    if any(len(positions) != 1 for positions in found):
        return None
    year, month, day = (positions[0] for positions in found)
    roles = map(roles_of, header)
    dates = [at for at, own in enumerate(roles) if DATE in own and TIME not in own]
    return (year, month, day) if set(dates) <= {day} else None
