"""Nights of the loop: what is forecast, what is scored, and what accidents do."""

import itertools
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from forecast_loop.__main__ import main
from forecast_loop.errors import LoopError
from forecast_loop.loop import Loop, opened_loop
from forecast_loop.watchlist import load_watchlist
from model_contract.errors import BundleError
from model_contract.ledger.ledger import Ledger
from model_contract.ledger.scorecard import Scope
from rehearsal import START, Rehearsal, at, rows_of

TICKERS = ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
NIGHTS = 12
HORIZON = 2


def test_each_session_is_forecast_before_it_opens_and_scored_after(loop: Rehearsal):
    loop.round(at(START))
    days = loop.days[:NIGHTS]
    state = loop.nights(days)
    assert state["missed"] == 0
    assert state["markets"][0]["awaited_session"] is None
    actual = loop.stocks.set_index(["Ticker", "Date"])["Volume"]
    for ticker in TICKERS:
        found = loop.forecasts(ticker, HORIZON)
        assert all(one["written_at"] < one["opens_at"] for one in found)
        by_step = {
            step: [one["session"] for one in found if one["step"] == step] for step in (1, 2)
        }
        # Monday, 18 February is a holiday, without a session.
        assert by_step[1] == loop.days[: NIGHTS + 1]
        assert by_step[2] == loop.days[1 : NIGHTS + 2]
        scored = [one for one in found if one["actual"] is not None]
        assert {one["session"] for one in scored} == set(days)
        for one in scored:
            assert one["actual"] == actual[ticker, one["session"]]
    assert loop.reader.first_broken_row()[1] is None


def test_the_scorecard_is_that_of_the_raw_files(loop: Rehearsal):
    loop.round(at(START))
    loop.nights(loop.days[:NIGHTS])
    actual = loop.stocks.set_index(["Ticker", "Date"])["Volume"]
    errors, naive = [], []
    for ticker in TICKERS:
        days = [START, *loop.days[:NIGHTS]]
        for before, day in itertools.pairwise(days):
            [forecast] = [one for one in loop.forecasts(ticker) if one["session"] == day]
            assert forecast["origin"] == before
            errors.append(abs(forecast["volume"] - actual[ticker, day]))
            naive.append(abs(actual[ticker, before] - actual[ticker, day]))
    [score] = loop.reader.scores("version", 1, Scope())
    assert score["forecasts"] == NIGHTS * len(TICKERS)
    assert score["mae"] == pytest.approx(np.mean(errors), rel=1e-12)
    assert score["skill_vs_naive"] == pytest.approx(1 - np.mean(errors) / np.mean(naive), rel=1e-9)


def test_rounds_that_are_repeated_or_cut_short_change_nothing(
    loop: Rehearsal, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    other = Rehearsal(tmp_path_factory.mktemp("other"), loop.stocks, START)
    monkeypatch.chdir(other.root)
    other.round(at(START))
    other.nights(other.days[:4])
    monkeypatch.chdir(loop.root)
    loop.round(at(START), (Loop.take_in,))
    loop.round(at(START, "23:00"))
    for day in loop.days[:4]:
        loop.deliver(day)
        loop.round(at(day), (Loop.take_in,))
        with monkeypatch.context() as broken, pytest.raises(OSError, match="No space left"):
            broken.setattr(Ledger, "append", _full_disk)
            loop.round(at(day, "22:10"))
        loop.round(at(day, "22:20"), (Loop.forecast,))
        loop.round(at(day, "22:30"))
        loop.round(at(day, "22:30"))
    assert rows_of(loop.root / "ledger/ledger.sqlite") == rows_of(
        other.root / "ledger/ledger.sqlite"
    )


def _full_disk(*_: object) -> int:
    raise OSError(28, "No space left on device")


def test_sessions_of_a_downtime_are_missed_unless_forecast_before(loop: Rehearsal):
    loop.round(at(START))
    loop.nights(loop.days[:2])
    down, back = loop.days[2:6], loop.days[6]
    for day in down:
        loop.deliver(day)
    loop.deliver(back)
    state = loop.round(at(back))
    # Two steps had been forecast: the first two sessions of the downtime.
    missed = [*down[2:], back]
    assert state["missed"] == len(missed) * len(TICKERS)
    found = loop.forecasts("AAPL", HORIZON)
    assert not {one["session"] for one in found} & set(missed)
    assert {one["session"] for one in found if one["actual"] is not None} == {
        *loop.days[:2],
        *down[:2],
    }
    assert [one["session"] for one in found if one["origin"] == back] == loop.days[7:9]


def test_a_corrected_volume_is_scored_again(loop: Rehearsal):
    loop.round(at(START))
    first, second = loop.days[:2]
    loop.nights([first])
    corrected = loop.of(first, second)
    corrected["Volume"] = corrected["Volume"] * np.where(corrected["Date"] == first, 1.25, 1.0)
    loop.deliver(second, corrected)
    loop.round(at(second))
    connection = sqlite3.connect(loop.root / "ledger/ledger.sqlite")
    revisions = connection.execute(
        "SELECT revision, actual FROM scores JOIN forecasts USING (row) "
        "WHERE ticker = 'AAPL' AND session = ? AND step = 1 ORDER BY 1",
        (first,),
    ).fetchall()
    connection.close()
    volume = float(loop.of(first).set_index("Ticker").loc["AAPL", "Volume"])
    assert revisions == [(0, volume), (1, pytest.approx(1.25 * volume, rel=1e-12))]


def test_a_volume_after_a_split_counts_in_the_shares_of_the_forecast(loop: Rehearsal):
    split_day = loop.days[3]
    late = (loop.stocks["Ticker"] == "AAPL") & (loop.stocks["Date"] >= split_day)
    stocks = loop.stocks.copy()
    stocks["Stock Splits"] = 0.0
    stocks.loc[late & (stocks["Date"] == split_day), "Stock Splits"] = 7.0
    stocks.loc[late, ["Open", "High", "Low", "Close"]] /= 7
    stocks["Volume"] = stocks["Volume"].astype(float)
    stocks.loc[late, "Volume"] *= 7
    loop.stocks = stocks.drop(columns="Adj Close")
    loop.round(at(START))
    loop.nights(loop.days[:6])
    traded = loop.stocks[loop.stocks["Ticker"] == "AAPL"].set_index("Date")["Volume"]
    for one in loop.forecasts("AAPL", HORIZON):
        if one["actual"] is None:
            continue
        across = one["origin"] < split_day <= one["session"]
        expected = traded[one["session"]] / (7 if across else 1)
        assert one["actual"] == pytest.approx(expected, rel=1e-12), one["session"]
        assert 0.2 < one["volume"] / one["actual"] < 5


def test_two_rounds_never_run_at_the_same_time(loop: Rehearsal):
    folders = loop.root / "prices", loop.root / "ledger"
    with (
        opened_loop(load_watchlist(loop.root), *folders, at(START)),
        pytest.raises(LoopError, match="another round of the loop is running"),
    ):
        loop.round(at(START))


def test_without_a_model_prices_come_in_and_the_error_says_what_to_do(loop: Rehearsal):
    loop.models.directory.joinpath("CURRENT").unlink()
    with pytest.raises(BundleError, match="no model has been published yet"):
        loop.round(at(START))
    assert loop.round(at(START), (Loop.take_in,))["markets"][0]["last_session"] == START


def test_a_forecast_that_failed_is_due_again(loop: Rehearsal):
    current = loop.models.directory / "CURRENT"
    version = current.read_text()
    current.unlink()
    state = loop.round(at(START), (Loop.take_in,))
    assert state["next_due"] == "2013-02-01T21:30:00Z"  # when the session had closed for a while
    current.write_text(version)
    assert loop.round(at(START, "23:00"))["next_due"] == "2013-02-04T13:30:00Z"


def test_the_state_says_when_there_is_something_to_do(loop: Rehearsal):
    state = loop.round(at(START))
    assert state["next_due"] == "2013-02-04T13:30:00Z"  # the deadline on Monday
    monday = loop.days[0]
    due = [loop.round(at(monday, time))["next_due"] for time in ("13:30", "14:30", "21:29")]
    assert due == ["2013-02-04T14:30:00Z", "2013-02-04T21:30:00Z", "2013-02-04T21:30:00Z"]
    assert loop.round(at(monday, "21:30"))["markets"][0] == {
        "market": "XNYS",
        "last_session": START,
        "awaited_session": monday,
        "awaited_since": "2013-02-04T21:00:00Z",
        "next_session": loop.days[1],
        "next_open": "2013-02-05T14:30:00Z",
    }


def test_until_the_forecasts_are_made_something_is_due(
    loop: Rehearsal, monkeypatch: pytest.MonkeyPatch
):
    loop.round(at(START))
    monday = loop.days[0]
    loop.deliver(monday)
    monkeypatch.setenv("CLOCK_FILE", "clock")
    due = []
    for time, command in (("22:00", "take-in"), ("22:10", "score"), ("22:20", "forecast")):
        Path("clock").write_text(at(monday, time).isoformat())
        assert main([command]) == 0
        due.append(loop.reader.state()["next_due"])
    assert due == [f"{monday}T21:30:00Z", f"{monday}T21:30:00Z", f"{loop.days[1]}T13:30:00Z"]


def test_an_accepted_delivery_is_forecast_from_at_once(
    loop: Rehearsal, monkeypatch: pytest.MonkeyPatch
):
    loop.round(at(START))
    rows = loop.of(loop.days[0])
    loop.deliver(loop.days[0], rows[rows["Ticker"] != "IBM"])
    [held] = loop.round(at(loop.days[0]))["held"]
    monkeypatch.setenv("CLOCK_FILE", "clock")
    Path("clock").write_text(at(loop.days[1], "13:45").isoformat())  # after the deadline
    assert main(["accept", str(held["id"])]) == 0
    assert loop.reader.state()["next_due"] <= f"{loop.days[1]}T13:45:00Z"
    assert main(["deliveries"]) == 0
    assert loop.reader.state()["next_due"] <= f"{loop.days[1]}T13:45:00Z"
    assert main(["round"]) == 0
    assert loop.forecasts("AAPL")[-1]["origin"] == loop.days[0]


def test_prices_are_late_since_the_first_session_without_them(loop: Rehearsal):
    loop.round(at(START))
    monday, later = loop.days[0], [loop.days[2], loop.days[15]]  # after which no ticker is alive
    since = [loop.round(at(day))["markets"][0]["awaited_since"] for day in later]
    assert since == [f"{monday}T21:00:00Z"] * 2


def test_the_sizes_of_the_loop_s_files_are_reported(loop: Rehearsal):
    cached = loop.root / ".dvc/cache/files/md5/00/0000"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"12345")
    sizes = loop.round(at(START))["sizes"]
    [delivery] = (loop.root / "prices/deliveries").iterdir()
    assert (sizes["dvc_cache"], sizes["deliveries"]) == (5, delivery.stat().st_size)
    assert sizes["prices"] == (loop.root / "prices/prices.sqlite").stat().st_size
    assert sizes["ledger"] >= (loop.root / "ledger/ledger.sqlite").stat().st_size > 0
