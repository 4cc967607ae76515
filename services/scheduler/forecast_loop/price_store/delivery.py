"""A delivery: a file of prices that came in, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["accepted", "held", "refused", "superseded", "unreadable", "nothing_new"]
STATES: tuple[State, ...] = (
    "accepted",  # its rows are in the store
    "held",  # it raised objections and waits to be accepted or refused
    "refused",  # by an operator
    # it was held or unreadable when a newer delivery of its series was accepted, or it was held and
    # all its rows came with files of other series
    "superseded",
    "unreadable",  # it isn't a file of prices, or is one with too many errors
    "nothing_new",  # the store had all its rows already
)

MOST_LINES = 10  # in a sentence


@dataclass(frozen=True)
class Reason:
    """Why a delivery is in its state: a code for programs, and a sentence.

    holds    whether a check holds the delivery for it; otherwise it is only reported
    """

    code: str
    text: str
    holds: bool = True


@dataclass(frozen=True)
class Counts:
    """How many rows of a delivery the store didn't have, had with other values, or had."""

    new: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True)
class Delivery:
    """A row of the table of deliveries.

    version    the store's version that its rows made; None if they aren't in the store
    """

    id: int
    sha256: str  # of its bytes, which are kept as deliveries/<sha256>
    name: str  # of its file
    source: str  # where it came from, such as inbox
    series: str  # deliveries of one series replace each other, see `deliveries.names`
    received_at: datetime
    written_at: datetime  # when its file was written, which decides what session was unfinished
    state: State
    reasons: tuple[Reason, ...]
    counts: Counts
    decided_at: datetime
    version: int | None


@dataclass(frozen=True)
class Content:
    """What a delivery contains of a ticker: the number of sessions, the first and the last."""

    sessions: int
    first: int  # days since 1970
    last: int  # days since 1970; a holiday's row counts


def left_out(quarantine: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Yield a sentence for each rule that rows broke; see `DeliveryRecords.quarantine`."""
    for rule, lines in quarantine.items():
        more = f" and {len(lines) - MOST_LINES:,} more" if len(lines) > MOST_LINES else ""
        noun = "line" if len(lines) == 1 else "lines"
        listed = ", ".join(f"{line}" for line in lines[:MOST_LINES])
        yield f"left out as {rule}: {noun} {listed}{more}"
