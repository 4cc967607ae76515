"""Reads windows CSVs, and defines the column names for programs that write them.

A windows CSV contains unscaled features, dates instead of calendar flags, and the inputs of the
ticker's history. The inputs depend on the calendar effects that a model has learned, so each row
names these effects by their fingerprint. With another model's effects, the inputs are a little off.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from model_contract.arrays import DateArray, FloatArray
from model_contract.deadline import Check, never
from model_contract.errors import ProblemList, TableError
from model_contract.messages.cells import TICKER_LENGTH, WINDOW_NOT_ASCENDING
from model_contract.messages.forecasting import (
    WINDOW_COLUMNS_IGNORED,
    WINDOWS_OF_ANOTHER_MODEL,
)
from model_contract.messages.message import Message
from model_contract.messages.reading import WINDOW_COLUMNS_MISSING, WINDOWS_WITHOUT_INPUTS
from model_contract.model.calendar import CALENDAR_FLAGS, SESSION, Calendar
from model_contract.model.inputs.ticker_inputs import from_columns, input_columns
from model_contract.model.windows import Windows
from model_contract.prices import MAX_TICKER_CHARACTERS
from model_contract.reading.decode.layout import LAGGED_COLUMN
from model_contract.reading.formats.date_format import DAY_FIRST, YEAR_FIRST, DateFormat
from model_contract.reading.formats.number_format import (
    COMMA_SIGN,
    POINT,
    NumberFormat,
    proven_signs,
)
from model_contract.reading.table.table import Table

TICKER_COLUMN, SESSION_COLUMN, EFFECTS_COLUMN = "Ticker", "Session", "Calendar effects"
FINGERPRINT_LETTERS = 8
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
MAX_LISTED = 10


@dataclass(frozen=True)
class WindowRows:
    """The rows of a windows CSV. Each row is one window and yields one forecast."""

    features: FloatArray  # (rows, window, features), not contiguous
    inputs: FloatArray  # (rows, horizon, inputs)
    # (rows, window + horizon): past and future sessions of each window; NaT beyond the calendar
    days: DateArray
    calendar: Calendar
    tickers: tuple[str | None, ...]  # (rows,)
    warnings: list[Message]

    def __len__(self) -> int:
        return len(self.features)

    def take(self, samples: slice) -> Windows:
        """Return some windows. Take a few at a time: flags need ten times the memory of dates."""
        return Windows(
            np.ascontiguousarray(self.features[samples]),
            self.calendar.flags_of(self.days[samples]),
            self.inputs[samples],
        )

    @property
    def sessions(self) -> DateArray:
        """The sessions of each window, (rows, window)."""
        return self.days[:, : self.features.shape[1]]

    @property
    def target(self) -> DateArray:
        """The session that each row forecasts, (rows,)."""
        return self.days[:, self.features.shape[1]]


def column_names(features: Sequence[str], window: int) -> list[str]:
    """Return the columns of the sessions, oldest first; `_t-0` is the forecast origin.

    For example: `session_t-43`, `log_volume_t-43`, …, `log_range_t-0`. The columns of the inputs,
    `input_columns`, come after them.
    """
    return [f"{name}_t-{lag}" for lag in range(window - 1, -1, -1) for name in (SESSION, *features)]


def fingerprint(effects: Mapping[str, float]) -> str:
    """Return eight letters that identify calendar effects (relative, by flag).

    Each is a hexadecimal digit of a hash. Spreadsheets would change digits such as 0012e345, which
    look like a number.
    """
    values = json.dumps([effects[flag] for flag in CALENDAR_FLAGS])
    digits = hashlib.sha256(values.encode()).hexdigest()[:FINGERPRINT_LETTERS]
    return digits.translate(LETTERS)


def is_windows_header(header: Sequence[str]) -> bool:
    """Whether this is a windows CSV: a price history has no column named `<feature>_t-<lag>`."""
    return any(LAGGED_COLUMN.fullmatch(name.casefold()) for name in header)


def read_windows(
    table: Table,
    features: Sequence[str],
    window: int,
    horizon: int,
    calendar: Calendar,
    effects: str,
    check: Check = never,
) -> WindowRows:
    """Parse a windows CSV for a model with these features, this window and this horizon.

    effects   the `fingerprint` of the model's calendar effects; others cause a warning

    The `Session` column is the session to forecast. Without it, that is the next session in the
    calendar after the window. Further steps are the sessions after it in the calendar.
    `check` is called from time to time. Raises `TableError` with all missing columns, or with all
    cells that are not a number or a date.
    """
    layout = _layout(table.header, table.header_line, tuple(features), window, horizon)
    problems = ProblemList()
    problems.extend(table.skipped)
    problems.raise_if_any()
    dates, numbers = _formats(table, layout)
    tickers = _tickers(table, layout.ticker, problems)
    values = table.numbers(layout.values, numbers, problems, check, required=True)
    sessions = table.dates(layout.sessions, dates, problems, check)
    target = None if layout.target is None else table.dates([layout.target], dates, problems, check)
    problems.raise_if_any()
    _require_ascending(sessions, target, table)
    if target is None:
        future = calendar.after_each(sessions[:, -1], horizon)
    else:
        future = np.column_stack([target, calendar.after_each(target[:, 0], horizon - 1)])
    # The values are still stored by column: `take` makes a few windows contiguous at a time.
    past = window * len(features)
    shaped = values[:, :past].T.reshape(window, len(features), len(table)).transpose(2, 0, 1)
    return WindowRows(
        shaped,
        from_columns(values[:, past:], horizon),
        np.concatenate([sessions, future], axis=1),
        calendar,
        tickers,
        [*layout.warnings, *_of_another_model(table, layout.effects, effects)],
    )


@dataclass(frozen=True)
class _Layout:
    """The positions of a windows CSV's columns in its header."""

    values: tuple[int, ...]  # by session, oldest first, then by feature; then the inputs
    sessions: tuple[int, ...]
    ticker: int | None
    target: int | None
    effects: int | None
    warnings: tuple[Message, ...]


@lru_cache(maxsize=4)  # successive files mostly have the same header
def _layout(
    header: tuple[str, ...],
    header_line: int,
    features: tuple[str, ...],
    window: int,
    horizon: int,
) -> _Layout:
    """Find the columns. Raises `TableError` with all missing ones."""
    positions = {name.casefold(): position for position, name in enumerate(header)}
    wanted = column_names(features, window)
    missing = [name for name in wanted if name.casefold() not in positions]
    if missing:
        raise TableError.of(_missing(missing, features, window), header_line)
    inputs = input_columns(horizon)
    if lacking := [name for name in inputs if name.casefold() not in positions]:
        raise TableError.of(_without_inputs(lacking), header_line)
    found = [positions[name.casefold()] for name in wanted]
    sessions = tuple(found[:: 1 + len(features)])
    others = (TICKER_COLUMN, SESSION_COLUMN, EFFECTS_COLUMN)
    known = {name.casefold() for name in (*wanted, *inputs, *others)}
    extra = [name for name in header if name.casefold() not in known]
    return _Layout(
        values=(
            *(position for position in found if position not in sessions),
            *(positions[name.casefold()] for name in inputs),
        ),
        sessions=sessions,
        ticker=positions.get(TICKER_COLUMN.casefold()),
        target=positions.get(SESSION_COLUMN.casefold()),
        effects=positions.get(EFFECTS_COLUMN.casefold()),
        warnings=(_ignored(extra),) if extra else (),
    )


def _formats(table: Table, layout: _Layout) -> tuple[DateFormat, NumberFormat]:
    """Find out how the first row is written; between semicolons, a decimal comma needs no proof."""
    [(_, cells)] = table.first_rows(1)
    session = cells[layout.sessions[0]]
    is_day_first = table.separator == ";" and DateFormat(DAY_FIRST).parse(session) is not None
    numbers = [cells[position] for position in layout.values]
    return (
        DateFormat(DAY_FIRST if is_day_first else YEAR_FIRST),
        NumberFormat(_decimal_sign(numbers, table.separator)),
    )


def _decimal_sign(numbers: list[str], separator: str) -> str:
    """Return the sign that the numbers prove, or the one that is usual with the separator."""
    usual = COMMA_SIGN if separator == ";" else POINT
    # A quick look suffices for most files: only these could prove a comma.
    if usual == POINT and not any(
        COMMA_SIGN in number or number.count(POINT) > 1 for number in numbers
    ):
        return POINT
    signs = proven_signs(numbers)
    return signs.pop() if len(signs) == 1 else usual


def _ignored(extra: list[str]) -> Message:
    count = len(extra)
    return WINDOW_COLUMNS_IGNORED(count=count, columns=extra[:MAX_LISTED], more=count > MAX_LISTED)


def _missing(missing: list[str], features: Sequence[str], window: int) -> Message:
    return WINDOW_COLUMNS_MISSING(
        count=len(missing),
        columns=missing[:MAX_LISTED],
        more=len(missing) > MAX_LISTED,
        window=window,
        oldest=window - 1,
        features=[SESSION, *features],
        expected=window * (1 + len(features)),
    )


def _without_inputs(lacking: list[str]) -> Message:
    count = len(lacking)
    return WINDOWS_WITHOUT_INPUTS(
        count=count, columns=lacking[:MAX_LISTED], more=count > MAX_LISTED
    )


def _of_another_model(table: Table, position: int | None, wanted: str) -> list[Message]:
    """Warn about rows whose inputs weren't computed with the model's calendar effects."""
    if position is None:
        return [WINDOWS_OF_ANOTHER_MODEL(count=len(table), windows=len(table), expected=wanted)]
    found = table.labels(position, FINGERPRINT_LETTERS + 1)
    others = int(np.count_nonzero(found != wanted))
    if not others:
        return []
    return [WINDOWS_OF_ANOTHER_MODEL(count=others, windows=len(table), expected=wanted)]


def _require_ascending(sessions: DateArray, target: DateArray | None, table: Table) -> None:
    problems = ProblemList()
    order = sessions if target is None else np.column_stack([sessions, target])
    for row in np.flatnonzero(np.any(order[:, 1:] <= order[:, :-1], axis=1)).tolist():
        problems.add(WINDOW_NOT_ASCENDING(), table.lines[row])
    problems.raise_if_any()


def _tickers(table: Table, position: int | None, problems: ProblemList) -> tuple[str | None, ...]:
    if position is None:
        return (None,) * len(table)
    tickers = table.labels(position, MAX_TICKER_CHARACTERS + 1).tolist()
    for row, ticker in enumerate(tickers):
        if len(ticker) > MAX_TICKER_CHARACTERS:
            message = TICKER_LENGTH(limit=MAX_TICKER_CHARACTERS, found=ticker)
            problems.add(message, table.lines[row], TICKER_COLUMN)
    return tuple(ticker or None for ticker in tickers)
