"""Three tickers of one market: one complete, one listed late, one with gaps and a long pause."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.inputs.rolling import rolling_mean
from model_contract.model.inputs.series import MONTH, DailySeries
from model_contract.prices import Prices

SESSIONS, HORIZON = 620, 3
PAUSE = slice(300, 370)  # 98 days, longer than a quarter
LISTED = 400  # its row
BUSY_WEEKDAYS = (1, 5)  # Friday and Tuesday: the days since 1970 modulo 7


@pytest.fixture(scope="package")
def calendar() -> Calendar:
    """Weekdays of two and a half years; every flag is set on a tenth of the sessions."""
    days = np.arange("2020-01-01", "2022-08-01", dtype="datetime64[D]")
    sessions = days[np.is_busday(days)]
    random = np.random.default_rng(4).random((len(sessions), len(CALENDAR_FLAGS)))
    return Calendar(sessions, (random < 0.1).astype(np.float64))


@pytest.fixture(scope="package")
def effects() -> np.ndarray:
    return np.linspace(-0.3, 0.3, len(CALENDAR_FLAGS))


@pytest.fixture(scope="package")
def tickers(calendar: Calendar) -> dict[str, Prices]:
    """The histories, by ticker. Each has some sessions with a jump of the price and the volume.

    After its pause, PAUSED has two sessions with a volume above the usual one, but below that of a
    busy weekday. Whatever changes their surprises therefore changes `repeated` and `due`.
    """
    gaps = np.random.default_rng(2).random(SESSIONS) < 0.05
    gaps[PAUSE] = True
    rows = {
        "COMPLETE": np.arange(SESSIONS),
        "LISTED_LATE": np.arange(LISTED, SESSIONS),
        "PAUSED": np.flatnonzero(~gaps),
    }
    made = {
        ticker: history(ticker, calendar.sessions[kept], seed)
        for seed, (ticker, kept) in enumerate(rows.items())
    }
    resumed = np.searchsorted(rows["PAUSED"], PAUSE.stop)
    made["PAUSED"].volume[resumed - 1 : resumed + 2] = np.exp([13, 14.3, 14.5])
    return made


def history(ticker: str, session: np.ndarray, seed: int) -> Prices:
    random, count = np.random.default_rng(seed), len(session)
    busy = np.isin(session.astype(int) % 7, BUSY_WEEKDAYS)
    jump = random.random(count) < 0.02
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.01 + 0.06 * jump)))
    opened = np.append(close[:1], close[:-1]) * np.exp(random.normal(0, 0.005 + 0.03 * jump))
    low = np.minimum(opened, close) * np.exp(-random.exponential(0.01, count))
    return Prices(
        ticker=np.full(count, ticker),
        session=session,
        open=opened,
        high=np.maximum(opened, close) * np.exp(random.exponential(0.01, count)),
        low=low,
        close=close,
        volume=np.exp(14 + random.normal(0, 0.3, count) + 0.7 * busy + jump),
        line=np.arange(2, count + 2),
    )


@pytest.fixture(scope="package")
def targets_of(calendar: Calendar) -> Callable[[Prices], np.ndarray]:
    """Finds the sessions to forecast after each session but the first, (rows - 1, horizon)."""
    return lambda prices: calendar.after_each(prices.session[1:], HORIZON)


@pytest.fixture
def make_prices() -> Callable[..., Prices]:
    """Makes bars of consecutive days from some of their columns; every other price is 10."""

    def make(count: int, first: str = "2024-01-01", **columns: np.ndarray) -> Prices:
        constant = {name: np.full(count, 10.0) for name in ("open", "high", "low", "close")}
        bars = Prices(
            ticker=np.full(count, "AAA"),
            session=np.datetime64(first) + np.arange(count),
            **constant,
            volume=np.full(count, 1000.0),
            line=np.arange(2, count + 2),
        )
        return replace(bars, **columns)

    return make


@pytest.fixture
def make_series() -> Callable[..., DailySeries]:
    """Makes the series of consecutive days from some of its columns, and `month` from the volume.

    Every other value is 0.
    """

    def make(count: int, **columns: np.ndarray) -> DailySeries:
        zeros = {name: np.zeros(count) for name in ("volume", "month", "level", "surprise", "gap")}
        session = np.datetime64("2020-01-01") + np.arange(count)
        plain = DailySeries(session=session, **zeros, spike=np.zeros(count, dtype=bool))
        series = replace(plain, **columns)
        return replace(series, month=rolling_mean(series.volume, MONTH, MONTH))

    return make
