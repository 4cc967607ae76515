"""A process that is killed at any point leaves nothing half-done, and nothing is done twice."""

import os
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from forecast_loop.deliveries.taking import take
from forecast_loop.price_store import kept_files
from forecast_loop.price_store.store import PriceStore
from forecast_loop.sources.inbox import collect
from nights import as_stored, csv, evening

LAST, NEXT = "2013-02-28", "2013-03-01"
KILLED, DONE = 9, 0


class Killer:
    """Ends the process at its n-th step: before or after each write to the disk."""

    def __init__(self, step: int) -> None:
        self.left = step

    def step(self, *_: object) -> None:
        self.left -= 1
        if self.left < 0:
            os._exit(KILLED)  # like kill -9: nothing is closed or rolled back

    def around(self, function):
        def wrapped(*arguments, **options):
            self.step()
            result = function(*arguments, **options)
            self.step()
            return result

        return wrapped


def collect_and_die(nights, when, step: int) -> int:
    """Collect in a process of its own; return how it ended."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    try:
        killer = Killer(step)
        os.fsync = killer.around(os.fsync)
        Path.replace = killer.around(Path.replace)
        Path.unlink = killer.around(Path.unlink)
        kept_files.keep.__globals__["flush_directory"] = killer.around(kept_files.flush_directory)
        store = PriceStore(nights.root / "store")
        store._database.set_trace_callback(killer.step)  # before each statement
        collect(store, nights.watchlist.inbox, when, nights.watchlist)
    except BaseException:  # noqa: BLE001 - the child must not go on as a second test run
        os._exit(1)
    os._exit(DONE)


def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(nights, recent):
    small = recent[recent["Date"] >= "2013-01-01"]
    when = evening(NEXT)
    first = small[small["Date"] <= LAST]
    nights.put("prices.csv", first, evening(LAST))
    nights.collect(evening(LAST))
    nights.close()
    steps = 0
    while True:
        nights.put(f"prices-{steps}.csv", revised(small, steps), when)
        ended = collect_and_die(nights, when, steps)
        if ended == DONE:
            break
        assert ended == KILLED
        require_sound(nights.root / "store/prices.sqlite")
        nights.collect(when)
        found = nights.frame()
        pd.testing.assert_frame_equal(found, as_stored(revised(small, steps)))
        assert not list(nights.watchlist.inbox.iterdir())
        taken = [one for one in nights.store.deliveries() if one.name == f"prices-{steps}.csv"]
        assert [one.state for one in taken] == ["accepted"]
        nights.close()
        steps += 1
    assert steps > 20


def test_processes_that_take_the_same_file_store_it_once(nights, recent):
    nights.close()
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                with PriceStore(nights.root / "store") as store:
                    take(store, "a.csv", csv(recent), "test", evening(NEXT), nights.watchlist)
                    status = DONE
            finally:
                os._exit(status)
        children.append(child)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert ends == [DONE] * 4
    assert [one.version for one in nights.store.deliveries()] == [1]
    pd.testing.assert_frame_equal(nights.frame(), as_stored(recent))


def revised(frame: pd.DataFrame, number: int) -> pd.DataFrame:
    """One volume differs, by the number."""
    changed = frame.reset_index(drop=True)
    changed.loc[7, "Volume"] += number
    return changed


def require_sound(database: Path) -> None:
    """Open it as SQLite does after a crash: what wasn't committed is rolled back."""
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    merged = connection.execute("SELECT count(*) FROM deliveries WHERE version IS NOT NULL")
    versions = connection.execute("SELECT count(DISTINCT version) FROM prices")
    assert merged.fetchone() == versions.fetchone()
    connection.close()


def test_the_same_file_is_taken_once(nights, recent):
    one = nights.take("prices.csv", recent, NEXT)
    two = nights.take("prices.csv", recent, "2013-03-04", written=evening(NEXT))
    assert one == two
    assert nights.store.version == 1


def test_a_file_that_comes_again_after_the_close_brings_its_last_session(nights, recent):
    during = evening(NEXT).replace(hour=20)
    first = nights.take("prices.csv", recent, NEXT, written=during)
    again = nights.take("prices.csv", recent, NEXT)
    assert (first.state, again.state) == ("accepted", "accepted")
    assert again.counts.new == recent["Date"].eq(NEXT).sum()


def test_a_failed_write_keeps_the_file_in_the_inbox(nights, recent, monkeypatch):
    path = nights.put("prices.csv", recent, evening(NEXT))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        nights.collect(evening(NEXT))
    monkeypatch.undo()
    assert path.exists()
    assert nights.store.deliveries() == []
    (taken,) = nights.collect(evening(NEXT)).deliveries
    assert (taken.state, path.exists()) == ("accepted", False)
