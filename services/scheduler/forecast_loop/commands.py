"""The commands for operators."""

import logging
import sys
from pathlib import Path

from forecast_loop import backup
from forecast_loop.deliveries.names import printable
from forecast_loop.deliveries.taking import accept, refuse
from forecast_loop.loop import PATIENCE, Loop, locked
from forecast_loop.price_store.delivery import left_out
from forecast_loop.price_store.store import PriceStore
from forecast_loop.retraining import workspace
from model_contract.ledger.ledger_reader import LedgerReader

LISTED = 20

log = logging.getLogger(__name__)


def verify(folder: Path) -> int:
    """Compute the ledger's chain of hashes again. Returns the exit status: 1 if it is broken."""
    reader = LedgerReader(folder)
    if not reader.exists():
        log.info("there is no ledger yet")
        return 0
    count, broken = reader.first_broken_row()
    if broken is None:
        log.info("the ledger is unchanged: %d forecasts; last hash %s", count, reader.last_hash())
        if removed := reader.removed():
            log.info(
                "before them, keep_forecasts_days removed %d forecasts for sessions until %s",
                removed.rows, removed.until,
            )  # fmt: skip
        return 0
    log.error(
        "the ledger was changed at or before row %d: the forecast of %s for %s doesn't have the "
        "hash that was written with it; the %d rows before it are unchanged",
        broken.row, broken.ticker, broken.session, count,
    )  # fmt: skip
    return 1


def restore(prices: Path, ledger: Path) -> int:
    """Restore the loop's stores from a backup on stdin. Returns the exit status."""
    with locked(ledger, PATIENCE):
        count = backup.restore(prices, ledger, sys.stdin.buffer)
    log.info("restored the prices, and %d forecasts whose hashes match", count)
    return 0


def retrain(tree: Path, folder: Path, prices: Path) -> int:
    """Train on the stored prices, in a copy of the tree. Returns the pipeline's exit status."""
    with PriceStore(prices) as store:
        rows = workspace.prepare(tree, folder, store)
        log.info("training on version %d of the prices: %d rows", store.version, rows)
    return workspace.train(tree, folder)


def list_deliveries(store: PriceStore) -> None:
    """Print the last deliveries, newest first, with their reasons."""
    for found in store.deliveries()[: -LISTED - 1 : -1]:
        counts, name = found.counts, printable(found.name)
        sys.stdout.write(
            f"{found.id:>5}  {found.received_at:%Y-%m-%d %H:%M}  {found.state:<11}  {name}: "
            f"{counts.new} new, {counts.changed} changed, {counts.same} known rows\n"
        )
        for reason in found.reasons:
            sys.stdout.write(f"{'':>7}{reason.code}: {printable(reason.text)}\n")
        for text in left_out(store.quarantine(found.id)):
            sys.stdout.write(f"{'':>7}{text}\n")


def decide(loop: Loop, decision: str, number: int, splits: bool = False) -> None:
    """Accept or refuse a delivery that was held back.

    splits   accept its suspected share splits, too

    Raises `StoreError` if that isn't possible.
    """
    if decision == "accept":
        found = accept(loop.store, number, loop.now, loop.watchlist, splits)
    else:
        found = refuse(loop.store, number, loop.now)
    log.info("delivery %d (%s): %s", number, found.name, found.state)
