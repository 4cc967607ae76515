"""What grows stops growing once the settings for it have removed something."""

import io
import sqlite3
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from forecast_loop import watchlist
from forecast_loop.__main__ import main
from forecast_loop.backup import restore, save
from model_contract.ledger.ledger_reader import LedgerReader
from model_contract.ledger.scorecard import Scope
from rehearsal import Rehearsal, at

START, NIGHTS, KEPT_DAYS = "2012-11-30", 60, 14
SETTLED = 20  # nights after which the first files and forecasts are gone
SETTINGS = f"""market: XNYS
keep_deliveries_days: {KEPT_DAYS}
keep_forecasts_days: {KEPT_DAYS}
"""


@pytest.fixture
def loop(tmp_path: Path, recent: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    """A loop that keeps two weeks, before its first night."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODEL_STORE", str(tmp_path / "models"))
    monkeypatch.setattr(watchlist, "FEWEST_FORECAST_DAYS", KEPT_DAYS)
    made = Rehearsal(tmp_path, recent, START)
    (tmp_path / "watchlist.yaml").write_text(SETTINGS)
    made.round(at(START))
    return made


def test_sixty_nights_take_no_more_than_twenty(loop: Rehearsal, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    sizes, records, forecast = [], [], set()
    for day in loop.days[:NIGHTS]:
        loop.deliver(day)
        # The same prices come again, as from a source that is asked every 15 minutes.
        loop.deliver(day, time="21:40").rename(loop.root / "data/inbox/again.csv")
        loop.round(at(day))
        sizes.append(loop.reader.state()["sizes"])
        records.append(counts(loop.root / "prices/prices.sqlite"))
        forecast |= {one["session"] for one in loop.forecasts("AAPL")}
    settled, last = sizes[SETTLED], sizes[-1]
    nights = NIGHTS - SETTLED
    assert last["deliveries"] <= 1.2 * settled["deliveries"]
    # The sums of errors and the cuts take 0.6 kB a night; the forecasts of ten rows took 4 kB.
    assert last["ledger"] - settled["ledger"] < nights * 700
    # Of the prices, five rows and the record of the accepted file stay; 0.5 kB each.
    assert last["prices"] - settled["prices"] < nights * 1500
    assert records[-1] == records[SETTLED]
    oldest = at(loop.days[NIGHTS - 1]) - timedelta(days=KEPT_DAYS)
    kept = [one["session"] for one in loop.forecasts("AAPL")]
    assert kept[0] >= f"{oldest:%Y-%m-%d}"
    assert kept == sorted(forecast)[-len(kept) :]
    scored = len(forecast) - 1
    [score] = loop.reader.scores("version", 1, Scope())
    assert score["forecasts"] == scored * 5
    assert {one["forecasts"] for one in loop.reader.scores("ticker", 1, Scope())} == {scored}
    assert main(["verify"]) == 0
    removed = loop.reader.removed()
    assert removed is not None
    text = f"removed {removed.rows} forecasts for sessions until {removed.until}"
    assert text in caplog.text


def test_a_backup_of_what_is_left_is_restored(
    loop: Rehearsal, tmp_path_factory: pytest.TempPathFactory
):
    loop.nights(loop.days[:SETTLED])
    stream = io.BytesIO()
    save(loop.root / "prices", loop.root / "ledger", stream)
    folders = tmp_path_factory.mktemp("prices"), tmp_path_factory.mktemp("ledger")
    count = restore(*folders, io.BytesIO(stream.getvalue()))
    reader = LedgerReader(folders[1])
    assert count == loop.reader.first_broken_row()[0]
    assert reader.last_hash() == loop.reader.last_hash()
    assert reader.removed() == loop.reader.removed() is not None


def test_a_long_downtime_keeps_the_last_forecasts_until_there_are_new_ones(loop: Rehearsal):
    loop.nights(loop.days[:3])
    for day in loop.days[3:SETTLED]:
        loop.deliver(day)
    back = loop.days[SETTLED]
    before = [one["session"] for one in loop.forecasts("AAPL")]
    loop.round(at(back), ())
    assert [one["session"] for one in loop.forecasts("AAPL")] == before
    loop.deliver(back)
    state = loop.round(at(back))
    # They were scored before they were removed, and the page has the new ones.
    [score] = loop.reader.scores("version", 1, Scope())
    assert score["forecasts"] == 4 * 5
    assert [one["session"] for one in loop.forecasts("AAPL")] == [loop.days[SETTLED + 1]]
    assert state["missed"] == (SETTLED - 4) * 5


def counts(path: Path) -> dict[str, int]:
    connection = sqlite3.connect(path)
    found = {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("contents", "quarantine", "deliveries WHERE version IS NULL")
    }
    connection.close()
    return found
