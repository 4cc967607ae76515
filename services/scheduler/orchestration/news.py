"""What somebody should hear of."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

# From a close to shortly before the next opening; earlier, prices usually still come.
LATE = timedelta(hours=15)
MOST_REASONS = 3
VERBS = {
    "published": "is served",
    "promoted": "is served",
    "rolled back": "is served again",
    "challenges": "is on trial",
    "dropped": "isn't on trial any more",
}


def news(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what somebody should hear of, each with a key that stays the same."""
    for held in state["held"]:
        reasons = "; ".join(reason["text"] for reason in held["reasons"])
        yield (
            f"held {held['id']}",
            f"{held['name']} was held back: {reasons}. To store its prices: make accept "
            f"DELIVERY={held['id']}; or make refuse DELIVERY={held['id']}",
        )
    for found in state["unreadable"]:
        reasons = "; ".join(reason["text"] for reason in found["reasons"][:MOST_REASONS])
        yield (
            f"unreadable {found['id']}",
            f"{found['name']} can't be read: {reasons}. Deliver it in another form; or, to hear no "
            f"more of it: make refuse DELIVERY={found['id']}",
        )
    for ticker in state["unknown_tickers"]:
        yield (
            f"unknown {ticker}",
            f"{ticker} is on the watch-list, but has no prices. Check how it is written.",
        )
    for market in state["markets"]:
        since, session = market["awaited_since"], market["awaited_session"]
        if since and _time(state["updated_at"]) - _time(since) > LATE:
            yield (
                f"awaited {market['market']} {session}",
                f"The prices of {market['market']} for {session} haven't come.",
            )
    if state["missed"]:
        yield f"missed {state['missed']}", f"{state['missed']} forecasts were missed in all."
    if decision := state["last_decision"]:
        yield (
            f"{decision['event']} {decision['version']} {decision['at']}",
            f"The model {decision['version']} {VERBS.get(decision['event'], decision['event'])}: "
            f"{decision['reason']}",
        )
    if reason := state["retrain_because"]:
        yield f"retrain {reason}", f"A new model is trained, because {reason}."


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
