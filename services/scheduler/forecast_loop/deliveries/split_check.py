"""Finds price changes that look like a share split, which no column of the delivery proves."""

from collections.abc import Iterator

import numpy as np

from forecast_loop.deliveries.combined import Combined
from forecast_loop.price_store.delivery import Reason
from model_contract.share_splits import MAX_SPLITS, Split, suspected_splits

MOST_LISTED = 10


def new_suspicions(one: Combined) -> list[Split]:
    """Return the suspected splits in the rows of a delivery, and right after them."""
    rows, source = one.rows, one.basis.astype(np.intp)
    found, _ = suspected_splits(
        rows.prices, rows.adjusted_close, rows.split_factor, source, MAX_SPLITS
    )
    near = one.asked | np.append(False, one.asked[:-1])
    asked = {
        (str(rows.prices.ticker[row]), rows.prices.session[row]) for row in np.flatnonzero(near)
    }
    return [split for split in found if (split.ticker, split.session) in asked]


def split_suspected(one: Combined) -> Iterator[Reason]:
    """Object to price changes that look like a split; a file by date often proves none."""
    found = new_suspicions(one)
    if found:
        more = f"; and {len(found) - MOST_LISTED:,} more" if len(found) > MOST_LISTED else ""
        yield Reason(
            "split_suspected",
            f"{'; '.join(map(str, found[:MOST_LISTED]))}{more}: prices changed overnight like "
            "that, but the delivery doesn't say why. Accept it with its splits if they "
            "happened, or else as it is",
        )
