"""The stored rows of one ticker, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from model_contract.arrays import FloatArray
from model_contract.prices import Prices
from model_contract.reading.apply.price_rows import PriceRows

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
NO_BASIS = -1  # without an adjusted close
COLUMNS = (
    "session, open, high, low, close, volume, adjusted_close, adjusted_basis, split_factor, version"
)


@dataclass(frozen=True)
class Bars:
    """Daily bars of one ticker by session; every field has one value or row per bar.

    adjusted     adjusted closes; NaN if unknown
    basis        the version whose adjusted closes these can be compared with; `NO_BASIS` if unknown
    factor       split factors, see `share_splits`; NaN if unknown or if no split is declared
    version      the version of the store that each row came with
    """

    session: Integers  # days since 1970
    ohlcv: FloatArray  # (rows, 5): open, high, low, close, volume in shares
    adjusted: FloatArray
    basis: Integers
    factor: FloatArray
    version: Integers

    def __len__(self) -> int:
        return len(self.session)

    def take(self, rows: Mask | npt.NDArray[np.intp] | slice) -> "Bars":
        """Select rows by a mask, an index or a slice."""
        return Bars(*(getattr(self, one.name)[rows] for one in fields(Bars)))


def from_rows(rows: PriceRows, start: int, stop: int) -> Bars:
    """Return the rows from `start` to `stop`, all of one ticker, before they are stored."""
    prices = rows.prices.take(slice(start, stop))
    values = np.column_stack([prices.open, prices.high, prices.low, prices.close, prices.volume])
    factor, count = rows.split_factor[start:stop], stop - start
    return Bars(
        prices.session.astype("datetime64[D]").astype(np.int64),
        values,
        rows.adjusted_close[start:stop],
        np.full(count, NO_BASIS, dtype=np.int64),
        np.where(factor == 1, np.nan, factor),
        np.full(count, NO_BASIS, dtype=np.int64),
    )


def from_records(records: Sequence[Sequence[Any]]) -> Bars:
    """Return rows of the database, `COLUMNS` ordered by session and version; the last of each."""
    table = np.array(records, dtype=np.float64).reshape(-1, len(COLUMNS.split(", ")))
    session = table[:, 0].astype(np.int64)
    if len(table):
        current = np.append(session[1:] != session[:-1], True)
        table, session = table[current], session[current]
    basis = np.where(np.isnan(table[:, 7]), NO_BASIS, table[:, 7]).astype(np.int64)
    return Bars(
        session, table[:, 1:6], table[:, 6], basis, table[:, 8], table[:, 9].astype(np.int64)
    )


def to_records(ticker: str, bars: Bars, version: int) -> list[tuple[Any, ...]]:
    """Return rows for the database: the ticker, then `COLUMNS`."""
    basis = [None if one == NO_BASIS else one for one in bars.basis.tolist()]
    columns = (bars.session.tolist(), *bars.ohlcv.T.tolist(), bars.adjusted.tolist(), basis)
    return [(ticker, *row, version) for row in zip(*columns, bars.factor.tolist(), strict=True)]


def joined(parts: Sequence[tuple[str, Bars]]) -> tuple[PriceRows, Bars]:
    """Join the bars of several tickers, sorted by ticker; as price rows and as bars."""
    names = np.array([ticker for ticker, _ in parts], dtype=np.str_)
    ticker = np.repeat(names, [len(bars) for _, bars in parts])
    if not parts:
        parts = [("", from_records([]))]
        ticker = np.zeros(0, dtype="<U1")
    bars = Bars(
        *(np.concatenate([getattr(one, item.name) for _, one in parts]) for item in fields(Bars))
    )
    session = bars.session.astype("datetime64[D]")
    line = np.zeros(len(bars), dtype=np.int64)
    opened, high, low, close, volume = bars.ohlcv.T
    prices = Prices(ticker, session, opened, high, low, close, volume, line)
    return PriceRows(prices, bars.adjusted, bars.factor), bars


def replaced(rows: Bars, bars: Bars) -> Bars:
    """Return both, sorted by session; a row of `bars` replaces one of `rows`."""
    kept = rows.take(~np.isin(rows.session, bars.session))
    both = Bars(
        *(
            np.concatenate([getattr(kept, one.name), getattr(bars, one.name)])
            for one in fields(Bars)
        )
    )
    return both.take(np.argsort(both.session))
