"""Finds the column of traded shares, and what it counts: shares, lots of shares, or money."""

from collections.abc import Sequence

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.errors import Choice, Problem
from model_contract.messages.message import safe
from model_contract.messages.reading import VOLUME_IS_MONEY, VOLUME_UNCLEAR
from model_contract.reading.formats.column_names import MONEY, VOLUME, lot_of, rank_of, roles_of
from model_contract.reading.formats.number_format import NumberFormat, is_money
from model_contract.reading.interpret.reading import SHARES, SHARES_PER_UNIT, Choices, VolumeUnit
from model_contract.reading.interpret.samples import glance, sample
from model_contract.reading.table.table import Table

# Money is volume x price. Daily ranges are narrower than this almost always.
RATIO_TOLERANCE = 1.25
PROVING_ROWS, PROVEN_BY = 10, 60
PROVABLE: tuple[VolumeUnit, ...] = (SHARES, "lots-10", "lots-100", "lots-1000")
SHOWN = 3  # cells of a doubt
MOST_OTHERS = 20  # columns without a known name to look at


def volume_column(
    table: Table,
    columns: dict[str, list[int]],
    numbers: dict[int, NumberFormat],
    found: dict[str, int],
    choices: Choices,
    doubts: list[Problem],
) -> tuple[int, VolumeUnit]:
    """Find the column of traded shares, and their unit.

    Two columns prove each other if one is money: money / (shares x price) is then about 1, or about
    10, 100 or 1,000 if the shares are in lots. A column that is money by its name alone, or by the
    currency signs in its cells, is refused. If the only column named like a volume is money by
    another column, without a known name, then that one has the shares.
    """
    signed = [position for position in columns[VOLUME] if _has_currency(table, position)]
    if signed and choices.volume is None:
        others = [position for position in columns[VOLUME] if position not in signed]
        columns = columns | {VOLUME: others, MONEY: [*columns[MONEY], *signed]}
    candidates = columns[VOLUME]
    if len(candidates) == 1 and not columns[MONEY]:
        shares = _shares_of_money(table, candidates[0], numbers, found)
        if shares is not None and choices.volume is None:
            return shares[0], choices.volume_unit or shares[1]
        return candidates[0], choices.volume_unit or unit_by_name(table.header[candidates[0]])
    proof = _proven_unit(table, candidates, columns[MONEY], numbers, found)
    if proof:
        return proof[0], choices.volume_unit or proof[1]
    if not candidates:
        doubts.append(
            Problem(VOLUME_IS_MONEY(), table.header_line, safe(table.header[columns[MONEY][0]]))
        )
        return columns[MONEY][0], SHARES
    best = [
        position
        for position in candidates
        if rank_of(table.header[position], VOLUME) < rank_of("vol", VOLUME)
    ]
    if len(best) > 1:
        names = [table.header[position] for position in best]
        options = {
            table.header[position]: list(map(safe, sample(table, position)[:SHOWN]))
            for position in best
        }
        doubts.append(
            Problem(
                VOLUME_UNCLEAR(columns=names), table.header_line, None, Choice("volume", options)
            )
        )
    return candidates[0], choices.volume_unit or unit_by_name(table.header[candidates[0]])


def _has_currency(table: Table, position: int) -> bool:
    if table.columns.known_kind(position) == "number":
        return False
    cells = glance(table, position)
    return 2 * sum(map(is_money, cells)) > len(cells)


def _shares_of_money(
    table: Table, money: int, numbers: dict[int, NumberFormat], found: dict[str, int]
) -> tuple[int, VolumeUnit] | None:
    """Find a column without a known name that shows that a column named like a volume is money."""
    others = [
        position
        for position, name in enumerate(table.header)
        if not roles_of(name) and position not in found.values()
    ]
    form = numbers[money]
    for position in others[:MOST_OTHERS]:
        if all(form.parse(cell) is not None for cell in glance(table, position)):
            known = numbers | {position: form}
            proof = _proven_unit(table, [position], [money], known, found)
            if proof:
                return proof
    return None


def unit_by_name(name: str) -> VolumeUnit:
    """Return the unit that a note in the column's name states, or shares."""
    size = lot_of(name)
    return next(unit for unit, shares in SHARES_PER_UNIT.items() if shares == size)


def _proven_unit(
    table: Table,
    candidates: Sequence[int],
    money: Sequence[int],
    numbers: dict[int, NumberFormat],
    found: dict[str, int],
) -> tuple[int, VolumeUnit] | None:
    """Return the first candidate for the traded shares that another column, of money, proves."""
    positions = list(dict.fromkeys([*candidates, *money]))
    if len(positions) < 2:
        return None
    price = (_values(table, found["High"], numbers) + _values(table, found["Low"], numbers)) / 2
    quantities = {position: _values(table, position, numbers) for position in positions}
    for shares in candidates:
        for other in positions:
            unit = _unit(quantities[other], quantities[shares], price) if other != shares else None
            if unit:
                return shares, unit
    return None


def _unit(money: FloatArray, shares: FloatArray, price: FloatArray) -> VolumeUnit | None:
    with np.errstate(all="ignore"):
        ratios = money / (shares * price)
    ratios = ratios[np.isfinite(ratios) & (ratios > 0)]
    if len(ratios) < PROVING_ROWS:
        return None
    # Adjusted prices drift away from the raw ones that money was traded at: only the last rows,
    # whose prices aren't adjusted yet, prove a unit.
    low, middle, high = np.percentile(ratios[-PROVEN_BY:], [10, 50, 90])
    for unit in PROVABLE:
        size = SHARES_PER_UNIT[unit]
        if size / RATIO_TOLERANCE <= low <= middle <= high <= size * RATIO_TOLERANCE:
            return unit
    return None


def _values(table: Table, position: int, numbers: dict[int, NumberFormat]) -> FloatArray:
    cells = sample(table, position)
    parsed = (numbers[position].parse(cell) for cell in cells)
    return np.array([np.nan if value is None else value for value in parsed])
