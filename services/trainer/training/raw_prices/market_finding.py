"""Finds the market of each ticker of a panel: `load_data.market`, or by its name and dates."""

import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd

from model_contract.arrays import DateArray
from model_contract.model.calendar import Calendar
from model_contract.reading.interpret.market import market_of
from training.calendar_flags import exchange_sessions
from training.params import AUTO

log = logging.getLogger(__name__)

FIRST_DAY = date(1990, 1, 1)  # older histories don't show their market
LISTED_TICKERS = 20  # of each market, in metrics/data_quality.json

FindMarket = Callable[[str, DateArray], str]  # from a ticker and its sessions


def market_finder(market: str, candidates: list[str], now: datetime) -> FindMarket:
    """Return a function that finds a ticker's market: always `market`, unless that is `AUTO`.

    candidates    codes; the first is the market of a ticker whose name and dates don't show one

    Raises `ParamsError` if a candidate has no calendar.
    """
    if market != AUTO:
        return lambda *_: market
    last = date(now.year, 12, 31)
    # In alphabetical order, as in the API, so that both choose the same of two equal calendars.
    calendars = {
        code: exchange_sessions(code, FIRST_DAY, last, market_parameter(market))
        for code in sorted(candidates)
    }
    return lambda ticker, dates: market_of(ticker, dates, calendars, candidates[0])


def market_parameter(market: str) -> str:
    """Return the parameter that named the panel's markets, for errors."""
    return "publish.markets" if market == AUTO else "load_data.market"


def with_markets(panel: pd.DataFrame, find_market: FindMarket) -> pd.DataFrame:
    """Add the column market: the code of each ticker's market."""
    markets = {
        ticker: find_market(str(ticker), sessions.to_numpy().astype("datetime64[D]"))
        for ticker, sessions in panel.groupby("ticker")["session"]
    }
    return panel.assign(market=panel["ticker"].map(markets))


def market_quality(
    market: str, panel: pd.DataFrame, calendars: Mapping[str, Calendar]
) -> dict[str, Any]:
    """Count the dates on which a ticker's exchange was closed; with `AUTO`, list the markets."""
    markets: dict[str, dict[str, Any]] = {}
    for code, calendar in calendars.items():
        rows = panel[panel["market"] == code]
        tickers = rows["ticker"].unique().tolist()
        markets[code] = {
            "tickers_count": len(tickers),
            "tickers": tickers[:LISTED_TICKERS],
            "not_sessions": count_dates_without_session(rows, calendar),
        }
    return {
        "market": market,
        "not_sessions": sum(found["not_sessions"] for found in markets.values()),
        **({"markets": markets} if market == AUTO else {}),
    }


def count_dates_without_session(rows: pd.DataFrame, calendar: Calendar) -> int:
    """Count the dates in the rows on which the exchange was closed."""
    return int((~rows["session"].drop_duplicates().isin(pd.to_datetime(calendar.sessions))).sum())


def log_markets(quality: dict[str, Any]) -> None:
    """Log the markets that were found, and warn about dates that are not sessions.

    quality   from `market_quality`
    """
    warning = "%d dates are not %s sessions; is load_data.market the right exchange?"
    if quality["market"] != AUTO:
        if quality["not_sessions"]:
            log.warning(warning, quality["not_sessions"], quality["market"])
        return
    warning = "%d dates of its tickers are not %s sessions; does publish.markets lack their market?"
    for code, found in quality["markets"].items():
        more = ", …" if found["tickers_count"] > LISTED_TICKERS else ""
        listed = ", ".join(found["tickers"]) + more
        log.info("market %s, tickers: %d (%s)", code, found["tickers_count"], listed)
        if found["not_sessions"]:
            log.warning(warning, found["not_sessions"], code)
