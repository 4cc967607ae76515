"""The errors of scored forecasts, by version, month, ticker or kind of day.

Sums answer what they can, see `summaries`. Those of a ticker are of whole months, so if a range of
sessions cuts a month, the forecasts for its sessions are read.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from model_contract.errors import SessionsRemovedError
from model_contract.ledger.chain import removed
from model_contract.ledger.error_sums import PARTS, SCORED, SUMS, Errors
from model_contract.ledger.forecast_row import CHAMPION

VERSION, MONTH, TICKER, CALENDAR = "version", "month", "ticker", "calendar"
# What can be compared, as SQL over a table f of forecasts or of sums.
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


@dataclass(frozen=True)
class Part:
    """A table f with the errors of some sessions.

    month     of a row, as SQL
    span      the first and the last session of a row
    sums      those of `Errors` over rows
    within    further conditions
    bound     the values in them
    """

    table: str
    month: str
    span: tuple[str, str]
    sums: tuple[str, ...]
    within: tuple[str, ...] = ()
    bound: Mapping[str, str] = field(default_factory=dict)


SESSION, SPAN = ("f.session", "f.session"), ("f.first_session", "f.last_session")
SUMMED = tuple(f"sum(f.{name})" for name in SUMS)
DAILY = Part("daily_errors f", GROUPS[MONTH], SESSION, SUMMED)
OF_TICKER = Part("ticker_errors f", "f.month", SPAN, SUMMED)
OF_CALENDAR = Part("calendar_errors f", "NULL", SPAN, SUMMED)
EACH = Part(f"{SCORED} f", GROUPS[MONTH], SESSION, tuple(f"sum({PARTS[name]})" for name in SUMS))
NO_END = "9999-12-31"

Group = tuple[str, str, Errors]  # first session, last session


def scores(connection: sqlite3.Connection, by: str, step: int, scope: Scope) -> list[Score]:
    """Return the errors of the forecasts for a step, grouped by one of `GROUPS`.

    Raises `SessionsRemovedError` if only forecasts that were removed would give them.
    """
    found: dict[str, Group] = {}
    for part in _parts(connection, by, scope):
        for key, first, last, *sums in connection.execute(*_query(part, by, step, scope)):
            group = first, last, Errors(*sums)
            found[key] = _joined(found[key], group) if key in found else group
    ordered = sorted(found.items(), key=lambda item: (item[1][0], item[0]))
    return [
        {**dict.fromkeys(GROUPS), by: key or ORDINARY, "step": step}
        | {"first_session": first, "last_session": last}
        | errors.metrics()
        for key, (first, last, errors) in ordered
    ]


def _query(part: Part, by: str, step: int, scope: Scope) -> tuple[str, dict[str, str | int]]:
    conditions, bound = conditions_of(
        scope if part is DAILY else replace(scope, first=None, last=None)
    )
    conditions += ["f.step = :step", *part.within]
    if by != VERSION and scope.version is None:
        conditions.append(f"f.role = '{CHAMPION}'")  # a challenger's forecasts are of the same days
    group, (first, last) = part.month if by == MONTH else GROUPS[by], part.span
    query = f"""
        SELECT {group}, min({first}), max({last}), {", ".join(part.sums)}
        FROM {part.table} WHERE {" AND ".join(conditions)} GROUP BY 1"""
    return query, {"step": step, **bound, **part.bound}


def _joined(one: Group, other: Group) -> Group:
    return min(one[0], other[0]), max(one[1], other[1]), one[2] + other[2]


def _parts(connection: sqlite3.Connection, by: str, scope: Scope) -> Iterator[Part]:
    """Yield the tables that have the errors."""
    first, last = scope.first or "", scope.last or NO_END
    if by != TICKER and scope.ticker is None:
        yield DAILY
    elif by == CALENDAR:
        if _have(connection, "", first) or _have(connection, _after(last), _after(NO_END)):
            yield _forecasts(connection, first, last)
        else:
            yield OF_CALENDAR
    else:
        month, last_month = first[:7], last[:7]
        is_cut = _have(connection, month, first)
        is_last_cut = _have(connection, _after(last), _after(f"{last_month}-31"))
        after, before = ">" if is_cut else ">=", "<" if is_last_cut else "<="
        within = (f"f.month {after} :first AND f.month {before} :last",)
        yield replace(OF_TICKER, within=within, bound={"first": month, "last": last_month})
        ranges = [(first, min(last, f"{month}-31"))] if is_cut else []
        ranges += [(max(first, last_month), last)] if is_last_cut else []
        for one in dict.fromkeys(ranges):  # one, if both are in the same month
            yield _forecasts(connection, *one)


def _forecasts(connection: sqlite3.Connection, first: str, last: str) -> Part:
    """Return the forecasts for a range of sessions. Raises `SessionsRemovedError`."""
    gone = removed(connection)
    if gone and _have(connection, first, _after(min(last, gone.until))):
        raise SessionsRemovedError(gone.until)
    # With single sessions instead of a range, SQLite finds those of a step by the index.
    sessions = "SELECT session FROM daily_errors WHERE session >= :first AND session <= :last"
    within = (f"f.session IN ({sessions})",)
    return replace(EACH, within=within, bound={"first": first, "last": last})


def _have(connection: sqlite3.Connection, first: str, end: str) -> bool:
    """Whether there are scores of sessions from `first` to before `end`."""
    query = "SELECT EXISTS (SELECT 1 FROM daily_errors WHERE session >= ? AND session < ?)"
    return bool(connection.execute(query, (first, end)).fetchone()[0])


def _after(day: str) -> str:
    """Return a text that is greater than a day, and less than the next one."""
    return f"{day}T"


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
