"""How the dates of a column are written, decided by the column as a whole.

The rule for day or month first (`order_of`): a value above 12 decides. If no date has one, the
order with fewer dates at a weekend decides, because exchanges are closed then. Reading n distinct
dates in the wrong order spreads them over the week almost evenly, so that none of them is at a
weekend with a probability of about (5/7)^n: below 1 in 1,000 from 21 dates on.

Two digits in front can be the year (24/04/03). Successive rows of a daily history are days apart,
but years if a day is read as the year. So the order with the shorter median step is right.

The time of day is ignored. Only if the times are marked as UTC and put sessions at weekends, they
are those of an exchange in another time zone (`zone_of`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from math import ceil
from statistics import median

from model_contract.reading.formats.date_format import (
    DAY_FIRST,
    LONGEST,
    MONTH_FIRST,
    ORDERS,
    PARTS_OF_SECOND,
    UTC_ZONE,
    YEAR_FIRST,
    ZONES,
    DateFormat,
    DateOrder,
    is_in_utc,
    short_year_first,
    without_time,
)

ENOUGH = 0.9  # share of a column's cells; the others may be notes or damaged rows
SATURDAY = 5
SHORT_YEAR_FIRST = DateFormat(YEAR_FIRST, short_years=True)


def order_of(cells: Sequence[str]) -> list[DateOrder]:
    """Return the orders in which a column can be read: one if the column decides.

    cells    distinct, in the order of their rows

    Returns no order if most cells aren't dates, and two (day-first and month-first) if neither a
    value above 12 nor the weekends decide, or if values above 12 contradict each other. If two
    digits in front can be the year, either that order or all others are out, unless their steps are
    equal, or the weekends contradict the shorter step.
    """
    if not cells:
        return []
    parsed = {order: list(map(DateFormat(order).parse, cells)) for order in ORDERS}
    others = _orders_of_long_years(parsed, len(cells))
    days = _of_short_years(cells, parsed[YEAR_FIRST], len(cells) - ceil(ENOUGH * len(cells)))
    if not days:
        return others
    if not others:
        return [YEAR_FIRST]
    step, shortest = _step(days), min(_step(parsed[order]) for order in others)
    if step > shortest or (step == shortest and len(others) == 1):
        return others
    is_contradicted = _weekends(days) and not all(_weekends(parsed[order]) for order in others)
    return [YEAR_FIRST, *others] if step == shortest or is_contradicted else [YEAR_FIRST]


def format_of(cells: Sequence[str], order: DateOrder) -> DateFormat:
    """Return the format of a column with that order; `cells` are distinct.

    Years are short if most of the dates with the year in front have one.
    """
    form = DateFormat(order)
    if order == YEAR_FIRST:
        days = list(map(form.parse, cells))
        if _count(_of_short_years(cells, days, len(cells))) > _count(days):
            form = SHORT_YEAR_FIRST
    return replace(form, zone=zone_of(cells, form))


def _orders_of_long_years(parsed: dict[DateOrder, list[int | None]], cells: int) -> list[DateOrder]:
    """Return the orders in which a column can be read, without two digits for the year in front."""
    count = {order: _count(days) for order, days in parsed.items()}
    most = max(count.values())
    if most < ENOUGH * cells:
        both = [DAY_FIRST, MONTH_FIRST]
        mixed = all(count[order] for order in both) and _either(parsed, both) >= ENOUGH * cells
        return both if mixed else []
    best = [order for order in ORDERS if count[order] == most]
    if YEAR_FIRST in best or len(best) == 1:
        return best[:1]
    if len({tuple(parsed[order]) for order in best}) == 1:  # 04/04/2024
        return best[:1]
    weekends = {order: _weekends(parsed[order]) for order in best}
    fewest = min(weekends.values())
    calm = [order for order in best if weekends[order] == fewest]
    return calm if fewest == 0 or len(calm) > 1 else best


def _of_short_years(
    cells: Sequence[str], days: Iterable[int | None], most: int
) -> list[int | None]:
    """Return the dates with two digits for the year in front; `days` are those with more.

    most    cells that may be something else; with more of them, no dates are returned
    """
    found: list[int | None] = []
    others = 0
    for cell, day in zip(cells, days, strict=True):
        is_short = day is None and len(cell) <= LONGEST
        found.append(short_year_first(without_time(cell)) if is_short else None)
        others += found[-1] is None
        if others > most:  # mostly after the first few cells
            return []
    return found


def _either(parsed: dict[DateOrder, list[int | None]], orders: Iterable[DateOrder]) -> int:
    return sum(
        any(day is not None for day in days)
        for days in zip(*(parsed[order] for order in orders), strict=True)
    )


def _count(days: Iterable[int | None]) -> int:
    return sum(day is not None for day in days)


def _step(days: Iterable[int | None]) -> float:
    """Return the median number of days between each date and the next."""
    dates = (day for day in days if day is not None)
    steps = [abs(later - day) for day, later in pairwise(dates)]
    return median(steps) if steps else 0


def _weekends(days: Iterable[int | None]) -> int:
    # 1970-01-01 was a Thursday, weekday 3 from Monday on.
    return sum(day is not None and (day + 3) % 7 >= SATURDAY for day in days)


def zone_of(cells: Sequence[str], form: DateFormat) -> str:
    """Return the time zone in which distinct times in UTC are the file's dates.

    UTC gives the local date if the times are those of the open, or of midnight in the Americas.
    Midnight further east is on the day before in UTC, so sessions are on Sundays. The zone with the
    fewest dates at a weekend is right, if it has at most half as many as UTC. Assets that are
    traded every day thus stay in UTC.
    """
    if form.order not in PARTS_OF_SECOND and not _are_in_utc(cells):
        return UTC_ZONE
    weekends = {zone: _weekends(map(replace(form, zone=zone).parse, cells)) for zone in ZONES}
    best = min(ZONES, key=lambda zone: weekends[zone])
    return best if 2 * weekends[best] <= weekends[UTC_ZONE] else UTC_ZONE


def _are_in_utc(cells: Sequence[str]) -> bool:
    """Whether almost all cells have a time of day that is marked as UTC."""
    most = len(cells) - ceil(ENOUGH * len(cells))
    others = (cell for cell in cells if not is_in_utc(cell))
    return bool(cells) and next(islice(others, most, None), None) is None  # stops at one too many
