"""Cells of a table that its reading is decided by."""

import numpy as np

from model_contract.reading.table.columns import Rows
from model_contract.reading.table.table import Table

GLANCE, SAMPLE = 10, 500  # rows at each end of a table
SPREAD = 5_000  # distinct cells


def glance(table: Table, position: int) -> list[str]:
    """Return the cells of the first and the last few rows of a column, without blanks."""
    return [cell for cell in table.columns.cells(position, outer_rows(table, GLANCE)) if cell]


def sample(table: Table, position: int) -> list[str]:
    """Return the cells of the first and the last rows of a column."""
    return table.columns.cells(position, outer_rows(table, SAMPLE))


def outer_rows(table: Table, most: int) -> Rows:
    """Return the indexes of at most that many rows at each end of a table."""
    count = len(table)
    if count <= 2 * most:
        return np.arange(count)
    return np.concatenate([np.arange(most), np.arange(count - most, count)])


def distinct(table: Table, position: int) -> list[str]:
    """Return the distinct cells of a column, in the order of their first rows, without blanks.

    Of more than `SPREAD`, as with times of day, about as many that are spread evenly.
    """
    cells = table.columns.cells(position, np.arange(len(table)))
    found = [cell for cell in dict.fromkeys(cells) if cell]
    return found[:: -(-len(found) // SPREAD) or 1]
