"""The rules that refuse a price history or drop some of its rows.

refused    a price <= 0, a negative volume, High < Low, a row with only some of its prices and
           volume, the same ticker and date twice, a date in the future
dropped    `empty`: no price and no volume; `zero_volume`: no trading (such as holidays in an
           export); `contradictory`: Open or Close outside the Low-High range
"""

import numpy as np
import numpy.typing as npt

from model_contract.errors import ProblemList
from model_contract.messages.cells import (
    DATE_IN_FUTURE,
    HIGH_BELOW_LOW,
    PRICE_EXPECTED,
    ROW_INCOMPLETE,
    SESSION_TWICE,
    VOLUME_EXPECTED,
)
from model_contract.prices import Prices
from model_contract.reading.header import DATE, PRICES, VOLUME

# Published prices are rounded: a close one rounding step outside the day's range is fine.
ROUNDING = 1e-4
ONE_DAY = np.timedelta64(1, "D")

Mask = npt.NDArray[np.bool_]


def empty_rows(prices: Prices) -> Mask:
    """Return a mask, (rows,), of the rows without any price or volume."""
    columns = (prices.open, prices.high, prices.low, prices.close, prices.volume)
    empty: Mask = np.all([np.isnan(column) for column in columns], axis=0)
    return empty


def check_values(prices: Prices, names: dict[str, str], problems: ProblemList) -> None:
    """Add a problem for each impossible price, volume or row.

    If there are problems already, don't report missing values: unreadable cells are NaN as well.
    """
    filled = np.zeros(len(prices), bool) if problems else ~empty_rows(prices)
    for name in (*PRICES, VOLUME):
        values, column = getattr(prices, name.lower()), names[name]
        for row in np.flatnonzero(filled & np.isnan(values)):
            problems.add(ROW_INCOMPLETE(), int(prices.line[row]), column)
        code, wrong = PRICE_EXPECTED, values <= 0
        if name == VOLUME:
            code, wrong = VOLUME_EXPECTED, values < 0
        for row in np.flatnonzero(wrong):
            problems.add(code(found=float(values[row])), int(prices.line[row]), column)
    for row in np.flatnonzero(prices.high < prices.low):
        message = HIGH_BELOW_LOW(high=float(prices.high[row]), low=float(prices.low[row]))
        problems.add(message, int(prices.line[row]), names["High"])


def check_dates(
    prices: Prices, names: dict[str, str], today: np.datetime64, problems: ProblemList
) -> None:
    """Add a problem for each date after tomorrow; tomorrow may have begun east of UTC."""
    for row in np.flatnonzero(prices.session > today + ONE_DAY):
        message = DATE_IN_FUTURE(date=str(prices.session[row]), today=str(today))
        problems.add(message, int(prices.line[row]), names[DATE])


def require_unique_sessions(prices: Prices) -> None:
    """Raise `TableError` if a ticker has a session twice. The rows must be sorted."""
    problems = ProblemList()
    twice = (prices.ticker[1:] == prices.ticker[:-1]) & (prices.session[1:] == prices.session[:-1])
    for row in np.flatnonzero(twice):
        first, second = sorted((int(prices.line[row]), int(prices.line[row + 1])))
        ticker = str(prices.ticker[row]) or None
        message = SESSION_TWICE(date=str(prices.session[row]), ticker=ticker, line=first)
        problems.add(message, second, DATE)
    problems.raise_if_any()


def drop_rows(prices: Prices) -> tuple[Mask, dict[str, list[int]]]:
    """Return a mask of the rows to keep, (rows,), and the lines of the dropped rows by rule."""
    top, bottom = prices.high * (1 + ROUNDING), prices.low * (1 - ROUNDING)
    outside = [(price > top) | (price < bottom) for price in (prices.open, prices.close)]
    rules = {
        "empty": empty_rows(prices),
        "zero_volume": prices.volume == 0,
        "contradictory": outside[0] | outside[1],
    }
    dropped, keep = {}, np.ones(len(prices), dtype=bool)
    for rule, broken in rules.items():
        lines = sorted(prices.line[keep & broken].tolist())
        keep &= ~broken
        if lines:
            dropped[rule] = lines
    return keep, dropped
