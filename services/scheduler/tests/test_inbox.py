"""The inbox: only complete files are taken, and each is removed once it is kept."""

import os
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from forecast_loop import commands
from forecast_loop.sources.inbox import collect, look_into
from nights import as_stored, csv, evening

NOW = evening("2013-03-01")


def test_only_complete_files_of_prices_are_taken(nights, recent):
    for name in ("late.csv", ".hidden.csv", "copy.csv.part", "x.tmp", "y.crdownload", "notes.md"):
        nights.put(name, recent, NOW)
    young = nights.put("young.csv", recent, NOW)
    os.utime(young, (NOW.timestamp() - 5,) * 2)
    (nights.watchlist.inbox / "folder.csv").mkdir()
    found = nights.collect(NOW)
    assert [one.name for one in found.deliveries] == ["late.csv"]
    assert found.others == ["notes.md"]
    assert sorted(found.growing) == ["copy.csv.part", "x.tmp", "y.crdownload", "young.csv"]
    left = {path.name for path in nights.watchlist.inbox.iterdir()}
    assert left == {*found.growing, "notes.md", ".hidden.csv", "folder.csv"}
    pd.testing.assert_frame_equal(nights.frame(), as_stored(recent))


def test_files_left_alone_are_reported_once(nights, recent):
    nights.put("notes.md", b"", NOW)
    assert nights.collect(NOW).others == ["notes.md"]
    nights.close()
    assert nights.collect(NOW).others == []


def test_the_oldest_file_comes_first(nights, recent):
    for name, day in (("a.csv", "2013-03-01"), ("b.csv", "2013-02-28")):
        nights.put(name, recent[recent["Date"] == day], evening(day))
    assert [one.name for one in nights.collect(NOW).deliveries] == ["b.csv", "a.csv"]


def test_a_file_from_the_future_is_looked_at_twice(nights, recent):
    for name in ("done.csv", "growing.csv"):
        nights.put(name, recent, NOW + timedelta(days=400))
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        with (nights.watchlist.inbox / "growing.csv").open("ab") as file:
            file.write(b"more")

    found = look_into(nights.watchlist.inbox, NOW, wait)
    assert [path.name for path in found.complete] == ["done.csv"]
    assert (found.growing, waits) == (["growing.csv"], [10])


def test_a_session_that_was_open_when_the_file_came_is_left_out(nights, recent):
    """The scheduler was down when it came, and looks after the close."""
    nights.put("prices.csv", recent, NOW.replace(hour=17))
    nights.collect(NOW)
    assert nights.frame()["Date"].max() == "2013-02-28"


def test_a_file_that_grows_while_it_is_read_stays(nights, recent, monkeypatch):
    path = nights.put("prices.csv", recent, NOW)
    whole = csv(recent)
    read = type(path).read_bytes

    def slow(self):
        data = read(self)
        if self == path:
            path.write_bytes(whole + b"more")
        return data

    monkeypatch.setattr(type(path), "read_bytes", slow)
    found = collect(nights.store, nights.watchlist.inbox, NOW, nights.watchlist)
    assert (found.deliveries, found.growing, path.exists()) == ([], ["prices.csv"], True)


def test_a_name_that_is_not_text_is_taken(nights, recent):
    name = os.fsdecode(b"pre\xe7os.csv")
    nights.put(name, recent, NOW)
    nights.put(os.fsdecode(b"\xff.md"), recent, NOW)
    found = nights.collect(NOW)
    assert [one.name for one in found.deliveries] == ["pre\ufffdos.csv"]
    assert found.others == ["\ufffd.md"]


def test_control_characters_in_a_name_are_shown_escaped(nights, recent, caplog, capsys):
    bare = recent[recent["Ticker"] == "IBM"].drop(columns="Ticker")
    nights.put("I\nB\x1bM.csv", bare, NOW)
    nights.put("a\r\nb.md", b"", NOW)
    found = nights.collect(NOW)
    assert [one.name for one in found.deliveries] == [r"I\nB\x1bM.csv"]
    assert found.others == [r"a\r\nb.md"]
    odd = bare.assign(Volume=bare["Volume"] * np.where(bare["Date"] == "2013-03-01", 50, 1))
    assert nights.take("I\nB\x1bM.csv", odd, "2013-03-01").state == "held"
    commands.list_deliveries(nights.store)
    printed = capsys.readouterr().out
    assert "volume_impossible" in printed
    for line in (*caplog.messages, *printed.removesuffix("\n").split("\n")):
        assert line.isprintable(), line


def test_a_file_that_cannot_be_removed_does_not_stop_the_others(nights, recent, monkeypatch):
    first = nights.put("a.csv", recent[recent["Date"] < "2013-03-01"], evening("2013-02-28"))
    nights.put("b.csv", recent, NOW)
    unlink = type(first).unlink

    def refuse(self, *arguments):
        if self == first:
            raise PermissionError(13, "Permission denied")
        unlink(self, *arguments)

    monkeypatch.setattr(type(first), "unlink", refuse)
    for _ in range(2):
        with pytest.raises(PermissionError):
            nights.collect(NOW)
    assert [one.state for one in nights.store.deliveries()] == ["accepted", "accepted"]
    pd.testing.assert_frame_equal(nights.frame(), as_stored(recent))


def test_an_inbox_that_does_not_exist_is_empty(nights):
    assert nights.collect(NOW).deliveries == []


def test_a_file_that_may_not_be_read_keeps_no_other_out(nights, recent, monkeypatch, caplog):
    nights.put("locked.csv", recent, NOW)
    nights.put("prices.csv", recent, NOW)
    monkeypatch.setattr(os, "access", lambda path, _: path.name != "locked.csv")  # root may read it
    [taken] = nights.collect(NOW).deliveries
    assert (taken.name, taken.state) == ("prices.csv", "accepted")
    assert "locked.csv stays in" in caplog.text
    assert "chmod a+r" in caplog.text
