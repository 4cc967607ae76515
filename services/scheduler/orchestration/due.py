"""Whether the loop has something to do: a session is due, or files came into the inbox."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

STATE = "state.json"  # written by the loop; see `forecast_loop.loop_state`
WATCHLIST, INBOX = "watchlist.yaml", "data/inbox"
HIDDEN, SETTLING = ".", timedelta(seconds=10)  # a file that is still being written changes
RETRY_EVERY = timedelta(minutes=10)  # of what is due, if the loop couldn't do it


def now(environment: Mapping[str, str]) -> datetime:
    """Return the current time, or the one in the file CLOCK_FILE, for a rehearsal."""
    file = environment.get("CLOCK_FILE")
    if not file:
        return datetime.now(UTC)
    return datetime.fromisoformat(Path(file).read_text(encoding="utf-8").strip()).astimezone(UTC)


def run_key(ledger: Path, tree: Path, time: datetime) -> str | None:
    """Return a name for what there is to do at `time`, or None if there is nothing.

    tree    the repository, with the watch-list and the inbox

    The same work has the same name, so that it is started once. What is due and isn't done has
    another name after `RETRY_EVERY`.
    """
    parts, state = [], _state(ledger / STATE)
    due = _next_due(state)
    if due is None or due <= time:
        late = (time - due) // RETRY_EVERY if due else time.isoformat()[:15]  # to 10 minutes
        parts.append(f"due {due.isoformat() if due else 'first'} {late}")
    listed = _watchlist(tree)
    if state and listed != state.get("watchlist"):
        parts.append(f"watch-list {listed}")  # it was edited
    inbox = tree / str(state.get("inbox", INBOX))
    waiting = sorted(_signatures(inbox, time))
    if waiting:
        names = "\n".join(waiting).encode("utf-8", "surrogateescape")  # any bytes can be a name
        digest = hashlib.sha256(names).hexdigest()[:16]
        parts.append(f"{len(waiting)} files {digest}")
    return ", ".join(parts) or None


def training_key(ledger: Path) -> str | None:
    """Return a name for the training that is due, or None if none is.

    A training that fails is due again after the next session.
    """
    state = _state(ledger / STATE)
    if not state.get("retrain_because"):
        return None
    newest = max(market["last_session"] for market in state["markets"])
    return f"prices to {newest}"


def _watchlist(tree: Path) -> str | None:
    try:
        status = (tree / WATCHLIST).stat()
    except FileNotFoundError:
        return None
    return f"{status.st_size} {status.st_mtime_ns}"


def _next_due(state: Mapping[str, Any]) -> datetime | None:
    """Return when the next session is due; None if the loop has never run."""
    text = state.get("next_due", "")
    if text == "":
        return None
    return datetime.fromisoformat(text) if text else datetime.max.replace(tzinfo=UTC)


def _state(file: Path) -> dict[str, Any]:
    """Return what the loop wrote about itself; nothing if it has never run."""
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _signatures(inbox: Path, time: datetime) -> Iterator[str]:
    """Yield what identifies each file that has been in the inbox for a while.

    A time to come shows nothing. A file may be taken away meanwhile.
    """
    earliest, latest = (time - SETTLING).timestamp(), time.timestamp()
    for file in inbox.iterdir() if inbox.is_dir() else ():
        if file.name.startswith(HIDDEN) or not file.is_file():
            continue
        with suppress(FileNotFoundError):
            status = file.stat()
            if not earliest < status.st_mtime <= latest:
                yield f"{file.name} {status.st_size} {status.st_mtime_ns}"
