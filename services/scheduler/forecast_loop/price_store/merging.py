"""Compares the rows of a delivery with the store's, one ticker at a time.

Only new rows and rows with another open, high, low, close, volume or split factor are stored.

Adjusted closes are relative to the end of their file, so after a dividend a vendor's whole history
has others. They only serve to find splits, for which the ratio of neighbours matters. So if those
of a delivery differ from the store's by one factor, the new rows are divided by it, and the others
count as the same. All of them can then be compared: they share a `basis`. If not, the delivery's
adjusted closes are stored as a basis of their own.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from forecast_loop.price_store.bars import NO_BASIS, Bars, Mask
from forecast_loop.price_store.delivery import Counts
from model_contract.arrays import FloatArray
from model_contract.share_splits import SMALLEST_RATIO

CLOSE, VOLUME = 3, 4  # positions in `Bars.ohlcv`
ADJUSTMENT_TOLERANCE = 0.005  # of one factor: adjusted closes are rounded
SAME_TURNOVER = 0.02  # after a restatement for a split


@dataclass(frozen=True)
class Merge:
    """What a delivery does to a ticker; every array has a value for each delivered row.

    before    (rows, 5), the store's values; NaN for a session that it doesn't have
    """

    bars: Bars  # the delivered rows, ready to be stored
    new: Mask
    changed: Mask
    before: FloatArray

    @property
    def stored(self) -> Bars:
        """The rows to store."""
        return self.bars.take(self.new | self.changed)

    @property
    def revised(self) -> Mask:
        """Mask, (rows,), of the rows with another price or volume than the store's."""
        revised: Mask = ~self.new & np.any(self.bars.ohlcv != self.before, axis=1)
        return revised

    @property
    def restated(self) -> Mask:
        """Mask, (rows,), of the rows that were restated for a split: their turnover is the same."""
        known = ~self.new
        restated = np.zeros(len(self.new), dtype=bool)
        ratio = self.bars.ohlcv[known] / self.before[known]
        same = np.abs(ratio[:, CLOSE] * ratio[:, VOLUME] - 1) <= SAME_TURNOVER
        size = np.maximum(ratio[:, VOLUME], 1 / ratio[:, VOLUME])
        restated[known] = same & (size >= SMALLEST_RATIO)
        return restated

    @property
    def counts(self) -> Counts:
        """The number of rows of each kind."""
        new, changed = int(self.new.sum()), int(self.changed.sum())
        return Counts(new, changed, len(self.bars) - new - changed)


def merge(old: Bars, delivered: Bars, version: int) -> Merge:
    """Compare delivered rows with the store's.

    old        the store's current rows, at least those of the delivered sessions
    version    of the store, once the rows are in it
    """
    position = np.searchsorted(old.session, delivered.session)
    inside = np.minimum(position, max(len(old) - 1, 0))
    known = (
        old.session[inside] == delivered.session
        if len(old)
        else np.zeros(len(delivered), dtype=bool)
    )
    before = np.full((len(delivered), 5), np.nan)
    before[known] = old.ohlcv[inside[known]]
    earlier = _aligned(old, inside, known, len(delivered))
    bars, readjusted = _with_basis(earlier, _with_known(earlier, before, delivered), version)
    other = np.any(bars.ohlcv != before, axis=1) | _differs(bars.factor, earlier.factor)
    bars = replace(bars, version=np.full(len(bars), version, dtype=np.int64))
    return Merge(bars, ~known, known & (other | readjusted), before)


def _aligned(old: Bars, inside: npt.NDArray[np.intp], known: Mask, count: int) -> Bars:
    """The store's row for each delivered one; without values if it doesn't have one."""
    nothing, none = np.full(count, np.nan), np.full(count, NO_BASIS, dtype=np.int64)
    values = np.full((count, 5), np.nan)
    adjusted, factor, basis = nothing.copy(), nothing.copy(), none.copy()
    at = inside[known]
    values[known], adjusted[known] = old.ohlcv[at], old.adjusted[at]
    factor[known], basis[known] = old.factor[at], old.basis[at]
    return Bars(none, values, adjusted, basis, factor, none)


def _with_known(earlier: Bars, before: FloatArray, delivered: Bars) -> Bars:
    """Keep the split factors and adjusted closes that the delivery lacks.

    A corrected close keeps its ratio to the adjusted one.
    """
    factor = np.where(np.isnan(delivered.factor), earlier.factor, delivered.factor)
    lacking = np.isnan(delivered.adjusted) & ~np.isnan(earlier.adjusted)
    ratio = np.ones(len(delivered))
    ratio[lacking] = delivered.ohlcv[lacking, CLOSE] / before[lacking, CLOSE]
    adjusted = np.where(lacking, earlier.adjusted * ratio, delivered.adjusted)
    basis = np.where(lacking, earlier.basis, delivered.basis)
    return replace(delivered, factor=factor, adjusted=adjusted, basis=basis)


def _with_basis(earlier: Bars, bars: Bars, version: int) -> tuple[Bars, Mask]:
    """Bring the adjusted closes to a basis of the store's, or to their own.

    Also returns a mask, (rows,), of those with another basis than the store's.
    """
    own = ~np.isnan(bars.adjusted) & (bars.basis == NO_BASIS)
    if not own.any():
        return bars, np.zeros(len(bars), dtype=bool)
    basis, factor = version, 1.0
    both = np.flatnonzero(own & (earlier.basis != NO_BASIS))
    if len(both):
        found, counts = np.unique(earlier.basis[both], return_counts=True)
        most = int(found[np.argmax(counts)])
        alike = both[earlier.basis[both] == most]
        # The store's close may have been corrected, which changes the adjusted one by as much.
        closes = bars.ohlcv[alike, CLOSE] / earlier.ohlcv[alike, CLOSE]
        ratios = bars.adjusted[alike] / earlier.adjusted[alike] / closes
        median = float(np.median(ratios))
        if np.all(np.abs(ratios / median - 1) <= ADJUSTMENT_TOLERANCE):
            basis, factor = most, float(ratios[-1])
    adjusted = np.where(own, bars.adjusted / factor, bars.adjusted)
    bases = np.where(own, basis, bars.basis)
    return replace(bars, adjusted=adjusted, basis=bases), own & (bases != earlier.basis)


def _differs(one: FloatArray, other: FloatArray) -> Mask:
    differs: Mask = (one != other) & ~(np.isnan(one) & np.isnan(other))
    return differs
