"""Writes the current rows of a price store as a Parquet file, on which the trainer can train.

The file has no column for what can't be compared: within it, the adjusted closes of two neighbours
with different bases would look as if no split had happened. So the later one is left blank, and the
splits that the store has proven are in a column of their own.
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import parquet as pq

from forecast_loop.price_store.bars import NO_BASIS
from forecast_loop.price_store.store import PriceStore
from model_contract.arrays import FloatArray
from model_contract.prices import Prices
from model_contract.share_splits import Split, find_splits
from model_contract.store.durable import discard, flush_directory

SCHEMA = pa.schema(
    [
        ("ticker", pa.string()),
        ("date", pa.date32()),
        *((name, pa.float64()) for name in ("open", "high", "low", "close", "volume")),
        ("adj_close", pa.float64()),
        ("split_factor", pa.float64()),
    ]
)
TICKERS_AT_ONCE = 500  # bounds the memory


def write_snapshot(store: PriceStore, path: Path, as_of: int | None = None) -> int:
    """Write the current rows, or those as of a version, and return their number.

    The same rows always give the same bytes. A reader finds the old file or the new one, never a
    part. Raises `OSError`, or `TableError` if a ticker has too many splits.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            count = _write(store, file, as_of)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    finally:
        discard(part)  # if something failed; otherwise it has been renamed
    flush_directory(path.parent)
    return count


def _write(store: PriceStore, file: IO[bytes], as_of: int | None) -> int:
    tickers, count = store.tickers(), 0
    with pq.ParquetWriter(file, SCHEMA, compression="snappy") as writer:
        for start in range(0, len(tickers), TICKERS_AT_ONCE):
            table = _table(store, tickers[start : start + TICKERS_AT_ONCE], as_of)
            count += len(table)
            writer.write_table(table)
    return count


def _table(store: PriceStore, tickers: list[str], as_of: int | None) -> pa.Table:
    rows, basis = store.rows_and_bases(tickers, as_of)
    prices, adjusted = rows.prices, rows.adjusted_close.copy()
    splits = find_splits(prices, adjusted, rows.split_factor, basis.astype(np.intp))
    later = (prices.ticker[1:] == prices.ticker[:-1]) & (basis[1:] != basis[:-1])
    known = (basis != NO_BASIS) & ~np.isnan(adjusted)
    adjusted[1:][later & known[1:] & known[:-1]] = np.nan
    columns = [
        prices.ticker.astype(object),
        prices.session,
        *(prices.open, prices.high, prices.low, prices.close, prices.volume),
        pa.array(adjusted, from_pandas=True),  # blank instead of NaN
        split_factors(prices, splits),
    ]
    arrays = [pa.array(one, type=item.type) for one, item in zip(columns, SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def split_factors(prices: Prices, splits: Sequence[Split]) -> FloatArray:
    """Return the ratio of each row's split, (rows,); 1 on other days."""
    ratios = {(one.ticker, one.session): float(one.ratio) for one in splits}
    factors = np.ones(len(prices))
    split = np.isin(prices.session, np.array([one.session for one in splits], dtype="M8[D]"))
    for row in np.flatnonzero(split):
        factors[row] = ratios.get((str(prices.ticker[row]), prices.session[row]), 1.0)
    return factors
