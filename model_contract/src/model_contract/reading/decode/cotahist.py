"""B3's fixed-width file of daily prices, COTAHIST.

Layout: B3, "Séries históricas, layout do arquivo": one quotation per line of 245 characters, whose
type is 01; prices have two decimals and apply to `FATCOT` shares.
"""

from collections.abc import Iterable, Iterator

from model_contract.deadline import Check
from model_contract.reading.formats.column_names import DATE, PRICES, TICKER, VOLUME
from model_contract.reading.table.limits import CHECKED_ROWS

START = "00COTAHIST"
QUOTATION = "01"
CASH_MARKET = "010"  # not options, forwards or odd lots
NAMES = (DATE, TICKER, *PRICES, VOLUME)
DAY, CODE, MARKET = slice(2, 10), slice(12, 24), slice(24, 27)
OPEN, HIGH, LOW, CLOSE = slice(56, 69), slice(69, 82), slice(82, 95), slice(108, 121)
SHARES, LOT = slice(152, 170), slice(210, 217)
CENTS = 100


def quotations(lines: Iterable[tuple[int, str]], check: Check) -> Iterator[tuple[int, list[str]]]:
    """Yield the line numbers of the cash market's quotations, and their fields as in `NAMES`."""
    for position, (number, line) in enumerate(lines):
        if position % CHECKED_ROWS == 0:
            check()
        if not line.startswith(QUOTATION) or line[MARKET] != CASH_MARKET:
            continue
        lot = _whole(line[LOT]) or 1
        prices = [_price(line[column], lot) for column in (OPEN, HIGH, LOW, CLOSE)]
        yield number, [line[DAY], line[CODE].strip(), *prices, line[SHARES].lstrip("0") or "0"]


def _price(digits: str, lot: int) -> str:
    """Return the price of one share; as written if it isn't a number."""
    cents = _whole(digits)
    return digits if cents is None else repr(cents / CENTS / lot)


def _whole(digits: str) -> int | None:
    return int(digits) if digits.isascii() and digits.isdigit() else None
