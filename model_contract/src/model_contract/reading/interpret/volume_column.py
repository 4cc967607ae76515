"""Finds the column of traded shares, and what it counts: shares, lots of shares, or money."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.errors import Choice, Problem, bare_name
from model_contract.messages.message import safe
from model_contract.messages.reading import (
    VOLUME_IS_MONEY,
    VOLUME_NOTE_UNKNOWN,
    VOLUME_UNCLEAR,
    VOLUME_UNIT_UNCLEAR,
)
from model_contract.reading.formats.column_names import (
    MONEY,
    VOLUME,
    has_unknown_note,
    has_unknown_unit,
    lot_of,
    money_unit_of,
    roles_of,
)
from model_contract.reading.formats.number_format import NumberFormat, is_money
from model_contract.reading.interpret.reading import SHARES, SHARES_PER_UNIT, Choices, VolumeUnit
from model_contract.reading.interpret.samples import glance, sample
from model_contract.reading.table.table import Table

# Money is volume x price. Daily ranges are narrower than this almost always.
RATIO_TOLERANCE = 1.25
PROVING_ROWS, PROVEN_BY = 10, 60
PROVABLE: tuple[VolumeUnit, ...] = (SHARES, "lots-10", "lots-100", "lots-1000")
MONEY_UNITS = (1, 10**3, 10**4, 10**5, 10**6, 10**7, 10**8)  # lakhs and crores in India
SHOWN = 3  # cells of a doubt
MOST_OTHERS = 20  # columns without a known name to look at


@dataclass(frozen=True)
class Evidence:
    """What the values of a table say about its quantities."""

    table: Table
    numbers: dict[int, NumberFormat]
    found: dict[str, int]

    def values(self, position: int) -> FloatArray:
        """Parse a sample of a column, (rows,); NaN for a cell that is not a number."""
        parsed = map(self.numbers[position].parse, sample(self.table, position))
        return np.array([np.nan if value is None else value for value in parsed])

    def ratios(self, money: int, shares: int) -> FloatArray:
        """Return money / (shares x price) of the last rows.

        Adjusted prices drift away from the raw ones that money was traded at, so the last rows,
        whose prices often aren't adjusted yet, say most.
        """
        price = (self.values(self.found["High"]) + self.values(self.found["Low"])) / 2
        with np.errstate(all="ignore"):
            ratios = self.values(money) / (self.values(shares) * price)
        return ratios[np.isfinite(ratios) & (ratios > 0)][-PROVEN_BY:]


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
    10, 100 or 1,000 if the shares are in lots. Notes in their names about their units count, too.
    If the ratio is steady but means no known unit, because prices are adjusted or money is in
    another unit, the sender is asked. A column that is money by its name alone, or by the currency
    signs in its cells, is refused, unless a column without a known name has the shares: then each
    proves the other. That column also counts if the only column named like a volume is money.
    Columns that could all be the volume, and differ, are a doubt.
    """
    signed = [position for position in columns[VOLUME] if _has_currency(table, position)]
    if signed and choices.volume is None:
        others = [position for position in columns[VOLUME] if position not in signed]
        columns = columns | {VOLUME: others, MONEY: [*columns[MONEY], *signed]}
    candidates, money = columns[VOLUME], columns[MONEY]
    evidence, unit = Evidence(table, numbers, found), choices.volume_unit
    proof = _proven_unit(evidence, candidates, money)
    if not proof and choices.volume is None and len([*candidates, *money]) == 1:
        proof = _shares_of_money(evidence, [*candidates, *money][0])
    if proof:
        return proof[0], unit or proof[1]
    if not candidates:
        doubts.append(Problem(VOLUME_IS_MONEY(), table.header_line, safe(table.header[money[0]])))
        return money[0], SHARES
    different = _different(evidence, candidates)
    shares = different[0]
    name = table.header[shares]
    if len(different) > 1:
        doubts.append(_volume_unclear(table, different))
    elif unit is None and has_unknown_note(name):
        doubts.append(_unit_unclear(evidence, shares, known_note=False))
    elif unit is None and _unit_is_unclear(evidence, shares, money):
        doubts.append(_unit_unclear(evidence, shares))
    return shares, unit or unit_by_name(name)


def proven_format(
    table: Table,
    position: int,
    formats: Sequence[NumberFormat],
    money: Sequence[int],
    numbers: dict[int, NumberFormat],
    found: dict[str, int],
) -> NumberFormat | None:
    """Return the one of the formats in which a column of money proves the shares, or None."""
    return next(
        (
            form
            for form in formats
            if _proven_unit(Evidence(table, numbers | {position: form}, found), [position], money)
        ),
        None,
    )


def _has_currency(table: Table, position: int) -> bool:
    if table.columns.known_kind(position) == "number":
        return False
    cells = glance(table, position)
    return 2 * sum(map(is_money, cells)) > len(cells)


def _shares_of_money(evidence: Evidence, money: int) -> tuple[int, VolumeUnit] | None:
    """Find a column without a known name that shows that a column named like a volume is money."""
    table, form = evidence.table, evidence.numbers[money]
    others = [
        position
        for position, name in enumerate(table.header)
        if not roles_of(name) and position not in evidence.found.values()
    ]
    for position in others[:MOST_OTHERS]:
        if all(form.parse(cell) is not None for cell in glance(table, position)):
            known = replace(evidence, numbers=evidence.numbers | {position: form})
            if len(np.unique(known.values(position)[-PROVEN_BY:])) < PROVING_ROWS:
                continue  # such as a month
            proof = _proven_unit(known, [position], [money])
            if proof:
                return proof
    return None


def _different(evidence: Evidence, candidates: Sequence[int]) -> list[int]:
    """Leave out candidates without volumes, and those that repeat another one."""
    found: dict[bytes, int] = {}
    for position in candidates if len(candidates) > 1 else ():
        values = np.nan_to_num(evidence.values(position))
        if np.any(values > 0):
            found.setdefault(values.tobytes(), position)
    return list(found.values()) or list(candidates[:1])


def unit_by_name(name: str) -> VolumeUnit:
    """Return the unit that a note in the column's name states, or shares."""
    size = lot_of(name) or 1
    return next(unit for unit, shares in SHARES_PER_UNIT.items() if shares == size)


def _proven_unit(
    evidence: Evidence, candidates: Sequence[int], money: Sequence[int]
) -> tuple[int, VolumeUnit] | None:
    """Return the first candidate for the traded shares that another column, of money, proves."""
    positions = list(dict.fromkeys([*candidates, *money]))
    for shares in candidates:
        for other in positions:
            unit = _unit(evidence, other, shares) if other != shares else None
            if unit:
                return shares, unit
    return None


def _unit(evidence: Evidence, money: int, shares: int) -> VolumeUnit | None:
    """Return the unit of the shares that a column of money proves.

    If the names have notes about their units, the ratio must be that of these units.
    """
    ratios = evidence.ratios(money, shares)
    if len(ratios) < PROVING_ROWS:
        return None
    header = evidence.table.header
    if has_unknown_note(header[shares]) and has_unknown_unit(header[money]):
        return None  # both may be in millions
    lot, unit = lot_of(header[shares]), money_unit_of(header[money])
    if lot and lot > 1:
        units = MONEY_UNITS if unit is None else (unit,)
        consistent = any(_is_about(ratios, lot / possible) for possible in units)
        return unit_by_name(header[shares]) if consistent else None
    for name in PROVABLE:
        if _is_about(ratios, SHARES_PER_UNIT[name] / (unit or 1)):
            return name
    return None


def _is_about(ratios: FloatArray, size: float) -> bool:
    low, middle, high = np.percentile(ratios, [10, 50, 90])
    return bool(size / RATIO_TOLERANCE <= low <= middle <= high <= size * RATIO_TOLERANCE)


def _unit_is_unclear(evidence: Evidence, shares: int, money: Sequence[int]) -> bool:
    """Whether money is traded for these shares, but in a proportion that proves no unit.

    A note in the name of the volume settles it, unless the proportion is that of single shares.
    """
    header = evidence.table.header
    lot = lot_of(header[shares])
    for position in money:
        ratios = evidence.ratios(position, shares)
        if position == shares or MONEY not in roles_of(header[position]) or not _are_steady(ratios):
            continue
        single = 1 / (money_unit_of(header[position]) or 1)
        if lot is None or (lot > 1 and _is_about(ratios, single)):
            return True
    return False


def _are_steady(ratios: FloatArray) -> bool:
    return len(ratios) > PROVING_ROWS and _is_about(ratios[1:] / ratios[:-1], 1)


def _volume_unclear(table: Table, positions: Sequence[int]) -> Problem:
    names = [table.header[position] for position in positions]
    options = {
        table.header[position]: list(map(safe, sample(table, position)[:SHOWN]))
        for position in positions
    }
    return Problem(
        VOLUME_UNCLEAR(columns=names), table.header_line, None, Choice("volume", options)
    )


def _unit_unclear(evidence: Evidence, shares: int, *, known_note: bool = True) -> Problem:
    table, values = evidence.table, evidence.values(shares)[:SHOWN]
    options: dict[str, list[str]] = {
        unit: [f"{value * size:.15g}" for value in values] for unit, size in SHARES_PER_UNIT.items()
    }
    cells, name = sample(table, shares)[:SHOWN], bare_name(table.header[shares])
    return Problem(
        VOLUME_UNIT_UNCLEAR(found=cells)
        if known_note
        else VOLUME_NOTE_UNKNOWN(column=name, found=cells),
        table.header_line,
        safe(table.header[shares]),
        Choice("volume_unit", options),
    )
