"""Share splits: a history is restated for proven splits; suspected splits are only reported.

Prices and volumes before a split can't be compared with those after it. Some files have a column
of split factors. Otherwise, vendors adjust Adj Close for splits and dividends, so the adjustment
factor, Close / Adj Close, falls by the ratio of a split and by a few percent at a dividend. It
doesn't fall in a crash, or if Close is already adjusted for splits. (A dividend of at least 29 % of
the price can be mistaken for a split, but is rare.)

Some vendors give raw prices next to volumes that are already in new shares. The volumes are left as
they are if they show that: the change of the median volume, from the sessions before a split to
those after it, is then near 1 and not near the split's ratio. All splits of a file are judged
together, because a vendor treats them alike, with a normal error of the change in logs
(`VOLUME_ERROR`) and odds of 20:1 for raw volumes before looking. In the default data, three 2:1
splits change the medians by only 5% to 32%, although the volumes are raw, so 2:1 splits alone
hardly ever overturn those odds; a single 4:1 split does.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

from model_contract.arrays import FloatArray
from model_contract.errors import TableError
from model_contract.messages.forecasting import (
    SPLIT_RESTATED,
    SPLIT_RESTATED_IN_PRICES,
    SPLIT_SUSPECTED,
    SPLITS_RESTATED_TOTAL,
    SPLITS_SUSPECTED_TOTAL,
)
from model_contract.messages.message import Message, safe
from model_contract.messages.reading import SPLITS_OVERFLOW, TOO_MANY_SPLITS
from model_contract.prices import Prices

# Steps of the adjustment factor: a smaller step can be a dividend, and no split was ever larger.
SMALLEST_RATIO, LARGEST_RATIO = 1.4, 10_000
LARGEST_DENOMINATOR = 4
STEP_TOLERANCE = 0.02  # adjusted prices are rounded, and a dividend may be paid on the same day
PRICE_TOLERANCE = 0.25  # the price also moves overnight
SUSPICION_TOLERANCE = 0.015
VOLUME_SESSIONS = 22  # on each side of a split
VOLUME_ERROR = 0.45  # of the change between their medians, in logs
ODDS_OF_RAW_VOLUMES = 20
MAX_WARNINGS = 10
MAX_SPLITS = 10_000  # in a file; each is checked separately

Source = npt.NDArray[np.intp]
SplitTreatment = Literal["restate", "prices-only", "ignore"]
RESTATE: SplitTreatment = "restate"  # prices and volumes
PRICES_ONLY: SplitTreatment = "prices-only"  # the volumes are in today's shares already
IGNORE: SplitTreatment = "ignore"
TREATMENTS: tuple[SplitTreatment, ...] = (RESTATE, PRICES_ONLY, IGNORE)


@dataclass(frozen=True)
class Split:
    """A change in the number of shares before a session opens."""

    ticker: str  # "" if the file has no tickers
    session: np.datetime64  # the first session in new shares
    ratio: Fraction  # new shares for each old one: 2 for 2:1, 1/10 for 1:10
    in_volume: bool = True  # False if the volumes before it are already in new shares

    def __str__(self) -> str:
        ticker = f" of '{safe(self.ticker)}'" if self.ticker else ""
        terms = f"{self.ratio.numerator}:{self.ratio.denominator}"
        return f"{terms} split{ticker} on {self.session}"

    def params(self) -> dict[str, str | int | None]:
        """Return the parameters of a message: ticker, date, new and old shares."""
        return {
            "ticker": self.ticker or None,
            "date": str(self.session),
            "new": self.ratio.numerator,
            "old": self.ratio.denominator,
        }


@dataclass(frozen=True)
class Restated:
    """A history restated for its splits.

    treatment    what was done with the splits, proven and suspected ones; None if there are none
    """

    prices: Prices
    splits: list[Split]  # by ticker, then session
    notes: list[Message]
    treatment: SplitTreatment | None


def restated(
    prices: Prices,
    adjusted_close: FloatArray,
    split_factor: FloatArray,
    source: Source | None = None,
    choice: SplitTreatment | None = None,
) -> Restated:
    """Find the splits, restate the history for them, and say so.

    choice    what to do with all splits, proven and suspected ones; None to restate proven ones as
              the evidence says

    The other parameters are those of `find_splits`. Raises `TableError` if there are too many
    splits, or if they are too large together.
    """
    known = adjusted_close, split_factor, source
    splits = find_splits(prices, *known)
    suspected, count = suspected_splits(prices, *known, most=MAX_SPLITS if choice else MAX_WARNINGS)
    treatment = _treatment(splits) if splits or count else None
    if treatment and choice:
        treatment, in_volume = choice, choice == RESTATE
        both = sorted([*splits, *suspected], key=lambda split: (split.ticker, split.session))
        splits = [] if choice == IGNORE else [replace(one, in_volume=in_volume) for one in both]
        suspected, count = [], 0
    notes = list(split_warnings(splits, suspected, count))
    return Restated(restate(prices, splits), splits, notes, treatment)


def _treatment(splits: Sequence[Split]) -> SplitTreatment:
    if not splits:
        return IGNORE
    return RESTATE if splits[0].in_volume else PRICES_ONLY


def find_splits(
    prices: Prices,
    adjusted_close: FloatArray,
    split_factor: FloatArray | None = None,
    source: Source | None = None,
) -> list[Split]:
    """Find the splits that the adjusted close or the split factor proves.

    adjusted_close    (rows,); NaN if unknown
    split_factor      (rows,), new shares for each old one before the session opens, or the inverse:
                      some vendors write 4 for 4:1, others 0.25; NaN if unknown
    source            (rows,), the number of each row's file; the adjusted closes of two files can't
                      be compared, because each is relative to the file's end

    At a split, both the adjustment factor and the price fall by the same simple ratio. A split
    factor counts if the price falls by it: otherwise the prices are restated already.
    Raises `TableError` if more than `MAX_SPLITS` rows look like a split.
    """
    declares = split_factor is not None and not np.isnan(split_factor).all()
    if not declares and np.isnan(adjusted_close).all():
        return []
    steps, jumps = _factor_falls(prices, adjusted_close, source), _price_falls(prices)
    if split_factor is not None:
        steps = _with_declared(steps, split_factor, jumps)
    sizes = _size(steps)
    candidates = np.flatnonzero((sizes >= SMALLEST_RATIO) & (sizes <= LARGEST_RATIO))
    if len(candidates) > MAX_SPLITS:
        raise TableError.of(TOO_MANY_SPLITS(rows=len(candidates), limit=MAX_SPLITS))
    splits: list[Split] = []
    rows: list[int] = []
    for row in candidates:
        ratio = _simple_ratio(float(steps[row]))
        if ratio and _size(jumps[row] / float(ratio)) <= 1 + PRICE_TOLERANCE:
            splits.append(_split(prices, row, ratio))
            rows.append(int(row))
    if _volumes_are_restated(prices, splits, rows):
        splits = [replace(split, in_volume=False) for split in splits]
    return splits


def suspected_splits(
    prices: Prices,
    adjusted_close: FloatArray,
    split_factor: FloatArray | None = None,
    source: Source | None = None,
    most: int = MAX_WARNINGS,
) -> tuple[list[Split], int]:
    """Find overnight price changes that look like a split, where the file doesn't tell.

    The price changes by a whole factor or its inverse. An adjusted close that is the close in every
    row tells nothing: some exports copy it. Returns the first `most` splits and the total.
    """
    jumps = _price_falls(prices)
    sizes = _size(jumps)
    whole = np.clip(np.round(sizes), 2, LARGEST_RATIO)
    suspicious = np.abs(sizes / whole - 1) <= SUSPICION_TOLERANCE
    if not suspicious.any():
        return [], 0
    unknown = np.isnan(_factor_falls(prices, adjusted_close, source))
    unknown |= _is_copied(prices, adjusted_close)
    if split_factor is not None:
        unknown &= ~(_size(split_factor) >= SMALLEST_RATIO)
    rows = np.flatnonzero(unknown & suspicious)
    first = [
        _split(prices, row, Fraction(int(whole[row])) ** (1 if jumps[row] > 1 else -1))
        for row in rows[:most]
    ]
    return first, len(rows)


def restate(prices: Prices, splits: Sequence[Split]) -> Prices:
    """Restate prices and volumes in shares of each ticker's last session.

    Volumes can become fractional.
    Raises `TableError` if the combined ratio of the splits is too large or too small.
    """
    if not splits:
        return prices
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        factors = _new_shares(prices, splits)
        volume_factors = _new_shares(prices, [split for split in splits if split.in_volume])
        restated = replace(
            prices,
            open=prices.open / factors,
            high=prices.high / factors,
            low=prices.low / factors,
            close=prices.close / factors,
            volume=prices.volume * volume_factors,
        )
    if not np.all(np.isfinite(restated.volume) & np.isfinite(restated.high) & (restated.low > 0)):
        raise TableError.of(SPLITS_OVERFLOW(splits=len(splits)))
    return restated


def split_warnings(
    restated: Sequence[Split], suspected: Sequence[Split], suspicions: int
) -> Iterator[Message]:
    """Yield messages for the first ten restated splits, then for the first ten suspected ones.

    `suspected_splits` returns `suspected` and `suspicions`, their total number.
    """
    for split in restated[:MAX_WARNINGS]:
        code = SPLIT_RESTATED if split.in_volume else SPLIT_RESTATED_IN_PRICES
        yield code(**split.params(), ratio=float(split.ratio))
    if len(restated) > MAX_WARNINGS:
        yield SPLITS_RESTATED_TOTAL(count=len(restated))
    for split in suspected:
        yield SPLIT_SUSPECTED(**split.params())
    if suspicions > MAX_WARNINGS:
        yield SPLITS_SUSPECTED_TOTAL(count=suspicions)


def _split(prices: Prices, row: np.intp, ratio: Fraction) -> Split:
    return Split(str(prices.ticker[row]), prices.session[row], ratio)


def _volumes_are_restated(prices: Prices, splits: Sequence[Split], rows: Sequence[int]) -> bool:
    """Whether the volumes before splits at `rows` are already in new shares, by their medians."""
    evidence = 0.0  # log of the likelihood ratio
    for split, row in zip(splits, rows, strict=True):
        near = np.arange(max(row - VOLUME_SESSIONS, 0), min(row + VOLUME_SESSIONS, len(prices)))
        near = near[(prices.ticker[near] == split.ticker) & (prices.volume[near] > 0)]
        before, after = prices.volume[near[near < row]], prices.volume[near[near >= row]]
        if len(before) and len(after):
            change = np.log(np.median(after)) - np.log(np.median(before))
            step = np.log(float(split.ratio))
            evidence += ((change - step) ** 2 - change**2) / (2 * VOLUME_ERROR**2)
    return bool(evidence > np.log(ODDS_OF_RAW_VOLUMES))


def _factor_falls(prices: Prices, adjusted_close: FloatArray, source: Source | None) -> FloatArray:
    with np.errstate(over="ignore"):
        factor = prices.close / adjusted_close
    falls = _falls(prices, factor, factor)
    if source is not None:
        falls[1:][source[1:] != source[:-1]] = np.nan
    return falls


def _is_copied(prices: Prices, adjusted_close: FloatArray) -> npt.NDArray[np.bool_]:
    """Return a mask, (rows,), of the tickers whose adjusted close is the close in every row."""
    starts = np.flatnonzero(np.append(True, prices.ticker[1:] != prices.ticker[:-1]))
    equal = np.logical_and.reduceat(adjusted_close == prices.close, starts)
    return np.repeat(equal, np.diff(np.append(starts, len(prices))))


def _with_declared(steps: FloatArray, split_factor: FloatArray, jumps: FloatArray) -> FloatArray:
    """Take the split factor for the step where it declares a split, in the price's direction."""
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = (split_factor > 1) != (jumps > 1)
        declared = np.where(inverse, 1 / split_factor, split_factor)
        return np.where(_size(split_factor) >= SMALLEST_RATIO, declared, steps)


def _price_falls(prices: Prices) -> FloatArray:
    return _falls(prices, prices.close, prices.open)


def _falls(prices: Prices, before: FloatArray, after: FloatArray) -> FloatArray:
    """Divide `before` in the previous row by `after` in this row, (rows,): above 1 for a fall.

    The first row of a ticker is NaN.
    """
    falls = np.full(len(prices), np.nan)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        falls[1:] = np.where(
            prices.ticker[1:] == prices.ticker[:-1], before[:-1] / after[1:], np.nan
        )
    return falls


def _size(falls: FloatArray) -> FloatArray:
    """Return the factor of a change, up or down: at least 1."""
    with np.errstate(over="ignore", divide="ignore"):
        return np.maximum(falls, 1 / falls)


def _simple_ratio(step: float) -> Fraction | None:
    """Return the simplest ratio near `step`, or None."""
    size = max(step, 1 / step)
    for denominator in range(1, LARGEST_DENOMINATOR + 1):
        ratio = Fraction(round(size * denominator), denominator)
        if abs(size / float(ratio) - 1) <= STEP_TOLERANCE:
            return ratio if step > 1 else 1 / ratio
    return None


def _new_shares(prices: Prices, splits: Sequence[Split]) -> FloatArray:
    """Return how many shares each row's share has become by the last session, (rows,)."""
    by_ticker = defaultdict(list)
    for split in sorted(splits, key=lambda split: split.session):
        by_ticker[split.ticker].append(split)
    shares = np.ones(len(prices))
    for ticker, own in by_ticker.items():
        rows = slice(
            *(int(np.searchsorted(prices.ticker, ticker, side)) for side in ("left", "right"))
        )
        ratios = [float(split.ratio) for split in reversed(own)]
        later = np.cumprod([1.0, *ratios])[::-1]  # later[n]: the product of all but the first n
        past = np.searchsorted(
            np.array([split.session for split in own]), prices.session[rows], side="right"
        )
        shares[rows] = later[past]
    return shares
