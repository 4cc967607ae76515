"""Finds the column of tickers by its values, where its name says nothing.

If sessions repeat because a file has several tickers, one column of texts shows to which ticker a
row belongs: together with it, sessions don't repeat. So does a column of codes such as 600519, if
the closes of a session differ as only those of several tickers do: it could have the times of
intraday rows. A column of times of day or of other numbers is never taken.
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
CODE = re.compile(r"[0-9]{3,8}")
PRICE_SPREAD = 1.5  # the highest close of a session / the lowest; intraday closes are much closer


def ticker_column(
    table: Table,
    named: Sequence[int],
    taken: Iterable[int],
    date: int,
    form: DateFormat,
    close: tuple[int, NumberFormat],
    check: Check,
) -> int | None:
    """Return the position of the column of tickers, or None if there is only one ticker.

    named    positions of the columns that can be tickers by their names, the best first
    taken    positions of the columns with another role
    close    the position and the format of the closes
    """
    free = [at for at in range(len(table.header)) if at not in {date, *named, *taken}]
    others = [position for position in free if _has_texts(table, position)]
    codes = [position for position in free if _has_codes(table, position)]
    first = named[0] if named else None
    if not others and not codes and len(named) < 2:
        return first
    session = table.dates([date], form, ProblemList(), check)[:, 0]
    if _repeated(session) < REPEATED * len(table):
        return first
    for position in (*named, *others):
        check()
        if _separates(table.labels(position, MAX_TICKER_CHARACTERS + 1), session):
            return position
    if codes and _closes_differ(table, close, session, check):
        for position in codes:
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


def _has_codes(table: Table, position: int) -> bool:
    """Whether the first cells are numbers of a few digits, without signs."""
    cells = table.columns.cells(position, np.arange(min(LOOKED_AT, len(table))))
    return all(map(CODE.fullmatch, cells))


def _closes_differ(
    table: Table, close: tuple[int, NumberFormat], session: DateArray, check: Check
) -> bool:
    """Whether the closes of a repeated session typically differ by more than those of one day."""
    closes = table.numbers([close[0]], close[1], ProblemList(), check)[:, 0]
    _, day, count = np.unique(session, return_inverse=True, return_counts=True)
    highest, lowest = np.zeros(len(count)), np.full(len(count), np.inf)
    np.fmax.at(highest, day, closes)
    np.fmin.at(lowest, day, closes)
    with np.errstate(all="ignore"):
        spread = (highest / lowest)[count > 1]
    return bool(np.median(spread) >= PRICE_SPREAD)


def _repeated(session: DateArray) -> int:
    return len(session) - len(np.unique(session))


def _separates(labels: np.ndarray, session: DateArray) -> bool:
    names, ticker = np.unique(labels, return_inverse=True)
    if len(names) * ROWS_PER_TICKER > len(labels):
        return False
    pairs = np.unique(np.column_stack([ticker, session.view(np.int64)]), axis=0)
    return len(labels) - len(pairs) <= STILL_REPEATED * len(labels)
