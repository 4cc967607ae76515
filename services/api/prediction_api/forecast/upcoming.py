"""Which tickers of a history can be forecast, and for which sessions."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from math import ceil

import numpy as np

from model_contract.arrays import DateArray
from model_contract.errors import ProblemList
from model_contract.messages.message import Message
from model_contract.messages.reading import CALENDAR_ENDS, TICKER_TOO_FEW_SESSIONS, TOO_FEW_SESSIONS
from model_contract.model.calendar import Calendar
from model_contract.model.features import SESSIONS_BEFORE_FIRST_FEATURES
from model_contract.reading.apply.price_history import History
from model_contract.store.bundle import Manifest
from prediction_api.forecast import warnings

SESSIONS_PER_MONTH = 21


def upcoming_sessions(
    history: History,
    markets: Mapping[str, str],
    calendars: Mapping[str, Calendar],
    manifest: Manifest,
) -> tuple[dict[str, DateArray], list[Message]]:
    """The sessions to forecast, by ticker, and warnings about the tickers without a forecast.

    markets     by ticker; by default, the market that the model was trained on
    calendars   by market

    Raises `TableError`, which lists every ticker, if none can be forecast.
    """
    needed = manifest.window + SESSIONS_BEFORE_FIRST_FEATURES
    found = {name: len(prices) for name, prices in history.prices.by_ticker()}
    alone = len(history.last_dates) == 1
    problems, upcoming = ProblemList(), {}
    short: list[str] = []
    outside: dict[str, list[str]] = {}  # by market
    for name, last in history.last_dates.items():
        market = markets.get(name, manifest.market)
        sessions = calendars[market].after(last, manifest.horizon)
        count = found.get(name, 0)
        if count < needed:
            problems.add(_too_few_sessions(name or None, needed, count, alone))
            short.append(name)
        elif len(sessions) < manifest.horizon:
            days = calendars[market].sessions
            problems.add(_calendar_ends(name or None, last, market, days, manifest.horizon))
            outside.setdefault(market, []).append(name)
        else:
            upcoming[name] = sessions
    if not upcoming:
        problems.raise_if_any()
    left_out = [*warnings.short_warnings(short, needed)]
    for market, names in outside.items():
        left_out += warnings.outside_warnings(names, calendars[market].sessions, market)
    return upcoming, left_out


def part_of(history: History, tickers: Collection[str]) -> History:
    """The part of a history about some of its tickers."""
    kept = np.isin(history.prices.ticker, list(tickers))
    last_dates = {name: day for name, day in history.last_dates.items() if name in tickers}
    return replace(history, prices=history.prices.take(kept), last_dates=last_dates)


def _too_few_sessions(ticker: str | None, needed: int, found: int, alone: bool) -> Message:
    months = ceil(needed / SESSIONS_PER_MONTH)
    if not alone:
        return TICKER_TOO_FEW_SESSIONS(ticker=ticker, needed=needed, found=found, months=months)
    return TOO_FEW_SESSIONS(
        ticker=ticker, needed=needed, found=found, missing=needed - found, months=months
    )


def _calendar_ends(
    ticker: str | None, last: np.datetime64, market: str, sessions: DateArray, horizon: int
) -> Message:
    return CALENDAR_ENDS(
        ticker=ticker,
        date=str(last),
        market=market,
        first=str(sessions[0]),
        last=str(sessions[-1]),
        horizon=horizon,
    )
