"""Looks into a large file without splitting all of its lines.

The lines have no quotation marks. Arrow doesn't keep the strings of a column that it parses while
it splits them. The cells that decide how a file is read are in the first and last rows, and
splitting these is much faster than splitting all lines again.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from model_contract.reading.table.columns import Rows

FEW, MANY = 20, 500  # rows at each end; most readers of cells look at a few
LINE_END = b"\n"


@dataclass(frozen=True)
class OuterRows:
    """The first and last rows of a file without blank lines."""

    data: bytes  # UTF-8
    start: int  # of the first row
    separator: str
    count: int  # of all rows

    def cells(self, position: int, rows: Rows) -> list[str] | None:
        """Return a column's stripped strings; None if a row is too far from both ends."""
        reach = int(np.minimum(rows, self.count - 1 - rows).max(initial=0))
        if reach >= MANY:
            return None
        outer = self._few if reach < FEW else self._many
        return [
            outer[row if row <= reach else row - self.count][position].strip()
            for row in rows.tolist()
        ]

    @cached_property
    def _few(self) -> list[list[str]]:
        return self._split(FEW)

    @cached_property
    def _many(self) -> list[list[str]]:
        return self._split(MANY)

    def _split(self, most: int) -> list[list[str]]:
        """Split the first rows, up to `most`, and then the last ones; a row may be in both."""
        end = len(self.data) - self.data.endswith(LINE_END)
        first, last = self.start, end
        for _ in range(min(most, self.count)):
            first = self.data.find(LINE_END, first, end) + 1 or end + 1
            last = self.data.rfind(LINE_END, self.start, last)
        texts = self.data[self.start : first - 1], self.data[max(last, self.start - 1) + 1 : end]
        return [line.split(self.separator) for text in texts for line in text.decode().split("\n")]


def fields_are_short(data: bytes, start: int, separator: str, longest: int) -> bool:
    """Whether no field after `start` is longer than `longest` bytes; looks at few of the fields."""
    mark = separator.encode()
    while len(data) - start > longest:
        end = start + longest + 1
        start = 1 + max(data.rfind(mark, start, end), data.rfind(LINE_END, start, end))
        if not start:
            return False
    return True
