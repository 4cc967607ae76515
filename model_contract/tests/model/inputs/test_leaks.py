"""Nothing after a forecast origin may change its inputs. Each check must catch a leaky copy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from model_contract.model.inputs import market, memory, own_calendar, reports, ticker_inputs
from model_contract.model.inputs.market import market_inputs
from model_contract.model.inputs.rolling import leading, rolling_mean, rolling_median
from model_contract.model.inputs.series import MONTH, daily_series, moves, relative_ranges
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.prices import Prices

FIELDS = ("open", "high", "low", "close", "volume")
MEMORY = {"day", "week", "month", "median_month", "two_years", "high_day"}
# Rows of the calendar: early, around the listing, soon after the pause, near the end.
ORIGINS = (30, 120, 230, 299, 371, 373, *range(388, 399), 450, 530, 600)

# A median changes only if a value moves to its other side, so garbage is once small and once large.
LOGS_OF_GARBAGE = ((0.0, 10.0), (16.0, 30.0))


def garbage_after(prices: Prices, session: np.datetime64, logs: tuple[float, float]) -> Prices:
    """Replace each price and volume after the session by a random number between two logs."""
    random, later = np.random.default_rng(7), prices.session > session
    return replace(
        prices,
        **{
            name: np.where(later, np.exp(random.uniform(*logs, len(prices))), getattr(prices, name))
            for name in FIELDS
        },
    )


@pytest.fixture
def changing(calendar, effects, targets_of, tickers) -> Callable[[], set[str]]:
    """Finds the inputs that change, up to a forecast origin, with what comes after it."""

    def compute(histories: Mapping[str, Prices]) -> dict[str, np.ndarray]:
        of_market = market_inputs(list(histories.values()))
        return {
            ticker: ticker_inputs.ticker_inputs(
                prices, calendar, effects, targets_of(prices), 44, of_one
            )
            for (ticker, prices), of_one in zip(histories.items(), of_market, strict=True)
        }

    def find() -> set[str]:
        before, changed = compute(tickers), np.zeros(len(INPUT_NAMES), dtype=bool)
        for origin, logs in product(calendar.sessions[list(ORIGINS)], LOGS_OF_GARBAGE):
            spoiled = {name: garbage_after(one, origin, logs) for name, one in tickers.items()}
            after = compute(spoiled)
            for ticker, prices in tickers.items():
                known = prices.session[1:] <= origin
                differs = before[ticker][known] != after[ticker][known]
                changed |= differs.any(axis=(0, 1))
        return {name for name, differs in zip(INPUT_NAMES, changed, strict=True) if differs}

    return find


def series_with(**leaky: Callable[[Any], np.ndarray]) -> Callable[..., Any]:
    """A copy of `daily_series` with some series computed from all of them."""

    def leaky_series(prices, effect, window):
        series = daily_series(prices, effect, window)
        return replace(series, **{name: compute(series) for name, compute in leaky.items()})

    return leaky_series


def one_session_early(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    return lambda *arguments: leading(function(*arguments), 1)


@dataclass(frozen=True)
class Leak:
    """A leaky replacement of something in a module, and the inputs that it must change."""

    module: ModuleType
    name: str
    leaky: Any
    changed: set[str]


LEAKS = {
    "the level of the next session": Leak(
        ticker_inputs,
        "daily_series",
        series_with(level=lambda series: leading(series.level, 1)),
        MEMORY | {"news"},
    ),
    "the volume of the next session": Leak(
        ticker_inputs,
        "daily_series",
        series_with(volume=lambda series: leading(series.volume, 1)),
        (MEMORY - {"month"}) | {"news"},
    ),
    "the month of the next session": Leak(
        ticker_inputs,
        "daily_series",
        series_with(month=lambda series: leading(series.month, 1)),
        {"month"},
    ),
    "means that end a session late": Leak(
        memory, "rolling_mean", one_session_early(rolling_mean), {"week", "two_years"}
    ),
    "medians that end a session late": Leak(
        memory, "rolling_median", one_session_early(rolling_median), {"median_month"}
    ),
    "the gap of the next session": Leak(
        ticker_inputs,
        "daily_series",
        series_with(gap=lambda series: leading(series.gap, 1)),
        {"news"},
    ),
    "moves of the next session": Leak(market, "moves", one_session_early(moves), {"market_move"}),
    "ranges of the next session": Leak(
        market, "relative_ranges", one_session_early(relative_ranges), {"market_range"}
    ),
    "surprises of reports that aren't known yet": Leak(
        reports, "SESSIONS_UNTIL_KNOWN", 1, {"usual", "repeated", "due"}
    ),
    "surprises around reports a session early": Leak(
        reports, "SESSIONS_UNTIL_KNOWN", MONTH, {"due"}
    ),
    "surprises of reports a session early": Leak(
        reports, "SESSIONS_UNTIL_KNOWN", MONTH - 1, {"usual", "repeated", "due"}
    ),
    "the spike of the next session": Leak(
        ticker_inputs,
        "daily_series",
        series_with(spike=lambda series: np.append(series.spike[1:], False)),
        {"due"},
    ),
    "own effects a session early": Leak(
        own_calendar, "SESSIONS_UNTIL_KNOWN", MONTH - 1, {"own_effect"}
    ),
}


def test_no_input_changes_with_later_prices_and_volumes(changing):
    assert changing() == set()


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_inputs_that_look_ahead_are_detected(changing, monkeypatch, leak):
    monkeypatch.setattr(leak.module, leak.name, leak.leaky)
    assert changing() == leak.changed


def test_every_input_has_a_leaky_copy():
    assert set.union(*(leak.changed for leak in LEAKS.values())) == set(INPUT_NAMES)
