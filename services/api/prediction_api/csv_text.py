"""Responses as CSV."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

# A spreadsheet runs a cell as a formula if it starts with one of these. The last four come from
# East Asian keyboards.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # fmt: skip


def to_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Write some fields of each row as a CSV that is safe to open in a spreadsheet."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(value)
    if not isinstance(value, str):
        return value
    # A terminal would interpret control characters.
    text = "".join(character if character.isprintable() else "?" for character in value)
    return "'" + text if value.startswith(FORMULA_STARTS) else text
