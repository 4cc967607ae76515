"""Finds out how a table is to be read: which column is what, and how its cells are written.

Evidence decides: every rule looks at values, not only at names, and states in its docstring what
settles it. What the evidence leaves open is raised as one `DoubtError` with the possible readings.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from model_contract.deadline import Check, never
from model_contract.errors import Choice, DoubtError, Problem, TableError, bare_name
from model_contract.messages.message import safe
from model_contract.messages.reading import (
    COLUMN_MISSING,
    COLUMN_UNKNOWN,
    DATES_UNCLEAR,
    TICK_VOLUMES_ONLY,
)
from model_contract.reading.formats.column_names import (
    ADJUSTED,
    ADJUSTED_CLOSE,
    CLOSE,
    DATE,
    MONEY,
    PRICES,
    REQUIRED,
    SPLIT_FACTOR,
    TICKER,
    TIME,
    TRADES,
    VOLUME,
    rank_of,
    roles_of,
)
from model_contract.reading.formats.date_format import (
    ORDERS,
    YEAR_FIRST,
    DateFormat,
    DateOrder,
)
from model_contract.reading.formats.date_order import format_of, order_of
from model_contract.reading.interpret.number_columns import decimals_unclear, number_formats
from model_contract.reading.interpret.reading import Choices, Reading
from model_contract.reading.interpret.samples import distinct, glance, sample
from model_contract.reading.interpret.ticker_column import ticker_column
from model_contract.reading.interpret.volume_column import proven_format, volume_column
from model_contract.reading.table.table import Table

ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}")
SHOWN = 3  # cells of a doubt
MAX_SHOWN = 12  # columns of an error
OPTIONAL = (TICKER, TIME, ADJUSTED_CLOSE, SPLIT_FACTOR)


def interpret(table: Table, choices: Choices | None = None, check: Check = never) -> Reading:
    """Make the plan for reading a price history.

    Raises `TableError` if a column is missing, or `DoubtError` with everything that the evidence
    leaves open.
    """
    choices = choices or Choices()
    columns = _candidates(table.header)
    if choices.volume is not None:
        columns = _with_volume(columns, table, choices.volume)
    doubts: list[Problem] = []
    dates, date_position = _dates(table, columns[DATE], choices, doubts, check)
    found = {DATE: date_position} if date_position is not None else {}
    found |= {role: columns[role][0] for role in (*PRICES, ADJUSTED_CLOSE) if columns[role]}
    quantities = [*columns[VOLUME], *columns[MONEY]]
    if quantities:
        found[VOLUME] = quantities[0]
    _require_columns(table, found)
    check()
    positions = [*found.values(), *quantities]
    numbers, doubtful = number_formats(table, positions, date_position, choices, doubts)
    for position, form in doubtful.items():
        money = [other for other in quantities if other != position]
        settled = proven_format(table, position, (numbers[position], form), money, numbers, found)
        if settled is None:
            doubts.append(decimals_unclear(table, position, sample(table, position)))
        else:
            numbers[position] = settled
    volume, unit = volume_column(table, columns, numbers, found, choices, doubts)
    if doubts:
        raise DoubtError(doubts)
    numbers.setdefault(volume, numbers[found[VOLUME]])  # a column without a known name
    found[VOLUME] = volume
    close = found[CLOSE], numbers[found[CLOSE]]
    ticker = ticker_column(table, columns[TICKER], found.values(), found[DATE], dates, close, check)
    if ticker is not None:
        found[TICKER] = ticker
    times = [position for position in columns[TIME] if position != found[DATE]]
    if times:
        found[TIME] = times[0]
    if columns[SPLIT_FACTOR]:
        found[SPLIT_FACTOR] = columns[SPLIT_FACTOR][0]
    return Reading(
        columns=found,
        names={role: table.header[position] for role, position in found.items()},
        dates=dates,
        numbers={role: numbers[found[role]] for role in found if found[role] in numbers},
        volume_unit=unit,
        encoding=table.encoding,
        separator=table.separator,
        header_line=table.header_line,
        sheet=table.sheet,
        options={"sheet": [*table.sheets]} if len(table.sheets) > 1 else {},
    )


@lru_cache(maxsize=4)  # successive files mostly have the same header
def _candidates(header: tuple[str, ...]) -> dict[str, list[int]]:
    """Return the positions of the columns whose names can have each role, the best name first."""
    columns = {role: _by_rank(header, role) for role in (*REQUIRED, *OPTIONAL, MONEY)}
    adjusted = {role: _by_rank(header, name) for role, name in ADJUSTED.items()}
    if all(adjusted.values()):  # one consistent series: no split is left in it
        columns |= adjusted | {ADJUSTED_CLOSE: [], SPLIT_FACTOR: [], MONEY: []}
    return columns


def _with_volume(columns: dict[str, list[int]], table: Table, name: str) -> dict[str, list[int]]:
    """Make the named column the only candidate for the volume. Raises `TableError`."""
    if name not in table.header:
        message = COLUMN_UNKNOWN(name=name, found=list(table.header[:MAX_SHOWN]))
        raise TableError.of(message, table.header_line)
    position = table.header.index(name)
    if position in columns[DATE][:1]:
        raise TableError.of(COLUMN_UNKNOWN(name=name, found=list(table.header[:MAX_SHOWN])))
    others = [other for other in (*columns[MONEY], *columns[VOLUME]) if other != position]
    return columns | {VOLUME: [position], MONEY: others}


def _by_rank(header: Sequence[str], role: str) -> list[int]:
    found = [position for position, name in enumerate(header) if role in roles_of(name)]
    return sorted(found, key=lambda position: rank_of(header[position], role))


def _dates(
    table: Table, candidates: Sequence[int], choices: Choices, doubts: list[Problem], check: Check
) -> tuple[DateFormat, int | None]:
    """Find the column of dates and their order (see `date_format`).

    It is the column with the best name whose cells are dates, else one without a name. A choice
    doesn't matter to dates that start with a whole year, or have the name of their month.
    """
    unnamed = [position for position, name in enumerate(table.header) if not name]
    for position in [*candidates, *unnamed]:
        check()
        if not choices.dates and _are_iso(table, position):
            return DateFormat(YEAR_FIRST), position
        if position in unnamed and not _has_date(table, position):
            continue
        cells = distinct(table, position)
        orders = order_of(cells)
        form = format_of(cells, orders[0]) if orders else None
        is_certain = form is not None and form.order == YEAR_FIRST and not form.short_years
        if choices.dates and not is_certain and (orders or position in candidates):
            return format_of(cells, choices.dates), position
        if len(orders) > 1:
            doubts.append(_dates_unclear(table, position, orders))
        if form:
            return form, position
    return DateFormat(choices.dates or YEAR_FIRST), candidates[0] if candidates else None


def _are_iso(table: Table, position: int) -> bool:
    """Whether the first and last dates are ISO dates; if others differ, they are refused."""
    if table.columns.known_kind(position) == "date":
        return True
    cells = glance(table, position)
    return bool(cells) and all(map(ISO.fullmatch, cells))


def _has_date(table: Table, position: int) -> bool:
    """Whether any of the first and last cells is a date; a header may lack 2,000 names."""
    forms = [DateFormat(order, short_years=True) for order in ORDERS]
    return any(form.parse(cell) for cell in glance(table, position) for form in forms)


def _dates_unclear(table: Table, position: int, orders: Sequence[DateOrder]) -> Problem:
    every = distinct(table, position)
    cells = every[:SHOWN]
    options: dict[str, list[str]] = {
        order: [
            safe(cell) if day is None else str(np.datetime64(day, "D"))
            for cell, day in ((cell, form.parse(cell)) for cell in cells)
        ]
        for order, form in ((order, format_of(every, order)) for order in orders)
    }
    return Problem(
        DATES_UNCLEAR(found=cells),
        table.header_line,
        safe(table.header[position]),
        Choice("dates", options),
    )


def _require_columns(table: Table, found: dict[str, int]) -> None:
    missing = [role for role in REQUIRED if role not in found]
    trades = _by_rank(table.header, TRADES) if missing == [VOLUME] else []
    if trades:
        raise TableError.of(
            TICK_VOLUMES_ONLY(column=bare_name(table.header[trades[0]])), table.header_line, VOLUME
        )
    if missing:
        names, more = list(table.header[:MAX_SHOWN]), len(table.header) > MAX_SHOWN
        message = COLUMN_MISSING(needed=list(REQUIRED), found=names, more=more)
        raise TableError([Problem(message, table.header_line, role) for role in missing])
