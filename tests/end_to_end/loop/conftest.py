"""Stacks with the forecast loop, and the replayed rehearsal."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from loop_stack import LoopStack
from rehearsal_nights import Nights, write_rounds
from running_scheduler import START_SECONDS, Scheduler
from running_stack import Stack

PARTS = 3  # the containers are restarted between them


@dataclass
class Rehearsed:
    """A stack after the rehearsal, and the result of each round by its time."""

    loop: LoopStack
    nights: Nights
    rounds: dict[str, dict[str, Any]]

    def state(self, day: str, time: str = "22:00") -> dict[str, Any]:
        """Return what the loop wrote about itself in a round."""
        found: dict[str, Any] = self.rounds[f"{day}T{time}:00Z"]["state"]
        return found


@pytest.fixture(scope="session")
def models(stack: Stack) -> str:
    """The volume with the model of the stack that most tests share."""
    return f"{stack.project}_models"


@pytest.fixture(scope="module")
def rehearsed(make_stack: Callable[..., Stack], models: str) -> Iterator[Rehearsed]:
    """Sixty sessions, replayed by the real containers."""
    nights = Nights()
    loop = LoopStack(make_stack("rehearsal"), models, nights.start)
    compose = loop.stack.compose
    compose("up", "--detach", "--no-deps", "api", "frontend")
    rounds, results = nights.rounds(), {}
    size = -(-len(rounds) // PARTS)
    for part in range(PARTS):
        own = rounds[part * size : (part + 1) * size]
        listed = write_rounds(loop.stack.tree, str(part), own)
        loop.run("scheduler", "python", "tests/end_to_end/loop/replay.py", str(listed))
        written = (loop.stack.tree / listed).with_name("results.jsonl").read_text()
        results |= {one["clock"]: one for one in map(json.loads, written.splitlines())}
        compose("restart", "--timeout", "5", "api", "frontend")
    loop.stack.await_status("/readyz", 200)
    yield Rehearsed(loop, nights, results)
    loop.stack.remove()


@pytest.fixture(scope="module")
def scheduler(make_stack: Callable[..., Stack], models: str) -> Iterator[Scheduler]:
    """A stack whose scheduler runs."""
    nights = Nights()
    scheduler = Scheduler(LoopStack(make_stack("scheduler"), models, nights.start), nights)
    scheduler.start()
    scheduler.await_forecasts_from(nights.start, START_SECONDS)
    yield scheduler
    scheduler.remove_sink()
    scheduler.stack.remove()
