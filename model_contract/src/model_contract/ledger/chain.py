"""The chain of hashes in the database: its ends, its verification, and the removal of old rows.

Rows are only removed from the beginning. A row of the table `cuts` then has the number and the hash
of the last one that was removed, and the verification starts there.
"""

import sqlite3
from dataclasses import dataclass

from model_contract.ledger.forecast_row import FIRST_HASH, ForecastRow, chained, selected


@dataclass(frozen=True)
class BrokenRow:
    """The first row whose hash doesn't match."""

    row: int
    ticker: str
    session: str


@dataclass(frozen=True)
class Removed:
    """The forecasts that were removed: their number, and the last session of one."""

    rows: int
    until: str


def last_link(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Return the number and the hash of the last row, which may have been removed."""
    row, hashed = connection.execute("""
        SELECT row, hash FROM (
            SELECT * FROM (SELECT row, hash FROM forecasts ORDER BY row DESC LIMIT 1)
            UNION ALL SELECT * FROM (SELECT row, hash FROM cuts ORDER BY row DESC LIMIT 1)
            UNION ALL VALUES (0, NULL)
        ) ORDER BY row DESC LIMIT 1""").fetchone()
    return row, hashed or FIRST_HASH


def removed(connection: sqlite3.Connection) -> Removed | None:
    """Return what was removed; None if nothing was."""
    rows, until = connection.execute("SELECT max(row), max(session) FROM cuts").fetchone()
    return Removed(rows, until) if rows else None


def first_broken_row(connection: sqlite3.Connection) -> tuple[int, BrokenRow | None]:
    """Compute the chain again. Returns the number of rows, and the first that doesn't match."""
    cut = connection.execute("SELECT row, hash FROM cuts ORDER BY row DESC LIMIT 1").fetchone()
    before, last = cut or (0, FIRST_HASH)
    count = 0
    for number, found, *values in connection.execute(
        f"SELECT row, hash, {selected()} FROM forecasts ORDER BY row"
    ):
        row = ForecastRow(*values)
        last = chained(last, row)
        if number != before + count + 1 or found != last:
            return count, BrokenRow(number, row.ticker, row.session)
        count += 1
    return count, None


def remove(connection: sqlite3.Connection, before: str, now: str, most: int) -> int:
    """Remove the first rows of sessions before a date, and their scores. Returns their number.

    most    rows to remove

    A row of a later session ends it, because the rows after that one would lose their link. Call it
    in a transaction.
    """
    (first,) = connection.execute("SELECT min(row) FROM forecasts").fetchone()
    if first is None:
        return 0
    last, until = connection.execute(
        # The + keeps SQLite from looking through all later sessions.
        """SELECT max(row), max(session) FROM forecasts
           WHERE row >= :first AND row < :first + :most AND row < coalesce((
               SELECT row FROM forecasts WHERE row < :first + :most AND +session >= :before
               ORDER BY row LIMIT 1), :first + :most)""",
        {"first": first, "most": most, "before": before},
    ).fetchone()
    if last is None:
        return 0
    connection.execute(
        "INSERT INTO cuts SELECT row, hash, ?, ? FROM forecasts WHERE row = ?", (until, now, last)
    )
    connection.execute("DELETE FROM scores WHERE row <= ?", (last,))
    connection.execute("DELETE FROM forecasts WHERE row <= ?", (last,))
    return int(last - first + 1)
