"""The errors of scored forecasts, by version, month, ticker or kind of day."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from model_contract.ledger.daily_errors import LATEST_SCORES, SUMMED, SUMS, Errors
from model_contract.ledger.forecast_row import CHAMPION

VERSION, MONTH, TICKER, CALENDAR = "version", "month", "ticker", "calendar"
# What can be compared, as SQL over forecasts f or daily errors f.
GROUPS = {VERSION: "f.model", MONTH: "substr(f.session, 1, 7)", TICKER: "f.ticker"}
GROUPS |= {CALENDAR: "f.calendar"}
ORDINARY = "ordinary"  # a session without flags other than weekdays

Score = dict[str, Any]


@dataclass(frozen=True)
class Scope:
    """Which forecasts to read; None stands for all."""

    ticker: str | None = None
    market: str | None = None
    version: str | None = None
    first: str | None = None  # sessions, inclusive, ISO 8601
    last: str | None = None


def scores(connection: sqlite3.Connection, by: str, step: int, scope: Scope) -> list[Score]:
    """Return the errors of the forecasts for a step, grouped by one of `GROUPS`.

    The summary of each day answers what it can. By ticker, or of one ticker, every forecast is
    read, so give a range of sessions if there are many.
    """
    if by == TICKER or scope.ticker is not None:
        # In SQL, because there may be millions of them: only the sums come into memory.
        table, sums = f"forecasts f {LATEST_SCORES}", [SUMMED[name] for name in SUMS]
    else:
        table, sums = "daily_errors f", [f"sum(f.{name})" for name in SUMS]
    conditions, bound = conditions_of(scope)
    conditions.append("f.step = :step")
    if by != VERSION and scope.version is None:
        conditions.append(f"f.role = '{CHAMPION}'")  # a challenger's forecasts are of the same days
    found = []
    query = f"""
        SELECT {GROUPS[by]}, min(f.session), max(f.session), {", ".join(sums)} FROM {table}
        WHERE {" AND ".join(conditions)} GROUP BY 1 ORDER BY 2, 1"""
    for key, first, last, *summed in connection.execute(query, {"step": step, **bound}):
        groups = dict.fromkeys(GROUPS) | {by: key or ORDINARY}
        found.append(
            {**groups, "step": step, "first_session": first, "last_session": last}
            | Errors(*summed).metrics()
        )
    return found


def recent_errors(connection: sqlite3.Connection, sessions: int) -> dict[str, Errors]:
    """Return the champion's errors at step 1 in each followed market's last scored sessions."""
    scope = f"f.market = :market AND f.step = 1 AND f.role = '{CHAMPION}'"
    sums = ", ".join(f"sum(f.{name})" for name in SUMS)
    # SQLite walks the primary key back from its end, so old sessions cost nothing.
    query = f"""
        SELECT {sums} FROM daily_errors f WHERE {scope} AND f.session >= coalesce((
            SELECT f.session FROM daily_errors f WHERE {scope}
            GROUP BY f.session ORDER BY f.session DESC LIMIT 1 OFFSET :sessions - 1
        ), '')"""
    found = {}
    for (market,) in connection.execute("SELECT DISTINCT market FROM followed ORDER BY market"):
        values = {"market": market, "sessions": sessions}
        row = connection.execute(query, values).fetchone()
        if row[0]:
            found[market] = Errors(*row)
    return found


def conditions_of(scope: Scope) -> tuple[list[str], dict[str, str]]:
    """Return a scope as SQL conditions on f, and the values in them."""
    wanted = {
        "f.ticker = :scope_ticker": scope.ticker,
        "f.market = :scope_market": scope.market,
        "f.model = :scope_version": scope.version,
        "f.session >= :scope_first": scope.first,
        "f.session <= :scope_last": scope.last,
    }
    used = {condition: value for condition, value in wanted.items() if value is not None}
    return list(used), {name.partition(":")[2]: value for name, value in used.items()}
