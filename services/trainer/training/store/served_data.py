"""Holds back prices that lack something which the served model was trained on.

A file that a vendor or a copy has cut short still gives a model, and the model may even pass the
gate. Nobody would notice that it knows fewer tickers or years.
"""

import logging
import os
from collections.abc import Sequence

import pandas as pd

from model_contract.errors import BundleError
from model_contract.store.bundle import Manifest
from training.errors import TrainingError
from training.store.open import signing_store

log = logging.getLogger(__name__)

ACCEPT = "ACCEPT_DATA"  # the environment variable
MOST_LOST_ROWS = 0.01  # a vendor may correct a few, and an export may cover the last ten years
NAMED = 5  # tickers in a message


def require_nothing_lost(panel: pd.DataFrame, path: str) -> None:
    """Compare a panel with the data of the served model.

    panel   one row per ticker and session
    path    the parameter `load_data.path`; models of another path were trained on other data

    Raises `TrainingError` if the panel lacks tickers, the last sessions, or more than
    `MOST_LOST_ROWS` of the rows, unless ACCEPT_DATA is set.
    """
    served = _served_manifest()
    if served is None or served.params.get("load_data", {}).get("path") != path:
        return
    lost = what_is_lost(served, panel)
    if not lost:
        return
    lacks = f"{path} lacks what the served model {served.version} was trained on: {lost}"
    if os.environ.get(ACCEPT):
        log.warning("%s; accepted, because %s is set", lacks, ACCEPT)
        return
    raise TrainingError(
        f"{lacks}. The served model is kept. Restore the missing prices; or, if this is right, run "
        f"'make train {ACCEPT}=yes'"
    )


def what_is_lost(served: Manifest, panel: pd.DataFrame) -> str:
    """Describe what the panel lacks of the served model's data; "" if nothing."""
    data = served.data
    known, rows = set(panel["ticker"].unique()), int(data.get("rows", 0))
    tickers = sorted(set(data.get("tickers", ())) - known)
    last, last_served = f"{panel['session'].max():%Y-%m-%d}", str(data.get("last_session", ""))
    parts = []
    if tickers:
        parts.append(f"{len(tickers)} of {len(data['tickers'])} tickers ({_some(tickers)})")
    if len(panel) < (1 - MOST_LOST_ROWS) * rows:
        parts.append(f"{rows - len(panel):,} of {rows:,} rows")
    if last < last_served:
        parts.append(f"the sessions after {last} (they ended on {last_served})")
    return ", ".join(parts)


def _some(tickers: Sequence[str]) -> str:
    more = len(tickers) - NAMED
    return ", ".join(tickers[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _served_manifest() -> Manifest | None:
    """Return the served model's manifest. The gate reports a damaged model."""
    store = signing_store()
    try:
        current = store.current()
        return store.load(current).manifest if current else None
    except BundleError:
        return None
