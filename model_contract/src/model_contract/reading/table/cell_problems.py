"""Explains why a cell was refused, with the most specific message and remedy."""

import re
from collections.abc import Collection

from model_contract.messages.cells import (
    DATE_EXPECTED,
    DATE_IMPOSSIBLE,
    NUMBER_DECIMAL_COMMA,
    NUMBER_DECIMAL_POINT,
    NUMBER_EXPECTED,
    NUMBER_EXPECTED_DECIMAL_COMMA,
    NUMBER_MISSING,
    NUMBER_TOO_LARGE,
)
from model_contract.messages.message import Message
from model_contract.reading.formats.date_format import (
    DAY_FIRST,
    MICROSECONDS,
    MILLISECONDS,
    MONTH_FIRST,
    NANOSECONDS,
    ORDERS,
    SECONDS,
    SERIAL,
    YEAR_FIRST,
    DateFormat,
)
from model_contract.reading.formats.number_format import NO_VALUE, OTHER_SIGN, POINT, NumberFormat

EXAMPLES = {
    YEAR_FIRST: "2024-04-03",
    DAY_FIRST: "03/04/2024",
    MONTH_FIRST: "04/03/2024",
    SECONDS: "1712102400",
    MILLISECONDS: "1712102400000",
    MICROSECONDS: "1712102400000000",
    NANOSECONDS: "1712102400000000000",
    SERIAL: "45385",
}
SHORT_EXAMPLE = "24-04-03"  # with the year first
LIKE_A_DATE = re.compile(r"[0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4}|[0-9]{8}")


def number_problems(cells: Collection[str], form: NumberFormat) -> dict[str, Message]:
    """Explain the refused cells of a column of numbers."""
    return {cell: _number_problem(cell, form) for cell in cells}


def _number_problem(cell: str, form: NumberFormat) -> Message:
    if cell.casefold() in NO_VALUE:
        return NUMBER_MISSING(found=cell)
    if NumberFormat(OTHER_SIGN[form.decimal]).parse(cell) is not None:
        return (NUMBER_DECIMAL_COMMA if form.decimal == POINT else NUMBER_DECIMAL_POINT)(found=cell)
    if form.is_number(cell):
        return NUMBER_TOO_LARGE(found=cell)
    return (NUMBER_EXPECTED if form.decimal == POINT else NUMBER_EXPECTED_DECIMAL_COMMA)(found=cell)


def date_problems(cells: Collection[str], form: DateFormat) -> dict[str, Message]:
    """Explain the refused cells of a column of dates."""
    example = SHORT_EXAMPLE if form.short_years else EXAMPLES[form.order]
    return {
        cell: DATE_IMPOSSIBLE(found=cell)
        if _is_impossible(cell)
        else DATE_EXPECTED(found=cell, example=example)
        for cell in cells
    }


def _is_impossible(cell: str) -> bool:
    """Whether a cell looks like a date, but is none in any order."""
    return bool(LIKE_A_DATE.fullmatch(cell)) and all(
        DateFormat(order).parse(cell) is None for order in ORDERS
    )
