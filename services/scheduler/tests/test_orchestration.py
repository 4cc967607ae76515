"""When Dagster starts a round or a training, and what somebody hears of."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.due import now, run_key, training_key
from orchestration.news import news

NOW = datetime(2013, 3, 1, 22, tzinfo=UTC)
STATE: dict[str, Any] = {
    "updated_at": "2013-03-01T22:00:00Z",
    "next_due": "2013-03-04T13:30:00Z",
    "markets": [
        {
            "market": "XNYS", "last_session": "2013-03-01", "awaited_session": None,
            "awaited_since": None,
        }
    ],
    "inbox": "incoming",
    "watchlist": None,
    "unknown_tickers": [],
    "held": [],
    "unreadable": [],
    "missed": 0,
    "last_decision": None,
    "retrain_because": None,
}  # fmt: skip
DUE = datetime(2013, 3, 4, 13, 30, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    write(tmp_path, {})
    return tmp_path


def write(folder: Path, changes: dict[str, Any]) -> None:
    (folder / "state.json").write_text(json.dumps(STATE | changes))


def put(inbox: Path, name: str, written: datetime, text: str = "prices") -> None:
    inbox.mkdir(exist_ok=True)
    (inbox / name).write_text(text)
    os.utime(inbox / name, (written.timestamp(), written.timestamp()))


def test_before_the_first_round_there_is_work(tmp_path: Path):
    assert run_key(tmp_path, tmp_path, NOW) is not None


def test_what_is_due_is_started_every_ten_minutes(ledger: Path):
    keys = [
        run_key(ledger, ledger, DUE + timedelta(minutes=minutes)) for minutes in (-1, 0, 9, 10, 19)
    ]
    assert keys[0] is None
    assert None not in keys[1:]
    assert keys[1] == keys[2] != keys[3] == keys[4]


def test_nothing_is_due_without_a_next_session(ledger: Path):
    write(ledger, {"next_due": None})
    assert run_key(ledger, ledger, DUE) is None


def test_a_file_starts_one_round_once_it_has_settled(ledger: Path):
    inbox = ledger / "incoming"
    put(inbox, "prices.csv", NOW)
    assert run_key(ledger, ledger, NOW + timedelta(seconds=5)) is None
    key = run_key(ledger, ledger, NOW + timedelta(seconds=11))
    assert key is not None
    assert run_key(ledger, ledger, NOW + timedelta(minutes=5)) == key
    put(inbox, "prices.csv", NOW, "other prices")
    assert run_key(ledger, ledger, NOW + timedelta(minutes=5)) not in (None, key)
    put(inbox, "\udcff.csv", NOW)  # a name that isn't UTF-8
    assert run_key(ledger, ledger, NOW + timedelta(minutes=5)) is not None
    (inbox / "\udcff.csv").unlink()
    put(inbox, ".hidden", NOW - timedelta(hours=1))
    (inbox / "prices.csv").unlink()
    assert run_key(ledger, ledger, NOW + timedelta(minutes=5)) is None


def test_a_file_that_is_taken_away_meanwhile_is_no_error(ledger: Path, monkeypatch):
    put(ledger / "incoming", "prices.csv", NOW)
    monkeypatch.setattr(Path, "is_file", lambda file: file.unlink() is None)
    assert run_key(ledger, ledger, NOW + timedelta(minutes=5)) is None


def test_a_training_is_started_once_for_each_newest_session(ledger: Path):
    assert training_key(ledger) is None
    write(ledger, {"retrain_because": "20 sessions have come"})
    key = training_key(ledger)
    assert key is not None
    assert training_key(ledger) == key
    market = {"market": "XNYS", "last_session": "2013-03-04"}
    write(ledger, {"retrain_because": "20 sessions have come", "markets": [market]})
    assert training_key(ledger) not in (None, key)
    assert training_key(ledger / "empty") is None


def test_the_clock_of_a_rehearsal_is_a_file(tmp_path: Path):
    (tmp_path / "clock").write_text("2013-03-01T17:00:00-05:00\n")
    assert now({"CLOCK_FILE": str(tmp_path / "clock")}) == NOW
    assert abs(now({}) - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_ordinary_day_is_no_news():
    assert list(news(STATE)) == []


def test_each_thing_to_hear_of_has_its_own_key():
    awaited = {"market": "XNYS", "last_session": "2013-02-28", "awaited_session": "2013-03-01"}
    early, late = (f"2013-03-01T{hour}:00:00Z" for hour in ("21", "06"))
    changes = {
        "held": [{"id": 7, "name": "a.csv", "reasons": [{"code": "x", "text": "FB is missing"}]}],
        "markets": [
            awaited | {"awaited_since": early},
            awaited | {"market": "BVMF", "awaited_since": late},
        ],
        "unreadable": [{"id": 8, "name": "b.csv", "reasons": [{"code": "y", "text": "no dates"}]}],
        "unknown_tickers": ["aapl"],
        "missed": 3,
        "last_decision": {
            "at": "2013-03-01T22:00:00Z", "event": "promoted", "version": "v2", "replaced": "v1",
            "reason": "the challenger is better",
        },
        "retrain_because": "20 sessions have come",
    }  # fmt: skip
    found = dict(news(STATE | changes))
    assert list(found.values()) == [
        "a.csv was held back: FB is missing. To store its prices: make accept DELIVERY=7; or make "
        "refuse DELIVERY=7",
        "b.csv can't be read: no dates. Deliver it in another form; or, to hear no more of it: "
        "make refuse DELIVERY=8",
        "aapl is on the watch-list, but has no prices. Check how it is written.",
        "The prices of BVMF for 2013-03-01 haven't come.",
        "3 forecasts were missed in all.",
        "The model v2 is served: the challenger is better",
        "A new model is trained, because 20 sessions have come.",
    ]
    assert len(found) == 7
    assert set(dict(news(STATE | changes | {"missed": 4}))) - set(found) == {"missed 4"}


def test_an_edited_watch_list_is_read_at_once(ledger: Path):
    assert run_key(ledger, ledger, NOW) is None
    (ledger / "watchlist.yaml").write_text("tickers: all")
    assert run_key(ledger, ledger, NOW) is not None


def test_a_damaged_state_is_no_state(ledger: Path):
    (ledger / "state.json").write_text("[]")
    assert run_key(ledger, ledger, NOW) is not None
