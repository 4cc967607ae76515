"""The history of served versions: history.jsonl, an append-only JSON Lines file in the store.

    {"at": "2026-11-22T10:15:00Z", "event": "published", "version": "…-1a2b3c4d",
     "replaced": "…-5e6f7a8b", "reason": "…"}

Each line is written before CURRENT is replaced: it records an intent, and CURRENT is authoritative.
After a crash between the two, the next line (or CURRENT, for the last line) shows that the previous
version was still served. The lines give the order of events. Times are never compared, so the clock
may jump.

The other events don't change the served version, which is their `replaced`. A version is added
without being served, or becomes the challenger, which forecasts next to the served one until it is
served itself, dropped or followed by another challenger. A version is pinned, or its pin is lifted.
A pin lasts until it is lifted or another version is served, so it can't outlive what it protects.
"""

import json
from dataclasses import asdict, dataclass

from model_contract.store.bundle import VERSION

PUBLISHED, ROLLED_BACK, PROMOTED = "published", "rolled back", "promoted"
ADDED, PINNED, UNPINNED = "added", "pinned", "unpinned"
CHALLENGES, DROPPED = "challenges", "dropped"
SWITCHES = (PUBLISHED, ROLLED_BACK, PROMOTED)


@dataclass(frozen=True)
class Event:
    """One change of the served version."""

    at: str  # UTC, ISO 8601
    event: str  # one of `SWITCHES`, or of the events above
    version: str  # served from then on, if the event is one of `SWITCHES`
    replaced: str | None  # served until then; None if none was, or if it is unknown
    reason: str

    def to_line(self) -> str:
        """Return the event as a line of history.jsonl."""
        return json.dumps(asdict(self), allow_nan=False) + "\n"


def read_events(text: str) -> list[Event]:
    """Read every event. Skips lines that aren't events, such as those that a crash cut short."""
    return [event for event in map(_read_event, text.split("\n")) if event]


def carried_out(events: list[Event], current: str | None) -> list[Event]:
    """Return the events that took effect; after the others, the old version was still served."""
    served_then = [*(event.replaced for event in events[1:]), current]
    return [
        event
        for event, served in zip(events, served_then, strict=False)
        if served is None or served != event.replaced or event.event not in SWITCHES
    ]


def switches(events: list[Event]) -> list[Event]:
    """Return the events that changed the served version."""
    return [event for event in events if event.event in SWITCHES]


def pin(events: list[Event]) -> Event | None:
    """Return the event that pinned the served version, or None if it isn't pinned."""
    deciding = (*SWITCHES, PINNED, UNPINNED)
    last = next((event for event in reversed(events) if event.event in deciding), None)
    return last if last and last.event == PINNED else None


def challenger(events: list[Event]) -> Event | None:
    """Return the event that made the current challenger, or None if there is no challenger."""
    for number, event in reversed(list(enumerate(events))):
        if event.event == CHALLENGES:
            later = events[number + 1 :]
            ended = any(
                one.version == event.version and one.event in (*SWITCHES, DROPPED) for one in later
            )
            return None if ended else event
    return None


def served_before(events: list[Event], current: str) -> list[str]:
    """Return the versions that a rollback from `current` can go to, latest first.

    They were served before and have not been rolled back from. A second rollback therefore goes
    further back, not forward again.
    """
    stack: list[str] = []
    for event in switches(events):
        # That version was made current by hand, or before the store had a history.
        if event.replaced and event.replaced not in stack[-1:]:
            _put_on_top(stack, event.replaced)
        if event.event == ROLLED_BACK:
            _leave(stack, event.version)
        _put_on_top(stack, event.version)
    _put_on_top(stack, current)
    return stack[-2::-1]


def replaced_by_hand(events: list[Event]) -> dict[str, Event]:
    """Return content that operators replaced and that hasn't been served since, with the event."""
    found: dict[str, Event] = {}
    for event in switches(events):
        if event.replaced and event.event != PUBLISHED:
            found[content_of(event.replaced)] = event
        found.pop(content_of(event.version), None)
    return found


def content_of(version: str) -> str:
    """Return the part of a version's name that identifies its content."""
    return version[-8:]


def _read_event(line: str) -> Event | None:
    try:
        event = Event(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    versions = (event.version, event.replaced or event.version)
    texts = (event.at, event.event, event.reason, *versions)
    return (
        event
        if all(isinstance(text, str) for text in texts) and all(map(VERSION.fullmatch, versions))
        else None
    )


def _put_on_top(stack: list[str], version: str) -> None:
    if version in stack:
        stack.remove(version)
    stack.append(version)


def _leave(stack: list[str], target: str) -> None:
    """Remove everything above the target, or only the top if the target isn't in the stack."""
    del stack[stack.index(target) + 1 if target in stack else -1 :]
