"""Notices to people, through any service that Apprise knows."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apprise

from orchestration.news import news

ADDRESSES = "NOTIFY_URLS"  # environment variable: Apprise addresses, separated by spaces
TITLE = "Stock Volume Predictor"
TOLD, WAITING, LOCK = "told.json", "waiting.json", ".notices.lock"
MAX_TOLD, MAX_WAITING = 1000, 100


@dataclass
class Sent:
    """What became of some notices: the texts that an address took, and why others weren't taken."""

    texts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Notices:
    """Sends each notice once to each address. Without addresses, it sends nothing.

    A notice that isn't taken is sent again at the next occasion. Runs and sensors are processes of
    their own, so there is a lock.
    """

    def __init__(self, folder: Path) -> None:
        self._told, self._waiting = folder / TOLD, folder / WAITING
        self._lock = folder / LOCK

    def send(self, key: str, text: str) -> Sent:
        """Send a notice that can't be found again later, such as about a run that failed.

        key    notices with the same one are sent once
        """
        with self._locked():
            waiting = {**_read(self._waiting, {}), key: text}
            _write(self._waiting, dict(list(waiting.items())[-MAX_WAITING:]))
            return self._send({})

    def send_new(self, ledger: Path) -> Sent:
        """Send what is new in the loop's state, and what waits."""
        state = json.loads((ledger / "state.json").read_text(encoding="utf-8"))
        with self._locked():
            return self._send(dict(news(state)))

    @contextmanager
    def of_errors(self, sensor: str) -> Iterator[None]:
        """Send a notice about an error of a sensor: once a day for each kind of error.

        A sensor is asked every half minute, and may fail only now and then.
        """
        try:
            yield
        except Exception as error:
            kind, day = type(error).__name__, datetime.now(UTC).date()
            self.send(
                f"{sensor} failed on {day}: {kind}",
                f"The sensor {sensor} fails, so no runs may be started: {kind}: {error}. The "
                "scheduler's page shows the whole error",
            )
            raise

    def _send(self, found: Mapping[str, str]) -> Sent:
        waiting: dict[str, str] = _read(self._waiting, {})
        told: list[str] = _read(self._told, [])
        wanted = {key: text for key, text in {**waiting, **found}.items() if key not in told}
        sent, addresses = Sent(), os.environ.get(ADDRESSES, "").split()
        for address in addresses:
            for key, text in wanted.items():
                mark = _mark(address, key)
                if mark in told:
                    continue
                if problem := _problem(address, text):
                    sent.problems.append(problem)
                    break  # the others would wait for the same address
                told.append(mark)
                _write(self._told, told[-MAX_TOLD:])
                sent.texts.append(text)
        for key in wanted:
            marks = {_mark(address, key) for address in addresses}
            if marks <= set(told):
                told = [*(one for one in told if one not in marks), key]
        _write(self._told, told[-MAX_TOLD:])
        _write(self._waiting, {key: text for key, text in waiting.items() if key not in told})
        return sent

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # the kernel releases it if the process dies
            yield


def _problem(address: str, text: str) -> str | None:
    """Send a text to an address. Returns why it wasn't taken, without the address' secrets."""
    sender, (kind, colon, _) = apprise.Apprise(), address.partition("://")
    if not sender.add(address):
        found = f"{kind}://" if colon else "an address without ://"
        return f"{ADDRESSES}: expected an address that Apprise knows, found {found}; correct it"
    if not sender.notify(title=TITLE, body=text):
        return (
            f"{ADDRESSES}: the {kind}:// address didn't take a notice; it is sent again next time"
        )
    return None


def _mark(address: str, key: str) -> str:
    """Return a name for a notice to one of several addresses; addresses may have passwords."""
    return f"{hashlib.sha256(address.encode()).hexdigest()[:16]} {key}"


def _read(file: Path, default: Any) -> Any:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return default
    return found if isinstance(found, type(default)) else default


def _write(file: Path, value: Any) -> None:
    temporary = file.with_suffix(".tmp")
    temporary.write_text(json.dumps(value), encoding="utf-8")
    temporary.replace(file)
