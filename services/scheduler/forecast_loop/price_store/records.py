"""The deliveries in the database of a price store: what came in, and what became of it."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from forecast_loop.errors import StoreError
from forecast_loop.price_store.delivery import Content, Counts, Delivery, Reason, State

DELIVERY_COLUMNS = (
    "id, sha256, name, source, series, received_at, written_at, state, reasons, "
    "rows_new, rows_changed, rows_same, decided_at, version"
)
# The first or last session of a delivery.
_END = "(SELECT {} FROM contents WHERE delivery = {} AND sessions > 0)"
CLOSED = "received_at < ? AND state NOT IN ('held', 'unreadable')"


@dataclass(frozen=True)
class NewDelivery:
    """What is known of a delivery before it is decided."""

    sha256: str
    name: str
    source: str
    series: str
    received_at: datetime
    written_at: datetime


class DeliveryRecords:
    """Reads and writes the tables of deliveries, their contents and their quarantine."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def record(
        self,
        new: NewDelivery,
        state: State,
        reasons: Sequence[Reason],
        counts: Counts,
        now: datetime,
        version: int | None = None,
    ) -> int:
        """Record what became of a delivery, and return its number.

        If `find` knows the delivery, that one is changed. Call it in a
        `transaction`.
        """
        decision = (state, _reasons_text(reasons), counts.new, counts.changed, counts.same)
        values = (*decision, _time_text(now), version)
        found = self.find(new)
        if found is not None:
            self._database.execute(
                "UPDATE deliveries SET state = ?, reasons = ?, rows_new = ?, rows_changed = ?, "
                "rows_same = ?, decided_at = ?, version = ? WHERE id = ?",
                (*values, found.id),
            )
            return found.id
        cursor = self._database.execute(
            "INSERT INTO deliveries(sha256, name, source, series, received_at, written_at, state, "
            "reasons, rows_new, rows_changed, rows_same, decided_at, version) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (new.sha256, new.name, new.source, new.series, _time_text(new.received_at),
             _time_text(new.written_at), *values),
        )  # fmt: skip
        return int(cursor.lastrowid or 0)

    def describe(
        self, id: int, contents: Mapping[str, Content], quarantine: Mapping[str, Sequence[int]]
    ) -> None:
        """Keep what a delivery contains, and the lines that the reader left out, by rule.

        The contents of older deliveries of its series, which no check needs any more, are removed.
        Call it in a `transaction`.
        """
        self._database.execute("DELETE FROM contents WHERE delivery = ?", (id,))
        self._database.executemany(
            "INSERT INTO contents VALUES (?, ?, ?, ?, ?)",
            ((id, name, one.sessions, one.first, one.last) for name, one in contents.items()),
        )
        self._database.executemany(
            "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?)",
            ((id, rule, json.dumps(list(lines))) for rule, lines in quarantine.items()),
        )
        self._database.execute(
            "DELETE FROM contents WHERE delivery IN (SELECT old.id FROM deliveries AS old "
            "JOIN deliveries AS new ON old.series = new.series AND old.id < new.id "
            "WHERE new.id = ? AND new.state = 'accepted' AND old.state <> 'held')",
            (id,),
        )

    def supersede(self, id: int, now: datetime) -> list[int]:
        """Mark the open deliveries of the same series before `id`; return their numbers.

        A held one with older or newer sessions than `id` has stays held: nothing else brings them.
        """
        rows = self._database.execute(
            f"""
            UPDATE deliveries AS old SET state = 'superseded', decided_at = :now
            WHERE id < :id AND series = (SELECT series FROM deliveries WHERE id = :id)
            AND (state = 'unreadable' OR state = 'held'
                AND {_END.format("min(first)", ":id")} <= {_END.format("min(first)", "old.id")}
                AND {_END.format("max(last)", ":id")} >= {_END.format("max(last)", "old.id")})
            RETURNING id""",
            {"now": _time_text(now), "id": id},
        ).fetchall()
        return sorted(one for (one,) in rows)

    def move(self, sha256: str, series: str, new_series: str) -> None:
        """Move an unreadable delivery to the series that it turns out to belong to."""
        self._database.execute(
            "UPDATE OR IGNORE deliveries SET series = ? WHERE sha256 = ? AND series = ? "
            "AND state = 'unreadable'",
            (new_series, sha256, series),
        )

    def report_once(self, names: Sequence[str], now: datetime) -> list[str]:
        """Return the names that it wasn't called with before."""
        return [
            name
            for name in names
            if self._database.execute(
                "INSERT OR IGNORE INTO reported VALUES (?, ?)", (name, _time_text(now))
            ).rowcount
        ]

    def set_state(self, id: int, state: State, now: datetime) -> Delivery:
        """Change the state of a delivery. Raises `StoreError` if it doesn't exist."""
        self._database.execute(
            "UPDATE deliveries SET state = ?, decided_at = ? WHERE id = ?",
            (state, _time_text(now), id),
        )
        return self.delivery(id)

    def delivery(self, id: int) -> Delivery:
        """Return a delivery by its number. Raises `StoreError` if it doesn't exist."""
        found = self._deliveries("WHERE id = ?", (id,))
        if not found:
            raise StoreError(f"delivery {id} doesn't exist; list the deliveries for their numbers")
        return found[0]

    def find(self, new: NewDelivery) -> Delivery | None:
        """Return the delivery that came before with these bytes in this series.

        One that is open is found in any case; one that was decided, only if it was written at the
        same time: a file that is delivered again later has more sessions that are over.
        """
        found = self._deliveries(
            "WHERE sha256 = ? AND series = ? AND "
            "(written_at = ? OR state IN ('held', 'unreadable')) ORDER BY id DESC LIMIT 1",
            (new.sha256, new.series, _time_text(new.written_at)),
        )
        return found[0] if found else None

    def deliveries(self, state: State | None = None) -> list[Delivery]:
        """Return all deliveries, or those in one state, oldest first."""
        if state is None:
            return self._deliveries("ORDER BY id", ())
        return self._deliveries("WHERE state = ? ORDER BY id", (state,))

    def last_accepted(self, series: str) -> Delivery | None:
        """Return the delivery of a series that was merged last."""
        found = self._deliveries(
            "WHERE series = ? AND state = 'accepted' ORDER BY version DESC LIMIT 1", (series,)
        )
        return found[0] if found else None

    def contents(self, id: int) -> dict[str, Content]:
        """Return what a delivery contained, by ticker; empty if that isn't kept any more."""
        rows = self._database.execute(
            "SELECT ticker, sessions, first, last FROM contents WHERE delivery = ?", (id,)
        )
        return {ticker: Content(*values) for ticker, *values in rows}

    def quarantine(self, id: int) -> dict[str, list[int]]:
        """Return the lines of a delivery that the reader left out, by the rule they broke."""
        rows = self._database.execute(
            "SELECT rule, lines FROM quarantine WHERE delivery = ? ORDER BY rule", (id,)
        )
        return {rule: json.loads(lines) for rule, lines in rows}

    def is_closed(self, sha256: str, before: datetime) -> bool:
        """Whether all deliveries of these bytes came before a time and need no decision."""
        (found,) = self._database.execute(
            f"SELECT min({CLOSED}) FROM deliveries WHERE sha256 = ?", (_time_text(before), sha256)
        ).fetchone()
        return bool(found)

    def remove_closed(self, before: datetime) -> None:
        """Remove the records of deliveries that came before a time and need no decision.

        Those of accepted deliveries stay, because rows of prices belong to them. So do the contents
        of the last accepted one of a series, with which the next one is compared. Call it in a
        `transaction`.
        """
        left_out = f"version IS NULL AND {CLOSED}"
        for statement in (
            "DELETE FROM quarantine WHERE EXISTS "
            f"(SELECT 1 FROM deliveries WHERE id = delivery AND {CLOSED})",
            f"DELETE FROM contents WHERE delivery IN (SELECT id FROM deliveries WHERE {left_out})",
            f"DELETE FROM deliveries WHERE {left_out}",
        ):
            self._database.execute(statement, (_time_text(before),))

    def _deliveries(self, condition: str, values: tuple[Any, ...]) -> list[Delivery]:
        rows = self._database.execute(
            f"SELECT {DELIVERY_COLUMNS} FROM deliveries {condition}", values
        )
        return [_delivery(row) for row in rows]


def _delivery(row: Sequence[Any]) -> Delivery:
    id, sha256, name, source, series, received, written, state, reasons, *rest = row
    new, changed, same, decided, version = rest
    found = tuple(Reason(**one) for one in json.loads(reasons))
    return Delivery(
        id, sha256, name, source, series, parsed_time(received), parsed_time(written), state, found,
        Counts(new, changed, same), parsed_time(decided), version,
    )  # fmt: skip


def _reasons_text(reasons: Sequence[Reason]) -> str:
    return json.dumps([asdict(one) for one in reasons], ensure_ascii=False)


def _time_text(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="microseconds")


def parsed_time(text: str) -> datetime:
    """Return a time of the database, in UTC."""
    return datetime.fromisoformat(text)
