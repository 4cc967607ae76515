"""The files that the benchmarks post: two artificial stocks, identical in every run."""

import math
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

PARAMS = Path(__file__).resolve().parents[1] / "params.yaml"
LAST = date(2013, 3, 1)  # the last session of the default data
# As in `model_contract.model.inputs`, which this module doesn't import: it needs no packages.
INPUTS = ("day", "week", "month", "median_month", "two_years", "high_day", "news")
MARKET_INPUTS = ("market_move", "market_range")
INPUTS_BY_STEP = ("usual", "repeated", "due", "own_effect")


@dataclass(frozen=True)
class Bar:
    """One session's prices and volume."""

    session: date
    open: float
    high: float
    low: float
    close: float
    volume: int


def one_window() -> bytes:
    """Make a windows CSV with one row."""
    return windows_csv([bars(window() + 1)], window(), horizon())


def many_windows(count: int = 10_000) -> bytes:
    """Make a windows CSV with `count` rows."""
    tickers = [bars(count // 2 + window(), seed) for seed in (1, 2)]
    return windows_csv(tickers, window(), horizon())


def window() -> int:
    """Return the number of sessions in a window."""
    return parameter("window")


def horizon() -> int:
    """Return the number of sessions that a forecast is for."""
    return parameter("horizon")


def parameter(name: str) -> int:
    """Return a whole number of the training parameters."""
    found = re.search(rf"^  {name}: ([0-9]+)$", PARAMS.read_text(), re.MULTILINE)
    assert found, f"{PARAMS} has no {name}"
    return int(found[1])


def history(sessions: int, tickers: int = 1, decimals: int = 2) -> bytes:
    """Make a price history of one or more tickers, with commas and decimal points."""
    rows = [
        ",".join(
            [
                str(bar.session),
                *(f"{price:.{decimals}f}" for price in (bar.open, bar.high, bar.low, bar.close)),
                str(bar.volume),
            ]
        )
        for bar in bars(sessions)
    ]
    return "\n".join(
        [
            "Ticker,Date,Open,High,Low,Close,Volume",
            *(f"T{n:03},{row}" for n in range(tickers) for row in rows),
            "",
        ]
    ).encode()


def bars(count: int, seed: int = 1) -> list[Bar]:
    """Make bars of the last weekdays up to `LAST`: about 50 dollars, a few million shares a day."""
    chance = random.Random(seed)
    sessions = list(weekdays_before(count))[::-1]
    made, close, busy = [], 50.0, 0.0
    for session in sessions:
        opened, close = close, round(max(close * math.exp(chance.gauss(0, 0.01)), 1.0), 2)
        busy = 0.8 * busy + chance.gauss(0, 0.2)
        high, low = round(max(opened, close) * 1.01, 2), round(min(opened, close) * 0.99, 2)
        made.append(Bar(session, opened, high, low, close, round(5e6 * math.exp(busy))))
    return made


def weekdays_before(count: int) -> Iterator[date]:
    """Yield the last `count` weekdays, latest first."""
    day = LAST
    while count:
        if day.weekday() < 5:
            yield day
            count -= 1
        day -= timedelta(days=1)


def windows_csv(tickers: list[list[Bar]], window: int, horizon: int) -> bytes:
    """Write every window of each ticker's bars as a CSV.

    The inputs are random: they take as long as those of the bars. They don't name a model, so the
    API adds a warning to its response.
    """
    chance = random.Random(3)
    names = [
        f"{name}_t-{lag}"
        for lag in range(window - 1, -1, -1)
        for name in ("session", "log_volume", "log_return", "log_range")
    ]
    by_step = [f"{name}_{step}" for name in INPUTS_BY_STEP for step in range(1, horizon + 1)]
    lines = [",".join([*names, *INPUTS, *MARKET_INPUTS, *by_step])]
    for made in tickers:
        cells = [
            f"{bar.session},{math.log(bar.volume)!r},{math.log(bar.close / before.close)!r},"
            f"{math.log(bar.high / bar.low)!r}"
            for before, bar in pairwise(made)
        ]
        lines += [
            ",".join([*cells[start : start + window], *random_inputs(chance, len(by_step))])
            for start in range(len(cells) - window + 1)
        ]
    return "\n".join([*lines, ""]).encode()


def random_inputs(chance: random.Random, by_step: int) -> list[str]:
    """Make the cells of one row's inputs; those of the market are 0, as for a single ticker."""
    same, of_steps = (
        [repr(chance.gauss(0, 0.1)) for _ in range(count)] for count in (len(INPUTS), by_step)
    )
    return [*same, *("0.0" for _ in MARKET_INPUTS), *of_steps]
