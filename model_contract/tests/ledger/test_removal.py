"""Old forecasts are removed from the beginning of the chain; the rest can still be verified."""

import os
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

from forecast_rows import row
from model_contract.ledger.forecast_row import ForecastRow
from model_contract.ledger.ledger import Ledger, Truth
from model_contract.ledger.ledger_reader import LedgerReader
from model_contract.ledger.schema import DATABASE
from model_contract.ledger.scorecard import Scope

TICKERS, STEPS, NIGHTS = ("AAPL", "IBM", "PETR4"), 2, 6
FIRST, NOW = date(2024, 3, 1), "2024-04-01T21:00:00Z"
A_NIGHT = len(TICKERS) * STEPS
# With the sessions before the fifth day: two nights, and one row of the third.
GONE, ALL = 2 * A_NIGHT + 1, NIGHTS * A_NIGHT
TRIGGERS = ("forecasts_never_change", "forecasts_stay", "cuts_never_change", "cuts_are_rows")
KILLED = 9


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def night(number: int, tickers: tuple[str, ...] = TICKERS) -> list[ForecastRow]:
    """The forecasts from an origin, of the next sessions."""
    return [
        row(
            ticker=ticker,
            origin=day(number),
            session=day(number + step),
            step=step,
            opens_at=f"{day(number + step)}T13:30:00Z",
            written_at=f"{day(number)}T21:00:00Z",
        )
        for ticker in tickers
        for step in range(1, STEPS + 1)
    ]


def truths(number: int) -> list[Truth]:
    """The volumes of the session that the first step of a night forecast."""
    first = number * A_NIGHT + 1
    return [Truth(first + ticker * STEPS, 40e6 + ticker, "1", NOW) for ticker in range(3)]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Six nights of three tickers, the first four scored."""
    made = Ledger(tmp_path)
    for number in range(NIGHTS):
        made.append(night(number))
    made.score([truth for number in range(4) for truth in truths(number)])
    return made


@pytest.fixture
def reader(ledger: Ledger) -> LedgerReader:
    return LedgerReader(ledger.path.parent)


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    found = list(connection.iterdump())
    connection.close()
    return found


def change(path: Path, statement: str) -> None:
    """Change the database as somebody would who means to."""
    connection = sqlite3.connect(path)
    for trigger in TRIGGERS:
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_what_is_left_is_verified_and_goes_on(ledger: Ledger, reader: LedgerReader):
    last_hash = reader.last_hash()
    assert ledger.remove(day(4), NOW) == GONE
    assert reader.first_broken_row() == (ALL - GONE, None)
    assert reader.last_hash() == last_hash
    removed = reader.removed()
    assert removed is not None
    assert (removed.rows, removed.until) == (GONE, day(3))
    assert ledger.remove(day(4), NOW) == 0  # repeated
    ledger.append(night(NIGHTS))
    assert ledger.remove(day(5), NOW) == A_NIGHT
    assert reader.first_broken_row() == (ALL - GONE, None)


def test_only_rows_before_a_later_session_are_removed(ledger: Ledger, reader: LedgerReader):
    ledger.append([row(ticker="NEW", origin=day(0), session="2024-12-02")])
    ledger.append(night(NIGHTS))
    assert ledger.remove("2024-06-01", NOW) == ALL
    assert reader.first_broken_row() == (1 + A_NIGHT, None)


def test_a_part_at_a_time_removes_the_same(ledger: Ledger, reader: LedgerReader):
    counts = [ledger.remove(day(4), NOW, most=5) for _ in range(4)]
    assert counts == [5, 5, 3, 0]
    assert reader.first_broken_row() == (ALL - GONE, None)


def test_an_emptied_ledger_continues_its_chain(ledger: Ledger, reader: LedgerReader):
    last_hash = reader.last_hash()
    assert ledger.remove("2025-01-01", NOW) == ALL
    assert (reader.first_broken_row(), reader.last_hash()) == ((0, None), last_hash)
    ledger.append(night(NIGHTS))
    assert reader.first_broken_row() == (A_NIGHT, None)


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE forecasts SET volume = volume + 1 WHERE row = 20", 20),
        ("DELETE FROM forecasts WHERE row = 14", 15),
        ("DELETE FROM forecasts WHERE row = 20", 21),
        ("UPDATE cuts SET hash = zeroblob(32)", 14),
        ("UPDATE cuts SET row = 15", 14),
        ("INSERT INTO cuts VALUES (15, zeroblob(32), '', '')", 14),
        ("DROP TABLE cuts", None),
    ],
)
def test_a_change_after_a_removal_is_named(
    ledger: Ledger, reader: LedgerReader, statement: str, broken: int | None
):
    ledger.remove(day(4), NOW)
    change(ledger.path, statement)
    if broken is None:
        with pytest.raises(Exception, match="can't be read: no such table: cuts"):
            reader.first_broken_row()
        return
    found = reader.first_broken_row()[1]
    assert found is not None
    assert found.row == broken


def test_a_row_that_was_changed_before_the_removal_is_not_covered_up(
    ledger: Ledger, reader: LedgerReader
):
    change(ledger.path, "UPDATE forecasts SET hash = zeroblob(32) WHERE row = 13")
    ledger.remove(day(4), NOW)
    found = reader.first_broken_row()[1]
    assert found is not None
    assert found.row == 14


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM forecasts WHERE row = 14",
        "DELETE FROM forecasts",
        "DELETE FROM cuts",
        "UPDATE cuts SET row = 36",
        "INSERT INTO cuts VALUES (20, zeroblob(32), '2024-03-09', '')",
        "INSERT INTO cuts VALUES (99, zeroblob(32), '2024-03-09', '')",
    ],
)
def test_nothing_else_can_be_removed_by_mistake(ledger: Ledger, statement: str):
    ledger.remove(day(4), NOW)
    connection = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError, match="in the ledger"):
        connection.execute(statement)
    connection.close()


def test_a_kill_at_any_statement_removes_all_or_nothing(ledger: Ledger, tmp_path: Path):
    before = ledger.path.read_bytes()
    ledger.miss([("IBM", day(1), "no model", NOW), ("IBM", day(9), "no model", NOW)])
    before = ledger.path.read_bytes()
    ledger.remove(day(4), NOW)
    whole, start, steps = dump(ledger.path), None, 0
    while True:
        folder = tmp_path / f"copy-{steps}"
        folder.mkdir()
        (folder / DATABASE).write_bytes(before)
        start = start or dump(folder / DATABASE)
        ended = remove_and_die(folder, steps)
        assert dump(folder / DATABASE) in (start, whole)
        Ledger(folder).remove(day(4), NOW)
        assert dump(folder / DATABASE) == whole
        if ended == 0:
            break
        assert ended == KILLED
        steps += 1
    assert steps > 10


def remove_and_die(folder: Path, step: int) -> int:
    """Remove old rows in a process that ends before a statement; return its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        ledger, connect, left = Ledger(folder), sqlite3.connect, [step]

        def count(_: str) -> None:
            left[0] -= 1
            if left[0] < 0:
                os._exit(KILLED)  # like kill -9: nothing is closed or rolled back

        def traced(*arguments, **options):
            connection = connect(*arguments, **options)
            connection.set_trace_callback(count)
            return connection

        sqlite3.connect = traced
        ledger.remove(day(4), NOW)
    except BaseException:  # noqa: BLE001 - the child must not go on as a second test run
        os._exit(1)
    os._exit(0)


def test_a_removal_waits_until_a_reader_is_done(
    ledger: Ledger, reader: LedgerReader, monkeypatch: pytest.MonkeyPatch
):
    """Otherwise, the verification would start at a row that has gone."""
    monkeypatch.setattr("model_contract.ledger.ledger.BUSY_SECONDS", 0.0)
    reading = reader.of_sessions([day(3)])
    next(reading)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        ledger.remove(day(4), NOW)
    reading.close()
    assert ledger.remove(day(4), NOW) == GONE


def test_the_number_of_missed_sessions_never_falls(ledger: Ledger, reader: LedgerReader):
    ledger.miss([(ticker, day(number), "", NOW) for ticker in TICKERS for number in range(9)])
    counts = [reader.missed()]
    for number in (4, 8):
        ledger.remove(day(number), NOW)
        counts.append(reader.missed())
    ledger.miss([("IBM", day(20), "", NOW)])
    assert [*counts, reader.missed()] == [27, 27, 27, 28]


def test_a_volume_of_a_removed_forecast_is_refused(ledger: Ledger, reader: LedgerReader):
    scores = reader.scores("ticker", 1, Scope())
    ledger.remove(day(4), NOW)
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        ledger.score([Truth(1, 99e6, "2", NOW)])
    assert reader.scores("ticker", 1, Scope()) == scores


def test_the_file_stops_growing_once_old_forecasts_are_removed(tmp_path: Path):
    ledger, kept, nights = Ledger(tmp_path), 30, 150
    tickers = tuple(f"T{number}" for number in range(12))
    sizes = []
    for number in range(nights):
        ledger.append(night(number, tickers))
        rows = range((number - 1) * 24 + 1, number * 24, STEPS) if number else ()
        ledger.score([Truth(row, 40e6, "1", NOW) for row in rows])
        ledger.remove(day(number - kept), NOW)
        sizes.append(ledger.path.stat().st_size)
    # The sums and the cuts take about 0.6 kB a night; the forecasts took 7 kB before.
    assert sizes[kept] - sizes[0] > kept * 7_000
    assert sizes[-1] - sizes[kept + STEPS] < (nights - kept) * 700
    reader = LedgerReader(tmp_path)
    assert reader.first_broken_row() == ((kept + STEPS + 1) * 24 - 1, None)
    assert reader.scores("version", 1, Scope())[0]["forecasts"] == 12 * (nights - 1)
