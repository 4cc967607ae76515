"""Notices to people, through any service that Apprise knows."""

import json
import os
from pathlib import Path

import apprise

from orchestration.news import news

ADDRESSES = "NOTIFY_URLS"  # environment variable: Apprise addresses, separated by spaces
TITLE = "Stock Volume Predictor"
TOLD = "told.json"
MAX_TOLD = 1000


class Notices:
    """Sends each notice once. Without addresses, it sends nothing."""

    def __init__(self, folder: Path) -> None:
        self._told = folder / TOLD

    def send(self, text: str) -> None:
        """Send a notice to all addresses. Raises `RuntimeError` if one doesn't take it."""
        addresses = os.environ.get(ADDRESSES, "").split()
        if not addresses:
            return
        sender = apprise.Apprise()
        for address in addresses:
            if not sender.add(address):
                raise RuntimeError(f"{ADDRESSES}: Apprise doesn't know an address of this kind")
        if not sender.notify(title=TITLE, body=text):
            raise RuntimeError(f"{ADDRESSES}: a notice was not taken; see the log of this run")

    def send_new(self, ledger: Path) -> list[str]:
        """Send what is new in the loop's state. Returns the notices."""
        state = json.loads((ledger / "state.json").read_text(encoding="utf-8"))
        told = self._read()
        new = {key: text for key, text in news(state) if key not in told}
        for key, text in new.items():
            self.send(text)
            told.append(key)
            self._write(told[-MAX_TOLD:])
        return list(new.values())

    def _read(self) -> list[str]:
        try:
            found: list[str] = json.loads(self._told.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return []
        return found

    def _write(self, told: list[str]) -> None:
        temporary = self._told.with_suffix(".tmp")
        temporary.write_text(json.dumps(told), encoding="utf-8")
        temporary.replace(self._told)
