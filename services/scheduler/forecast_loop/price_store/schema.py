"""The tables of the price store, an SQLite database.

Versions number the states of the store: each delivery that is merged makes the next one. Rows of
prices are only added. The current row of a session is that of the newest version; older ones are
its revisions, so the store can be read as of any version.
"""

import sqlite3
from pathlib import Path

from forecast_loop.errors import StoreError

APPLICATION_ID, SCHEMA_VERSION = 0x53565031, 1  # "SVP1"
BUSY_SECONDS = 60.0
STATEMENTS = """
CREATE TABLE deliveries(
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    series TEXT NOT NULL,
    received_at TEXT NOT NULL,
    written_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('accepted', 'held', 'refused', 'superseded', 'unreadable', 'nothing_new')),
    reasons TEXT NOT NULL,
    rows_new INTEGER NOT NULL,
    rows_changed INTEGER NOT NULL,
    rows_same INTEGER NOT NULL,
    decided_at TEXT NOT NULL,
    version INTEGER UNIQUE,
    UNIQUE (sha256, series, written_at)
);
CREATE INDEX deliveries_without_rows ON deliveries(received_at) WHERE version IS NULL;
CREATE TABLE tickers(
    ticker TEXT PRIMARY KEY,
    market TEXT NOT NULL,
    last INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE contents(
    delivery INTEGER NOT NULL REFERENCES deliveries(id),
    ticker TEXT NOT NULL,
    sessions INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (delivery, ticker)
) WITHOUT ROWID;
CREATE TABLE prices(
    ticker TEXT NOT NULL REFERENCES tickers(ticker),
    session INTEGER NOT NULL,
    version INTEGER NOT NULL REFERENCES deliveries(version),
    open REAL NOT NULL,
    high REAL NOT NULL,
    low REAL NOT NULL,
    close REAL NOT NULL,
    volume REAL NOT NULL,
    adjusted_close REAL,
    adjusted_basis INTEGER,
    split_factor REAL,
    PRIMARY KEY (ticker, session, version)
) WITHOUT ROWID;
CREATE INDEX prices_by_version ON prices(version);
CREATE TABLE quarantine(
    delivery INTEGER NOT NULL REFERENCES deliveries(id),
    rule TEXT NOT NULL,
    lines TEXT NOT NULL,
    PRIMARY KEY (delivery, rule)
) WITHOUT ROWID;
CREATE TABLE reported(
    name TEXT PRIMARY KEY,
    reported_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER prices_stay_as_they_are BEFORE UPDATE ON prices
    BEGIN SELECT RAISE(ABORT, 'rows of prices are only added'); END;
CREATE TRIGGER prices_are_kept BEFORE DELETE ON prices
    BEGIN SELECT RAISE(ABORT, 'rows of prices are only added'); END;
"""


def open_database(path: Path) -> sqlite3.Connection:
    """Open the database, and create it if it doesn't exist. Raises `StoreError`."""
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _require_form(connection, path)
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"{path} can't be opened: {error}; if another process has locked it, try again later"
        ) from error
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{path} can't be opened as a price store: {error}; restore it from a backup, or move "
            "it away and deliver the files in deliveries/ again"
        ) from error
    return connection


def _require_form(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables of a new database. Raises `StoreError` if it has others."""
    if _form(connection) == 0:
        _create(connection)
    if _form(connection) != SCHEMA_VERSION:
        raise StoreError(
            f"{path} is a price store of form {_form(connection)}; this code knows form "
            f"{SCHEMA_VERSION}; use the version of the code that wrote it"
        )


def _form(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _create(connection: sqlite3.Connection) -> None:
    with connection:  # commits at the end, or rolls back
        connection.execute("BEGIN IMMEDIATE")
        if _form(connection) == 0:  # no other process was faster
            for statement in _statements():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _statements() -> list[str]:
    """Split at the ends of statements; a trigger contains a semicolon of its own."""
    found, current = [], ""
    for line in STATEMENTS.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            found.append(current)
            current = ""
    return found
