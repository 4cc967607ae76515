"""Reads a delivery: bytes to the rows of each ticker, without the unfinished session."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from forecast_loop.deliveries.names import ticker_of_name
from forecast_loop.deliveries.repeated_rows import CONTRADICTORY, REPEATED, without_contradictions
from forecast_loop.market_times import market_times
from forecast_loop.price_store.bars import Bars, from_rows
from forecast_loop.price_store.delivery import Content, Reason
from forecast_loop.watchlist import Watchlist
from model_contract.arrays import DateArray
from model_contract.errors import TableError
from model_contract.market_hours import last_closed_day
from model_contract.messages.forecasting import FILE_CUT_OFF
from model_contract.reading.apply.price_history import Closed
from training.params import AUTO
from training.raw_prices.market_finding import FindMarket, market_finder
from training.raw_prices.price_files import read_file, remedies

LOST = (CONTRADICTORY, "unreadable", "impossible")  # the session was traded, but isn't known
QUARANTINED = (REPEATED, *LOST)  # the rest are holidays
SETTING = "Set {parameter} in watchlist.yaml and deliver the file again."
AUCTION = timedelta(minutes=15)  # the longest closing auction after the close
ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Delivered:
    """What a file contains, by ticker, sorted.

    markets       ISO 10383 code of each ticker's market
    contents      what it has of each ticker
    quarantine    the lines that the reader left out, by the rule they broke
    """

    bars: dict[str, Bars]
    markets: dict[str, str]
    contents: dict[str, Content]
    quarantine: dict[str, list[int]]
    is_cut_off: bool


def read_delivery(
    name: str,
    data: bytes,
    watchlist: Watchlist,
    known_markets: Mapping[str, str],
    now: datetime,
    written: datetime,
) -> Delivered:
    """Read a file of prices.

    name             of the file: its ticker, if it has no column of tickers
    known_markets    of the tickers in the store
    now              when it came in
    written          when it was written: what wasn't closed then is left out

    Raises `TableError` with all problems, or `ParamsError` if a market to find has no calendar.
    """
    only = ticker_of_name(name)
    markets = Markets(watchlist, known_markets, now)
    closed = _closed(markets, only, now, written)
    found = read_file(data, watchlist.choices, closed, _today(now))
    found = without_contradictions(data, found, _today(now))
    prices = found.rows.prices
    if len(prices) and not prices.ticker[0]:
        prices = replace(prices, ticker=np.full(len(prices), only))
    rows = replace(found.rows, prices=prices)
    changes = np.flatnonzero(prices.ticker[1:] != prices.ticker[:-1]) + 1
    bars = {
        str(prices.ticker[start]): from_rows(rows, start, stop)
        for start, stop in pairwise([0, *changes.tolist(), len(prices)])
    }
    return Delivered(
        bars,
        {ticker: markets.find(ticker, _dates(one)) for ticker, one in bars.items()},
        _contents(
            bars,
            {ticker or only: day for ticker, day in found.last_dates.items()},
            any(found.dropped.get(rule) for rule in LOST),
        ),
        {rule: lines for rule, lines in found.dropped.items() if rule in QUARANTINED},
        any(one.code == FILE_CUT_OFF for one in found.urgent),
    )


def reading_problems(error: TableError) -> list[Reason]:
    """Return every problem of a file that can't be read, and how to fix it."""
    reasons = [Reason(one.message.code.name, str(one)) for one in error.problems]
    found = dict.fromkeys(line for one in error.problems for line in remedies(one, SETTING))
    if error.total > len(error.problems):
        reasons.append(Reason("problems_total", f"{error.count} problems in all"))
    return [*reasons, *(Reason("remedy", line) for line in found)]


class Markets:
    """Finds the market of each ticker, once."""

    def __init__(self, watchlist: Watchlist, known: Mapping[str, str], now: datetime) -> None:
        self._watchlist, self._now = watchlist, now
        self._found = dict(known)
        self._finder: FindMarket | None = None

    def find(self, ticker: str, dates: DateArray) -> str:
        """Return the market: by the watch-list, as in the store, or by name and dates."""
        listed = self._watchlist.market_of(ticker)
        if listed is not None:
            return listed
        if ticker not in self._found:
            if self._finder is None:
                self._finder = market_finder(AUTO, list(self._watchlist.candidates), self._now)
            self._found[ticker] = self._finder(ticker, dates)
        return self._found[ticker]


def _closed(markets: Markets, only: str, now: datetime, written: datetime) -> Closed:
    """Find the last session that had ended when the file was written.

    A file can't have been written before the day of its last session, so such a time is wrong: it
    may be that of an archive. The file may then be as new as `now`.
    """

    def closed(ticker: str, dates: DateArray) -> np.datetime64:
        market = markets.find(ticker or only, dates)
        at_writing = _last_closed(market, min(written, now))
        if at_writing + ONE_DAY < dates[-1]:
            return _last_closed(market, now)
        return at_writing

    return closed


def _last_closed(market: str, when: datetime) -> np.datetime64:
    """Return the last closed day; yesterday in UTC if the market's hours aren't known.

    On a half-day, that is the day itself from soon after its early close.
    """
    day = last_closed_day(market, when)
    if day is None:
        return _today(when) - ONE_DAY
    session = market_times(market, when).last_closed(when - AUCTION)
    return day if session is None else max(day, np.datetime64(session, "D"))


def _today(when: datetime) -> np.datetime64:
    return np.datetime64(when.astimezone(UTC).date(), "D")


def _dates(bars: Bars) -> DateArray:
    return bars.session.astype("datetime64[D]")


def _contents(
    bars: Mapping[str, Bars], last_dates: Mapping[str, np.datetime64], has_lost_rows: bool
) -> dict[str, Content]:
    """Count the sessions, by ticker.

    last_dates       of each ticker; rows that were left out count, such as those of holidays
    has_lost_rows    the last row of a ticker may be lost; then its last date doesn't count
    """
    found = {}
    for ticker, day in last_dates.items():
        last = int(day.astype("datetime64[D]").astype(np.int64))
        own = bars.get(ticker)
        if own is None:
            found[ticker] = Content(0, last, last)
        else:
            first, end = int(own.session[0]), int(own.session[-1])
            found[ticker] = Content(len(own), first, end if has_lost_rows else max(last, end))
    return found
