"""Checks that the reader and the reference return the same values, or that both refuse a file."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import numpy as np

from model_contract.errors import ContractError
from model_contract.messages.forecasting import WINDOW_COLUMNS_IGNORED, WINDOWS_OF_ANOTHER_MODEL
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import BY_STEP, INPUT_NAMES
from model_contract.prices import Prices
from model_contract.reading.apply.price_history import History, read_history
from model_contract.reading.decode import csv_file
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.formats.date_format import YEAR_FIRST, DateFormat
from model_contract.reading.interpret.reading import Reading
from model_contract.reading.table import arrow_columns
from model_contract.reading.windows_csv import (
    WindowRows,
    column_names,
    is_windows_header,
    read_windows,
)
from model_contract.share_splits import find_splits, restate

from . import reference_formats, reference_table
from . import reference_reader as reference
from .bases import CALENDAR, HORIZON, MODEL, WINDOW

EVERY = slice(None)

TODAY = date(2014, 1, 1)
COLUMNS = column_names(FEATURE_NAMES, WINDOW)
INPUTS = [
    [f"{name}_{step}" if name in BY_STEP else name for name in INPUT_NAMES]
    for step in range(1, HORIZON + 1)
]
# The size of a large file and of Arrow's blocks, in bytes: small; large; large with small blocks.
READING = Reading({}, {}, DateFormat(YEAR_FIRST), {})  # the reference doesn't say how it read
WAYS = ((2**60, arrow_columns.BLOCK), (0, arrow_columns.BLOCK), (0, 600))
Read = History | WindowRows | None  # None: refused
UNKNOWN = "unknown"  # the reference doesn't know this form of a file


def disagreement(data: bytes) -> str | None:
    """Describe how the readers differ on `data`, or the error; None if they agree.

    On a form that the reference doesn't know, all ways to read the file must agree.
    """
    return difference_from(read_by_reference(data), data)


def difference_from(expected: Read | str, data: bytes) -> str | None:
    """Describe how what is read from `data` differs from what the reference found; else None."""
    for number, (large, block) in enumerate(WAYS):
        try:
            with reading(large, block):
                found = read(data)
            if expected == UNKNOWN and number == 0:
                expected = as_expected(found)
            difference = compare(found, expected)
        except Exception as error:  # noqa: BLE001 - any error is a finding
            return f"{error!r} (large from {large} bytes on, blocks of {block})"
        if difference:
            return f"{difference} (large from {large} bytes on, blocks of {block})"
    return None


@contextmanager
def reading(large: int, block: int) -> Iterator[None]:
    """Make files of `large` bytes or more count as large, and Arrow split `block` bytes at once."""
    usual = csv_file.LARGE, arrow_columns.BLOCK
    csv_file.LARGE, arrow_columns.BLOCK = large, block
    try:
        yield
    finally:
        csv_file.LARGE, arrow_columns.BLOCK = usual


def read(data: bytes) -> Read:
    """Read a file of either kind; None if it is refused."""
    try:
        table = read_table(data)
        if is_windows_header(table.header):
            return read_windows(table, FEATURE_NAMES, WINDOW, HORIZON, CALENDAR, MODEL)
        return read_history(table, today=np.datetime64(TODAY))
    except ContractError:
        return None


def read_by_reference(data: bytes) -> Read | str:
    """Read a file with the reference reader into the reader's types; None if it is refused."""
    try:
        table = reference_table.read_lines(data)
        if reference_table.is_windows(table.header):
            return as_windows(*reference.read_windows(table, COLUMNS, INPUTS))
        return as_history(*reference.read_history(table, TODAY))
    except reference_formats.UnknownError:
        return UNKNOWN
    except (
        reference_formats.RefusedError,
        ContractError,
    ):  # `restate` raises the latter if splits overflow
        return None


def as_expected(found: Read) -> Read | list[tuple[object, ...]]:
    """What one way of reading found, as the expectation of the others."""
    return rows_of(found) if isinstance(found, WindowRows) else found


def as_history(
    bars: list[reference.Bar], dropped: dict[str, list[int]], last: dict[str, date]
) -> History:
    """Convert bars to prices, and restate splits with the contract's function."""
    prices = Prices(
        np.array([bar.ticker for bar in bars], dtype=np.str_),
        np.array([bar.session for bar in bars], dtype="datetime64[D]"),
        *(
            np.array([getattr(bar, name) for bar in bars])
            for name in ("open", "high", "low", "close", "volume")
        ),
        line=np.array([bar.line for bar in bars]),
    )
    splits = find_splits(prices, np.array([bar.adjusted_close for bar in bars]))
    last_dates = {ticker: np.datetime64(day, "D") for ticker, day in last.items()}
    return History(restate(prices, splits), last_dates, dropped, [], splits, None, READING)


def as_windows(rows: list[reference.WindowRow], ignored: list[str]) -> list[tuple[object, ...]]:
    """Convert each row to ticker, sessions, values, inputs, target session and session parities.

    The warnings come last.
    """
    known = CALENDAR.sessions.tolist()
    number = {day: index for index, day in enumerate(known)}
    found = []
    for row in rows:
        coming = [] if row.target is None else [row.target]
        origin = row.target or row.sessions[-1]
        later = [day for day in known if day > origin] if origin >= known[0] else []
        coming = [*coming, *later, *[None] * HORIZON][:HORIZON]
        flags = [float(number.get(day, 0) % 2) for day in (*row.sessions, *coming)]
        found.append((row.ticker, row.sessions, row.values, row.inputs, coming[0], flags))
    messages = []
    if ignored:
        more = len(ignored) > 10
        messages.append(WINDOW_COLUMNS_IGNORED(count=len(ignored), columns=ignored[:10], more=more))
    if others := sum(row.effects != MODEL for row in rows):
        messages.append(WINDOWS_OF_ANOTHER_MODEL(count=others, windows=len(rows), expected=MODEL))
    return [*found, tuple(messages)]


def compare(found: Read, expected: Read) -> str | None:
    """Describe the difference between two results; None if there is none."""
    if found is None or expected is None:
        return (
            None
            if found is expected
            else f"{'refused' if found is None else 'read'} by this reader alone"
        )
    if isinstance(found, WindowRows):
        read_rows = rows_of(found)
        return None if read_rows == expected else f"windows {read_rows}, expected {expected}"
    for name in ("ticker", "session", "open", "high", "low", "close", "volume", "line"):
        mine, its = getattr(found.prices, name).tolist(), getattr(expected.prices, name).tolist()
        if mine != its or any(
            isinstance(value, float) and math.copysign(1, value) != math.copysign(1, other)
            for value, other in zip(mine, its, strict=True)
        ):
            return f"{name} {mine}, expected {its}"
    if found.dropped != expected.dropped or found.last_dates != expected.last_dates:
        return (
            f"dropped {found.dropped}, last dates {found.last_dates}; "
            f"expected {expected.dropped}, {expected.last_dates}"
        )
    return None


def rows_of(found: WindowRows) -> list[tuple[object, ...]]:
    """The ticker, sessions, values, inputs, target session and flags of each row; the warnings."""
    windows = found.take(EVERY)
    rows = zip(
        found.tickers,
        found.sessions.tolist(),
        windows.features.reshape(len(found.sessions), -1).tolist(),
        windows.inputs.tolist(),
        found.target.tolist(),
        windows.calendar[:, :, 0].tolist(),
        strict=True,
    )
    return [*rows, tuple(found.warnings)]
