"""A CSV with the faults of real exported files."""

import csv
import io

import pytest

from running_stack import REPOSITORY


@pytest.fixture(scope="session")
def dirty_csv() -> bytes:
    """IBM's prices in Yahoo Finance's columns, with empty, untraded and contradictory rows."""
    default = (REPOSITORY / "data/raw/stocks.csv").read_text()
    rows = [row for row in csv.reader(io.StringIO(default)) if row[0] in ("Ticker", "IBM")][:1500]
    for line in (50, 70, 130):
        rows[line] = [*rows[line][:2], *["null"] * 6]
    for line in (900, 1000):
        rows[line][6] = "0"
    rows[300][5] = str(float(rows[300][4]) - 1)  # Close below Low
    return "\n".join(",".join(row[1:]) for row in rows).encode()
