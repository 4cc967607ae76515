"""Limits on the size of a file."""

from dataclasses import dataclass

CHECKED_ROWS = 5_000  # between two checks of the deadline


@dataclass(frozen=True)
class Limits:
    """The largest table to accept. The defaults are for requests; the trainer accepts more."""

    rows: int = 700_000
    columns: int = 2_000
    field_characters: int = 1_000
    tickers: int = 2_000
    unpacked_bytes: int = 64 * 2**20  # of a workbook, ZIP or Parquet file

    @property
    def line_characters(self) -> int:
        """The length of the longest line to split."""
        return self.columns * self.field_characters
