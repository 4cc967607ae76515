"""A few bad rows are dropped by rule; more refuse the file."""

import numpy as np
import pytest

from model_contract.messages.cells import (
    NUMBER_EXPECTED,
)
from model_contract.messages.forecasting import (
    ROWS_DROPPED_IMPOSSIBLE,
    ROWS_DROPPED_UNREADABLE,
)

HEADER = "Date,Open,High,Low,Close,Volume\n"
MONDAY = "2024-01-08,10,11,9,10.5,1000\n"
TUESDAY = "2024-01-09,10.5,12,10,11,2000\n"
STOOQ = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"


def sessions(count: int) -> list[str]:
    days = np.arange("2020-01-01", "2024-01-01", dtype="datetime64[D]")[:count].astype(str)
    return [f"{day},10,11,9,10.5,1000\n" for day in days]


BOUND = pytest.mark.parametrize(
    ("rows", "bad"), [(10, 1), (29, 2), (30, 3), (50, 5), (250, 5), (299, 5), (300, 6), (400, 8)]
)


@BOUND
@pytest.mark.parametrize(
    ("find", "replace", "rule", "code"),
    [
        (",11,", ",abc,", "unreadable", ROWS_DROPPED_UNREADABLE),
        ("20", "ab", "unreadable", ROWS_DROPPED_UNREADABLE),
        ("1000\n", "1000,1\n", "unreadable", ROWS_DROPPED_UNREADABLE),
        (",11,", ",0,", "impossible", ROWS_DROPPED_IMPOSSIBLE),
        (",11,", ",8,", "impossible", ROWS_DROPPED_IMPOSSIBLE),
        (",11,", ",,", "impossible", ROWS_DROPPED_IMPOSSIBLE),
        ("202", "292", "impossible", ROWS_DROPPED_IMPOSSIBLE),
        ("1000\n", "-1000\n", "impossible", ROWS_DROPPED_IMPOSSIBLE),
    ],
    ids=[
        "no number",
        "no date",
        "a field too many",
        "a zero price",
        "high below low",
        "a price missing",
        "the future",
        "a negative volume",
    ],
)
def test_some_bad_rows_are_dropped_by_rule(read, rows, bad, find, replace, rule, code):
    lines = sessions(rows)
    lines[1 : 1 + bad] = [line.replace(find, replace, 1) for line in lines[1 : 1 + bad]]
    history = read(HEADER + "".join(lines))
    expected = list(range(3, 3 + bad))
    assert history.dropped == {rule: expected}
    assert code(count=bad, lines=expected, more=False) in history.warnings
    assert not set(history.prices.line.tolist()) & set(expected)
    assert len(history.prices) == rows - bad


@BOUND
def test_one_bad_row_more_refuses_the_file_with_each_of_them(problems_of, rows, bad):
    lines = sessions(rows)
    lines[1 : 2 + bad] = [line.replace(",11,", ",abc,") for line in lines[1 : 2 + bad]]
    assert problems_of(HEADER + "".join(lines)) == [
        (row, "High", NUMBER_EXPECTED(found="abc")) for row in range(3, 4 + bad)
    ]


def test_bad_rows_of_all_kinds_count_together(problems_of):
    lines = sessions(20)
    lines[1] = lines[1].replace("2020", "abcd")
    lines[2] = lines[2].replace("1000", "-1000")
    lines[3] = lines[3].replace("\n", ",1,2,3\n")
    assert [row for row, _, _ in problems_of(HEADER + "".join(lines))] == [3, 4, 5]


def test_a_row_that_is_bad_in_two_ways_counts_once(read):
    lines = sessions(10)
    lines[1] = "2020-99-01,x,y,z,-1,1000\n"
    assert read(HEADER + "".join(lines)).dropped == {"unreadable": [3]}


def test_a_row_with_two_kinds_of_faults_is_listed_once(read):
    lines = sessions(10)
    lines[1] = "2999-01-01,x,11,9,10,1000\n"
    assert read(HEADER + "".join(lines)).dropped == {"unreadable": [3]}
