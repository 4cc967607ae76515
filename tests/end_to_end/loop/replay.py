"""Replays rounds of the loop in one process of the scheduler's container, by a controlled clock.

    python tests/end_to_end/loop/replay.py ROUNDS

ROUNDS is a JSON list. Each round has a clock, a command of the loop, and a folder whose files are
moved into the inbox before it, with their times of modification. What each round did is appended
to a file next to ROUNDS, one JSON object a line.
"""

import json
import logging
import os
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from forecast_loop import paths
from forecast_loop.__main__ import main
from forecast_loop.price_store.store import PriceStore

INBOX = Path("data/inbox")
HELD = "HELD"  # in a command: the number of the delivery that is held
RESULTS = "results.jsonl"


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def replay(rounds: Path) -> None:
    log = Lines()
    logging.getLogger().addHandler(log)
    logging.getLogger().setLevel(logging.INFO)
    INBOX.mkdir(parents=True, exist_ok=True)
    with (rounds.parent / RESULTS).open("a", encoding="utf-8") as results:
        for one in json.loads(rounds.read_text(encoding="utf-8")):
            log.lines.clear()
            results.write(json.dumps({"clock": one["clock"], **_round(one), "log": log.lines}))
            results.write("\n")


def _round(one: dict) -> dict:
    Path(os.environ["CLOCK_FILE"]).write_text(one["clock"], encoding="utf-8")
    for file in sorted(Path(one["folder"]).glob("*")):
        file.replace(INBOX / file.name)
    printed = StringIO()
    with redirect_stdout(printed):
        status = main([_number(word) for word in one["command"]])
    return {
        "status": status,
        "state": _state(),
        "printed": printed.getvalue(),
        "inbox": sorted(file.name for file in INBOX.glob("[!.]*")),
        "deliveries": _deliveries(),
    }


def _number(word: str) -> str:
    return str(_state()["held"][0]["id"]) if word == HELD else word


def _state() -> dict:
    return json.loads((paths.ledger() / "state.json").read_text(encoding="utf-8"))


def _deliveries() -> list[dict]:
    with PriceStore(paths.price_store()) as store:
        return [
            {
                "name": one.name,
                "state": one.state,
                "codes": [reason.code for reason in one.reasons],
                "new": one.counts.new,
                "quarantine": store.quarantine(one.id),
            }
            for one in store.deliveries()
        ]


if __name__ == "__main__":
    replay(Path(sys.argv[1]))
