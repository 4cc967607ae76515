"""The columns of a table, and their implementation for small files: Python strings.

Most cells are plain and are parsed in bulk. The others are left to `number_format` and
`date_format`, which alone decide what a cell means.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray
from model_contract.reading.formats.date_format import EPOCH
from model_contract.reading.formats.number_format import COMMA_SIGN

ISO_CHARACTERS, ISO_LENGTH, BASIC_LENGTH = "0123456789-", 10, 8
NOT_A_DAY = np.datetime64("NaT", "D")

Rows = npt.NDArray[np.intp]
NO_ROWS = np.empty(0, np.intp)


class Columns(Protocol):
    """The columns of a table, by their position in the header.

    `numbers` and `dates` return values, (rows,), and the rows left over, whose cells aren't plain.
    `decimal` is the decimal sign, "." or ",".
    """

    def __len__(self) -> int:
        """Return the number of rows."""

    def numbers(self, position: int, decimal: str) -> tuple[FloatArray, Rows]:
        """Parse a column to finite numbers; NaN in the rows left over."""

    def dates(self, position: int) -> tuple[DateArray, Rows]:
        """Parse a column into dates, datetime64[D]; NaT in the rows left to `dialect`."""

    def known_kind(self, position: int) -> Literal["date", "number"] | None:
        """What all cells of a column are already known to be: ISO dates, plain numbers."""

    def labels(self, position: int, longest: int) -> npt.NDArray[np.str_]:
        """Return a column's strings, (rows,), cut after `longest` characters."""

    def cells(self, position: int, rows: Rows) -> list[str]:
        """Return the stripped strings of the chosen rows."""

    def replaced(self, positions: Sequence[int], cells: Sequence[str]) -> "Columns":
        """Return all columns but those at some positions, and a new one after them."""


@dataclass(frozen=True)
class TextColumns:
    """The columns of a small file, each a tuple of stripped strings."""

    texts: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.texts[0])

    def plain_numbers(self, positions: Sequence[int], decimal: str) -> FloatArray | None:
        """Parse several columns at once, (positions, rows); None if a cell isn't plain."""
        values = _plain_numbers(self._chained(positions), decimal)
        return None if values is None else values.reshape(len(positions), len(self))

    def plain_dates(self, positions: Sequence[int]) -> DateArray | None:
        """Parse several columns at once, (positions, rows); None if a cell isn't plain."""
        values = _plain_dates(self._chained(positions))
        return None if values is None else values.reshape(len(positions), len(self))

    def numbers(self, position: int, decimal: str) -> tuple[FloatArray, Rows]:
        """Parse a column if all of its cells are plain; else leave over all rows."""
        values = _plain_numbers(self.texts[position], decimal)
        if values is not None:
            return values, NO_ROWS
        return np.full(len(self), np.nan), np.arange(len(self))

    def dates(self, position: int) -> tuple[DateArray, Rows]:
        """Leave all rows to `dialect`."""
        return np.full(len(self), NOT_A_DAY), np.arange(len(self))

    def known_kind(self, position: int) -> None:
        """Nothing is known before parsing."""

    def labels(self, position: int, longest: int) -> npt.NDArray[np.str_]:
        """Return a column's strings, (rows,), cut after `longest` characters."""
        return np.array([cell[:longest] for cell in self.texts[position]], dtype=np.str_)

    def cells(self, position: int, rows: Rows) -> list[str]:
        """Return the strings of the chosen rows."""
        column = self.texts[position]
        return [column[row] for row in rows.tolist()]

    def replaced(self, positions: Sequence[int], cells: Sequence[str]) -> "TextColumns":
        """Return all columns but those at some positions, and a new one after them."""
        kept = [texts for at, texts in enumerate(self.texts) if at not in positions]
        return TextColumns((*kept, tuple(cells)))

    def _chained(self, positions: Sequence[int]) -> list[str]:
        return list(chain.from_iterable([self.texts[position] for position in positions]))


def _plain_numbers(cells: Sequence[str], decimal: str) -> FloatArray | None:
    """Parse cells that are all plain numbers; None if one isn't."""
    whole = "".join(cells)
    if "_" in whole or not whole.isascii():  # Python's float would accept these
        return None
    if decimal == COMMA_SIGN:
        if "." in whole:
            return None
        cells = [cell.replace(COMMA_SIGN, ".") for cell in cells]
    try:
        values = np.array(list(map(float, cells)))
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None  # float also accepts "inf" and "nan"


def _plain_dates(cells: Sequence[str]) -> DateArray | None:
    """Parse cells that all look like 2024-04-03 or all like 20240403; None if one doesn't."""
    whole, lengths = "".join(cells), set(map(len, cells))
    if whole.strip(ISO_CHARACTERS) or lengths not in ({ISO_LENGTH}, {BASIC_LENGTH}):
        return None
    if lengths == {ISO_LENGTH}:
        dashes = whole[4::ISO_LENGTH] + whole[7::ISO_LENGTH]
        if dashes.strip("-"):  # Python would accept "2024040399"
            return None
    try:
        ordinals = list(map(date.toordinal, map(date.fromisoformat, cells)))
    except ValueError:
        return None
    return (np.array(ordinals) - EPOCH).view("datetime64[D]")
