"""Forecasts the coming sessions of a market's tickers, as rows of the ledger."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from forecast_loop.forecasting.model import Model, TickerForecast
from forecast_loop.market_times import MarketTimes
from model_contract.arrays import FloatArray
from model_contract.ledger.forecast_row import CHAMPION, ForecastRow, utc_text
from model_contract.model.inputs.market import market_inputs
from model_contract.prices import Prices


def forecast_rows(
    model: Model,
    histories: Mapping[str, Prices],
    tickers: Collection[str],
    times: MarketTimes,
    now: datetime,
    role: str = CHAMPION,
) -> Iterator[ForecastRow]:
    """Yield the forecasts of all sessions that open after `now`, by ticker and step.

    histories   by ticker, of one market, restated for splits, with sessions that have closed; each
                says something about the market of the others
    tickers     those to forecast; histories that are too short for the model give no rows

    A session that any ticker has prices for has taken place, whatever the clock says.
    """
    calendar = model.calendars[times.market]
    known = max(str(prices.session[-1]) for prices in histories.values())
    inputs = _inputs_of_others(histories)
    for ticker in tickers:
        prices = histories[ticker]
        upcoming = calendar.after(prices.session[-1], model.manifest.horizon)
        if len(prices) < model.sessions_needed or len(upcoming) < model.manifest.horizon:
            continue
        wanted = {
            step: opens
            for step, session in enumerate(map(str, upcoming), start=1)
            if session > known and (opens := times.opens_at(session)) is not None and opens > now
        }
        if not wanted:
            continue
        found = model.forecast(prices, calendar, upcoming, inputs.get(ticker))
        facts: dict[str, Any] = {
            "ticker": ticker,
            "market": times.market,
            "origin": str(prices.session[-1]),
            "model": model.manifest.version,
            "role": role,
            "inputs": hash_of(prices),
            "written_at": utc_text(now),
        }
        for step, opens in wanted.items():
            session = str(upcoming[step - 1])
            yield ForecastRow(
                session=session,
                step=step,
                opens_at=utc_text(opens),
                calendar=" ".join(calendar.special.get(session, [])),
                **_numbers(found, step - 1),
                **facts,
            )


def hash_of(prices: Prices) -> str:
    """Return the SHA-256 of a ticker's history: dates as days since 1970, prices, volumes."""
    digest = hashlib.sha256(prices.session.astype("<i8").tobytes())
    for name in ("open", "high", "low", "close", "volume"):
        digest.update(getattr(prices, name).astype("<f8").tobytes())
    return digest.hexdigest()


def _inputs_of_others(histories: Mapping[str, Prices]) -> dict[str, FloatArray]:
    if len(histories) < 2:
        return {}
    return dict(zip(histories, market_inputs(list(histories.values())), strict=True))


def _numbers(found: TickerForecast, step: int) -> dict[str, Any]:
    """Return a step's volume, bounds and simple forecasts, in shares."""
    bounds = {
        f"{side}_{level}": float(bound[0, step])
        for level, both in found.bands.items()
        for side, bound in zip(("lower", "upper"), both, strict=True)
    }
    return {
        "volume": float(found.volumes[step]),
        **bounds,
        "usual": found.usual,
        "naive": found.naive,
        "har": float(found.har[step]),
    }
