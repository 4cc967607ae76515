"""Polls the API until all of its workers serve a given model version."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from http.client import HTTPException
from urllib.request import urlopen

# Added to the polling interval, because a worker takes a moment to verify a model.
PATIENCE_SECONDS = 11.0
# An API that doesn't respond for this long is down or starting; it will load the current version.
SILENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.5
# New connections per round, enough to reach every worker; consecutive rounds that must agree.
CONNECTIONS = 16
ROUNDS = 3
TIMEOUT_SECONDS = 3.0


class Outcome(Enum):
    """What the API did with a version."""

    SERVED = auto()  # all workers serve it
    REFUSED = auto()  # a worker refused it
    SILENT = auto()  # no response
    LATE = auto()  # some workers still serve another version


@dataclass(frozen=True)
class Answer:
    """A worker's report: the version that it serves, and the version that it refuses and why."""

    version: str | None
    refused: str | None = None
    reason: str = ""


def await_version(address: str, version: str, patience: float) -> tuple[Outcome, str]:
    """Wait up to `patience` seconds for the API at `address` to serve the version.

    If it doesn't, the returned text says why.
    """
    started, agreeing, responded, others = time.monotonic(), 0, False, ""
    while True:
        answers = ask(address)
        responded = responded or bool(answers)
        for answer in answers:
            if answer.refused == version:
                return Outcome.REFUSED, answer.reason
        served = {answer.version or "no model" for answer in answers}
        agreeing = agreeing + 1 if served == {version} else 0
        if agreeing == ROUNDS:
            return Outcome.SERVED, ""
        others = ", ".join(sorted(served - {version})) or others
        waited = time.monotonic() - started
        if not responded and waited > SILENCE_SECONDS:
            return Outcome.SILENT, f"no API responds at {address}"
        if waited > patience:
            still = others or "nothing"
            return Outcome.LATE, f"after {waited:.0f} s, the API at {address} still serves {still}"
        time.sleep(PAUSE_SECONDS)


def ask(address: str) -> list[Answer]:
    """Query the API over several new connections at once; failed connections are left out."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [
            answer for answer in pool.map(_ask_once, [f"{address}/model"] * CONNECTIONS) if answer
        ]


def _ask_once(url: str) -> Answer | None:
    """Query the API once. Returns None if it is down or busy, or if another server responds."""
    try:
        with urlopen(url, timeout=TIMEOUT_SECONDS) as response:
            facts = json.load(response)
        served, refused = facts["model"], facts.get("refused")
        version = served["version"] if served else None
        if refused:
            return Answer(version, refused["version"], refused["reason"])
        return Answer(version)
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return None
