"""Warnings and notes about what was ignored, dropped or found doubtful in a price history."""

from collections.abc import Iterator

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.errors import bare_name
from model_contract.messages.forecasting import (
    COLUMNS_IGNORED,
    FILE_LAST_VOLUME_SMALL,
    LAST_VOLUME_SMALL,
    ROWS_DROPPED_CONTRADICTORY,
    ROWS_DROPPED_EMPTY,
    ROWS_DROPPED_IMPOSSIBLE,
    ROWS_DROPPED_REPEATED,
    ROWS_DROPPED_UNREADABLE,
    ROWS_DROPPED_ZERO_VOLUME,
    SHEETS_IGNORED,
    TICKERS_END_EARLY,
    VOLUME_UNIT_NOTED,
    VOLUMES_FRACTIONAL,
)
from model_contract.messages.message import Code, Message
from model_contract.prices import Prices
from model_contract.reading.apply.last_rows import (
    tickers_that_end_early,
    tickers_with_small_last_volume,
)
from model_contract.reading.formats.column_names import VOLUME, lot_of
from model_contract.reading.interpret.reading import SHARES, Choices, Reading
from model_contract.reading.table.table import Table

# Only whole shares are traded. Of volumes in thousands with one decimal place, nine in ten have a
# fraction.
MANY_FRACTIONS = 0.1
MAX_LISTED = 10
DROPPED = {
    "empty": ROWS_DROPPED_EMPTY,
    "zero_volume": ROWS_DROPPED_ZERO_VOLUME,
    "contradictory": ROWS_DROPPED_CONTRADICTORY,
    "unreadable": ROWS_DROPPED_UNREADABLE,
    "impossible": ROWS_DROPPED_IMPOSSIBLE,
    "repeated": ROWS_DROPPED_REPEATED,
}


def quote_warning(code: Code, lines: list[int]) -> Message:
    """Say which lines are quotes rather than sessions, or may be."""
    count = len(lines)
    return code(lines=sorted(lines)[:MAX_LISTED], count=count, more=count > MAX_LISTED)


def last_row_warnings(prices: Prices, last_dates: dict[str, np.datetime64]) -> Iterator[Message]:
    """Warn of last volumes that look cut off, and of tickers that end before the others."""
    small, early = tickers_with_small_last_volume(prices), tickers_that_end_early(last_dates)
    if small == [""]:
        yield FILE_LAST_VOLUME_SMALL()
    for code, tickers in ((LAST_VOLUME_SMALL, small), (TICKERS_END_EARLY, early)):
        named = [name for name in tickers if name]
        if named:
            more = len(named) > MAX_LISTED
            yield code(count=len(named), tickers=named[:MAX_LISTED], more=more)


def dropped_warnings(dropped: dict[str, list[int]]) -> Iterator[Message]:
    """List the lines that each rule dropped."""
    for rule, lines in dropped.items():
        count = len(lines)
        yield DROPPED[rule](count=count, lines=lines[:MAX_LISTED], more=count > MAX_LISTED)


def fraction_warnings(volume: FloatArray) -> Iterator[Message]:
    """Warn if many volumes aren't whole numbers of shares."""
    if np.count_nonzero(volume != np.floor(volume)) >= MANY_FRACTIONS * len(volume):
        yield VOLUMES_FRACTIONAL()


def unit_warnings(table: Table, reading: Reading, choices: Choices) -> Iterator[Message]:
    """Warn if a line outside the rows states a unit that the volumes may have."""
    undecided = choices.volume_unit is None and lot_of(reading.names[VOLUME]) is None
    if table.unit_note and undecided and reading.volume_unit == SHARES:
        yield VOLUME_UNIT_NOTED(text=table.unit_note)


def sheet_warnings(table: Table, choices: Choices) -> Iterator[Message]:
    """Name the other sheets with prices, unless the sender has chosen one."""
    others = [name for name in table.sheets if name != table.sheet]
    if others and not choices.sheet:
        more = len(others) > MAX_LISTED
        yield SHEETS_IGNORED(
            sheet=table.sheet, count=len(others), sheets=others[:MAX_LISTED], more=more
        )


def column_notes(table: Table, reading: Reading) -> Iterator[Message]:
    """List the columns without a role."""
    used = set(reading.names.values())
    ignored = [name for name in table.header if name and name not in used]
    if ignored:
        listed = list(dict.fromkeys(map(bare_name, ignored)))
        more = len(listed) > MAX_LISTED
        yield COLUMNS_IGNORED(count=len(ignored), columns=listed[:MAX_LISTED], more=more)
