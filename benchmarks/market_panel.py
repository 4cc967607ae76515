"""Makes daily prices of a market of any size, with the statistics of real volumes.

    benchmarks/market_panel.py FILE.csv ROWS [SEED]

The file has at least ROWS rows, written one ticker at a time, so it may be larger than the memory.

Log volume is the sum of

    level         of the ticker: log-normal over tickers, with a slow drift
    long memory   a sum of autoregressive processes with half-lives from a day to a year, which
                  approximates fractional integration (Granger 1980, "Long memory relationships and
                  the aggregation of dynamic models")
    market        a process of the same kind that all tickers share
    calendar      weekdays, expiries, half-days, year ends, the days next to holidays
    reports       every 63 sessions, volume doubles and falls back within a week
    news          rare jumps that fade within days, together with large returns
    noise         with fat tails

Returns are larger on days with more volume (Karpoff 1987, "The relation between price changes and
trading volume"). A tenth of the tickers is listed from the start, the others later; one in twenty
is delisted. Prices and volumes are as traded: high prices are split two or three to one. One in
10,000 rows is missing.
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from model_contract.arrays import FloatArray
from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from training.calendar_flags import exchange_sessions

MARKET, FIRST, LAST = "XNYS", date(2004, 1, 2), date(2025, 12, 31)
HALF_LIVES = np.array([1.0, 5.0, 22.0, 250.0])  # sessions
SHARES = np.array([0.35, 0.25, 0.25, 0.15])  # of the variance
EFFECTS = {
    "half_day": -0.65, "year_end": -0.3, "options_expiry": 0.2, "futures_expiry": 0.1,
    "month_end": 0.07, "before_holiday": -0.2, "after_holiday": -0.08, "christmas_week": -0.2,
    "monday": -0.05, "wednesday": 0.06, "thursday": 0.05, "friday": -0.03,
}  # fmt: skip
QUARTER = 63  # sessions between two reports
FEWEST_SESSIONS = 60
HIGHEST_PRICE = 400.0  # then the shares are split
MISSING = 1e-4


def main() -> None:
    """Write the file."""
    path, rows = Path(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    tickers, written = write_panel(path, rows, seed)
    sys.stdout.write(f"{path}: {tickers:,} tickers, {written:,} rows\n")


def write_panel(path: Path, rows: int, seed: int) -> tuple[int, int]:
    """Write at least `rows` rows. Returns the numbers of tickers and rows."""
    tickers = written = 0
    with path.open("w", encoding="utf-8") as file:
        for bars in market(seed):
            bars.to_csv(file, index=False, header=not written)
            tickers, written = tickers + 1, written + len(bars)
            if written >= rows:
                break
    return tickers, written


def market(seed: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of one ticker after the other, without an end."""
    calendar = exchange_sessions(MARKET, FIRST, LAST)
    effects = np.array([EFFECTS.get(name, 0.0) for name in CALENDAR_FLAGS])
    shared = np.random.default_rng((seed, 0))
    common = calendar.flags @ effects + 0.25 * long_memory(shared, len(calendar.sessions))
    market_return = 0.008 * shared.standard_t(4, len(calendar.sessions))
    number = 0
    while True:
        number += 1
        random = np.random.default_rng((seed, number))
        yield one_ticker(f"T{number:05}", random, calendar, common, market_return)


def one_ticker(
    name: str,
    random: np.random.Generator,
    calendar: Calendar,
    common: FloatArray,
    market_return: FloatArray,
) -> pd.DataFrame:
    """Make the rows of a ticker. `common` and `market_return` are (sessions,)."""
    alive = life(random, len(calendar.sessions))
    count = alive.stop - alive.start
    reports = (np.arange(count) + random.integers(QUARTER)) % QUARTER
    news = np.where(random.random(count) < 0.01, random.exponential(0.8, count), 0.0)
    own = (
        random.normal(14, 1.6)
        + np.cumsum(random.normal(0, 0.004, count))
        + 0.45 * long_memory(random, count)
        + np.where(reports < 5, 0.7 * 0.5**reports, 0.0)
        + faded(news, 0.6)
        + 0.2 * random.standard_t(4, count)
    )
    log_volume = own + random.uniform(0.5, 1.2) * common[alive]
    surprise = np.exp(0.4 * (own - pd.Series(own).rolling(22, min_periods=1).mean().to_numpy()))
    returns = random.uniform(0.5, 1.5) * market_return[alive]
    returns += 0.012 * surprise * random.standard_t(5, count)
    price = np.exp(random.normal(3.2, 0.7) + np.cumsum(np.clip(returns, -0.5, 0.5)))
    factor = shares_per_first_share(price)
    close = price / factor
    spread = 0.006 * surprise * (1 + random.random((2, count)))
    opened = close * np.exp(random.normal(0, 0.004, count))
    bars = pd.DataFrame(
        {
            "Ticker": name,
            "Date": calendar.sessions[alive].astype(str),
            "Open": opened.round(4),
            "High": (np.maximum(opened, close) * (1 + spread[0])).round(4),
            "Low": (np.minimum(opened, close) / (1 + spread[1])).round(4),
            "Close": close.round(4),
            "Volume": np.maximum(np.exp(log_volume) * factor / factor[-1], 100).astype(np.int64),
            "Stock Splits": np.append(0.0, np.where(np.diff(factor), factor[1:] / factor[:-1], 0)),
        }
    )
    return bars[random.random(count) >= MISSING]


def life(random: np.random.Generator, sessions: int) -> slice:
    """When a ticker is traded: one in ten from the start, one in twenty not until the end."""
    first = 0 if random.random() < 0.1 else int(random.integers(sessions - FEWEST_SESSIONS))
    last = sessions
    if random.random() < 0.05:
        last = int(random.integers(first + FEWEST_SESSIONS, sessions + 1))
    return slice(first, last)


def shares_per_first_share(price: FloatArray) -> FloatArray:
    """Split the shares whenever their price is too high: (sessions,)."""
    factor = np.ones(len(price))
    current = 1.0
    for row in range(1, len(price)):
        if price[row - 1] / current > HIGHEST_PRICE:
            current *= 2.0 if row % 2 else 3.0
        factor[row] = current
    return factor


def long_memory(random: np.random.Generator, count: int) -> FloatArray:
    """A sum of autoregressive processes with a variance of 1: (count,)."""
    decay = 0.5 ** (1 / HALF_LIVES)
    parts = [
        np.sqrt(share) * faded(np.sqrt(1 - rate**2) * random.normal(size=count), rate)
        for share, rate in zip(SHARES, decay, strict=True)
    ]
    total: FloatArray = np.sum(parts, axis=0)
    return total


def faded(shocks: FloatArray, decay: float) -> FloatArray:
    """Sum the shocks so far, of which a share `decay` is left after each session."""
    found: FloatArray = lfilter([1.0], [1.0, -decay], shocks)
    return found


if __name__ == "__main__":
    main()
