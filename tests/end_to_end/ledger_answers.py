"""Simulated responses of `/forecasts` and `/scorecard`, by the API's contract."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route

MODELS = ("20261101T021650Z-1a2b3c4d", "20261201T021650Z-6e8783aa")
MONDAY = date(2013, 3, 4)
KINDS: tuple[list[str], ...] = ([], ["half_day"], [], ["options_expiry", "month_end"])
HELD = {
    "id": 7,
    "name": "prices-2013-03-01.csv",
    "received_at": "2013-03-01T21:31:02Z",
    "reasons": [{"code": "tickers_missing", "text": "2 of 5 tickers are missing: IBM, MSFT"}],
}


def ranged(session: date, volume: float) -> dict[str, Any]:
    """Make a session's forecast with its 80% range."""
    bounds = {"lower_80": volume * 0.7, "upper_80": volume * 1.5}
    return {"session": session.isoformat(), "volume": volume, **bounds}


def forecast(ticker: str, session: date, volume: float, **changes: Any) -> dict[str, Any]:
    """Make one row of the ledger."""
    return {
        **ranged(session, volume),
        "ticker": ticker,
        "market": "XNYS",
        "origin": (session - timedelta(days=3)).isoformat(),
        "step": 1,
        "lower_95": volume * 0.6,
        "upper_95": volume * 1.9,
        "usual": volume * 1.1,
        "naive": volume,
        "har": volume,
        "calendar": [],
        "model": MODELS[1],
        "role": "champion",
        "written_at": "2013-03-01T21:31:01Z",
        "actual": None,
        "scored_at": None,
    } | changes


def latest(count: int) -> list[dict[str, Any]]:
    """List the latest forecast of each of `count` tickers; the first is AAPL."""
    rows = []
    for number in range(count):
        volume = 17_256_136.0 * (1 + number * 7919 % 100 / 50)
        last = {
            **ranged(MONDAY - timedelta(days=3), volume),
            "actual": volume * (1.6 - number % 4 / 4),
        }
        rows.append(
            forecast(
                f"T{number:04}" if number else "AAPL",
                MONDAY,
                volume,
                market="BVMF" if number % 3 == 1 else "XNYS",
                usual=volume * (1 + (number % 5 - 2) / 10),
                calendar=KINDS[number % 4],
                previous=None if number % 50 == 49 else last,
            )
        )
    return rows


def history(ticker: str, sessions: int = 120) -> list[dict[str, Any]]:
    """List a ticker's forecasts, one a weekday; the last is of the coming session."""
    days = [MONDAY - timedelta(days=back) for back in range(sessions * 7 // 5, -1, -1)]
    weekdays = [day for day in days if day.weekday() < 5]
    rows = []
    for number, day in enumerate(weekdays):
        volume = 17e6 + 3e6 * (number * 37 % 11 / 5 - 1)
        actual = None if day == MONDAY else volume * (1 + (number * 53 % 17 - 8) / 20)
        model = MODELS[number > len(weekdays) // 2]
        rows.append(forecast(ticker, day, volume, actual=actual, model=model))
    return rows


def loop_state(
    *held: dict[str, Any], awaited: str | None = None, missed: int = 0
) -> dict[str, Any]:
    """Make the state of the loop with two markets."""
    market = {
        "market": "XNYS",
        "last_session": "2013-03-01",
        "awaited_session": None,
        "next_session": "2013-03-04",
        "next_open": "2013-03-04T14:30:00Z",
    }
    brazil = {
        **market,
        "market": "BVMF",
        "awaited_session": awaited,
        "next_open": "2013-03-04T13:00:00Z",
    }
    return {
        "updated_at": "2013-03-01T21:31:02Z",
        "markets": [market, brazil],
        "held": list(held),
        "unreadable": [],
        "missed": missed,
    }


def scores(by: str) -> list[dict[str, Any]]:
    """List a ticker's scores by version, month or kind of day."""
    groups = {
        "version": MODELS,
        "month": [f"2013-{month:02}" for month in (1, 2, 3)],
        "calendar": ["half_day", "ordinary", "options_expiry month_end"],
    }
    empty = dict.fromkeys(("version", "month", "ticker", "calendar"))
    return [
        {
            **empty,
            by: group,
            "step": 1,
            "forecasts": 300 if group == "ordinary" else 10 + number,
            "tickers": 1,
            "first_session": "2012-12-03",
            "last_session": "2013-03-01",
            "mae": 3.1e6,
            "mape": 0.21 + number / 100,
            "bias": 0.012 - number / 50,
            "skill_vs_naive": 0.19,
            "skill_vs_har": -0.031 if number else None,
            "coverage_80": 0.79,
            "coverage_95": 0.94,
            "width_80": 0.71,
        }
        for number, group in enumerate(groups[by])
    ]


def answers(count: int, state: dict[str, Any] | None) -> Callable[[str], dict[str, Any]]:
    """Return a function that responds to an address of the ledger."""
    rows = latest(count)

    def answer(url: str) -> dict[str, Any]:
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if urlsplit(url).path.endswith("/scorecard"):
            return {"state": state, "scores": scores(query.get("by", "version"))}
        found = history(query["ticker"]) if "ticker" in query else rows
        return {"state": state, "forecasts": found if state else []}

    return answer


def answer_ledger(page: Page, count: int = 5, state: dict[str, Any] | None = None) -> None:
    """Simulate the API's responses about `count` followed tickers."""
    answer = answers(count, state)

    def respond(route: Route) -> None:
        route.fulfill(json=answer(route.request.url))

    for path in ("**/forecasts?*", "**/scorecard?*"):
        page.route(path, respond)
