"""The inbox: a folder into which people and programs put files of prices.

A file is complete if its name isn't that of an unfinished copy, and if it hasn't changed for
`QUIET_SECONDS`, by its modification time. A time in the future doesn't show that, so such a file is
looked at twice, `QUIET_SECONDS` apart: its size and time must stay the same.
"""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from forecast_loop.deliveries.names import printable
from forecast_loop.deliveries.taking import take
from forecast_loop.price_store.delivery import Delivery
from forecast_loop.price_store.store import PriceStore
from forecast_loop.watchlist import Watchlist
from model_contract.store.durable import flush_directory
from training.raw_prices.price_files import SUFFIXES

log = logging.getLogger(__name__)

INBOX = "inbox"  # the source of its deliveries
QUIET_SECONDS = 10
UNFINISHED = (".part", ".tmp", ".crdownload")
MOST_BYTES = 2**30

Look = tuple[int, int]  # size, and time of the last change in nanoseconds


@dataclass
class Contents:
    """What is in the folder: files that can be taken, oldest first, and the names of the others."""

    complete: list[Path] = field(default_factory=list)
    growing: list[str] = field(default_factory=list)  # still being written
    others: list[str] = field(default_factory=list)  # not files of prices, or too large


@dataclass(frozen=True)
class Collected:
    """What `collect` did: what it took, and what it left alone and hadn't reported before."""

    deliveries: list[Delivery]
    growing: list[str]
    others: list[str]


def collect(
    store: PriceStore,
    folder: Path,
    now: datetime,
    watchlist: Watchlist,
    wait: Callable[[float], None] = time.sleep,
) -> Collected:
    """Take each complete file. It is removed once it is kept and recorded.

    now     with a time zone
    wait    for a number of seconds, before a second look

    Raises `sqlite3.Error`, `StoreError` or `ParamsError`, or `OSError` after all files if one can't
    be read, kept or removed; files that weren't taken stay.
    """
    found = look_into(folder, now, wait)
    deliveries, errors = [], []
    for path in found.complete:
        if not os.access(path, os.R_OK):
            log.warning(
                "%s stays in %s, because the loop may not read it; let everybody read it "
                "(chmod a+r), or remove it", shown(path), folder,
            )  # fmt: skip
            continue
        try:
            taken = _take_file(store, path, now, watchlist)
        except OSError as error:
            log.warning("%s: %s", shown(path), error)
            errors.append(error)
            continue
        if taken is None:
            found.growing.append(shown(path))
        else:
            deliveries.append(taken)
    others = store.report_once(found.others, now)
    for name in others:
        log.warning("%s was left in %s: it isn't a file of prices", name, folder)
    if errors:
        raise errors[0]
    return Collected(deliveries, found.growing, others)


def _take_file(
    store: PriceStore, path: Path, now: datetime, watchlist: Watchlist
) -> Delivery | None:
    """Take a file and remove it. Returns None, and leaves it, if it changes meanwhile."""
    before = _look(path)
    if before is None:
        return None
    data = path.read_bytes()
    if _look(path) != before:
        return None
    written = datetime.fromtimestamp(before[1] / 1e9, UTC)
    taken = take(store, shown(path), data, INBOX, now, watchlist, written=written)
    if _look(path) == before:
        path.unlink()
        flush_directory(path.parent)
    return taken


def shown(path: Path) -> str:
    """Return a file's name as one line of text: its bytes needn't be UTF-8 or printable."""
    return printable(os.fsencode(path.name).decode(errors="replace"))


def look_into(folder: Path, now: datetime, wait: Callable[[float], None] = time.sleep) -> Contents:
    """Sort the files of the folder, which need not exist, by whether they can be taken."""
    found, doubtful, looks = Contents(), [], {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith(".") or not path.is_file():
            continue
        look = _look(path)
        if path.suffix.lower() in UNFINISHED or look is None:
            found.growing.append(shown(path))
        elif path.suffix.lower() not in SUFFIXES or look[0] > MOST_BYTES:
            found.others.append(shown(path))
        else:
            looks[path] = look
            age = now.timestamp() - look[1] / 1e9
            if age < 0:
                doubtful.append(path)
            elif age < QUIET_SECONDS:
                found.growing.append(shown(path))
            else:
                found.complete.append(path)
    if doubtful:
        wait(QUIET_SECONDS)
        for path in doubtful:
            if _look(path) == looks[path]:
                found.complete.append(path)
            else:
                found.growing.append(shown(path))
    found.complete.sort(key=lambda path: (looks[path][1], path.name))
    return found


def _look(path: Path) -> Look | None:
    """Return the size and time of a file; None if it has gone."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns
