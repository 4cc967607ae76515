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

    basis    of the adjusted closes, see `price_store.merging`
    asked    mask of the rows to check: those with a new or another price or volume, unless they are
             before the ticker's first session in the store
    """

    rows: PriceRows
    basis: Integers
    asked: Mask


def combine(stored: Mapping[str, Bars], merges: Mapping[str, Merge]) -> Combined:
    """Combine the rows of the tickers that the store knows.

    stored    the store's rows, by ticker, from some time before the first one of the delivery
    merges    by ticker
    """
    parts, masks = [], []
    for ticker, own in sorted(stored.items()):
        merge = merges[ticker]
        judged = merge.bars.session[merge.new | merge.revised]
        if not len(own) or not len(judged):
            continue
        both = replaced(own, merge.stored)
        parts.append((ticker, both))
        masks.append(np.isin(both.session, judged) & (both.session >= own.session[0]))
    rows, bars = joined(parts)
    asked = np.concatenate(masks) if masks else np.zeros(0, dtype=bool)
    return Combined(rows, bars.basis, asked)
