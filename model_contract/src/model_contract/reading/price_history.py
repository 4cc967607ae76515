"""Turns a table of daily prices into the usable rows of each ticker, with warnings.

The rules in `price_checks` refuse the file or drop rows. If Adj Close proves a split, earlier rows
are restated in shares of the ticker's last session (`share_splits`). Training and serving apply the
same rules, so a file yields the same sessions in both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from model_contract.arrays import FloatArray
from model_contract.deadline import Check, never
from model_contract.errors import ProblemList, TableError, bare_name
from model_contract.messages.cells import PRICE_EXPECTED, TICKER_LENGTH
from model_contract.messages.forecasting import (
    COLUMNS_IGNORED,
    ROWS_DROPPED_CONTRADICTORY,
    ROWS_DROPPED_EMPTY,
    ROWS_DROPPED_ZERO_VOLUME,
    ROWS_SORTED,
    VOLUMES_FRACTIONAL,
)
from model_contract.messages.message import Message
from model_contract.messages.reading import NO_USABLE_ROWS, TOO_MANY_TICKERS
from model_contract.prices import MAX_TICKER_CHARACTERS, Prices
from model_contract.reading.header import (
    ADJUSTED_CLOSE,
    DATE,
    LOOKED_AT,
    PRICES,
    REQUIRED,
    TICKER,
    VOLUME,
    canonical_names,
    missing_columns,
)
from model_contract.reading.price_checks import (
    check_dates,
    check_values,
    drop_rows,
    require_unique_sessions,
)
from model_contract.reading.table import Table
from model_contract.share_splits import (
    Split,
    find_splits,
    restate,
    split_warnings,
    suspected_splits,
)

# Only whole shares are traded. Of volumes in thousands with one decimal place, nine in ten have a
# fraction.
MANY_FRACTIONS = 0.1
MAX_LISTED = 10
DROPPED = {
    "empty": ROWS_DROPPED_EMPTY,
    "zero_volume": ROWS_DROPPED_ZERO_VOLUME,
    "contradictory": ROWS_DROPPED_CONTRADICTORY,
}


@dataclass(frozen=True)
class History:
    """The usable rows of a file, and the changes that were made to it."""

    prices: Prices  # restated for `splits`
    last_dates: dict[str, np.datetime64]  # by ticker, including dropped rows
    dropped: dict[str, list[int]]  # lines of the dropped rows, by rule
    warnings: list[Message]
    splits: list[Split]  # by ticker, then session


def read_history(table: Table, today: np.datetime64 | None = None, check: Check = never) -> History:
    """Parse, validate and clean a price history, and restate it for splits.

    today    the date in UTC; by default the current one
    check    called from time to time; raises to stop the reading

    Raises `TableError` with all missing columns or with the problems of all rows.
    """
    names = canonical_names(table.header, table.header_line)
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        below = table.first_rows(LOOKED_AT)
        raise missing_columns(missing, table.header, table.header_line, below)
    if today is None:
        today = np.datetime64(datetime.now(UTC).date())
    prices, adjusted_close = _parse(table, names, today, check)
    warnings = list(_column_warnings(table, names))
    if not _is_sorted(prices):
        warnings.append(ROWS_SORTED())
        order = np.lexsort((prices.session, prices.ticker))
        prices, adjusted_close = prices.take(order), adjusted_close[order]
    require_unique_sessions(prices)
    last_dates = {name: rows.session[-1] for name, rows in prices.by_ticker()}
    keep, dropped = drop_rows(prices)
    if not keep.any():
        raise TableError.of(
            NO_USABLE_ROWS(**{rule: len(dropped.get(rule, ())) for rule in DROPPED})
        )
    if dropped:
        prices, adjusted_close = prices.take(keep), adjusted_close[keep]
    warnings += _dropped_warnings(dropped)
    warnings += _fraction_warnings(prices.volume)  # before splits give volumes fractions
    splits = find_splits(prices, adjusted_close)
    warnings += split_warnings(splits, *suspected_splits(prices, adjusted_close))
    return History(restate(prices, splits), last_dates, dropped, warnings, splits)


def _parse(
    table: Table, names: dict[str, str], today: np.datetime64, check: Check
) -> tuple[Prices, FloatArray]:
    """Parse all columns. Adjusted closes, (rows,), are NaN if unknown. Raises `TableError`."""
    problems = ProblemList()
    position = {name: table.header.index(written) for name, written in names.items()}
    tickers = _tickers(table, names, problems)
    values = [position[name] for name in (*PRICES, VOLUME)]
    opened, high, low, close, volume = table.numbers(values, problems, check).T
    session = table.dates([position[DATE]], problems, check)[:, 0]
    lines = table.lines
    line = np.arange(lines.start, lines.stop) if isinstance(lines, range) else np.array(lines)
    prices = Prices(tickers, session, opened, high, low, close, volume, line)
    check_values(prices, names, problems)
    check_dates(prices, names, today, problems)
    adjusted_close = np.full(len(table), np.nan)
    if ADJUSTED_CLOSE in names:
        adjusted_close = table.numbers([position[ADJUSTED_CLOSE]], problems, check)[:, 0]
        for row in np.flatnonzero(adjusted_close <= 0).tolist():
            message = PRICE_EXPECTED(found=float(adjusted_close[row]))
            problems.add(message, table.lines[row], names[ADJUSTED_CLOSE])
    problems.raise_if_any()
    return prices, adjusted_close


def _tickers(table: Table, names: dict[str, str], problems: ProblemList) -> npt.NDArray[np.str_]:
    """Read each row's ticker, (rows,). Raises `TableError` if there are more than the limit."""
    if TICKER not in names:
        return np.zeros(len(table), dtype="<U1")
    tickers = table.labels(table.header.index(names[TICKER]), MAX_TICKER_CHARACTERS + 1)
    limit = table.limits.tickers
    changes = int(np.count_nonzero(tickers[1:] != tickers[:-1])) + 1
    count = changes if changes <= limit else len(np.unique(tickers))
    if count > limit:
        raise TableError.of(TOO_MANY_TICKERS(tickers=count, limit=limit), column=names[TICKER])
    length = np.strings.str_len(tickers)
    for row in np.flatnonzero((length == 0) | (length > MAX_TICKER_CHARACTERS)).tolist():
        message = TICKER_LENGTH(limit=MAX_TICKER_CHARACTERS, found=str(tickers[row]))
        problems.add(message, table.lines[row], names[TICKER])
    return tickers


def _is_sorted(prices: Prices) -> bool:
    ticker, session = prices.ticker, prices.session
    same = ticker[1:] == ticker[:-1]
    return bool(np.all((ticker[1:] > ticker[:-1]) | (same & (session[1:] >= session[:-1]))))


def _dropped_warnings(dropped: dict[str, list[int]]) -> Iterator[Message]:
    for rule, lines in dropped.items():
        count = len(lines)
        yield DROPPED[rule](count=count, lines=lines[:MAX_LISTED], more=count > MAX_LISTED)


def _fraction_warnings(volume: FloatArray) -> Iterator[Message]:
    if np.count_nonzero(volume != np.floor(volume)) >= MANY_FRACTIONS * len(volume):
        yield VOLUMES_FRACTIONAL()


def _column_warnings(table: Table, names: dict[str, str]) -> Iterator[Message]:
    used = set(names.values())
    ignored = [name for name in table.header if name not in used]
    if ignored:
        listed = list(dict.fromkeys(map(bare_name, ignored)))
        more = len(listed) > MAX_LISTED
        yield COLUMNS_IGNORED(count=len(ignored), columns=listed[:MAX_LISTED], more=more)
