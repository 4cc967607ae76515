"""The price store: deliveries, and the rows of prices that they brought, by version."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType

import numpy as np

from forecast_loop.errors import StoreError
from forecast_loop.price_store.bars import (
    COLUMNS,
    Bars,
    Integers,
    from_records,
    joined,
    to_records,
)
from forecast_loop.price_store.kept_files import forget, keep, read_kept, remove_partial
from forecast_loop.price_store.merging import Merge
from forecast_loop.price_store.records import DeliveryRecords, parsed_time
from forecast_loop.price_store.schema import open_database
from model_contract.reading.apply.price_rows import PriceRows
from model_contract.share_splits import Restated, restated

DATABASE, DELIVERIES = "prices.sqlite", "deliveries"
EARLIEST, LATEST = -(2**31), 2**31  # sessions, in days since 1970
ANY_VERSION = 2**62


@dataclass(frozen=True)
class Change:
    """A row that a version of the store brought."""

    ticker: str
    session: str  # ISO 8601
    version: int


@dataclass(frozen=True)
class Revision:
    """A row that a later version replaced; `ohlcv` is open, high, low, close, volume."""

    ticker: str
    session: date
    version: int
    ohlcv: tuple[float, ...]
    received_at: datetime  # when the delivery with this row came in


class PriceStore(DeliveryRecords):
    """A folder with the database `prices.sqlite` and the deliveries as they came.

    Use it as a context manager, in one thread. Several processes may open the same store.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = folder / DELIVERIES
        self._files.mkdir(parents=True, exist_ok=True)
        remove_partial(self._files)
        super().__init__(open_database(folder / DATABASE))

    def __enter__(self) -> "PriceStore":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all or nothing of what is in the block, while no other process writes.

        Raises `StoreError` if another process writes for over a minute.
        """
        try:
            self._database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"{self.folder / DATABASE} can't be written: {error}; try again later"
            ) from error
        with self._database:  # commits at the end, or rolls back
            yield

    def keep(self, data: bytes) -> str:
        """Keep the bytes of a delivery durably and return their SHA-256. Raises `OSError`."""
        return keep(self._files, data)

    def data(self, sha256: str) -> bytes:
        """Return the bytes of a delivery. Raises `StoreError` if they are missing or altered."""
        return read_kept(self._files, sha256)

    def forget(self, before: datetime) -> int:
        """Remove what is kept of decided deliveries that came before a time, but not their rows.

        That is their files, unless an open or a later delivery has the same bytes, and the records
        that nothing needs any more. Returns the number of files.
        """
        names = sorted(path.name for path in self._files.iterdir())
        gone = [name for name in names if self.is_closed(name, before)]
        removed = sum(forget(self._files, name) for name in gone)
        with self.transaction():
            self.remove_closed(before)
        return removed

    @property
    def version(self) -> int:
        """The number of deliveries that were merged: 0 for an empty store."""
        (found,) = self._database.execute("SELECT max(version) FROM deliveries").fetchone()
        return found or 0

    def add(self, merges: Mapping[str, Merge], markets: Mapping[str, str], version: int) -> None:
        """Add the new and changed rows of a delivery. Call it in a `transaction`.

        merges     by ticker
        markets    the ISO 10383 code of each ticker
        version    of the delivery, which has been recorded
        """
        for ticker, merge in merges.items():
            stored = merge.stored
            if not len(stored):
                continue
            self._database.execute(
                "INSERT INTO tickers VALUES (?, ?, ?) ON CONFLICT (ticker) DO UPDATE "
                "SET market = excluded.market, last = max(last, excluded.last)",
                (ticker, markets[ticker], int(stored.session[-1])),
            )
            self._database.executemany(
                f"INSERT INTO prices(ticker, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                to_records(ticker, stored, version),
            )

    def bars(
        self, ticker: str, first: int = EARLIEST, last: int = LATEST, as_of: int | None = None
    ) -> Bars:
        """Return the rows of a ticker from the session `first` to `last`, in days since 1970."""
        rows = self._database.execute(
            f"SELECT {COLUMNS} FROM prices WHERE ticker = ? AND session BETWEEN ? AND ? "
            "AND version <= ? ORDER BY session, version",
            (ticker, first, last, ANY_VERSION if as_of is None else as_of),
        )
        return from_records(rows.fetchall())

    def tickers(self) -> list[str]:
        """Return all tickers of the store, sorted."""
        rows = self._database.execute("SELECT ticker FROM tickers ORDER BY ticker")
        return [ticker for (ticker,) in rows]

    def history(
        self,
        tickers: Iterable[str] | None = None,
        as_of: int | None = None,
        since: date | None = None,
    ) -> tuple[PriceRows, Integers]:
        """Return rows sorted by ticker and session, and the version of each, (rows,).

        tickers    all of the store by default
        as_of      the version to read; the current one by default
        since      the first session to read; the oldest by default

        The rows' `line` is 0. They are as the files had them, not restated for splits.
        """
        rows, bars = self._joined(tickers, as_of, since)
        return rows, bars.version

    def rows_and_bases(
        self, tickers: Iterable[str], as_of: int | None = None
    ) -> tuple[PriceRows, Integers]:
        """Return what `history` does, and the basis of each adjusted close, see `merging`."""
        rows, bars = self._joined(tickers, as_of, None)
        return rows, bars.basis

    def restated_history(
        self,
        tickers: Iterable[str] | None = None,
        as_of: int | None = None,
        since: date | None = None,
    ) -> Restated:
        """Return what `history` does, restated in shares of each ticker's last session.

        The adjusted closes of two rows are only compared if they have the same basis. Raises
        `TableError` if there are too many splits, or if they are too large together.
        """
        rows, bars = self._joined(tickers, as_of, since)
        source = bars.basis.astype(np.intp)
        return restated(rows.prices, rows.adjusted_close, rows.split_factor, source)

    def _joined(
        self, tickers: Iterable[str] | None, as_of: int | None, since: date | None
    ) -> tuple[PriceRows, Bars]:
        first = EARLIEST if since is None else days(since)
        names = self.tickers() if tickers is None else sorted(set(tickers))
        parts = [(ticker, self.bars(ticker, first, as_of=as_of)) for ticker in names]
        return joined([part for part in parts if len(part[1])])

    def last_sessions(self) -> dict[str, tuple[str, date]]:
        """Return each ticker's market and last session."""
        rows = self._database.execute("SELECT ticker, market, last FROM tickers ORDER BY ticker")
        return {ticker: (market, day(last)) for ticker, market, last in rows}

    def changes(self, after: int) -> list[Change]:
        """Return the rows that came with later versions than `after`, by ticker and session."""
        rows = self._database.execute(
            "SELECT ticker, session, max(version) FROM prices WHERE version > ? "
            "GROUP BY ticker, session ORDER BY ticker, session",
            (after,),
        )
        return [
            Change(ticker, day(session).isoformat(), version) for ticker, session, version in rows
        ]

    def revisions(self, ticker: str | None = None) -> list[Revision]:
        """Return the rows that a later version replaced, by ticker, session and version."""
        rows = self._database.execute(
            "SELECT ticker, session, old.version, open, high, low, close, volume, received_at "
            "FROM prices AS old JOIN deliveries ON deliveries.version = old.version WHERE "
            "(?1 IS NULL OR ticker = ?1) AND EXISTS (SELECT 1 FROM prices AS new WHERE "
            "new.ticker = old.ticker AND new.session = old.session AND new.version > old.version) "
            "ORDER BY ticker, session, old.version",
            (ticker,),
        )
        return [
            Revision(name, day(session), version, tuple(values), parsed_time(received))
            for name, session, version, *values, received in rows
        ]


def day(number: int) -> date:
    """Return the date of a number of days since 1970."""
    found: date = np.datetime64(number, "D").item()
    return found


def days(when: date) -> int:
    """Return the days from 1970 to a date."""
    return int(np.datetime64(when, "D").astype(np.int64))
