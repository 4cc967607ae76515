"""Asks the API what it serves, until all of its workers have taken up a version."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from http.client import HTTPException
from urllib.request import urlopen

# Beyond the time in which each worker looks for a new model by itself: it takes a moment to verify one.
PATIENCE_SECONDS = 11.0
# An API that has not answered by then is not running, or is only starting: it takes up the current version by itself.
SILENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.5
# Connections at once, each a new one, so that no worker is left out; so many rounds in a row must agree.
CONNECTIONS = 16
ROUNDS = 3
TIMEOUT_SECONDS = 3.0


class Outcome(Enum):
    """What became of a version in the API."""

    SERVED = auto()  # every answer is by it
    REFUSED = auto()  # a worker found fault with it
    SILENT = auto()  # nobody answered
    LATE = auto()  # some answers are by another version


@dataclass(frozen=True)
class Answer:
    """What one worker said: the version that it serves, and which one it refuses and why."""

    version: str | None
    refused: str | None = None
    reason: str = ""


def await_version(address: str, version: str, patience: float) -> tuple[Outcome, str]:
    """Wait for `patience` seconds until the API at `address` serves the version. The text says why it does not."""
    started, agreeing, heard, others = time.monotonic(), 0, False, ""
    while True:
        answers = ask(address)
        heard = heard or bool(answers)
        for answer in answers:
            if answer.refused == version:
                return Outcome.REFUSED, answer.reason
        agreeing = (
            agreeing + 1 if answers and all(answer.version == version for answer in answers) else 0
        )
        if agreeing == ROUNDS:
            return Outcome.SERVED, ""
        others = (
            ", ".join(
                sorted(
                    {
                        answer.version or "no model"
                        for answer in answers
                        if answer.version != version
                    }
                )
            )
            or others
        )
        waited = time.monotonic() - started
        if not heard and waited > SILENCE_SECONDS:
            return Outcome.SILENT, f"no API answers at {address}"
        if waited > patience:
            return (
                Outcome.LATE,
                f"after {waited:.0f} s the API at {address} still answers with {others or 'nothing'}",
            )
        time.sleep(PAUSE_SECONDS)


def ask(address: str) -> list[Answer]:
    """Ask over several new connections at once. Those that failed are left out."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [
            answer for answer in pool.map(_ask_once, [f"{address}/model"] * CONNECTIONS) if answer
        ]


def _ask_once(url: str) -> Answer | None:
    try:
        with urlopen(url, timeout=TIMEOUT_SECONDS) as response:
            told = json.load(response)
        served, refused = told["model"], told.get("refused")
        version = served["version"] if served else None
        return (
            Answer(version, refused["version"], refused["reason"]) if refused else Answer(version)
        )
    except (
        OSError,
        HTTPException,
        ValueError,
        KeyError,
        TypeError,
    ):  # not there, busy, or something else than our API
        return None
