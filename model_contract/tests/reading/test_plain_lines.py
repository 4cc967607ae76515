"""The first and last rows of a large file are the cells that its lines have."""

import numpy as np
import pytest

from model_contract.reading.table.plain_lines import FEW, MANY, OuterRows

COUNTS = (1, 2, FEW - 1, FEW, FEW + 1, 2 * FEW, MANY, MANY + 1, 2 * MANY, 2 * MANY + 1)
HEADER = "Date,Close"


def outer_rows(count: int, line_end: str = "\n", after: str = "\n") -> OuterRows:
    rows = [f"{row}, {10 * row}" for row in range(count)]
    data = line_end.join([HEADER, *rows]) + after
    return OuterRows(data.encode(), len(HEADER + line_end), ",", count)


def ends(count: int, at_each_end: int) -> np.ndarray:
    return np.unique(np.r_[: min(at_each_end, count), max(0, count - at_each_end) : count])


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("at_each_end", [1, FEW, MANY])
@pytest.mark.parametrize(("line_end", "after"), [("\n", "\n"), ("\n", ""), ("\r\n", "\r\n")])
def test_the_outer_rows_have_the_cells_of_their_lines(count, at_each_end, line_end, after):
    rows = ends(count, at_each_end)
    found = outer_rows(count, line_end, after)
    assert found.cells(0, rows) == [str(row) for row in rows]
    assert found.cells(1, rows) == [str(10 * row) for row in rows]


def test_a_row_far_from_both_ends_is_not_looked_up():
    rows = outer_rows(2 * MANY + 1)
    assert rows.cells(0, np.array([MANY - 1])) == [str(MANY - 1)]
    assert rows.cells(0, np.array([0, MANY])) is None


def test_no_rows_have_no_cells():
    assert outer_rows(5).cells(0, np.empty(0, np.intp)) == []
