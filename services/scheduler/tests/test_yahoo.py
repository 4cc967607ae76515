"""Prices from Yahoo, with a stand-in for yfinance whose tables have the form of the real ones."""

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast_loop.sources import asking, yahoo
from forecast_loop.watchlist import ProviderSource
from model_contract.market_hours import HOURS
from model_contract.reading.interpret.market import SUFFIXES
from nights import as_stored, evening

SOURCE = ProviderSource("yahoo", "yfinance", 30, 5)
SPLIT = "2005-02-28"  # 2:1, of Apple


class RateLimitError(Exception):
    pass


class DataError(Exception):
    pass


class Yfinance:
    """What is used of yfinance. Each symbol has a list of answers; the last one stays."""

    def __init__(self) -> None:
        self.answers: dict[str, list[pd.DataFrame | Exception]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.exceptions = SimpleNamespace(
            YFRateLimitError=RateLimitError, YFDataException=DataError
        )
        self.config = SimpleNamespace(debug=SimpleNamespace(hide_exceptions=True))

    def Ticker(self, symbol: str) -> SimpleNamespace:  # noqa: N802 - the package's name
        def history(**options: Any) -> pd.DataFrame:
            self.asked.append((symbol, options))
            assert not self.config.debug.hide_exceptions
            answers = self.answers[symbol]
            found = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(found, Exception):
                raise found
            return found

        return SimpleNamespace(history=history)


@pytest.fixture
def yfinance(monkeypatch: pytest.MonkeyPatch) -> Yfinance:
    made = Yfinance()
    monkeypatch.setitem(sys.modules, "yfinance", made)  # type: ignore[arg-type]
    return made


def answer(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the default data as yfinance 1.7.0 does with auto_adjust=False."""
    days = pd.DatetimeIndex(rows["Date"].astype("datetime64[s]"), name="Date")
    found = rows[["Open", "High", "Low", "Close", "Adj Close", "Volume"]].set_index(
        days.tz_localize("America/New_York")
    )
    found["Volume"] = found["Volume"].astype("int64")
    return found.assign(**{"Dividends": 0.0, "Stock Splits": 0.0})


def with_split(found: pd.DataFrame, ratio: float, is_restated: bool = True) -> pd.DataFrame:
    """Declare a split on `SPLIT`; restate the rows before it, as Yahoo does."""
    changed = found.copy()
    changed.loc[SPLIT, "Stock Splits"] = ratio
    if is_restated:
        before = changed.index < pd.Timestamp(SPLIT, tz="America/New_York")
        changed.loc[before, ["Open", "High", "Low", "Close"]] /= ratio
        changed["Volume"] = np.where(before, changed["Volume"] * ratio, changed["Volume"])
    return changed


def collect(nights, day, **options):
    watchlist = replace(nights.watchlist, **options)
    return yahoo.collect(nights.store, SOURCE, evening(day), watchlist, lambda _: None)


def of(rows, ticker, first="2000-01-01", last="2100-01-01"):
    return rows[(rows["Ticker"] == ticker) & rows["Date"].between(first, last)]


def test_each_followed_ticker_is_asked_for_and_taken(nights, recent, yfinance):
    some = of(recent, "IBM", "2013-01-30", "2013-03-01")
    yfinance.answers = {"IBM": [answer(some)], "GONE": [ValueError("$GONE: possibly delisted")]}
    taken, errors = collect(nights, "2013-03-01", tickers={"GONE": None, "IBM": None})
    assert [(one.state, one.source, one.name) for one in taken] == [
        ("accepted", "web:yahoo", "IBM.csv")
    ]
    pd.testing.assert_frame_equal(nights.frame(), as_stored(some))
    assert [str(error) for error in errors] == [
        "yahoo, GONE: ValueError: $GONE: possibly delisted; check the ticker and its market, or "
        "use a newer yfinance"
    ]
    assert yfinance.asked[1] == ("IBM", {
        "start": "2013-01-30", "end": "2013-03-02", "interval": "1d", "auto_adjust": False,
        "actions": True, "timeout": 5,
    })  # fmt: skip


def test_a_session_that_goes_on_is_left_out(nights, recent, yfinance):
    yfinance.answers = {"IBM": [answer(of(recent, "IBM", "2013-01-30", "2013-03-01"))]}
    noon = evening("2013-03-01").replace(hour=17)
    watchlist = replace(nights.watchlist, tickers={"IBM": None})
    yahoo.collect(nights.store, SOURCE, noon, watchlist, pytest.fail)
    assert nights.frame()["Date"].max() == "2013-02-28"


@pytest.mark.parametrize("is_restated", [True, False])
def test_a_split_is_stored_as_it_was_traded_and_proven(nights, stocks, yfinance, is_restated):
    apple = of(stocks, "AAPL", "2004-06-01", SPLIT)
    nights.take("AAPL.csv", apple[apple["Date"] < SPLIT].drop(columns="Adj Close"), "2005-02-25")
    window = answer(apple[apple["Date"] >= "2005-01-29"])
    yfinance.answers = {"AAPL": [with_split(window, 2.0, is_restated)]}
    (taken,), _ = collect(nights, SPLIT)
    assert (taken.state, taken.counts.new) == ("accepted", 1), taken.reasons
    pd.testing.assert_frame_equal(nights.frame(), as_stored(apple))
    splits = nights.store.restated_history().splits
    assert [str(one) for one in splits] == [f"2:1 split of 'AAPL' on {SPLIT}"]


def test_a_split_whose_day_has_no_prices_is_asked_again(nights, stocks, yfinance):
    window = with_split(answer(of(stocks, "AAPL", "2005-02-01", SPLIT)), 2.0)
    window.loc[SPLIT, ["Open", "High", "Low", "Close", "Adj Close"]] = np.nan
    yfinance.answers = {"AAPL": [window]}
    taken, errors = collect(nights, SPLIT, tickers={"AAPL": None})
    assert taken == []
    assert "the day of a split has no prices" in str(errors[0])


def test_a_failure_that_may_pass_is_tried_again(nights, recent, yfinance):
    found = answer(of(recent, "IBM", "2013-02-01"))
    yfinance.answers = {
        "IBM": [ConnectionError("curl: (6)\nno host"), DataError("down"), found],
        "FB": [TimeoutError("curl: (28)")],
    }
    taken, errors = collect(nights, "2013-03-01", tickers={"FB": None, "IBM": None})
    assert [one.state for one in taken] == ["accepted"]
    assert [str(error) for error in errors] == [
        "yahoo, FB: no connection (TimeoutError: curl: (28)), 4 times; it is asked again next time"
    ]
    assert len(yfinance.asked) == asking.ATTEMPTS + 3


def test_a_limit_of_requests_ends_the_asking(nights, yfinance):
    yfinance.answers = {"FB": [RateLimitError("Too Many Requests")]}
    taken, errors = collect(nights, "2013-03-01", tickers={"FB": None, "IBM": None})
    assert (taken, len(yfinance.asked)) == ([], 1)
    assert "Yahoo limits requests; all tickers are asked for again next time" in str(errors[0])


def test_without_the_package_the_error_says_how_to_install_it(nights, recent, monkeypatch):
    monkeypatch.setitem(sys.modules, "yfinance", None)
    taken, errors = collect(nights, "2013-03-01", tickers={"FB": None, "IBM": None})
    assert (taken, len(errors)) == ([], 1)
    assert "sources, yahoo: the package yfinance isn't installed" in str(errors[0])
    assert "set LOOP_EXTRAS=yfinance in .env and run 'make follow'" in str(errors[0])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda found: found.iloc[:0], "no prices in the response"),
        (lambda found: found.drop(columns="Stock Splits"), "no Stock Splits in the response"),
        (lambda found: pd.concat([found] * 20), "over 0 MB; ask for fewer days"),
    ],
)
def test_a_wrong_response_is_reported(nights, recent, yfinance, monkeypatch, change, problem):
    monkeypatch.setattr(yahoo, "MOST_BYTES", 9000)
    yfinance.answers = {"IBM": [change(answer(of(recent, "IBM", "2013-02-01")))]}
    taken, errors = collect(nights, "2013-03-01", tickers={"IBM": None})
    assert taken == []
    assert problem in str(errors[0])


@pytest.mark.parametrize(
    ("ticker", "market", "symbol"),
    [
        ("PETR4", "BVMF", "PETR4.SA"),
        ("PETR4.SA", "BVMF", "PETR4.SA"),
        ("IBM", "XNYS", "IBM"),
        ("VOD", "XLON", "VOD.L"),
        ("SAP", "XETR", "SAP.DE"),
        ("RELIANCE", "XBOM", "RELIANCE.BO"),
        ("NEW", None, "NEW"),
    ],
)
def test_a_ticker_has_the_suffix_of_its_market(ticker, market, symbol):
    assert yahoo.symbol_of(ticker, market) == symbol


def test_the_market_of_a_stored_ticker_is_known(nights, recent, yfinance):
    rows = of(recent, "IBM", "2013-01-30", "2013-03-01")
    brazil = replace(nights.watchlist, market="BVMF")
    nights.watchlist = brazil
    nights.take("PETR4.csv", rows[rows["Date"] < "2013-02-08"].drop(columns="Ticker"), "2013-02-08")
    yfinance.answers = {"PETR4.SA": [answer(rows)]}
    (taken,), errors = collect(nights, "2013-03-01", market=None)
    assert (taken.state, errors) == ("accepted", [])
    assert nights.store.last_sessions().keys() == {"PETR4"}


def test_every_market_has_a_suffix_that_is_read_as_that_market():
    assert set(HOURS) - set(yahoo.SUFFIX_OF) == {"XNYS", "XNAS", "24/7"}
    read = {market: SUFFIXES.get(suffix, market) for market, suffix in yahoo.SUFFIX_OF.items()}
    # Two exchanges share a calendar with another one of their country.
    assert {market: found for market, found in read.items() if found != market} == {
        "XFRA": "XETR",
        "XNSE": "XBOM",
    }
