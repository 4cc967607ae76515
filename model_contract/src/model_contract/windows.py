"""Windows of consecutive sessions: how they are cut from a history, and how they are written as a CSV.

A window holds the features as `features.daily_features` gives them, not scaled: a windows CSV therefore stays valid
when a model with other scalers is published.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model_contract.csv_table import Table
from model_contract.csv_values import NO_VALUE, FloatArray, dates, numbers
from model_contract.errors import Problem, ProblemList, TableError, shown

LAGGED_COLUMN = re.compile(r"(?P<feature>.+)_t-(?P<lag>[0-9]+)")
TICKER_COLUMN, SESSION_COLUMN = "Ticker", "Session"


@dataclass(frozen=True)
class WindowRows:
    """The rows of a windows CSV, each one window and thus one forecast."""

    values: FloatArray  # (rows, window, features)
    tickers: tuple[str | None, ...]  # (rows,)
    sessions: tuple[str | None, ...]  # (rows,) the session that each row forecasts, ISO 8601
    warnings: list[str]


def sliding_windows(features: FloatArray, window: int) -> FloatArray:
    """Every run of `window` consecutive rows: (sessions, features) -> (sessions - window + 1, window, features), a view."""
    if len(features) < window:
        return np.empty((0, window, features.shape[1]))
    return np.lib.stride_tricks.sliding_window_view(features, window, axis=0).transpose(0, 2, 1)


def column_names(features: Sequence[str], window: int) -> list[str]:
    """Header of a windows CSV, oldest session first: `log_volume_t-43`, …; `_t-0` is the forecast origin."""
    return [f"{feature}_t-{lag}" for lag in range(window - 1, -1, -1) for feature in features]


def is_windows_header(header: Sequence[str]) -> bool:
    """Tell a windows CSV from a price history: only the former has columns named `<feature>_t-<lag>`."""
    return any(LAGGED_COLUMN.fullmatch(name.casefold()) for name in header)


def read_windows(table: Table, features: Sequence[str], window: int) -> WindowRows:
    """Parse a windows CSV for a model of these features and this window.

    Raises `TableError` with all missing columns, or else with all cells that hold no number.
    """
    written = {name.casefold(): name for name in table.header}
    wanted = column_names(features, window)
    missing = [name for name in wanted if name.casefold() not in written]
    if missing:
        raise TableError([Problem(_missing(missing, features, window), table.header_line)])
    problems = ProblemList()
    columns = []
    for name in wanted:
        header = written[name.casefold()]
        cells = table.cells(header)
        for line, cell in zip(table.lines, cells, strict=True):
            if cell.casefold() in NO_VALUE:
                problems.add(f"expected a number, found {shown(cell) if cell else 'an empty cell'}", line, header)
        columns.append(numbers(cells, table.lines, header, table.dialect, problems))
    tickers = _optional(table, written, TICKER_COLUMN)
    sessions: tuple[str | None, ...] = _optional(table, written, SESSION_COLUMN)
    if SESSION_COLUMN.casefold() in written:
        header = written[SESSION_COLUMN.casefold()]
        sessions = tuple(map(str, dates(table.cells(header), table.lines, header, table.dialect, problems)))
    problems.raise_if_any()
    values = np.column_stack(columns).reshape(len(table.lines), window, len(features))
    known = {name.casefold() for name in (*wanted, TICKER_COLUMN, SESSION_COLUMN)}
    extra = [name for name in table.header if name.casefold() not in known]
    warnings = [f"ignored {len(extra)} column(s) that are no part of the window, first {shown(extra[0])}"] if extra else []
    return WindowRows(values, tickers, sessions, warnings)


def _missing(missing: list[str], features: Sequence[str], window: int) -> str:
    listed = ", ".join(missing) if len(missing) <= 12 else ", ".join(missing[:12]) + f", … ({len(missing)} in all)"
    return (
        f"missing columns {listed}; the model takes {window} sessions (t-{window - 1} to t-0) of {', '.join(features)}: "
        f"{window * len(features)} columns"
    )


def _optional(table: Table, written: dict[str, str], name: str) -> tuple[str | None, ...]:
    if name.casefold() not in written:
        return (None,) * len(table.lines)
    return tuple(cell or None for cell in table.cells(written[name.casefold()]))
