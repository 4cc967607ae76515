"""Takes a delivery: keeps its bytes, reads them, checks them, and merges or holds them.

The bytes are on the disk before the database knows of them, and one transaction records the
delivery with everything that follows from it. So a process may be killed at any point: a delivery
was taken completely, or it can be taken again, with the same result.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from forecast_loop.deliveries.checks import Comparison, objections
from forecast_loop.deliveries.combined import Combined, combine
from forecast_loop.deliveries.names import printable, series_of
from forecast_loop.deliveries.reading import Delivered, read_delivery, reading_problems
from forecast_loop.deliveries.split_check import new_suspicions, split_suspected
from forecast_loop.deliveries.volume_check import impossible_volumes
from forecast_loop.errors import StoreError
from forecast_loop.price_store.bars import Bars
from forecast_loop.price_store.delivery import Counts, Delivery, Reason, left_out
from forecast_loop.price_store.merging import Merge, merge
from forecast_loop.price_store.records import NewDelivery
from forecast_loop.price_store.store import PriceStore, days
from forecast_loop.watchlist import Watchlist
from model_contract.errors import TableError

log = logging.getLogger(__name__)

DAYS_BEFORE = 800  # of the store's rows, with which a delivery's volumes are compared
ROWS_KNOWN = "rows_known"  # why a held delivery was superseded by files of other series
OPEN_STATES = ("held", "unreadable")


@dataclass(frozen=True)
class Options:
    """What an operator decided.

    accept    merge, whatever the checks say
    splits    and treat the suspected splits as real ones
    """

    accept: bool = False
    splits: bool = False


def take(
    store: PriceStore,
    name: str,
    data: bytes,
    source: str,
    now: datetime,
    watchlist: Watchlist,
    accept: bool = False,
    written: datetime | None = None,
) -> Delivery:
    """Take a file of prices, and return what became of it.

    name       of the file
    source     where it comes from, such as inbox
    now        with a time zone
    accept     merge it, whatever the checks say
    written    when the file was written; sessions that weren't closed then are left out

    The same bytes are taken once. If they were held or unreadable, they are checked again.
    Raises `OSError` or `sqlite3.Error` if they can't be kept, or `ParamsError`.
    """
    name = printable(name)
    series = series_of(name, source=source)
    new = NewDelivery(store.keep(data), name, source, series, now, written or now)
    return _decide(store, new, data, now, watchlist, Options(accept=accept))


def accept(
    store: PriceStore, id: int, now: datetime, watchlist: Watchlist, splits: bool = False
) -> Delivery:
    """Merge a held delivery, whatever the checks say; one that was accepted stays so.

    splits    treat its suspected splits as real ones

    Raises `StoreError` if it doesn't exist, was refused or superseded, or still can't be read.
    """
    old = store.delivery(id)
    if old.state in ("accepted", "nothing_new"):
        return old
    if old.state not in OPEN_STATES:
        raise StoreError(f"delivery {id} ({old.name}) was {old.state}; deliver a newer file")
    decided = _decide(
        store, _new(old), store.data(old.sha256), now, watchlist, Options(True, splits)
    )
    if decided.state == "unreadable":
        problems = "\n".join(reason.text for reason in decided.reasons)
        raise StoreError(f"delivery {id} ({old.name}) can't be read:\n{problems}")
    return decided


def refuse(store: PriceStore, id: int, now: datetime) -> Delivery:
    """Refuse a held or unreadable delivery, so that it isn't reported any more.

    Raises `StoreError` if it doesn't exist, or is in the store already.
    """
    with store.transaction():
        old = store.delivery(id)
        if old.state not in (*OPEN_STATES, "refused"):
            raise StoreError(
                f"delivery {id} ({old.name}) was {old.state}; only a held one can be refused"
            )
        return store.set_state(id, "refused", now)


def supersede_known(store: PriceStore, now: datetime, watchlist: Watchlist) -> None:
    """Mark held deliveries as superseded if all their rows have come with other files.

    Each is compared once with each version of the store.
    """
    for held in store.deliveries("held"):
        with store.transaction():
            if not store.report_once([f"held {held.id} compared with {store.version}"], now):
                continue
            try:
                counts = _counts(store, held, watchlist)
            except (StoreError, TableError) as error:  # an operator decides about it, as before
                log.warning("delivery %d, %s: %s", held.id, held.name, printable(str(error)))
                continue
            if counts.new + counts.changed:
                continue
            reasons = (*held.reasons, Reason(ROWS_KNOWN, "all its rows came with other files"))
            store.record(_new(held), "superseded", reasons, counts, now)
        log.info("delivery %d, %s: superseded, because %s", held.id, held.name, reasons[-1].text)


def _counts(store: PriceStore, held: Delivery, watchlist: Watchlist) -> Counts:
    """Compare a delivery with the store. Raises `StoreError` or `TableError`."""
    delivered = _read(store, _new(held), store.data(held.sha256), watchlist)
    return _total(_merges(store, delivered, store.version + 1)[1].values())


def _new(found: Delivery) -> NewDelivery:
    return NewDelivery(
        found.sha256, found.name, found.source, found.series, found.received_at, found.written_at
    )


def _decide(
    store: PriceStore,
    new: NewDelivery,
    data: bytes,
    now: datetime,
    watchlist: Watchlist,
    options: Options,
) -> Delivery:
    delivered, first_series = None, new.series
    problems: list[Reason] = []
    try:
        delivered = _read(store, new, data, watchlist)
        new = replace(new, series=series_of(new.name, delivered.contents, new.source))
    except TableError as error:
        problems = reading_problems(error)
    with store.transaction():
        store.move(new.sha256, first_series, new.series)
        old = store.find(new)
        if old is not None and old.state not in OPEN_STATES:
            return old
        if delivered is None:
            id = store.record(new, "unreadable", problems, Counts(), now)
        else:
            id = _merge_or_hold(store, new, delivered, now, watchlist, options)
        found = store.delivery(id)
        quarantine = store.quarantine(id)
    _report(found, quarantine)
    return found


def _read(store: PriceStore, new: NewDelivery, data: bytes, watchlist: Watchlist) -> Delivered:
    markets = {ticker: market for ticker, (market, _) in store.last_sessions().items()}
    return read_delivery(new.name, data, watchlist, markets, new.received_at, new.written_at)


def _merges(
    store: PriceStore, delivered: Delivered, version: int
) -> tuple[dict[str, Bars], dict[str, Merge]]:
    """Return the store's rows, some earlier ones included, and the merges, by ticker."""
    stored = {
        ticker: store.bars(ticker, int(bars.session[0]) - DAYS_BEFORE)
        for ticker, bars in delivered.bars.items()
    }
    return stored, {
        ticker: merge(stored[ticker], bars, version) for ticker, bars in delivered.bars.items()
    }


def _merge_or_hold(
    store: PriceStore,
    new: NewDelivery,
    delivered: Delivered,
    now: datetime,
    watchlist: Watchlist,
    options: Options,
) -> int:
    version = store.version + 1
    stored, merges = _merges(store, delivered, version)
    combined = combine(stored, merges)
    if options.splits:
        merges = _with_splits(delivered.bars, combined, stored, version)
    counts = _total(merges.values())
    reasons = _reasons(store, new, delivered, merges, combined, watchlist)
    if any(reason.holds for reason in reasons) and not options.accept:
        id = store.record(new, "held", reasons, counts, now)
    elif counts.new + counts.changed == 0:
        id = store.record(new, "nothing_new", reasons, counts, now)
    else:
        id = store.record(new, "accepted", reasons, counts, now, version)
        store.add(merges, delivered.markets, version)
    store.describe(id, delivered.contents, delivered.quarantine)
    if store.delivery(id).state == "accepted":
        store.supersede(id, now)
    return id


def _reasons(
    store: PriceStore,
    new: NewDelivery,
    delivered: Delivered,
    merges: Mapping[str, Merge],
    combined: Combined,
    watchlist: Watchlist,
) -> list[Reason]:
    """The objections to a delivery; for an empty store, only to what the file itself shows."""
    last = store.last_sessions()
    before = store.last_accepted(new.series)
    compared = Comparison(
        merges,
        delivered.contents,
        {ticker: market for ticker, (market, _) in last.items()} | delivered.markets,
        {ticker: days(session) for ticker, (_, session) in last.items()},
        store.contents(before.id) if before else None,
        frozenset(ticker for ticker in last if watchlist.follows(ticker)),
        delivered.is_cut_off,
    )
    found = objections(compared)
    if not last:
        return [reason for reason in found if reason.code == "file_cut_off"]
    return [
        *found,
        *split_suspected(combined),
        *impossible_volumes(combined, delivered.markets),
    ]


def _with_splits(
    bars: Mapping[str, Bars], combined: Combined, stored: Mapping[str, Bars], version: int
) -> dict[str, Merge]:
    """Merge again, with the suspected splits as split factors of the delivered rows."""
    factors = {ticker: own.factor.copy() for ticker, own in bars.items()}
    for split in new_suspicions(combined):
        at = bars[split.ticker].session == split.session.astype(np.int64)
        factors[split.ticker][at] = float(split.ratio)
    return {
        ticker: merge(stored[ticker], replace(own, factor=factors[ticker]), version)
        for ticker, own in bars.items()
    }


def _total(merges: Iterable[Merge]) -> Counts:
    found = [one.counts for one in merges]
    return Counts(
        sum(one.new for one in found),
        sum(one.changed for one in found),
        sum(one.same for one in found),
    )


def _report(found: Delivery, quarantine: Mapping[str, Sequence[int]]) -> None:
    counts = found.counts
    log.info(
        "delivery %d, %s: %s; rows: %d new, %d changed, %d the same",
        *(found.id, found.name, found.state, counts.new, counts.changed, counts.same),
    )
    for reason in found.reasons:
        log.warning(
            "delivery %d, %s: %s: %s", found.id, found.name, reason.code, printable(reason.text)
        )
    for text in left_out(quarantine):
        log.warning("delivery %d, %s: %s", found.id, found.name, text)
