"""Writes the ledger: appends forecasts, adds scores and their sums, removes what is old."""

import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from model_contract.errors import LedgerError
from model_contract.ledger.chain import last_link, remove
from model_contract.ledger.forecast_row import COLUMNS, ForecastRow, chained, stored
from model_contract.ledger.schema import DATABASE, MISSED_BEFORE, SCHEMA, SCHEMA_VERSION
from model_contract.ledger.summaries import Change, add_to_summaries

ROUNDING = 1e-9  # of a volume that was restated for a share split
BUSY_SECONDS = 30.0  # readers hold the database for milliseconds
REMOVED_AT_ONCE = 200_000  # forecasts, so that a transaction fits into memory


@dataclass(frozen=True)
class Truth:
    """The volume of a session that a row forecast."""

    row: int  # number of the forecast
    actual: float  # shares of the forecast's origin
    source: str  # names the delivery that it comes from
    scored_at: str  # UTC, ISO 8601


class Ledger:
    """A ledger with write access. Every method is one transaction: it happens wholly or not."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / DATABASE
        directory.mkdir(parents=True, exist_ok=True)
        with self._transaction() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, SCHEMA_VERSION):
                raise LedgerError(
                    f"{self.path} has version {version}; this program needs {SCHEMA_VERSION}"
                )
            if version == 0:
                for statement in SCHEMA:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def append(self, rows: Iterable[ForecastRow]) -> int:
        """Append the rows that the ledger doesn't have yet. Returns their number.

        A ledger has one row for each ticker, origin, step and role. A later one for the same is
        left out, so a repeated run changes nothing.

        Raises `LedgerError` if a row was written after its session had opened.
        """
        with self._transaction() as connection:
            number, last = last_link(connection)
            added = 0
            for row in rows:
                _require_before_open(row)
                hashed = chained(last, row)
                values = (number + added + 1, *stored(row), hashed)
                if connection.execute(INSERT, values).rowcount:
                    last, added = hashed, added + 1
            return added

    def score(self, truths: Iterable[Truth], progress: Mapping[str, str] | None = None) -> int:
        """Add the scores that are new or differ from the last one. Returns their number.

        progress   how far the caller has come, by name; recorded together with the scores

        The first score of a row has revision 0; a corrected volume gives the next revision and
        leaves the earlier ones.
        """
        with self._transaction() as connection:
            changes: list[Change] = []
            added = 0
            for truth in truths:
                found = connection.execute(LAST_SCORE, (truth.row,)).fetchone()
                if found and math.isclose(found[1], truth.actual, rel_tol=ROUNDING):
                    continue
                revision = found[0] + 1 if found else 0
                connection.execute(
                    "INSERT INTO scores VALUES (?, ?, ?, ?, ?)",
                    (truth.row, revision, truth.actual, truth.source, truth.scored_at),
                )
                changes.append((truth.row, truth.actual, 1))
                if found:
                    changes.append((truth.row, found[1], -1))
                added += 1
            add_to_summaries(connection, changes)
            _set_progress(connection, progress or {})
            return added

    def remove(self, before: str, now: str, most: int = REMOVED_AT_ONCE) -> int:
        """Remove the oldest forecasts and missed sessions. Returns the number of forecasts.

        before   a session; what is of earlier ones is removed, see `chain.remove`
        now      UTC, ISO 8601
        most     forecasts to remove; call it again for more

        The sums of their errors stay.
        """
        with self._transaction() as connection:
            count = connection.execute("DELETE FROM missed WHERE session < ?", (before,)).rowcount
            if count:
                query = "SELECT value FROM progress WHERE name = ?"
                found = connection.execute(query, (MISSED_BEFORE,)).fetchone()
                total = count + int(found[0] if found else 0)
                _set_progress(connection, {MISSED_BEFORE: str(total)})
            return remove(connection, before, now, most)

    def follow(self, markets: dict[str, str]) -> None:
        """Replace the watch-list: the market of each followed ticker."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM followed")
            connection.executemany("INSERT INTO followed VALUES (?, ?)", sorted(markets.items()))

    def note(self, progress: Mapping[str, str]) -> None:
        """Record how far the caller has come, by name."""
        with self._transaction() as connection:
            _set_progress(connection, progress)

    def miss(
        self,
        sessions: Iterable[tuple[str, str, str, str]],
        progress: Mapping[str, str] | None = None,
    ) -> int:
        """Record sessions that opened without a forecast; returns how many are new.

        sessions   of each: ticker, session, reason, time of the record
        progress   as in `score`
        """
        with self._transaction() as connection:
            before = connection.total_changes
            connection.executemany("INSERT OR IGNORE INTO missed VALUES (?, ?, ?, ?)", sessions)
            added = connection.total_changes - before
            _set_progress(connection, progress or {})
            return added

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        with closing(connection), connection:  # commits at the end, or rolls back
            # A reader in another container can't write to the volume, so it can't read a
            # write-ahead log. The rollback journal (the default) needs no writing reader.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA cache_spill = OFF")  # readers are locked out at commit only
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("BEGIN IMMEDIATE")
            yield connection


INSERT = f"""
    INSERT INTO forecasts VALUES ({", ".join("?" * (len(COLUMNS) + 2))})
    ON CONFLICT (ticker, origin, step, role) DO NOTHING"""
LAST_SCORE = "SELECT revision, actual FROM scores WHERE row = ? ORDER BY revision DESC LIMIT 1"


def _set_progress(connection: sqlite3.Connection, progress: Mapping[str, str]) -> None:
    connection.executemany("INSERT OR REPLACE INTO progress VALUES (?, ?)", progress.items())


def _require_before_open(row: ForecastRow) -> None:
    if row.written_at >= row.opens_at:
        raise LedgerError(
            f"the forecast of {row.ticker} for {row.session} was made at {row.written_at}, but the "
            f"session opened at {row.opens_at}; a forecast must be written before that"
        )
