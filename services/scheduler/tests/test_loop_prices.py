"""Nights on which prices are late, missing, unreadable or from the web."""

import os
from datetime import timedelta

import pandas as pd
import pytest

from forecast_loop.price_store.store import PriceStore
from rehearsal import START, Rehearsal, at, rows_of


def test_late_prices_delay_the_forecasts_until_the_deadline(loop: Rehearsal):
    loop.round(at(START))
    first, second = loop.days[:2]
    part = loop.of(first)
    loop.deliver(first, part[part["Ticker"] != "IBM"])
    held = loop.round(at(first))["held"]
    assert [reason["code"] for reason in held[0]["reasons"]] == ["tickers_missing"]
    # Nothing of the held file is used. The session is forecast already, from the origin before.
    assert loop.round(at(second, "13:00"))["markets"][0]["awaited_session"] == first
    assert [one["session"] for one in loop.forecasts("AAPL")] == [first]
    loop.deliver(first)  # the right file comes in time
    state = loop.round(at(second, "13:15"))
    assert (state["held"], state["missed"]) == ([], 0)
    assert state["markets"][0]["awaited_since"] is None
    assert [one["session"] for one in loop.forecasts("AAPL")] == [first, second]


def test_what_is_there_is_forecast_at_the_deadline(loop: Rehearsal):
    loop.round(at(START))
    first, second = loop.days[:2]
    ibm = loop.of(first)["Ticker"] == "IBM"
    for name, part in (("all-but-ibm", loop.of(first)[~ibm]), ("ibm", loop.of(first)[ibm])):
        part.to_csv(loop.root / f"{name}.csv", index=False)
    # Files of single tickers come in one by one; IBM's is late.
    for ticker in ("AAPL", "FB", "GOOG", "MSFT"):
        rows = loop.of(first)
        path = loop.deliver(first, rows[rows["Ticker"] == ticker])
        path.rename(path.with_name(f"{ticker}.csv"))
    assert loop.round(at(first))["held"] == []
    assert len(loop.forecasts("AAPL")) == 1  # waits for IBM
    loop.round(at(second, "13:29"))
    assert len(loop.forecasts("AAPL")) == 1
    loop.round(at(second, "13:30"))  # an hour before the opening
    assert [one["session"] for one in loop.forecasts("AAPL")] == [first, second]
    assert [one["session"] for one in loop.forecasts("IBM")] == [first]
    assert [one["session"] for one in loop.forecasts("IBM", 2)] == [first, second]


def test_a_clock_that_jumps_back_writes_nothing_for_sessions_that_have_been(loop: Rehearsal):
    loop.round(at(START))
    loop.nights(loop.days[:3])
    before = rows_of(loop.root / "ledger/ledger.sqlite")
    loop.deliver(loop.days[3])
    state = loop.round(at(loop.days[0]))
    after = rows_of(loop.root / "ledger/ledger.sqlite")
    assert state["missed"] == 0
    assert [row[:4] for row in after] == [row[:4] for row in before]
    loop.round(at(loop.days[3]))
    assert {one["session"] for one in loop.forecasts("IBM")} == set(loop.days[:5])


def test_a_ticker_that_was_delisted_is_not_awaited(loop: Rehearsal):
    gone = loop.stocks["Ticker"].eq("IBM") & (loop.stocks["Date"] > "2013-01-10")
    loop.stocks = loop.stocks[~gone]
    loop.stocks[loop.stocks["Date"] <= START].to_csv(loop.root / "raw/prices.csv", index=False)
    state = loop.round(at(START) + timedelta(minutes=1))
    assert state["markets"][0]["awaited_session"] is None
    assert loop.forecasts("IBM") == []
    assert len(loop.forecasts("AAPL")) == 1


@pytest.mark.parametrize(
    ("source", "module"),
    [("url: 'https://prices.test/{ticker}'", "web"), ("provider: yfinance", "yahoo")],
)
def test_prices_on_the_web_are_asked_for_until_they_come(
    loop: Rehearsal, monkeypatch: pytest.MonkeyPatch, source: str, module: str
):
    (loop.root / "watchlist.yaml").write_text(
        f"market: XNYS\nsources: [{{name: vendor, {source}}}]\n"
    )
    asked = []
    monkeypatch.setattr(
        f"forecast_loop.loop.{module}.collect", lambda *given: asked.append(given[2])
    )
    loop.round(at(START))
    assert asked == []
    state = loop.round(at(loop.days[0], "21:30"))
    assert (asked, state["next_due"]) == ([at(loop.days[0], "21:30")], "2013-02-04T21:45:00Z")
    loop.deliver(loop.days[0])
    loop.round(at(loop.days[0], "21:45"))
    state = loop.round(at(loop.days[0], "21:50"))
    assert (len(asked), state["next_due"]) == (1, "2013-02-05T13:30:00Z")


def test_a_file_that_cannot_be_read_is_reported_until_the_right_one_comes(loop: Rehearsal):
    loop.round(at(START))
    day = loop.days[0]
    loop.deliver(day).write_text("<html>busy</html>")
    os.utime(loop.root / f"data/inbox/prices-{day}.csv", (at(day, "21:30").timestamp(),) * 2)
    [unreadable] = loop.round(at(day))["unreadable"]
    assert unreadable["name"] == f"prices-{day}.csv"
    # A file of a session that hasn't ended is no fault.
    loop.deliver(loop.days[1], time="15:00")
    assert len(loop.round(at(loop.days[1], "15:30"))["unreadable"]) == 1
    loop.deliver(day)
    assert loop.round(at(loop.days[1], "16:00"))["unreadable"] == []


def test_a_held_file_is_superseded_once_all_its_rows_came_otherwise(
    loop: Rehearsal, monkeypatch: pytest.MonkeyPatch
):
    loop.round(at(START))
    day, rows = loop.days[0], loop.of(loop.days[0])
    loop.deliver(day, rows[rows["Ticker"] != "IBM"])
    assert len(loop.round(at(day))["held"]) == 1
    read = []
    data = PriceStore.data
    monkeypatch.setattr(PriceStore, "data", lambda *given: read.append(given[1]) or data(*given))
    loop.deliver(day, rows[rows["Ticker"] == "FB"]).rename(loop.root / "data/inbox/FB.csv")
    for time in ("22:10", "22:20"):
        assert len(loop.round(at(day, time))["held"]) == 1  # some of its rows have come
    assert len(read) == 1
    loop.deliver(day).rename(loop.root / "data/inbox/all.csv")
    assert loop.round(at(day, "22:30"))["held"] == []
    with PriceStore(loop.root / "prices") as store:
        [found] = store.deliveries("superseded")
    assert [one.code for one in found.reasons] == ["tickers_missing", "rows_known"]


def test_a_held_file_with_another_value_waits_for_a_decision(loop: Rehearsal):
    loop.round(at(START))
    day, rows = loop.days[0], loop.of(loop.days[0])
    loop.deliver(day, rows.assign(Volume=rows["Volume"] // 100))
    loop.round(at(day))
    loop.deliver(day).rename(loop.root / "data/inbox/all.csv")
    [held] = loop.round(at(day, "22:30"))["held"]
    assert held["reasons"][0]["code"] == "volume_impossible"


def test_a_held_file_that_is_lost_does_not_stop_the_rounds(loop: Rehearsal, caplog):
    loop.round(at(START))
    day, rows = loop.days[0], loop.of(loop.days[0])
    loop.deliver(day, rows[rows["Ticker"] != "IBM"])
    loop.round(at(day))
    with PriceStore(loop.root / "prices") as store:
        [held] = store.deliveries("held")
    (loop.root / "prices/deliveries" / held.sha256).unlink()
    loop.deliver(day).rename(loop.root / "data/inbox/all.csv")
    assert len(loop.round(at(day, "22:30"))["held"]) == 1
    assert "is missing" in caplog.text


def test_a_file_from_the_future_is_read_once_a_day(
    loop: Rehearsal, monkeypatch: pytest.MonkeyPatch
):
    loop.round(at(START))
    day, wrong = loop.days[5], at(loop.days[0])  # the clock is days behind
    loop.deliver(day)
    os.utime(loop.root / f"data/inbox/prices-{day}.csv", (wrong.timestamp() - 60,) * 2)
    [unreadable] = loop.round(wrong)["unreadable"]
    assert unreadable["reasons"][0]["code"] == "date_in_future"
    read = []
    data = PriceStore.data
    monkeypatch.setattr(PriceStore, "data", lambda *given: read.append(given[1]) or data(*given))
    for time in ("22:10", "23:59"):
        loop.round(at(loop.days[0], time))
    assert read == []
    for time in ("00:00", "12:00"):
        assert loop.round(at(loop.days[1], time))["unreadable"] != []
    assert len(read) == 1
    state = loop.round(at(day))  # the clock is right again
    assert (state["unreadable"], len(read)) == ([], 2)
    assert state["markets"][0]["last_session"] == day


def test_a_ticker_with_too_short_a_history_does_not_keep_the_others_waiting(loop: Rehearsal):
    loop.round(at(START))
    day = loop.days[0]
    rows = loop.of(day)
    new = rows[rows["Ticker"] == "IBM"].assign(Ticker="NEW")
    loop.deliver(day, pd.concat([rows, new]))
    assert loop.round(at(day))["next_due"] == f"{loop.days[1]}T13:30:00Z"
    assert [one["session"] for one in loop.forecasts("IBM")] == loop.days[:2]
    assert loop.forecasts("NEW") == []


def test_every_session_of_a_long_downtime_is_missed(loop: Rehearsal):
    loop.round(at(START))
    loop.nights(loop.days[:1])
    # Forty sessions later; of these, the first two had been forecast.
    state = loop.round(at("2013-04-03"))
    assert state["missed"] == 38 * 5


def test_a_ticker_on_the_watch_list_without_prices_is_reported(loop: Rehearsal):
    (loop.root / "watchlist.yaml").write_text(
        "market: XNYS\ntickers: [{ticker: aapl}, {ticker: IBM}]\n"
    )
    state = loop.round(at(START))
    assert state["unknown_tickers"] == ["aapl"]
    assert len(loop.forecasts("IBM")) == 1
    assert loop.forecasts("AAPL") == []
