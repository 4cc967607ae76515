"""How a history was read, as it appears in a response, and what else it could have been."""

from collections.abc import Collection, Iterable
from typing import cast

from model_contract.reading.apply.price_history import History
from model_contract.reading.decode.encoding import CANDIDATES
from model_contract.reading.formats.column_names import CLOSE, DATE, MONEY, VOLUME, roles_of
from model_contract.reading.formats.date_format import ORDERS, YEAR_FIRST
from model_contract.reading.formats.date_order import format_of
from model_contract.reading.formats.number_format import NumberFormat
from model_contract.reading.interpret.reading import SHARES_PER_UNIT, SIGNS, Reading
from model_contract.reading.interpret.reading import reading_fields as plain_fields
from model_contract.reading.interpret.samples import outer_rows
from model_contract.reading.table.table import Table
from model_contract.share_splits import TREATMENTS
from prediction_api.responses import ReadingFields

SAMPLE = 20  # rows at each end that must fit an option


def reading_fields(
    table: Table, history: History, markets: Iterable[str], supported: Collection[str]
) -> ReadingFields:
    """How a history was read, as it appears in a response.

    markets      of the tickers
    supported    markets whose calendars the model has
    """
    reading, splits = history.reading, history.split_treatment
    options = _options(table, reading) | reading.options
    if splits:
        options["splits"] = [*TREATMENTS]
    if len(supported) > 1:
        options["market"] = sorted(supported)
    added = {"splits": splits, "markets": sorted(set(markets)), "options": options}
    return cast(ReadingFields, plain_fields(reading) | added)


def _options(table: Table, reading: Reading) -> dict[str, list[str]]:
    """By query parameter, the values that the first and last rows allow, if there are several."""
    found: dict[str, list[str]] = {
        "dates": _orders(table, reading),
        "decimal": _decimals(table, reading),
        "volume": _volumes(table, reading),
        "volume_unit": [*SHARES_PER_UNIT],
        "encoding": [*CANDIDATES] if reading.encoding in CANDIDATES else [],
    }
    return {parameter: values for parameter, values in found.items() if len(values) > 1}


def _orders(table: Table, reading: Reading) -> list[str]:
    if reading.dates.order == YEAR_FIRST and not reading.dates.short_years:
        return []
    cells = [cell for cell in _sample(table, reading.columns[DATE]) if cell]
    return [
        order
        for order in ORDERS
        if order == reading.dates.order or None not in map(format_of(cells, order).parse, cells)
    ]


def _decimals(table: Table, reading: Reading) -> list[str]:
    positions = [reading.columns[role] for role in reading.numbers]
    return [
        name
        for name, sign in SIGNS.items()
        if sign == reading.numbers[CLOSE].decimal
        or all(
            NumberFormat(sign).parse(cell) is not None
            for position in positions
            for cell in filter(None, _sample(table, position))
        )
    ]


def _volumes(table: Table, reading: Reading) -> list[str]:
    return [
        name
        for position, name in enumerate(table.header)
        if position == reading.columns[VOLUME] or {VOLUME, MONEY} & {*roles_of(name)}
    ]


def _sample(table: Table, position: int) -> list[str]:
    return table.columns.cells(position, outer_rows(table, SAMPLE))
