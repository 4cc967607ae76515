"""Prices from Yahoo Finance, with the package yfinance, which is an extra.

Yahoo restates all prices and volumes before a share split. The store keeps them as they were
traded, and finds the split by the column of split factors; so that is undone here.
"""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from forecast_loop.deliveries.names import printable
from forecast_loop.errors import SourceError, SourceUnusableError
from forecast_loop.price_store.delivery import Delivery
from forecast_loop.price_store.store import PriceStore
from forecast_loop.sources.asking import MOST_BYTES, TemporaryError, Wait, collect_each, try_again
from forecast_loop.watchlist import ProviderSource, Watchlist
from model_contract.reading.interpret.market import SUFFIXES

PRICES, VOLUME, SPLITS = ["Open", "High", "Low", "Close"], "Volume", "Stock Splits"
COLUMNS = [*PRICES, "Adj Close", VOLUME, SPLITS]
# Of each exchange but those in the United States, which have none.
SUFFIX_OF: Mapping[str, str] = {
    **{market: suffix for suffix, market in reversed(SUFFIXES.items())},
    "XBOM": "BO", "XNSE": "NS", "XFRA": "F", "XMEX": "MX", "XAMS": "AS", "XBRU": "BR", "XLIS": "LS",
    "XMIL": "MI", "XMAD": "MC", "XSWX": "SW", "XSTO": "ST", "XSHG": "SS", "XKRX": "KS",
    "XTAI": "TW", "XSES": "SI", "XJSE": "JO",
}  # fmt: skip
NOT_INSTALLED = (
    "sources, {name}: the package yfinance isn't installed; set LOOP_EXTRAS=yfinance in .env and "
    "run 'make follow', or, without containers, 'pip install --require-hashes --requirement "
    "services/scheduler/extras/yfinance.txt'"
)


def collect(
    store: PriceStore,
    source: ProviderSource,
    now: datetime,
    watchlist: Watchlist,
    wait: Wait = time.sleep,
) -> tuple[list[Delivery], list[SourceError]]:
    """Ask for every followed ticker; see `collect_each`."""
    markets = {ticker: market for ticker, (market, _) in store.last_sessions().items()}

    def ask(ticker: str) -> bytes:
        symbol = symbol_of(ticker, watchlist.market_of(ticker) or markets.get(ticker))
        place = f"{source.name}, {symbol}"
        return try_again(lambda: _file(source, place, ticker, symbol, now), place, wait)

    return collect_each(store, source.name, ask, now, watchlist)


def symbol_of(ticker: str, market: str | None) -> str:
    """Return Yahoo's name of a ticker: PETR4.SA for PETR4 in BVMF.

    market    ISO 10383 code; None if it isn't known yet
    """
    suffix = SUFFIX_OF.get(market or "")
    return f"{ticker}.{suffix}" if suffix and "." not in ticker else ticker


def _file(source: ProviderSource, place: str, ticker: str, symbol: str, now: datetime) -> bytes:
    """Return a CSV file. Raises `SourceError` or `TemporaryError`."""
    found = _history(source, place, symbol, now)
    lacking = [name for name in COLUMNS if name not in found]
    if found.empty or lacking:
        what = "no prices" if found.empty else f"no {', '.join(lacking)}"
        raise SourceError(f"{place}: {what} in the response; check the ticker and its market")
    table = as_traded(found[COLUMNS], place)
    table.insert(0, "Ticker", ticker)
    table.insert(0, "Date", pd.DatetimeIndex(table.index).strftime("%Y-%m-%d"))
    data = table.to_csv(index=False).encode()
    if len(data) > MOST_BYTES:
        raise SourceError(f"{place}: over {MOST_BYTES // 2**20} MB; ask for fewer days")
    return data


def _history(source: ProviderSource, place: str, symbol: str, now: datetime) -> pd.DataFrame:
    """Return a row for each session. Raises `SourceError` or `TemporaryError`."""
    yfinance = _yfinance(source.name)
    first, after = now.date() - timedelta(days=source.days), now.date() + timedelta(days=1)
    try:
        # `yfinance.download` would log errors and return an empty table.
        found: pd.DataFrame = yfinance.Ticker(symbol).history(
            start=str(first), end=str(after), interval="1d", auto_adjust=False, actions=True,
            timeout=source.timeout_seconds,
        )  # fmt: skip
    except yfinance.exceptions.YFRateLimitError as error:
        raise SourceUnusableError(
            f"{place}: Yahoo limits requests; all tickers are asked for again next time"
        ) from error
    except (OSError, yfinance.exceptions.YFDataException) as error:
        raise TemporaryError(f"no connection ({_shown(error)})") from error
    except Exception as error:  # whatever a response leads to that it doesn't expect
        raise SourceError(
            f"{place}: {_shown(error)}; check the ticker and its market, or use a newer yfinance"
        ) from error
    return found


def _yfinance(name: str) -> Any:
    """Return the package, set to raise errors. Raises `SourceUnusableError`."""
    try:
        import yfinance
    except ImportError as error:
        raise SourceUnusableError(NOT_INSTALLED.format(name=name)) from error
    yfinance.config.debug.hide_exceptions = False
    return yfinance


def as_traded(table: pd.DataFrame, place: str) -> pd.DataFrame:
    """Undo the restatement of the rows before each split, if the prices show that there was one.

    Yahoo is sometimes late with it. Then the price changes by the ratio of the split. Raises
    `SourceError` if a split's day has no prices yet.
    """
    found = table.astype(dict.fromkeys((*PRICES, VOLUME), "float64"))
    factor, before = found[SPLITS].to_numpy(), found["Close"].ffill().shift().to_numpy()
    ratio = np.where(factor > 0, factor, 1.0)
    change = before / found["Open"].to_numpy()
    splits = ratio != 1
    splits[0] = False  # nothing is before it
    if np.any(splits & ~(change > 0)):
        raise SourceError(f"{place}: the day of a split has no prices; it is asked again next time")
    restated = [_is_restated(*pair) for pair in zip(change[splits], ratio[splits], strict=True)]
    undone = np.ones(len(found))
    undone[splits] = np.where(restated, ratio[splits], 1.0)
    later = np.append(np.cumprod(undone[::-1])[::-1][1:], 1.0)  # the product of all later ratios
    found[PRICES] = found[PRICES].mul(later, axis=0)
    found[VOLUME] = np.rint(found[VOLUME] / later).fillna(0).astype("int64")
    return found


def _is_restated(change: float, ratio: float) -> bool:
    """Whether the overnight change of a price is nearer to none than to a split's ratio."""
    return bool(abs(np.log(change)) < abs(np.log(change / ratio)))


def _shown(error: Exception) -> str:
    text = printable(str(error))
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__
