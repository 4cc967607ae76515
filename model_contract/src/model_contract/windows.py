"""Windows of consecutive sessions: how they are cut from a history, and how they are written as a CSV.

A window holds the features as `features.daily_features` gives them, not scaled, and a windows CSV names its sessions, not
their calendar flags: such a file therefore stays valid when another model is published.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model_contract.csv_table import Table
from model_contract.csv_values import NO_VALUE, DateArray, FloatArray, dates, numbers
from model_contract.errors import Problem, ProblemList, TableError, shown
from model_contract.features import daily_features
from model_contract.market_calendar import SESSION, Calendar
from model_contract.schema import Prices

LAGGED_COLUMN = re.compile(r"(?P<name>.+)_t-(?P<lag>[0-9]+)")
TICKER_COLUMN, SESSION_COLUMN = "Ticker", "Session"


@dataclass(frozen=True)
class Windows:
    """What a forecast is made from: the sessions up to its origin, and the calendar of those and of the sessions to come."""

    features: FloatArray  # (samples, window, features), oldest session first
    calendar: FloatArray  # (samples, window + horizon, flags)

    def __len__(self) -> int:
        return len(self.features)

    def take(self, samples: slice | npt.NDArray[np.integer]) -> "Windows":
        """Give the chosen windows."""
        return Windows(self.features[samples], self.calendar[samples])

    @property
    def log_volume(self) -> FloatArray:
        """Log volumes, (samples, window), a view."""
        return self.features[:, :, 0]


@dataclass(frozen=True)
class WindowRows:
    """The rows of a windows CSV, each one window and thus one forecast."""

    windows: Windows
    tickers: tuple[str | None, ...]  # (rows,)
    sessions: DateArray  # (rows, window): the sessions of each window
    target: DateArray  # (rows,) the session that each row forecasts; NaT where the calendar does not reach
    warnings: list[str]


def history_windows(prices: Prices, calendar: Calendar, upcoming: DateArray, window: int) -> Windows:
    """Every window of one ticker's history, the last one at its end.

    `upcoming` (horizon,) are the sessions to forecast after the history; earlier windows are followed by the history itself.
    """
    sessions = np.concatenate([prices.session[1:], upcoming])  # a return needs the close before it
    flags = sliding_windows(calendar.flags_of(sessions), window + len(upcoming))
    return Windows(sliding_windows(daily_features(prices), window), flags)


def sliding_windows(features: FloatArray, window: int) -> FloatArray:
    """Every run of `window` consecutive rows: (sessions, features) -> (sessions - window + 1, window, features), a view."""
    if len(features) < window:
        return np.empty((0, window, features.shape[1]))
    return np.lib.stride_tricks.sliding_window_view(features, window, axis=0).transpose(0, 2, 1)


def column_names(features: Sequence[str], window: int) -> list[str]:
    """Header of a windows CSV, oldest session first: `session_t-43`, `log_volume_t-43`, …; `_t-0` is the forecast origin."""
    return [f"{name}_t-{lag}" for lag in range(window - 1, -1, -1) for name in (SESSION, *features)]


def is_windows_header(header: Sequence[str]) -> bool:
    """Tell a windows CSV from a price history: only the former has columns named `<feature>_t-<lag>`."""
    return any(LAGGED_COLUMN.fullmatch(name.casefold()) for name in header)


def read_windows(table: Table, features: Sequence[str], window: int, horizon: int, calendar: Calendar) -> WindowRows:
    """Parse a windows CSV for a model of these features, this window and this horizon.

    The session to forecast is the column `Session`, or else the calendar's next one after the window; further steps are of
    the calendar's sessions after that.
    Raises `TableError` with all missing columns, or else with all cells that hold no number or date.
    """
    written = {name.casefold(): name for name in table.header}
    wanted = column_names(features, window)
    missing = [name for name in wanted if name.casefold() not in written]
    if missing:
        raise TableError([Problem(_missing(missing, features, window), table.header_line)])
    problems = ProblemList()
    days, columns = [], []
    for name in wanted:
        header = written[name.casefold()]
        if name.startswith(SESSION):
            days.append(_dates(table, header, problems))
        else:
            columns.append(_numbers(table, header, problems))
    target = _dates(table, written[SESSION_COLUMN.casefold()], problems) if SESSION_COLUMN.casefold() in written else None
    problems.raise_if_any()
    sessions = np.column_stack(days)
    _require_ascending(sessions, target, table)
    if target is None:
        coming = [_coming(calendar, row[-1], horizon) for row in sessions]
    else:
        coming = [[session, *_coming(calendar, session, horizon - 1)] for session in target]
    future = np.array(coming, dtype="datetime64[D]").reshape(len(sessions), horizon)
    known = {name.casefold() for name in (*wanted, TICKER_COLUMN, SESSION_COLUMN)}
    extra = [name for name in table.header if name.casefold() not in known]
    return WindowRows(
        Windows(
            np.column_stack(columns).reshape(len(table.lines), window, len(features)),
            calendar.flags_of(np.concatenate([sessions, future], axis=1)),
        ),
        _tickers(table, written),
        sessions,
        future[:, 0],
        [f"ignored {len(extra)} column(s) that are no part of the window, first {shown(extra[0])}"] if extra else [],
    )


def _numbers(table: Table, header: str, problems: ProblemList) -> FloatArray:
    cells = table.cells(header)
    _require_values(table, header, "a number", problems)
    return numbers(cells, table.lines, header, table.dialect, problems)


def _dates(table: Table, header: str, problems: ProblemList) -> DateArray:
    return dates(table.cells(header), table.lines, header, table.dialect, problems)


def _require_values(table: Table, header: str, wanted: str, problems: ProblemList) -> None:
    for line, cell in zip(table.lines, table.cells(header), strict=True):
        if cell.casefold() in NO_VALUE:
            problems.add(f"expected {wanted}, found {shown(cell) if cell else 'an empty cell'}", line, header)


def _require_ascending(sessions: DateArray, target: DateArray | None, table: Table) -> None:
    problems = ProblemList()
    order = sessions if target is None else np.column_stack([sessions, target])
    for row in np.flatnonzero(np.any(np.diff(order, axis=1) <= np.timedelta64(0, "D"), axis=1)):
        problems.add("expected the sessions of a window in order of time, the session to forecast last", table.lines[row])
    problems.raise_if_any()


def _coming(calendar: Calendar, origin: np.datetime64, horizon: int) -> list[np.datetime64]:
    """The next sessions, filled up with NaT."""
    known = list(calendar.after(origin, horizon))
    return known + [np.datetime64("NaT", "D")] * (horizon - len(known))


def _missing(missing: list[str], features: Sequence[str], window: int) -> str:
    listed = ", ".join(missing) if len(missing) <= 12 else ", ".join(missing[:12]) + f", … ({len(missing)} in all)"
    return (
        f"missing columns {listed}; the model takes {window} sessions (t-{window - 1} to t-0) of {', '.join((SESSION, *features))}: "
        f"{window * (1 + len(features))} columns"
    )


def _tickers(table: Table, written: dict[str, str]) -> tuple[str | None, ...]:
    if TICKER_COLUMN.casefold() not in written:
        return (None,) * len(table.lines)
    return tuple(cell or None for cell in table.cells(written[TICKER_COLUMN.casefold()]))
