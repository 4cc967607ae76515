"""What somebody should hear of."""

from collections.abc import Iterator
from typing import Any


def news(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what somebody should hear of, each with a key that stays the same."""
    for held in state["held"]:
        reasons = "; ".join(reason["text"] for reason in held["reasons"])
        yield (
            f"held {held['id']}",
            f"{held['name']} was held back: {reasons}. To store its prices: make accept "
            f"DELIVERY={held['id']}; or make refuse DELIVERY={held['id']}",
        )
    for market in state["markets"]:
        if market["awaited_session"]:
            yield (
                f"awaited {market['market']} {market['awaited_session']}",
                f"The prices of {market['market']} for {market['awaited_session']} haven't come.",
            )
    if state["missed"]:
        yield f"missed {state['missed']}", f"{state['missed']} forecasts were missed in all."
