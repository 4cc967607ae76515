"""The rows that a delivery would lead to: the store's with the new and changed ones."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast_loop.price_store.bars import Bars, Integers, Mask, joined, replaced
from forecast_loop.price_store.merging import Merge
from model_contract.reading.apply.price_rows import PriceRows


@dataclass(frozen=True)
class Combined:
    """Rows sorted by ticker and session; every array is (rows,).

    basis      of the adjusted closes, see `price_store.merging`
    asked      mask of the rows to check: those with a new or another price or volume, unless they
               are before the ticker's first session in the store
    restated   mask of the rows that the delivery restates for a split
    """

    rows: PriceRows
    basis: Integers
    asked: Mask
    restated: Mask


def combine(stored: Mapping[str, Bars], merges: Mapping[str, Merge]) -> Combined:
    """Combine the rows of the tickers that the store knows.

    stored    the store's rows, by ticker, from some time before the first one of the delivery
    merges    by ticker
    """
    parts, masks, restated = [], [], []
    for ticker, own in sorted(stored.items()):
        merge = merges[ticker]
        judged = merge.bars.session[merge.new | merge.revised]
        if not len(own) or not len(judged):
            continue
        both = replaced(own, merge.stored)
        parts.append((ticker, both))
        masks.append(np.isin(both.session, judged) & (both.session >= own.session[0]))
        restated.append(np.isin(both.session, merge.bars.session[merge.restated]))
    rows, bars = joined(parts)
    nothing = [np.zeros(0, dtype=bool)]
    asked, changed = np.concatenate(masks or nothing), np.concatenate(restated or nothing)
    return Combined(rows, bars.basis, asked, changed)
