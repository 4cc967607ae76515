"""A forecast in the ledger, and the chain of hashes that shows later changes.

    LEDGER/
        ledger.sqlite    forecasts, their scores and sums of their errors
        state.json       what the loop is waiting for

A row is written once, before its session opens, and never changed. Its hash covers all its values
and the hash of the row before it. To hide a change of an old row, one must compute every later hash
again; a later hash that somebody noted earlier then doesn't match. (Haber and Stornetta 1991, "How
to time-stamp a digital document", linear linking.)
"""

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from operator import attrgetter

CHAMPION, CHALLENGER = "champion", "challenger"
ROLES = (CHAMPION, CHALLENGER)
HAR = "har"  # the simple forecast in each row, where models are compared
FIRST_HASH = bytes(32)  # stands for the row before the first one


@dataclass(frozen=True)
class ForecastRow:
    """A forecast of one ticker's volume in one session. Volumes are in the origin's shares."""

    ticker: str
    market: str  # ISO 10383 code
    origin: str  # the ticker's last known session, ISO 8601
    session: str  # to forecast
    step: int  # 1 for the session after the origin
    opens_at: str  # when the session opens: UTC, ISO 8601, to the second
    volume: float  # shares
    lower_80: float
    upper_80: float
    lower_95: float
    upper_95: float
    usual: float  # mean volume of the last 22 sessions
    naive: float  # simple forecasts, made at the same time
    har: float
    calendar: str  # the session's flags other than weekdays, separated by spaces
    model: str  # version
    role: str  # one of `ROLES`
    inputs: str  # SHA-256 of the ticker's history
    written_at: str  # UTC, ISO 8601, to the second


COLUMNS = tuple(field.name for field in fields(ForecastRow))
values_of = attrgetter(*COLUMNS)  # faster than `astuple`
INPUTS = COLUMNS.index("inputs")


def chained(previous: bytes, row: ForecastRow) -> bytes:
    """Return the hash of a row, given that of the row before it."""
    # Python writes the shortest text that gives the same float again, so the text is unique.
    text = json.dumps(values_of(row), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(previous + text.encode()).digest()


def stored(row: ForecastRow) -> tuple[object, ...]:
    """Return a row's values as the database has them: `inputs` as bytes, half as long."""
    values = values_of(row)
    return (*values[:INPUTS], bytes.fromhex(values[INPUTS]), *values[INPUTS + 1 :])


def selected(table: str = "forecasts") -> str:
    """Return SQL for the values of `ForecastRow` in a table of forecasts."""
    texts = {"inputs": f"lower(hex({table}.inputs))"}
    return ", ".join(texts.get(name, f"{table}.{name}") for name in COLUMNS)


def utc_text(time: datetime) -> str:
    """Return a time with a time zone in UTC, to the second, in ISO 8601."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
