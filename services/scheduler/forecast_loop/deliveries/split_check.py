"""Finds price changes that look like a share split, which nothing in the store proves.

A file with the whole history proves its splits by its adjusted closes, or by a column of factors. A
file by date mostly doesn't, so the split is between two files. From the last close to the open, the
price then changes by a simple ratio, and a little more: by up to 2% at the three splits of
data/raw/stocks.csv. Of its other 12,151 rows, one looks like a split, too: Apple's fall by almost
half on 29 September 2000.
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from forecast_loop.deliveries.checks import are_many, listed
from forecast_loop.deliveries.combined import Combined
from forecast_loop.price_store.bars import NO_BASIS, Mask
from forecast_loop.price_store.delivery import Reason
from model_contract.arrays import FloatArray
from model_contract.share_splits import LARGEST_RATIO, SMALLEST_RATIO, Split

TOLERANCE = 0.08  # of the price, overnight
HALF_RATIOS_UP_TO = 2.75  # 3:2 and 5:2; larger splits are by whole numbers
MOST_DAYS = 10  # between two sessions; after a longer gap, a price may have moved that far


def new_suspicions(one: Combined) -> list[Split]:
    """Return the suspected splits in the rows of a delivery, and right after them."""
    prices, factor = one.rows.prices, one.rows.split_factor
    falls = np.full(len(prices), np.nan)
    falls[1:] = prices.close[:-1] / prices.open[1:]
    falls[1:][prices.ticker[1:] != prices.ticker[:-1]] = np.nan
    days = np.diff(prices.session, prepend=prices.session[:1]).astype(np.int64)
    near = one.asked | np.append(False, one.asked[:-1])
    sizes = np.maximum(falls, 1 / falls)
    near &= days <= MOST_DAYS
    large = near & (sizes >= SMALLEST_RATIO * (1 - TOLERANCE)) & (sizes <= LARGEST_RATIO)
    declared = np.maximum(factor, 1 / factor) >= SMALLEST_RATIO
    found = []
    for row in np.flatnonzero(large & ~declared & ~_is_known(one)):
        ratio = _ratio(float(sizes[row]))
        if ratio is not None:
            signed = ratio if falls[row] > 1 else 1 / ratio
            found.append(Split(str(prices.ticker[row]), prices.session[row], signed))
    return found


def split_suspected(one: Combined) -> Iterator[Reason]:
    """Object to price changes that look like a split; a file by date often proves none."""
    found = new_suspicions(one)
    if found:
        tickers = len(np.unique(one.rows.prices.ticker))
        yield Reason(
            "split_suspected",
            f"{listed(list(map(str, found)))}: prices changed overnight like "
            "that, but the delivery doesn't say why. Accept it with its splits if they "
            "happened, or else as it is",
            holds=are_many(found, tickers),
        )


def _is_known(one: Combined) -> Mask:
    """Whether adjusted closes show what happened before each row, (rows,).

    Some exports copy the close into every row. That shows nothing. Nor do they show anything where
    a delivery starts to restate rows: the older ones have the closes and volumes of before a split.
    """
    prices, adjusted = one.rows.prices, one.rows.adjusted_close
    starts = np.flatnonzero(np.append(True, prices.ticker[1:] != prices.ticker[:-1]))
    copied = np.zeros(len(prices), dtype=bool)
    if len(prices):
        equal = np.logical_and.reduceat(_is_equal(adjusted, prices.close), starts)
        copied = np.repeat(equal, np.diff(np.append(starts, len(prices))))
    known = np.zeros(len(prices), dtype=bool)
    known[1:] = (one.basis[1:] == one.basis[:-1]) & (one.basis[1:] != NO_BASIS) & ~copied[1:]
    known[1:] &= one.restated[:-1] | ~one.restated[1:]
    return known


def _is_equal(adjusted: FloatArray, close: FloatArray) -> Mask:
    equal: Mask = np.isnan(adjusted) | (adjusted == close)
    return equal


def _ratio(size: float) -> Fraction | None:
    """Return the simple ratio near a size of at least 1, or None."""
    parts = 2 if size < HALF_RATIOS_UP_TO else 1
    ratio = Fraction(max(round(size * parts), parts + 1), parts)
    return ratio if abs(size / float(ratio) - 1) <= TOLERANCE else None
