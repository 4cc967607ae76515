"""The time by which the loop works."""

import os
from datetime import UTC, datetime
from pathlib import Path

from forecast_loop.errors import LoopError

CLOCK_FILE = "CLOCK_FILE"  # environment variable


def now() -> datetime:
    """Return the current time in UTC, or, for a rehearsal, the time in the file CLOCK_FILE.

    The file has one time in ISO 8601 with an offset. Raises `LoopError` if it doesn't.
    """
    file = os.environ.get(CLOCK_FILE)
    if not file:
        return datetime.now(UTC)
    try:
        time = datetime.fromisoformat(Path(file).read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as error:
        raise LoopError(f"{CLOCK_FILE}: {file} has no time such as 2024-04-03T21:00Z") from error
    if time.tzinfo is None:
        raise LoopError(f"{CLOCK_FILE}: the time in {file} has no offset, such as Z")
    return time.astimezone(UTC)
