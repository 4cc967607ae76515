"""Daily prices and volumes in memory: the readers return them, and the features use them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray

MAX_TICKER_CHARACTERS = 40


@dataclass(frozen=True)
class Prices:
    """Daily bars, one row per ticker and session, sorted by both; every field is (rows,)."""

    ticker: npt.NDArray[np.str_]  # "" if the file has no tickers
    session: DateArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray  # shares
    line: npt.NDArray[np.int64]  # the row's line number in its file

    def __len__(self) -> int:
        return len(self.session)

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | slice) -> "Prices":
        """Select rows by a mask, an index or a slice."""
        return Prices(*(getattr(self, name)[rows] for name in FIELDS))

    def by_ticker(self) -> Iterator[tuple[str, "Prices"]]:
        """Yield each ticker and a view of its rows, sorted by ticker."""
        yield from self._tickers

    @cached_property
    def _tickers(self) -> list[tuple[str, "Prices"]]:
        starts = [0, *(np.flatnonzero(self.ticker[1:] != self.ticker[:-1]) + 1).tolist()]
        return [
            (str(self.ticker[start]), self.take(slice(start, stop)))
            for start, stop in pairwise([*starts, len(self)])
            if len(self)
        ]


FIELDS = tuple(field.name for field in fields(Prices))
