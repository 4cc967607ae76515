"""Finds volumes such as no such ticker ever had.

A volume is compared with the median of the ticker's 22 sessions before it, both restated for
splits, in logs:

    r = log(volume / median)
    m = the median of the other tickers' r in the same market and session, between -1 and 1
    w = log(range / median range), where it is positive: big moves go with big volumes

It is too low if both r and r - m are below -LOW, and too high if both r - w/2 and r - m - w/2 are
above HIGH. For a ticker whose r varies more than usual, the bounds are wider: SPREADS times the
spread of its own last 500.

Measured by replaying every session of data/raw/stocks.csv day by day (five tickers from 2000 to
2013, 11,971 rows): 4 rows raise a false alarm, 0.03%. They are Apple's profit warning of September
2000, a volume of IBM in November 2009, and two days of Facebook, three months after its listing. A
volume cut to a tenth is found in 97% of the rows, and one multiplied by ten in 98%.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecast_loop.deliveries.checks import are_many, listed
from forecast_loop.deliveries.combined import Combined
from forecast_loop.price_store.bars import Mask
from forecast_loop.price_store.delivery import Reason
from forecast_loop.price_store.store import day
from model_contract.arrays import FloatArray
from model_contract.prices import Prices
from model_contract.share_splits import restated

SESSIONS = 22
LOW, HIGH = 1.2, 1.4  # logs: 30% and 4 times of the usual volume
MOST_COMMON = 1.0  # of what all tickers share, such as a half-day; a change of units is larger
RANGE_SHARE = 0.5
SMALLEST_RANGE = 1e-4
FEWEST_OTHERS = 2
SPREADS, SPREAD_SESSIONS, FEWEST_FOR_SPREAD = 3.5, 500, 100
NORMAL_DECILES = 2.5631  # between the first and the last decile, in standard deviations
SESSIONS_BEFORE = SPREAD_SESSIONS + SESSIONS


@dataclass(frozen=True)
class Judged:
    """The volumes of a ticker; every array is (rows,), NaN without enough sessions before.

    ratio     log of the volume relative to the median of the sessions before
    width     log of the range relative to the median range before, at least 0
    """

    prices: Prices
    asked: Mask  # whether the row is new or changed
    median: FloatArray
    ratio: FloatArray
    width: FloatArray


def impossible_volumes(one: Combined, markets: Mapping[str, str]) -> Iterator[Reason]:
    """Object to volumes, in one sentence that lists them.

    markets    ISO 10383 code of each ticker

    Raises `TableError` if the splits of a ticker are too large together.
    """
    rows, source = one.rows, one.basis.astype(np.intp)
    prices = restated(rows.prices, rows.adjusted_close, rows.split_factor, source).prices
    judged, start = {}, 0
    for ticker, own in prices.by_ticker():
        judged[ticker] = _judge(own, one.asked[start : start + len(own)])
        start += len(own)
    common = _ratios_by_session(judged, markets)
    found = [
        text
        for ticker, own in judged.items()
        for text in _objections(ticker, own, common, markets.get(ticker, ""))
    ]
    if found:
        noun = "volume is" if len(found) == 1 else "volumes are"
        yield Reason(
            "volume_impossible",
            f"{len(found):,} {noun} far from what is usual: {listed(found)}",
            holds=are_many(found, len(judged)),
        )


def _judge(prices: Prices, asked: Mask) -> Judged:
    before = np.append(prices.close[:1], prices.close[:-1])
    top, bottom = np.maximum(prices.high, before), np.minimum(prices.low, before)
    ranges = np.log(top / bottom) + SMALLEST_RANGE
    median = _median_before(prices.volume)
    ratio = np.log(prices.volume / median)
    width = np.maximum(np.log(ranges / _median_before(ranges)), 0)
    return Judged(prices, asked, median, ratio, width)


def _median_before(values: FloatArray) -> FloatArray:
    """The median of the `SESSIONS` rows before each row, (rows,)."""
    found = np.full(len(values), np.nan)
    if len(values) > SESSIONS:
        windows = np.lib.stride_tricks.sliding_window_view(values[:-1], SESSIONS)
        found[SESSIONS:] = np.median(windows, axis=1)
    return found


def _ratios_by_session(
    judged: Mapping[str, Judged], markets: Mapping[str, str]
) -> dict[tuple[str, int], list[tuple[str, float]]]:
    """The ratios of all tickers in the sessions that are judged, by market and session."""
    found: dict[tuple[str, int], list[tuple[str, float]]] = defaultdict(list)
    for ticker, one in judged.items():
        market = markets.get(ticker, "")
        for row in np.flatnonzero(one.asked & ~np.isnan(one.ratio)):
            key = market, int(one.prices.session[row].astype(np.int64))
            found[key].append((ticker, float(one.ratio[row])))
    return found


def _objections(
    ticker: str,
    one: Judged,
    common: Mapping[tuple[str, int], Sequence[tuple[str, float]]],
    market: str,
) -> Iterator[str]:
    for row in np.flatnonzero(one.asked & ~np.isnan(one.ratio)):
        number = int(one.prices.session[row].astype(np.int64))
        ratio, usual = float(one.ratio[row]), float(one.median[row])
        others = [other for name, other in common[market, number] if name != ticker]
        shared = float(np.median(others)) if len(others) >= FEWEST_OTHERS else 0.0
        shared = min(max(shared, -MOST_COMMON), MOST_COMMON)
        moved = RANGE_SHARE * float(one.width[row])
        least = SPREADS * _spread(one.ratio[:row])
        low = max(ratio, ratio - shared) < -max(LOW, least)
        if low or min(ratio, ratio - shared) - moved > max(HIGH, least):
            volume = one.prices.volume[row]
            yield (
                f"{ticker} on {day(number)}: {volume:,.0f} shares, {volume / usual:.2g} times the "
                f"median of the {SESSIONS} sessions before"
            )


def _spread(ratios: FloatArray) -> float:
    """The standard deviation of the last ratios, by their deciles; 0 if there are too few."""
    known = ratios[~np.isnan(ratios)][-SPREAD_SESSIONS:]
    if len(known) < FEWEST_FOR_SPREAD:
        return 0.0
    low, high = np.quantile(known, (0.1, 0.9))
    return float(high - low) / NORMAL_DECILES
