"""Reads the ledger: forecasts with their scores, and errors by version, month, ticker or flag.

The reader writes nothing, so it works on a read-only volume. SQLite's own locks keep it from seeing
half a transaction.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.errors import LedgerError
from model_contract.ledger.chain import (
    BrokenRow,
    Removed,
    first_broken_row,
    last_link,
    removed,
)
from model_contract.ledger.error_sums import LATEST_SCORES, Errors
from model_contract.ledger.forecast_row import CHAMPION, COLUMNS, HAR, selected
from model_contract.ledger.schema import DATABASE, MISSED_BEFORE, SCHEMA_VERSION
from model_contract.ledger.scorecard import Scope, conditions_of, recent_errors, scores

STATE = "state.json"
BUSY_SECONDS = 5.0

Row = dict[str, Any]
PairedErrors = tuple[FloatArray, FloatArray]


class LedgerReader:
    """Reads a ledger. Every method raises `LedgerError` if the database can't be read."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / DATABASE
        self._state = directory / STATE

    def exists(self) -> bool:
        """Whether there is a ledger."""
        return self._path.exists()

    def state(self) -> Row | None:
        """Return what the loop has written about itself, or None if it has never run."""
        try:
            state: Row = json.loads(self._state.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise LedgerError(f"{self._state} can't be read: {error}") from error
        return state

    def latest(self, sessions: int, now: str, scope: Scope) -> list[Row]:
        """Return the newest forecasts of each followed ticker, by ticker and session.

        sessions   how many of those that open after `now`; if none does, the last one is returned
        now        UTC, ISO 8601

        The first row of a ticker has `previous`: its last scored forecast for step 1, or None.
        """
        with self._reading() as connection:
            followed = connection.execute("SELECT ticker FROM followed ORDER BY ticker").fetchall()
            found: list[Row] = []
            for (ticker,) in followed:
                if scope.ticker not in (None, ticker):
                    continue
                rows = _rows(
                    connection,
                    "f.ticker = :ticker AND f.origin = "
                    "(SELECT max(origin) FROM forecasts WHERE ticker = :ticker)",
                    "f.role, f.step",
                    {"ticker": ticker},
                    scope,
                )
                for role, of_role in groupby(rows, itemgetter("role")):
                    steps = list(of_role)
                    coming = [row for row in steps if row["opens_at"] > now]
                    chosen = coming[:sessions] or steps[-1:]
                    chosen[0]["previous"] = _previous(connection, ticker, role)
                    found += chosen
            return found

    def of_ticker(self, ticker: str, steps: int, limit: int, scope: Scope) -> list[Row]:
        """Return the forecasts for a ticker's last `limit` sessions, oldest first."""
        with self._reading() as connection:
            sessions = connection.execute(
                "SELECT DISTINCT session FROM forecasts WHERE ticker = ? AND step <= ? "
                "ORDER BY session DESC LIMIT ?",
                (ticker, steps, limit),
            ).fetchall()
            if not sessions:
                return []
            return _rows(
                connection,
                "f.ticker = :of AND f.step <= :steps AND f.session >= :earliest",
                "f.session, f.step, f.role",
                {"of": ticker, "steps": steps, "earliest": sessions[-1][0]},
                scope,
            )

    def of_session(self, session: str, steps: int, scope: Scope) -> list[Row]:
        """Return the forecasts for a session, by ticker and step."""
        with self._reading() as connection:
            return _rows(
                connection,
                "f.session = :session AND f.step <= :steps",
                "f.ticker, f.step, f.role",
                {"session": session, "steps": steps},
                scope,
            )

    def of_sessions(self, sessions: Iterable[str]) -> Iterator[Row]:
        """Yield all forecasts for some sessions: row (its number), ticker, session and origin."""
        with self._reading() as connection:
            for session in sessions:
                yield from (
                    dict(zip(("row", "ticker", "session", "origin"), found, strict=True))
                    for found in connection.execute(
                        "SELECT row, ticker, session, origin FROM forecasts WHERE session = ?",
                        (session,),
                    ).fetchall()
                )

    def newest_origins(self, role: str) -> dict[str, str]:
        """Return the last session before each followed ticker's newest forecast."""
        query = """
            SELECT ticker, (SELECT max(origin) FROM forecasts f
                            WHERE f.ticker = followed.ticker AND f.role = ?) FROM followed"""
        with self._reading() as connection:
            found = connection.execute(query, (role,)).fetchall()
        return {ticker: origin for ticker, origin in found if origin is not None}

    def forecast_tickers(self, session: str) -> set[str]:
        """Return the tickers that have a forecast for a session."""
        query = "SELECT DISTINCT ticker FROM forecasts WHERE session = ?"
        with self._reading() as connection:
            return {ticker for (ticker,) in connection.execute(query, (session,))}

    def paired_errors(self, version: str, challenger: str | None = None) -> PairedErrors:
        """Compare the scored one-step forecasts of a version with others of the same sessions.

        challenger   the other version; without one, the others are the HAR forecasts

        Returns two arrays, (sessions,), oldest first: the means over tickers of |ln(forecast /
        actual)| of the version and of the others.
        """
        query = """
            SELECT own / forecasts, others / forecasts FROM paired_errors
            WHERE model = ? AND other = ? ORDER BY session"""
        with self._reading() as connection:
            rows = connection.execute(query, (version, challenger or HAR)).fetchall()
        own, others = np.array(rows, dtype=np.float64).reshape(-1, 2).T
        return own, others

    def progress_of(self, prefix: str) -> dict[str, str]:
        """Return all progress whose names begin with `prefix`, by the rest of the name."""
        query = "SELECT substr(name, ?), value FROM progress WHERE substr(name, 1, ?) = ?"
        with self._reading() as connection:
            values = (len(prefix) + 1, len(prefix), prefix)
            return dict(connection.execute(query, values).fetchall())

    def last_hash(self) -> str:
        """Return the hash of the last row in hexadecimal; it stands for all rows."""
        with self._reading() as connection:
            return last_link(connection)[1].hex()

    def progress(self, name: str) -> str | None:
        """Return how far a part of the loop has come; None if it hasn't begun."""
        with self._reading() as connection:
            query = "SELECT value FROM progress WHERE name = ?"
            found = connection.execute(query, (name,)).fetchone()
            return found[0] if found else None

    def missed(self) -> int:
        """Return how many sessions of followed tickers opened without a forecast."""
        with self._reading() as connection:
            query = "SELECT (SELECT count(*) FROM missed) + coalesce(sum(value), 0) FROM progress"
            found = connection.execute(f"{query} WHERE name = ?", (MISSED_BEFORE,))
            return int(found.fetchone()[0])

    def newest_session(self) -> str | None:
        """Return the last session that has a forecast; None without any."""
        with self._reading() as connection:
            session: str | None
            (session,) = connection.execute("SELECT max(session) FROM forecasts").fetchone()
            return session

    def scores(self, by: str, step: int, scope: Scope) -> list[Row]:
        """Return the errors of the scored forecasts for a step, grouped by one of `GROUPS`."""
        with self._reading() as connection:
            return scores(connection, by, step, scope)

    def recent_errors(self, sessions: int) -> dict[str, Errors]:
        """Return the champion's errors at step 1 in each followed market's last scored sessions."""
        with self._reading() as connection:
            return recent_errors(connection, sessions)

    def first_broken_row(self) -> tuple[int, BrokenRow | None]:
        """Compute the chain again. Returns the number of rows, and the first that doesn't match."""
        with self._reading() as connection:
            return first_broken_row(connection)

    def removed(self) -> Removed | None:
        """Return what was removed because it was old; None if nothing was."""
        with self._reading() as connection:
            return removed(connection)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            address = f"file:{quote(str(self._path))}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as connection:
                connection.execute("BEGIN")  # so that all queries see the same rows
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version != SCHEMA_VERSION:
                    raise LedgerError(
                        f"{self._path} has version {version}; this program reads {SCHEMA_VERSION}"
                    )
                yield connection
        except sqlite3.Error as error:
            raise LedgerError(f"{self._path} can't be read: {error}") from error


FIELDS = (*COLUMNS, "actual", "scored_at")


def _rows(
    connection: sqlite3.Connection,
    condition: str,
    order: str,
    values: Mapping[str, str | int],
    scope: Scope,
) -> list[Row]:
    """Return forecasts, joined with their latest score."""
    conditions, bound = conditions_of(scope)
    if scope.version is None:
        conditions.append(f"f.role = '{CHAMPION}'")
    query = f"""
        SELECT {selected("f")}, s.actual, s.scored_at, f.row
        FROM forecasts f LEFT {LATEST_SCORES.lstrip()}
        WHERE {" AND ".join([condition, *conditions])} ORDER BY {order}"""
    found = []
    for row in connection.execute(query, {**values, **bound}):
        fields = dict(zip((*FIELDS, "row"), row, strict=True))
        fields["calendar"] = fields["calendar"].split()
        found.append(fields)
    return found


def _previous(connection: sqlite3.Connection, ticker: str, role: str) -> Row | None:
    """Return a ticker's last scored forecast for step 1."""
    names = ("session", "volume", "lower_80", "upper_80")
    query = f"""
        SELECT {", ".join(f"f.{name}" for name in names)}, s.actual
        FROM forecasts f {LATEST_SCORES} WHERE f.ticker = ? AND f.step = 1 AND f.role = ?
        ORDER BY f.origin DESC LIMIT 1"""
    found = connection.execute(query, (ticker, role)).fetchone()
    return dict(zip((*names, "actual"), found, strict=True)) if found else None
