"""A price history: its columns, and the written rules by which its rows are accepted, dropped or refused.

    refused    a number or date that cannot be read, a price <= 0, a negative volume, High < Low,
               some but not all of a row's prices and volume, the same ticker and date twice, a date in the future
    dropped    `empty`: no price and no volume;  `zero_volume`: nothing was traded (holidays in an export);
               `contradictory`: Open or Close lies outside Low..High
    restated   to the shares of the ticker's last session, where Adj Close proves a split (see `splits`)

Training and serving use these same rules, so that the same file gives the same sessions on both sides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from model_contract.arrays import FloatArray
from model_contract.errors import Problem, ProblemList, TableError, bare_name
from model_contract.messages.forecasting import (
    COLUMNS_IGNORED,
    ROWS_DROPPED_CONTRADICTORY,
    ROWS_DROPPED_EMPTY,
    ROWS_DROPPED_ZERO_VOLUME,
    ROWS_SORTED,
    VOLUMES_FRACTIONAL,
)
from model_contract.messages.message import Message
from model_contract.messages.reading import (
    COLUMN_MISSING,
    COLUMNS_EQUIVALENT,
    DATE_IN_FUTURE,
    HIGH_BELOW_LOW,
    NO_USABLE_ROWS,
    PRICE_EXPECTED,
    ROW_INCOMPLETE,
    SESSION_TWICE,
    TICKER_LENGTH,
    TOO_MANY_TICKERS,
    VOLUME_EXPECTED,
)
from model_contract.prices import MAX_TICKER_CHARACTERS, Prices
from model_contract.reading.table import Table
from model_contract.reading.values import dates, labels, numbers
from model_contract.share_splits import (
    Split,
    find_splits,
    restate,
    split_warnings,
    suspected_splits,
)

DATE = "Date"
TICKER = "Ticker"
PRICES = ("Open", "High", "Low", "Close")
VOLUME = "Volume"
ADJUSTED_CLOSE = "Adj Close"  # for splits and dividends
REQUIRED = (DATE, *PRICES, VOLUME)
OPTIONAL = (TICKER, ADJUSTED_CLOSE)
ALIASES = {
    "symbol": TICKER,
    "adj_close": ADJUSTED_CLOSE,
    "adjusted close": ADJUSTED_CLOSE,
    "adjusted_close": ADJUSTED_CLOSE,
}
# As Stooq and MetaStock write them.
BRACKETED = {f"<{name.casefold()}>": name for name in (TICKER, *REQUIRED)} | {
    "<dtyyyymmdd>": DATE,
    "<vol>": VOLUME,
}

# Published prices are rounded: a close one rounding step outside the day's range is no contradiction.
ROUNDING = 1e-4
# Shares are traded whole. A tenth, since volumes in thousands with one decimal place are whole by chance at times.
MANY_FRACTIONS = 0.1
ONE_DAY = np.timedelta64(1, "D")
MAX_LISTED, MAX_NAMES = 10, 12
DROPPED = {
    "empty": ROWS_DROPPED_EMPTY,
    "zero_volume": ROWS_DROPPED_ZERO_VOLUME,
    "contradictory": ROWS_DROPPED_CONTRADICTORY,
}


@dataclass(frozen=True)
class History:
    """What a file says: its usable rows, and what was done to get them."""

    prices: Prices  # restated for `splits`
    last_dates: dict[str, np.datetime64]  # ticker: its last date in the file, dropped rows included
    dropped: dict[str, list[int]]  # rule: lines of the rows that it dropped
    warnings: list[Message]
    splits: list[Split]  # by ticker, then session


def canonical_names(header: Sequence[str], line: int = 1) -> dict[str, str]:
    """Map the canonical name of each history column that `header` has, in any case, to how it is written there."""
    canonical = {name.casefold(): name for name in (*REQUIRED, *OPTIONAL)} | ALIASES | BRACKETED
    found: dict[str, str] = {}
    for name in header:
        target = canonical.get(name.casefold())
        if target in found:
            raise TableError.of(COLUMNS_EQUIVALENT(one=found[target], other=name), line, name)
        if target:
            found[target] = name
    return found


def read_history(table: Table, today: np.datetime64 | None = None) -> History:
    """Parse, validate and clean a price history, and restate its splits.

    `today` is the date in UTC, and the clock's where none is given; a day later it may be tomorrow somewhere, and later is the future.
    Raises `TableError` with all problems: missing columns first, since without them no value can be looked at.
    """
    names = canonical_names(table.header, table.header_line)
    _require_columns(names, table)
    problems = ProblemList()
    tickers = _tickers(table, names, problems)
    prices = _parse(table, names, tickers, problems)
    empty = np.all(
        [np.isnan(getattr(prices, field)) for field in ("open", "high", "low", "close", "volume")],
        axis=0,
    )
    _check_values(prices, names, ~empty, problems)
    _check_dates(
        prices, names, np.datetime64(datetime.now(UTC).date()) if today is None else today, problems
    )
    adjusted_close = _parse_adjusted_close(table, names, problems)
    problems.raise_if_any()
    warnings = list(_column_warnings(table, names))
    if not _is_sorted(prices):
        warnings.append(ROWS_SORTED())
        order = np.lexsort((prices.session, prices.ticker))
        prices, empty, adjusted_close = prices.take(order), empty[order], adjusted_close[order]
    _require_unique(prices)
    last_dates = {name: rows.session[-1] for name, rows in prices.by_ticker()}
    keep, dropped = _drop(prices, empty)
    warnings += [_drop_warning(rule, lines) for rule, lines in dropped.items()]
    if not keep.any():
        counts = {rule: len(dropped.get(rule, ())) for rule in DROPPED}
        raise TableError.of(NO_USABLE_ROWS(**counts))
    if dropped:
        prices, adjusted_close = prices.take(keep), adjusted_close[keep]
    warnings += _fraction_warnings(prices.volume)  # before splits give volumes fractions
    splits = find_splits(prices, adjusted_close)
    warnings += split_warnings(splits, *suspected_splits(prices, adjusted_close))
    return History(restate(prices, splits), last_dates, dropped, warnings, splits)


def _require_columns(names: dict[str, str], table: Table) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        found, more = list(table.header[:MAX_NAMES]), len(table.header) > MAX_NAMES
        message = COLUMN_MISSING(needed=list(REQUIRED), found=found, more=more)
        raise TableError(Problem(message, table.header_line, name) for name in missing)


def _tickers(table: Table, names: dict[str, str], problems: ProblemList) -> npt.NDArray[np.str_]:
    """Each row's ticker, (rows,). Raises `TableError` where there are more of them than the limit."""
    if TICKER not in names:
        return np.zeros(len(table), dtype="<U1")
    tickers = labels(table, table.header.index(names[TICKER]), MAX_TICKER_CHARACTERS + 1)
    changes = int(np.count_nonzero(tickers[1:] != tickers[:-1])) + 1
    count = changes if changes <= table.limits.tickers else len(np.unique(tickers))
    if count > table.limits.tickers:
        message = TOO_MANY_TICKERS(tickers=count, limit=table.limits.tickers)
        raise TableError.of(message, column=names[TICKER])
    length = np.strings.str_len(tickers)
    for row in np.flatnonzero((length == 0) | (length > MAX_TICKER_CHARACTERS)).tolist():
        message = TICKER_LENGTH(limit=MAX_TICKER_CHARACTERS, found=str(tickers[row]))
        problems.add(message, table.lines[row], names[TICKER])
    return tickers


def _parse(
    table: Table, names: dict[str, str], tickers: npt.NDArray[np.str_], problems: ProblemList
) -> Prices:
    position = {name: table.header.index(written) for name, written in names.items()}
    opened, high, low, close, volume = numbers(
        table, [position[name] for name in (*PRICES, VOLUME)], problems
    ).T
    session = dates(table, [position[DATE]], problems)[:, 0]
    lines = table.lines
    line = np.arange(lines.start, lines.stop) if isinstance(lines, range) else np.array(lines)
    return Prices(tickers, session, opened, high, low, close, volume, line)


def _parse_adjusted_close(table: Table, names: dict[str, str], problems: ProblemList) -> FloatArray:
    """Adjusted closes in the file's order, (rows,), NaN where it has none."""
    if ADJUSTED_CLOSE not in names:
        return np.full(len(table), np.nan)
    values = numbers(table, [table.header.index(names[ADJUSTED_CLOSE])], problems)[:, 0]
    for row in np.flatnonzero(values <= 0).tolist():
        message = PRICE_EXPECTED(found=float(values[row]))
        problems.add(message, table.lines[row], names[ADJUSTED_CLOSE])
    return values


def _check_values(
    prices: Prices, names: dict[str, str], filled: npt.NDArray[np.bool_], problems: ProblemList
) -> None:
    unreadable = bool(
        problems
    )  # such cells are NaN by now; to call them missing as well would confuse
    for name in (*PRICES, VOLUME):
        values, column = getattr(prices, name.lower()), names[name]
        for row in () if unreadable else np.flatnonzero(filled & np.isnan(values)):
            problems.add(ROW_INCOMPLETE(), int(prices.line[row]), column)
        wrong, code = (
            (values < 0, VOLUME_EXPECTED) if name == VOLUME else (values <= 0, PRICE_EXPECTED)
        )
        for row in np.flatnonzero(wrong):
            problems.add(code(found=float(values[row])), int(prices.line[row]), column)
    for row in np.flatnonzero(prices.high < prices.low):
        message = HIGH_BELOW_LOW(high=float(prices.high[row]), low=float(prices.low[row]))
        problems.add(message, int(prices.line[row]), names["High"])


def _check_dates(
    prices: Prices, names: dict[str, str], today: np.datetime64, problems: ProblemList
) -> None:
    for row in np.flatnonzero(prices.session > today + ONE_DAY):
        message = DATE_IN_FUTURE(date=str(prices.session[row]), today=str(today))
        problems.add(message, int(prices.line[row]), names[DATE])


def _is_sorted(prices: Prices) -> bool:
    ticker, session = prices.ticker, prices.session
    same = ticker[1:] == ticker[:-1]
    return bool(np.all((ticker[1:] > ticker[:-1]) | (same & (session[1:] >= session[:-1]))))


def _require_unique(prices: Prices) -> None:
    problems = ProblemList()
    twice = (prices.ticker[1:] == prices.ticker[:-1]) & (prices.session[1:] == prices.session[:-1])
    for row in np.flatnonzero(twice):
        first, second = sorted((int(prices.line[row]), int(prices.line[row + 1])))
        ticker = str(prices.ticker[row]) or None
        message = SESSION_TWICE(date=str(prices.session[row]), ticker=ticker, line=first)
        problems.add(message, second, DATE)
    problems.raise_if_any()


def _drop(
    prices: Prices, empty: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], dict[str, list[int]]]:
    """Which rows to keep, (rows,), and the lines of the others by rule."""
    top, bottom = prices.high * (1 + ROUNDING), prices.low * (1 - ROUNDING)
    outside = [(price > top) | (price < bottom) for price in (prices.open, prices.close)]
    masks = {
        "empty": empty,
        "zero_volume": prices.volume == 0,
        "contradictory": outside[0] | outside[1],
    }
    dropped, keep = {}, np.ones(len(prices), dtype=bool)
    for rule, mask in masks.items():
        lines = sorted(prices.line[keep & mask].tolist())
        keep &= ~mask
        if lines:
            dropped[rule] = lines
    return keep, dropped


def _drop_warning(rule: str, lines: list[int]) -> Message:
    count = len(lines)
    return DROPPED[rule](count=count, lines=lines[:MAX_LISTED], more=count > MAX_LISTED)


def _fraction_warnings(volume: FloatArray) -> Iterator[Message]:
    if np.count_nonzero(volume != np.floor(volume)) >= MANY_FRACTIONS * len(volume):
        yield VOLUMES_FRACTIONAL()


def _column_warnings(table: Table, names: dict[str, str]) -> Iterator[Message]:
    used = set(names.values())
    extra = [name for name in table.header if name not in used]
    if extra:
        listed = list(dict.fromkeys(map(bare_name, extra)))
        more = len(listed) > MAX_LISTED
        yield COLUMNS_IGNORED(count=len(extra), columns=listed[:MAX_LISTED], more=more)
