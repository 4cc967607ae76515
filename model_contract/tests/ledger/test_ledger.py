"""What is written to the ledger, and what can no longer be changed."""

import itertools
import sqlite3
from pathlib import Path

import pytest

from forecast_rows import row
from model_contract.errors import LedgerError
from model_contract.ledger.forecast_row import ForecastRow
from model_contract.ledger.ledger import Ledger, Truth
from model_contract.ledger.ledger_reader import LedgerReader
from model_contract.ledger.schema import DATABASE
from model_contract.ledger.scorecard import Scope

TICKERS = ("AAPL", "IBM", "PETR4")
NOW = "2024-04-01T21:00:00Z"


def rows(count: int = 3) -> list[ForecastRow]:
    pairs = itertools.product(TICKERS, range(1, count + 1))
    return [
        row(
            ticker=ticker,
            step=step,
            session=f"2024-04-0{step}",
            opens_at=f"2024-04-0{step}T13:30:00Z",
            volume=step * 1e6 + 1 / 3,
        )
        for ticker, step in pairs
    ]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


@pytest.fixture
def reader(tmp_path: Path) -> LedgerReader:
    return LedgerReader(tmp_path)


def change(path: Path, statement: str) -> None:
    """Change the database as somebody would who means to."""
    connection = sqlite3.connect(path / DATABASE)
    for trigger in ("forecasts_never_change", "forecasts_stay"):
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_forecast_is_written_once_and_the_first_one_stays(ledger: Ledger, reader: LedgerReader):
    assert ledger.append(rows()) == 9
    assert ledger.append([row(volume=1.0, ticker=ticker) for ticker in TICKERS]) == 0
    assert ledger.append([row(ticker="MSFT"), row(ticker="MSFT", role="challenger")]) == 2
    stored = reader.of_session("2024-04-01", 5, Scope())
    assert [found["volume"] for found in stored if found["ticker"] in TICKERS] == [1e6 + 1 / 3] * 3
    assert reader.first_broken_row() == (11, None)


def test_a_forecast_after_the_opening_is_refused_and_nothing_of_it_stays(
    ledger: Ledger, reader: LedgerReader
):
    late = row(ticker="IBM", written_at="2024-04-01T13:30:00Z")
    with pytest.raises(LedgerError, match=r"IBM for 2024-04-01 was made at .*13:30.* opened at"):
        ledger.append([row(), late])
    assert reader.first_broken_row() == (0, None)


@pytest.mark.parametrize("statement", ["UPDATE forecasts SET volume = 1", "DELETE FROM forecasts"])
def test_a_program_cannot_change_a_row_by_mistake(ledger: Ledger, statement: str):
    ledger.append(rows())
    connection = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError, match="in the ledger"):
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE forecasts SET volume = volume + 1e-9 WHERE row = 4", 4),
        ("UPDATE forecasts SET written_at = '2024-03-28T21:00:01Z' WHERE row = 1", 1),
        ("UPDATE forecasts SET hash = zeroblob(32) WHERE row = 9", 9),
        ("DELETE FROM forecasts WHERE row = 5", 6),
        ("DELETE FROM forecasts WHERE row = 1", 2),
    ],
)
def test_a_changed_row_is_named(
    ledger: Ledger, reader: LedgerReader, tmp_path: Path, statement: str, broken: int
):
    ledger.append(rows())
    change(tmp_path, statement)
    count, found = reader.first_broken_row()
    assert found is not None
    assert (found.row, found.ticker) == (broken, TICKERS[(broken - 1) // 3])
    assert count == broken - 1 - statement.startswith("DELETE")


def test_every_byte_of_a_stored_row_counts(ledger: Ledger, reader: LedgerReader):
    ledger.append(rows())
    data = ledger.path.read_bytes()
    start = data.index(b"PETR4")  # the last rows of the only page of forecasts
    for position in range(start, start + 80):
        changed = bytearray(data)
        changed[position] ^= 1
        ledger.path.write_bytes(changed)
        try:
            found = reader.first_broken_row()[1]
        except LedgerError:
            continue  # SQLite itself can't read it
        assert found is not None, position
        assert found.row >= 7
    ledger.path.write_bytes(data)
    assert reader.first_broken_row() == (9, None)


def test_a_corrected_volume_is_a_new_revision(ledger: Ledger, reader: LedgerReader):
    ledger.append([row()])
    assert ledger.score([Truth(1, 40e6, "1", NOW)]) == 1
    assert ledger.score([Truth(1, 40e6, "2", "2024-04-02T21:00:00Z")]) == 0
    assert ledger.score([Truth(1, 44e6, "3", "2024-04-03T21:00:00Z")]) == 1
    [found] = reader.of_ticker("AAPL", 1, 10, Scope())
    assert (found["actual"], found["scored_at"]) == (44e6, "2024-04-03T21:00:00Z")
    connection = sqlite3.connect(ledger.path)
    kept = connection.execute("SELECT revision, actual, source FROM scores").fetchall()
    connection.close()
    assert kept == [(0, 40e6, "1"), (1, 44e6, "3")]
    [score] = reader.scores("version", 1, Scope())
    assert (score["forecasts"], score["mae"]) == (1, 6e6)


def test_a_failure_in_the_midst_leaves_no_trace(ledger: Ledger, reader: LedgerReader):
    def failing():
        yield row()
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        ledger.append(failing())
    assert reader.first_broken_row() == (0, None)
    ledger.append([row()])
    with pytest.raises(sqlite3.IntegrityError):
        ledger.score([Truth(1, 1.0, "", NOW), Truth(1, float("nan"), "", NOW)])
    assert reader.scores("version", 1, Scope()) == []


def test_the_latest_forecasts_are_those_of_followed_tickers(ledger: Ledger, reader: LedgerReader):
    ledger.append(rows())
    later = {"origin": "2024-04-01", "written_at": NOW}
    ledger.append([row(session="2024-04-02", opens_at="2024-04-02T13:30:00Z", **later)])
    ledger.score([Truth(1, 2e6, "1", NOW)])
    ledger.follow({"AAPL": "XNYS", "PETR4": "BVMF", "NONE": "XNYS"})
    found = reader.latest(2, "2024-03-28T22:00:00Z", Scope())
    assert [(one["ticker"], one["origin"], one["step"]) for one in found] == [
        ("AAPL", "2024-04-01", 1),
        ("PETR4", "2024-03-28", 1),
        ("PETR4", "2024-03-28", 2),
    ]
    # The first step has opened; of those that all have, the last is the newest.
    for now, step in (("2024-04-01T13:30:00Z", 2), ("2024-05-01T00:00:00Z", 3)):
        [one] = reader.latest(1, now, Scope(ticker="PETR4"))
        assert one["step"] == step, now
    assert found[0]["previous"] == {
        "session": "2024-04-01",
        "volume": 1e6 + 1 / 3,
        "lower_80": 40e6,
        "upper_80": 65e6,
        "actual": 2e6,
    }
    assert found[1]["previous"] is None
    assert "previous" not in found[2]


def test_a_missed_session_is_recorded_once(ledger: Ledger, reader: LedgerReader):
    missed = [("AAPL", "2024-04-01", "no prices", NOW), ("IBM", "2024-04-01", "no prices", NOW)]
    assert (ledger.miss(missed), ledger.miss(missed), reader.missed()) == (2, 0, 2)


def test_another_version_of_the_database_is_refused(ledger: Ledger, reader: LedgerReader):
    connection = sqlite3.connect(ledger.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LedgerError, match="version 99; this program reads 1"):
        reader.latest(1, NOW, Scope())
    with pytest.raises(LedgerError, match="version 99; this program needs 1"):
        Ledger(ledger.path.parent)
