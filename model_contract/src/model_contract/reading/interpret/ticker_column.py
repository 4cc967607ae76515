"""Finds the column of tickers by its values, where its name says nothing.

If sessions repeat because a file has several tickers, one column of texts shows to which ticker a
row belongs: together with it, sessions don't repeat. A column of times of day or of numbers is
never taken.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from model_contract.arrays import DateArray
from model_contract.deadline import Check
from model_contract.errors import ProblemList
from model_contract.prices import MAX_TICKER_CHARACTERS
from model_contract.reading.formats.date_format import DateFormat
from model_contract.reading.formats.number_format import POINT, NumberFormat
from model_contract.reading.table.table import Table

LOOKED_AT = 20  # rows
LETTER = re.compile(r"[^\W\d_]")
# At least one row in four repeats a session. Two tickers with the same sessions repeat half of
# them, and a last session that is in the file twice repeats one.
REPEATED = 0.25
# With the ticker, almost no row does; two rows per ticker show that it isn't a row's own number.
STILL_REPEATED, ROWS_PER_TICKER = 0.01, 2


def ticker_column(
    table: Table,
    named: Sequence[int],
    taken: Iterable[int],
    date: int,
    form: DateFormat,
    check: Check,
) -> int | None:
    """Return the position of the column of tickers, or None if there is only one ticker.

    named    positions of the columns that can be tickers by their names, the best first
    taken    positions of the columns with another role
    """
    others = [
        position
        for position in range(len(table.header))
        if position not in {date, *named, *taken} and _has_texts(table, position)
    ]
    first = named[0] if named else None
    if not others and len(named) < 2:
        return first
    session = table.dates([date], form, ProblemList(), check)[:, 0]
    if _repeated(session) < REPEATED * len(table):
        return first
    for position in (*named, *others):
        check()
        if _separates(table.labels(position, MAX_TICKER_CHARACTERS + 1), session):
            return position
    return first


def _has_texts(table: Table, position: int) -> bool:
    """Whether the first cells are short texts, rather than numbers, dates, or nothing."""
    cells = table.columns.cells(position, np.arange(min(LOOKED_AT, len(table))))
    return all(
        LETTER.search(cell)
        and len(cell) <= MAX_TICKER_CHARACTERS
        and ":" not in cell
        and NumberFormat(POINT).parse(cell) is None
        for cell in cells
    )


def _repeated(session: DateArray) -> int:
    return len(session) - len(np.unique(session))


def _separates(labels: np.ndarray, session: DateArray) -> bool:
    names, ticker = np.unique(labels, return_inverse=True)
    if len(names) * ROWS_PER_TICKER > len(labels):
        return False
    pairs = np.unique(np.column_stack([ticker, session.view(np.int64)]), axis=0)
    return len(labels) - len(pairs) <= STILL_REPEATED * len(labels)
