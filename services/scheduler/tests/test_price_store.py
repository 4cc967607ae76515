"""What the price store keeps: revisions, versions, and a snapshot to train on."""

import os
import sqlite3
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast_loop.deliveries.taking import refuse
from forecast_loop.errors import StoreError
from forecast_loop.price_store.bars import Bars, replaced
from forecast_loop.price_store.merging import merge
from forecast_loop.price_store.snapshot import write_snapshot
from forecast_loop.price_store.store import PriceStore
from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table
from nights import as_stored, codes, csv, evening
from training.raw_prices.price_files import FILE_LIMITS
from training.stages import load_data

NEXT = "2013-03-01"


def test_a_revision_keeps_both_values_and_when(nights, recent):
    nights.take("prices.csv", recent, NEXT)
    corrected = recent.copy()
    corrected.loc[3, "Volume"] += 1000
    taken = nights.take("prices.csv", corrected, "2013-03-02")
    assert (taken.counts.new, taken.counts.changed) == (0, 1)
    (old,) = nights.store.revisions()
    assert (old.ticker, old.ohlcv[4], old.version) == ("AAPL", recent.loc[3, "Volume"], 1)
    assert old.received_at.date() == date(2013, 3, 1)
    pd.testing.assert_frame_equal(nights.frame(), as_stored(corrected))
    pd.testing.assert_frame_equal(nights.frame(as_of=1), as_stored(recent))
    assert nights.frame(as_of=0).empty


def test_rows_of_prices_are_never_changed_or_removed(nights, recent):
    nights.take("prices.csv", recent, NEXT)
    other = sqlite3.connect(nights.store.folder / "prices.sqlite")
    for statement in ("UPDATE prices SET volume = 1", "DELETE FROM prices"):
        with pytest.raises(sqlite3.IntegrityError, match="only added"):
            other.execute(statement)
    other.close()


def test_an_adjusted_close_after_a_dividend_revises_nothing(nights, recent):
    nights.take("prices.csv", recent[recent["Date"] < NEXT], "2013-02-28")
    after = recent.copy()
    after["Adj Close"] = np.where(after["Date"] < NEXT, after["Adj Close"] * 0.99, after["Close"])
    taken = nights.take("prices.csv", after, NEXT)
    assert (taken.counts.new, taken.counts.changed) == (5, 0)


def test_a_late_acceptance_does_not_change_older_versions(nights, recent):
    nights.take("prices.csv", recent[recent["Date"] <= "2013-02-27"], "2013-02-27")
    held = nights.take("prices.csv", recent[recent["Ticker"] != "FB"], NEXT)
    nights.take("more.csv", recent[recent["Date"].between("2013-02-28", "2013-02-28")], NEXT)
    before = nights.frame(as_of=2)
    assert nights.accept(held).version == 3
    pd.testing.assert_frame_equal(nights.frame(as_of=2), before)
    assert nights.store.last_sessions()["FB"] == ("XNYS", date(2013, 2, 28))
    assert nights.accept(held).version == 3


def test_a_snapshot_reads_like_the_file_that_came_in(nights, stocks, tmp_path):
    some = stocks[stocks["Date"].between("2002-06-01", "2005-06-30")]
    nights.take("prices.csv", some, "2005-06-30")
    path = tmp_path / "prices.parquet"
    assert write_snapshot(nights.store, path) == len(some)
    ours, theirs = read(path.read_bytes()), read(csv(some))
    assert ours.splits == theirs.splits
    assert len(ours.splits) == 2
    np.testing.assert_array_equal(ours.prices.ticker, theirs.prices.ticker)
    np.testing.assert_array_equal(ours.prices.volume, theirs.prices.volume)
    first = path.read_bytes()
    write_snapshot(nights.store, path)
    assert path.read_bytes() == first


def test_a_snapshot_keeps_a_split_between_two_files(nights, stocks, tmp_path):
    apple = stocks[
        (stocks["Ticker"] == "AAPL") & stocks["Date"].between("2004-06-01", "2005-06-30")
    ]
    nights.take("aapl.csv", apple[apple["Date"] < "2005-02-28"], "2005-02-25")
    held = nights.take(
        "aapl.csv", apple[apple["Date"] >= "2005-02-28"].drop(columns="Adj Close"), "2005-06-30"
    )
    assert nights.accept(held, splits=True).state == "accepted"
    write_snapshot(nights.store, tmp_path / "prices.parquet")
    (split,) = read((tmp_path / "prices.parquet").read_bytes()).splits
    assert (split.ratio, str(split.session)) == (2, "2005-02-28")


def test_the_trainer_trains_on_a_snapshot(nights, stocks, repository, tmp_path, monkeypatch):
    nights.take("prices.csv", stocks, NEXT)
    write_snapshot(nights.store, tmp_path / "data/raw/prices.parquet")
    params = (repository / "params.yaml").read_text()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODEL_STORE", str(tmp_path / "models"))
    panels = []
    for name in ("prices.parquet", "stocks.csv"):
        (tmp_path / "data/raw/stocks.csv").write_bytes(csv(stocks))
        (tmp_path / "params.yaml").write_text(params.replace("stocks.csv", name))
        (tmp_path / "metrics").mkdir(exist_ok=True)
        load_data.main()
        panels.append(pd.read_parquet(tmp_path / "data/interim/prices.parquet"))
    pd.testing.assert_frame_equal(*panels)


def read(data: bytes):
    return read_history(read_table(data, FILE_LIMITS))


def test_a_delivery_that_is_missing_or_altered_is_reported(nights, recent):
    taken = nights.take("prices.csv", recent, NEXT)
    path = nights.store.folder / "deliveries" / taken.sha256
    path.write_bytes(b"other")
    with pytest.raises(StoreError, match="altered"):
        nights.store.data(taken.sha256)
    path.unlink()
    with pytest.raises(StoreError, match="missing"):
        nights.store.data(taken.sha256)


def test_what_a_killed_process_left_is_removed_after_an_hour(nights):
    folder = nights.store.folder / "deliveries"
    old, new = folder / ".partial-old", folder / ".partial-new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    nights.close()
    assert nights.store.deliveries() == []
    assert (old.exists(), new.exists()) == (False, True)


def test_another_file_is_not_taken_for_a_store(tmp_path):
    (tmp_path / "prices.sqlite").write_bytes(b"not a database, but long enough to look at" * 99)
    with pytest.raises(StoreError, match="can't be opened"):
        PriceStore(tmp_path)


def test_random_merges_match_a_plain_dict():
    random = np.random.default_rng(1)
    model: dict[int, tuple[float, ...]] = {}
    old = rows(np.zeros(0, dtype=np.int64), random)
    for version in range(1, 60):
        sessions = np.sort(random.choice(40, random.integers(1, 12), replace=False))
        found = merge(old, rows(sessions, random), version)
        wanted = {day: tuple(found.bars.ohlcv[at]) for at, day in enumerate(sessions.tolist())}
        assert found.new.tolist() == [day not in model for day in wanted]
        changed = [day in model and model[day] != value for day, value in wanted.items()]
        assert found.changed.tolist() == changed
        model |= wanted
        old = replaced(old, found.stored)
        kept = {int(day): tuple(old.ohlcv[at]) for at, day in enumerate(old.session)}
        assert kept == model


def test_random_deliveries_match_a_plain_dict(nights, recent):
    random = np.random.default_rng(2)
    model: dict[tuple[str, str], int] = {}
    versions = {0: dict(model)}
    for number in range(25):
        days = random.choice(recent["Date"].unique(), 8, replace=False)
        some = recent[recent["Date"].isin(days) & (random.random(len(recent)) < 0.8)]
        some = some.drop(columns="Adj Close")
        some["Volume"] += random.integers(0, 2, len(some))
        taken = nights.take(f"{'ab'[number % 2]}.csv", some, NEXT, accept=True)
        wanted = dict(
            zip(zip(some["Ticker"], some["Date"], strict=True), some["Volume"], strict=True)
        )
        assert taken.counts.new == len(wanted.keys() - model.keys())
        assert taken.counts.changed == sum(
            model.get(key, one) != one for key, one in wanted.items()
        )
        model |= wanted
        versions[nights.store.version] = dict(model)
    for version, expected in versions.items():
        found = nights.frame(as_of=version)
        keys = zip(found["Ticker"], found["Date"], strict=True)
        assert dict(zip(keys, found["Volume"], strict=True)) == expected


def rows(sessions: np.ndarray, random: np.random.Generator) -> Bars:
    count = len(sessions)
    none, nothing = np.full(count, -1), np.full(count, np.nan)
    values = random.integers(1, 3, (count, 1)) * np.ones(5)
    return Bars(sessions, values, nothing, none, nothing, none)


def test_files_of_old_deliveries_are_forgotten_and_their_rows_stay(nights, recent):
    days = sorted(recent["Date"].unique())
    first = nights.take("prices.csv", recent[recent["Date"] <= days[-3]], days[-3])
    second = nights.take(f"day-{days[-2]}.csv", recent[recent["Date"] == days[-2]], days[-2])
    part = recent[(recent["Date"] == days[-1]) & (recent["Ticker"] != "IBM")]
    held = nights.take(f"day-{days[-1]}.csv", part, days[-1])
    assert held.state == "held"
    store, rows = nights.store, len(nights.store.history()[0].prices)
    assert store.forget(evening(days[-2])) == 1
    with pytest.raises(StoreError, match="missing"):
        store.data(first.sha256)
    assert store.data(second.sha256)
    assert store.forget(evening("2030-01-01")) == 1
    assert store.data(held.sha256)  # it waits for a decision
    assert len(store.history()[0].prices) == rows
    assert store.forget(evening("2030-01-01")) == 0


def test_records_that_nothing_needs_are_forgotten(nights, recent):
    days = sorted(recent["Date"].unique())[-4:]
    for name, day in zip(("a-1.csv", "a-2.csv", "b.csv", "a-3.csv"), days, strict=True):
        rows = recent[recent["Date"] == day]
        odd = rows.iloc[:1].assign(Ticker="ODD", Low=rows["High"], Close=0.9 * rows["High"])
        rows = pd.concat([rows, odd])  # its prices contradict each other
        nights.take(name, rows, day)
        nights.take(name, rows.iloc[::-1], day)  # brings nothing new
    ibm = recent[(recent["Ticker"] == "IBM") & (recent["Date"] == days[-1])]
    refused = nights.take("a-4.csv", ibm, days[-1])
    store = nights.store
    refuse(store, refused.id, refused.received_at)
    accepted = store.deliveries("accepted")
    assert [len(store.quarantine(one.id)) for one in accepted] == [1] * 4
    store.forget(evening(days[-1]))
    assert [one.name for one in store.deliveries("nothing_new")] == ["a-3.csv"]
    assert store.contents(refused.id)
    store.forget(evening("2030-01-01"))
    assert store.deliveries() == accepted
    assert [len(store.quarantine(one.id)) for one in accepted] == [0] * 4
    # The last accepted delivery of each series is compared with the next one.
    assert [bool(store.contents(one.id)) for one in accepted] == [False, False, True, True]
    held = nights.take("a-5.csv", ibm, days[-1])
    assert "tickers_missing" in codes(held)
