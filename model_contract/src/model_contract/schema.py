"""A price history: its columns, and the written rules by which its rows are accepted, dropped or refused.

    refused    a number or date that cannot be read, a price <= 0, a negative volume, High < Low,
               some but not all of a row's prices and volume, the same ticker and date twice
    dropped    `empty`: no price and no volume;  `zero_volume`: nothing was traded (holidays in an export);
               `contradictory`: Open or Close lies outside Low..High
    restated   to the shares of the ticker's last session, where Adj Close proves a split (see `splits`)

Training and serving use these same rules, so that the same file gives the same sessions on both sides.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from model_contract.csv_table import Table
from model_contract.csv_values import DateArray, FloatArray, dates, numbers
from model_contract.errors import Problem, ProblemList, TableError, safe, shown
from model_contract.splits import Split, find_splits, restate, split_warnings, suspected_splits

DATE = "Date"
TICKER = "Ticker"
PRICES = ("Open", "High", "Low", "Close")
VOLUME = "Volume"
ADJUSTED_CLOSE = "Adj Close"  # for splits and dividends
REQUIRED = (DATE, *PRICES, VOLUME)
OPTIONAL = (TICKER, ADJUSTED_CLOSE)
ALIASES = {"symbol": TICKER, "adj_close": ADJUSTED_CLOSE, "adjusted close": ADJUSTED_CLOSE, "adjusted_close": ADJUSTED_CLOSE}

# Published prices are rounded: a close one rounding step outside the day's range is no contradiction.
ROUNDING = 1e-4
MAX_TICKER_CHARACTERS = 40


@dataclass(frozen=True)
class Prices:
    """Daily bars, one row per ticker and session, sorted by ticker, then session. Every field is an array of (rows,)."""

    ticker: npt.NDArray[np.str_]  # "" where the file names none
    session: DateArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray  # shares
    line: npt.NDArray[np.int64]  # the row's line number in its file

    def __len__(self) -> int:
        return len(self.session)

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice) -> "Prices":
        """Give the rows that `rows`, a mask, an index or a slice, selects."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def by_ticker(self) -> Iterator[tuple[str, "Prices"]]:
        """Give each ticker's rows, a view, in order of the ticker's name."""
        names, starts = np.unique(self.ticker, return_index=True)
        for name, start, stop in zip(names, starts, [*starts[1:], len(self)], strict=True):
            yield str(name), self.take(slice(start, stop))


@dataclass(frozen=True)
class History:
    """What a file says: its usable rows, and what was done to get them."""

    prices: Prices  # restated for `splits`
    last_dates: dict[str, np.datetime64]  # ticker: its last date in the file, dropped rows included
    dropped: dict[str, list[int]]  # rule: lines of the rows that it dropped
    warnings: list[str]
    splits: list[Split]  # by ticker, then session


def canonical_names(header: Sequence[str], line: int = 1) -> dict[str, str]:
    """Map the canonical name of each history column that `header` has, in any case, to how it is written there."""
    canonical = {name.casefold(): name for name in (*REQUIRED, *OPTIONAL)} | ALIASES
    found: dict[str, str] = {}
    for name in header:
        target = canonical.get(name.casefold())
        if target in found:
            raise TableError(
                [Problem(f"{shown(found[target])} and {shown(name)} mean the same; keep one of these columns", line, safe(name))]
            )
        if target:
            found[target] = name
    return found


def read_history(table: Table) -> History:
    """Parse, validate and clean a price history, and restate its splits.

    Raises `TableError` with all problems: missing columns first, since without them no value can be looked at.
    """
    names = canonical_names(table.header, table.header_line)
    _require_columns(names, table)
    problems = ProblemList()
    prices = _parse(table, names, problems)
    empty = np.all([np.isnan(getattr(prices, field)) for field in ("open", "high", "low", "close", "volume")], axis=0)
    _check_values(prices, names, ~empty, problems)
    adjusted_close = _parse_adjusted_close(table, names, problems)
    problems.raise_if_any()
    warnings = list(_column_warnings(table, names))
    order = np.lexsort((prices.session, prices.ticker))
    if np.any(np.diff(order) < 0):
        warnings.append("the rows were not sorted by ticker and date; they were sorted")
    prices, empty = prices.take(order), empty[order]
    _require_unique(prices)
    last_dates = {name: rows.session[-1] for name, rows in prices.by_ticker()}
    kept, dropped = _drop(prices, empty)
    warnings += [_drop_warning(rule, lines) for rule, lines in dropped.items()]
    if not len(kept):
        raise TableError([Problem("no usable row is left: " + "; ".join(warnings))])
    adjusted_close = adjusted_close[np.searchsorted(table.lines, kept.line)]
    splits = find_splits(kept, adjusted_close)
    warnings += split_warnings(splits, suspected_splits(kept, adjusted_close))
    return History(restate(kept, splits), last_dates, dropped, warnings, splits)


def _require_columns(names: dict[str, str], table: Table) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        found = ", ".join(shown(name) for name in table.header[:12]) + (", …" if len(table.header) > 12 else "")
        raise TableError(
            [
                Problem(f"the column is missing; a price history needs {', '.join(REQUIRED)}; found {found}", table.header_line, name)
                for name in missing
            ]
        )


def _parse(table: Table, names: dict[str, str], problems: ProblemList) -> Prices:
    lines, dialect = table.lines, table.dialect
    values = {name: numbers(table.cells(names[name]), lines, names[name], dialect, problems) for name in (*PRICES, VOLUME)}
    tickers = table.cells(names[TICKER]) if TICKER in names else ("",) * len(lines)
    for line, ticker in zip(lines, tickers, strict=True):
        if TICKER in names and not 0 < len(ticker) <= MAX_TICKER_CHARACTERS:
            found = "an empty cell" if not ticker else f"{len(ticker)} characters"
            problems.add(f"expected a ticker of 1 to {MAX_TICKER_CHARACTERS} characters, found {found}", line, safe(names[TICKER]))
    return Prices(
        ticker=np.array(tickers, dtype=np.str_),
        session=dates(table.cells(names[DATE]), lines, names[DATE], dialect, problems),
        open=values["Open"], high=values["High"], low=values["Low"], close=values["Close"], volume=values[VOLUME],
        line=np.array(lines, dtype=np.int64),
    )  # fmt: skip


def _parse_adjusted_close(table: Table, names: dict[str, str], problems: ProblemList) -> FloatArray:
    """Adjusted closes in the file's order, (rows,), NaN where it has none."""
    if ADJUSTED_CLOSE not in names:
        return np.full(len(table.lines), np.nan)
    values = numbers(table.cells(names[ADJUSTED_CLOSE]), table.lines, names[ADJUSTED_CLOSE], table.dialect, problems)
    for row in np.flatnonzero(values <= 0):
        problems.add(f"expected a price > 0, found {values[row]:g}", table.lines[row], safe(names[ADJUSTED_CLOSE]))
    return values


def _check_values(prices: Prices, names: dict[str, str], filled: npt.NDArray[np.bool_], problems: ProblemList) -> None:
    unreadable = bool(problems)  # such cells are NaN by now; to call them missing as well would confuse
    for name in (*PRICES, VOLUME):
        values, column = getattr(prices, name.lower()), safe(names[name])
        for row in () if unreadable else np.flatnonzero(filled & np.isnan(values)):
            incomplete = "expected a number, found no value, while other cells of the row have one; complete the row or empty it"
            problems.add(incomplete, int(prices.line[row]), column)
        wrong, wanted = (values < 0, "a volume >= 0") if name == VOLUME else (values <= 0, "a price > 0")
        for row in np.flatnonzero(wrong):
            problems.add(f"expected {wanted}, found {values[row]:g}", int(prices.line[row]), column)
    for row in np.flatnonzero(prices.high < prices.low):
        found = f"High {prices.high[row]:g} is below Low {prices.low[row]:g}"
        problems.add(f"{found}; were the columns exchanged?", int(prices.line[row]), safe(names["High"]))


def _require_unique(prices: Prices) -> None:
    problems = ProblemList()
    twice = (prices.ticker[1:] == prices.ticker[:-1]) & (prices.session[1:] == prices.session[:-1])
    for row in np.flatnonzero(twice):
        ticker = f" of {shown(str(prices.ticker[row]))}" if prices.ticker[row] else ""
        first, second = sorted((int(prices.line[row]), int(prices.line[row + 1])))
        problems.add(f"the session {prices.session[row]}{ticker} stands on line {first} already; keep one of the two", second, DATE)
    problems.raise_if_any()


def _drop(prices: Prices, empty: npt.NDArray[np.bool_]) -> tuple[Prices, dict[str, list[int]]]:
    top, bottom = prices.high * (1 + ROUNDING), prices.low * (1 - ROUNDING)
    outside = [(price > top) | (price < bottom) for price in (prices.open, prices.close)]
    masks = {"empty": empty, "zero_volume": prices.volume == 0, "contradictory": outside[0] | outside[1]}
    dropped, keep = {}, np.ones(len(prices), dtype=bool)
    for rule, mask in masks.items():
        lines = sorted(prices.line[keep & mask].tolist())
        keep &= ~mask
        if lines:
            dropped[rule] = lines
    return prices.take(keep), dropped


DROP_REASONS = {
    "empty": "without any price or volume",
    "zero_volume": "with zero volume (nothing was traded)",
    "contradictory": "whose Open or Close lies outside Low to High",
}


def _drop_warning(rule: str, lines: list[int]) -> str:
    listed = ", ".join(map(str, lines[:10])) + (", …" if len(lines) > 10 else "")
    rows, line_word = ("1 row", "line") if len(lines) == 1 else (f"{len(lines):,} rows", "lines")
    return f"dropped {rows} {DROP_REASONS[rule]}: {line_word} {listed}"


def _column_warnings(table: Table, names: dict[str, str]) -> Iterator[str]:
    used = set(names.values())
    extra = [name for name in table.header if name not in used]
    if extra:
        counts = Counter(map(safe, extra))
        listed = ", ".join(f"'{name}'" for name in list(counts)[:10]) + (", …" if len(counts) > 10 else "")
        yield f"ignored {len(extra)} column{'s' * (len(extra) > 1)} that the forecast does not use: {listed}"
