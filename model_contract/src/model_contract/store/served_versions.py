"""What was served when, and why: history.jsonl in the model store, an append-only JSON Lines file.

    {"at": "2026-11-22T10:15:00Z", "event": "published", "version": "…-1a2b3c4d",
     "replaced": "…-5e6f7a8b", "reason": "…"}

A line is written before CURRENT is replaced: it is an intent, and CURRENT is the truth. After a
crash between the two, the next line (or CURRENT, for the last line) shows that the former version
was still served. Events are ordered by line. Times are never compared, so a clock may jump.
"""

import json
from dataclasses import asdict, dataclass

from model_contract.store.bundle import VERSION

PUBLISHED, ROLLED_BACK, PROMOTED = "published", "rolled back", "promoted"


@dataclass(frozen=True)
class Event:
    """One change of what is served."""

    at: str  # UTC, ISO 8601
    event: str  # published, rolled back, promoted
    version: str  # served from then on
    replaced: str | None  # served until then; None if nothing was, or it isn't known
    reason: str

    def to_line(self) -> str:
        """The event as a line of history.jsonl."""
        return json.dumps(asdict(self), allow_nan=False) + "\n"


def read_events(text: str) -> list[Event]:
    """Read every line that is an event. Lines that a crash cut short are skipped."""
    return [event for event in map(_read_event, text.split("\n")) if event]


def carried_out(events: list[Event], current: str | None) -> list[Event]:
    """The events that took effect: after the others, the version to replace was still served."""
    served_then = [*(event.replaced for event in events[1:]), current]
    return [
        event
        for event, served in zip(events, served_then, strict=False)
        if served is None or served != event.replaced
    ]


def served_before(events: list[Event], current: str) -> list[str]:
    """The versions to roll back to from `current`, latest first: served, and not rolled back from.

    A rollback goes back in this list, so a second one goes further back, not forward again.
    """
    stack: list[str] = []
    for event in events:
        # Made current by hand, or before there was a history.
        if event.replaced and event.replaced not in stack[-1:]:
            _put_on_top(stack, event.replaced)
        if event.event == ROLLED_BACK:
            _leave(stack, event.version)
        _put_on_top(stack, event.version)
    _put_on_top(stack, current)
    return stack[-2::-1]


def replaced_by_hand(events: list[Event]) -> dict[str, Event]:
    """By content: the event by which an operator replaced it, unless it was served again since."""
    found: dict[str, Event] = {}
    for event in events:
        if event.replaced and event.event != PUBLISHED:
            found[content_of(event.replaced)] = event
        found.pop(content_of(event.version), None)
    return found


def content_of(version: str) -> str:
    """The part of a version's name that identifies its content."""
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
    """Remove everything above the target; only the top if the target isn't in the stack."""
    del stack[stack.index(target) + 1 if target in stack else -1 :]
