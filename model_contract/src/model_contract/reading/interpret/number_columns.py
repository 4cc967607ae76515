"""Finds how the numbers of each column are written: its decimal sign."""

from collections.abc import Iterable, Sequence

from model_contract.errors import Choice, Problem
from model_contract.messages.message import safe
from model_contract.messages.reading import DECIMALS_UNCLEAR
from model_contract.reading.formats.column_names import (
    VOLUME,
    has_unknown_note,
    lot_of,
    roles_of,
)
from model_contract.reading.formats.number_format import (
    COMMA_SIGN,
    OTHER_SIGN,
    POINT,
    NumberFormat,
    is_unclear,
    proven_signs,
    separates_thousands,
)
from model_contract.reading.interpret.reading import SHARES, SHARES_PER_UNIT, SIGNS, Choices
from model_contract.reading.interpret.samples import glance, sample
from model_contract.reading.table.table import Table

PLAIN = NumberFormat(POINT)
SHOWN = 3  # cells of a doubt
SMALLEST_UNIT_WITH_DECIMALS = 1000  # shares


def number_formats(
    table: Table,
    positions: Iterable[int],
    date: int | None,
    choices: Choices,
    doubts: list[Problem],
) -> tuple[dict[int, NumberFormat], dict[int, NumberFormat]]:
    """Find the decimal sign of each column of numbers.

    A column's own cells decide, else a choice, else the other columns, else the separator: where
    commas separate the columns, a point is decimal. Nothing decides for a column whose cells all
    look like 1.234, in a file with another separator whose other columns prove nothing, or both
    signs.

    Shares are whole numbers, so the decimal sign of the others proves little for volumes that all
    look like 1.234. The second result has the columns that may have whole numbers after all, in
    this format.
    """
    columns = [position for position in dict.fromkeys(positions) if position != date]
    if (
        not choices.decimal
        and table.separator == COMMA_SIGN
        and not any(
            COMMA_SIGN in cell
            for position in columns
            if table.columns.known_kind(position) != "number"
            for cell in glance(table, position)
        )
    ):
        known, whole = dict.fromkeys(columns, PLAIN), _whole_numbers(table, columns, choices)
        unproven = [position for position in whole if not proven_signs(sample(table, position))]
        return _settled(known, whole, unproven, {POINT})
    samples = {position: sample(table, position) for position in columns}
    proven = {position: proven_signs(cells) for position, cells in samples.items()}
    file = set().union(*proven.values()) if proven else set()
    default = SIGNS[choices.decimal] if choices.decimal else POINT
    if choices.decimal or (len(file) != 1 and table.separator == COMMA_SIGN):
        file = {default}
    for position in columns:
        unclear = [cell for cell in samples[position] if is_unclear(cell) and _fits_both(cell)]
        if unclear and not proven[position] and len(file) != 1:
            doubts.append(decimals_unclear(table, position, unclear))
            break
    default = next(iter(file)) if len(file) == 1 else default
    known = {
        position: NumberFormat(next(iter(signs)) if len(signs) == 1 else default)
        for position, signs in proven.items()
    }
    if choices.decimal:
        return known, {}
    unproven = [position for position, signs in proven.items() if not signs]
    return _settled(known, _whole_numbers(table, unproven, choices), unproven, file)


def _whole_numbers(
    table: Table, positions: Iterable[int], choices: Choices
) -> dict[int, NumberFormat]:
    """The formats of the columns of shares whose cells all look like 1.234.

    Thousands or millions of shares have decimals, so a unit says nothing about the sign.
    """
    found: dict[int, NumberFormat] = {}
    if SHARES_PER_UNIT.get(choices.volume_unit or SHARES, 1) >= SMALLEST_UNIT_WITH_DECIMALS:
        return found
    for position in positions:
        name = table.header[position]
        if VOLUME not in roles_of(name) or (lot_of(name) or 1) > 1 or has_unknown_note(name):
            continue
        first = glance(table, position)
        if any(sign in cell for cell in first for sign in SIGNS.values()):
            mark = separates_thousands(sample(table, position))
            if mark:
                found[position] = NumberFormat(OTHER_SIGN[mark])
    return found


def _settled(
    known: dict[int, NumberFormat],
    whole: dict[int, NumberFormat],
    unproven: Sequence[int],
    file: set[str],
) -> tuple[dict[int, NumberFormat], dict[int, NumberFormat]]:
    """Use the formats of whole numbers, except where the file's decimal sign contradicts them."""
    doubtful = {
        position: form
        for position, form in whole.items()
        if position in unproven and OTHER_SIGN[form.decimal] in file
    }
    return known | {one: form for one, form in whole.items() if one not in doubtful}, doubtful


def _fits_both(cell: str) -> bool:
    return all(NumberFormat(sign).parse(cell) is not None for sign in SIGNS.values())


def decimals_unclear(table: Table, position: int, cells: Sequence[str]) -> Problem:
    """Ask whether the signs in the first of these cells that have two meanings are decimal."""
    shown = [cell for cell in cells if _fits_both(cell)][:SHOWN]
    options: dict[str, list[str]] = {
        name: [f"{NumberFormat(sign).parse(cell):g}" for cell in shown]
        for name, sign in SIGNS.items()
    }
    return Problem(
        DECIMALS_UNCLEAR(found=shown),
        table.header_line,
        safe(table.header[position]),
        Choice("decimal", options),
    )
