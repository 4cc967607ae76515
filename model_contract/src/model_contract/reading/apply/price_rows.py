"""Parses the rows of a price history, and drops a few that can't be read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model_contract.arrays import FloatArray
from model_contract.deadline import Check
from model_contract.errors import ProblemList, TableError
from model_contract.messages.cells import TICKER_LENGTH
from model_contract.messages.reading import HEADER_CHANGES, TOO_MANY_TICKERS
from model_contract.prices import MAX_TICKER_CHARACTERS, Prices
from model_contract.reading.apply.price_checks import check_dates, check_values, require_daily
from model_contract.reading.decode.lines import MAX_SHOWN, is_another_header
from model_contract.reading.formats.column_names import (
    ADJUSTED_CLOSE,
    DATE,
    PRICES,
    SPLIT_FACTOR,
    TICKER,
    VOLUME,
)
from model_contract.reading.interpret.reading import SHARES_PER_UNIT, Reading
from model_contract.reading.table.table import Table

# Bad rows are dropped up to this share of a file; up to five in a file that has at least 50 rows.
BAD_SHARE, BAD_ROWS, SMALL_SHARE = 0.02, 5, 0.1
RATIO = re.compile(r"([0-9]+(?:[.,][0-9]+)?)(?:\s*(?:[:/]|-?for-?)\s*([0-9]+(?:[.,][0-9]+)?))?")
NO_SPLIT = 1.0
SMALLEST_FRACTION = 1e-6  # shares
LOOKED_AT = 100  # rows
TEXT_MARK = "'"  # before codes such as '000001, so that spreadsheets keep the zeros


@dataclass(frozen=True)
class PriceRows:
    """The rows of a price history as written, with what the file says about share splits."""

    prices: Prices
    adjusted_close: FloatArray  # (rows,); NaN if unknown
    split_factor: FloatArray  # (rows,), see `share_splits`; NaN if unknown

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "PriceRows":
        """Select rows by a mask or an index."""
        return PriceRows(self.prices.take(rows), self.adjusted_close[rows], self.split_factor[rows])


def parse_rows(
    table: Table, reading: Reading, today: np.datetime64, check: Check
) -> tuple[PriceRows, Prices, dict[str, list[int]]]:
    """Parse all columns.

    Returns the usable rows, the bad rows with a date and a price, and the bad rows' lines by rule.

    Raises `TableError` if too many rows are bad.
    """
    problems = ProblemList()
    tickers = _tickers(table, reading, problems)
    values = _numbers(table, reading, (*PRICES, VOLUME), problems, check)
    session = table.dates([reading.columns[DATE]], reading.dates, problems, check)[:, 0]
    lines = table.lines
    line = np.arange(lines.start, lines.stop) if isinstance(lines, range) else np.array(lines)
    volume = values[VOLUME] * SHARES_PER_UNIT[reading.volume_unit]
    whole = np.rint(volume)  # 4363.49 lots of 10,000 are not quite a whole number in binary
    volume = np.where(np.abs(volume - whole) < SMALLEST_FRACTION, whole, volume)
    opened, high, low, close = (values[role] for role in PRICES)
    prices = Prices(tickers, session, opened, high, low, close, volume, line)
    adjusted_close = _adjusted_close(table, reading, problems, check)
    rows = PriceRows(prices, adjusted_close, _split_factor(table, reading))
    require_daily(prices, table, reading)
    unreadable = np.isnat(session)
    if problems:
        unreadable[problems.positions] = True
        _require_one_header(table, np.flatnonzero(np.isnat(session)))
    impossible = ~unreadable & check_values(prices, reading.names, unreadable, problems)
    late = ~unreadable & check_dates(prices, reading.names, today, problems)
    impossible |= late
    problems.extend(table.skipped)
    keep = ~(unreadable | impossible)
    count = len(table) + len(table.skipped)
    bad = count - int(np.count_nonzero(keep))
    if bad > max(BAD_SHARE * count, min(BAD_ROWS, SMALL_SHARE * count)):
        problems.raise_if_any()
    if not bad:
        return rows, prices.take(~keep), {}
    dropped = {
        "unreadable": [*line[unreadable].tolist(), *(problem.row for problem in table.skipped)],
        "impossible": line[impossible].tolist(),
    }
    # yfinance ends with a volume but no prices while the session goes on.
    priced = ~np.isnan([opened, high, low, close]).all(axis=0)
    dated = prices.take(~keep & ~late & ~np.isnat(session) & priced)
    return (
        rows.take(keep),
        dated,
        {rule: sorted(set(found)) for rule, found in dropped.items() if found},
    )


def _numbers(
    table: Table, reading: Reading, roles: Sequence[str], problems: ProblemList, check: Check
) -> dict[str, FloatArray]:
    """Parse columns of numbers, by role, (rows,); those of one format together."""
    found: dict[str, FloatArray] = {}
    for form in dict.fromkeys(reading.numbers[role] for role in roles):
        alike = [role for role in roles if reading.numbers[role] == form]
        positions = [reading.columns[role] for role in alike]
        values = table.numbers(positions, form, problems, check)
        found |= zip(alike, values.T, strict=True)
    return found


def _require_one_header(table: Table, rows: npt.NDArray[np.intp]) -> None:
    """Raise `TableError` if one of some rows without a date is another line of names."""
    some = rows[:LOOKED_AT]
    columns = [table.columns.cells(position, some) for position in range(len(table.header))]
    for row, cells in zip(some.tolist(), zip(*columns, strict=True), strict=True):
        if is_another_header(cells):
            message = HEADER_CHANGES(names=list(cells[:MAX_SHOWN]))
            raise TableError.of(message, table.lines[row])


def _adjusted_close(
    table: Table, reading: Reading, problems: ProblemList, check: Check
) -> FloatArray:
    if ADJUSTED_CLOSE not in reading.columns:
        return np.full(len(table), np.nan)
    found = _numbers(table, reading, [ADJUSTED_CLOSE], problems, check)[ADJUSTED_CLOSE]
    return np.where(found > 0, found, np.nan)


def _split_factor(table: Table, reading: Reading) -> FloatArray:
    """Parse the column of split factors: 4, 4:1 or 4/1 on the day of a split, else 0, 1 or blank.

    A text that is none of these counts as no split: the column is an aid, not worth a row.
    """
    if SPLIT_FACTOR not in reading.columns:
        return np.full(len(table), np.nan)
    cells = table.labels(reading.columns[SPLIT_FACTOR], MAX_TICKER_CHARACTERS)
    distinct, codes = np.unique(cells, return_inverse=True)
    return np.array(list(map(_ratio, distinct.tolist())))[codes]


def _ratio(cell: str) -> float:
    match = RATIO.fullmatch(cell.strip())
    if match is None:
        return NO_SPLIT
    new, old = (float((part or "1").replace(",", ".")) for part in match.groups())
    return new / old if new > 0 and old > 0 else NO_SPLIT


def _tickers(table: Table, reading: Reading, problems: ProblemList) -> npt.NDArray[np.str_]:
    """Read each row's ticker, (rows,). Raises `TableError` if there are more than the limit."""
    names = reading.names
    if TICKER not in names:
        return np.zeros(len(table), dtype="<U1")
    tickers = table.labels(reading.columns[TICKER], MAX_TICKER_CHARACTERS + 2)
    if str(tickers[0]).startswith(TEXT_MARK):
        marked = np.strings.startswith(tickers, TEXT_MARK)
        tickers = np.where(marked, np.strings.replace(tickers, TEXT_MARK, "", count=1), tickers)
    limit = table.limits.tickers
    changes = int(np.count_nonzero(tickers[1:] != tickers[:-1])) + 1
    count = changes if changes <= limit else len(np.unique(tickers))
    if count > limit:
        raise TableError.of(TOO_MANY_TICKERS(tickers=count, limit=limit), column=names[TICKER])
    length = np.strings.str_len(tickers)
    for row in np.flatnonzero((length == 0) | (length > MAX_TICKER_CHARACTERS)).tolist():
        message = TICKER_LENGTH(
            limit=MAX_TICKER_CHARACTERS, found=str(tickers[row])[: MAX_TICKER_CHARACTERS + 1]
        )
        problems.add(message, table.lines[row], names[TICKER], row)
    return tickers
