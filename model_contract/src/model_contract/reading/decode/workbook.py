"""Writes a sheet of a workbook as CSV; runs in a process of its own, with limited memory.

    python -m model_contract.reading.decode.workbook SHEET MEMORY < workbook > sheet

SHEET is a name in JSON, or null for the first sheet with a price history; MEMORY is in bytes. The
first line of the output is JSON: the `sheet` (null if no sheet has that name) and all `sheets`.
"""

import csv
import io
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from model_contract.reading.decode.layout import KNOWN, LOOKED_AT, known_names

MIDNIGHT = time(0)


def main() -> None:
    """Write the sheet; exit with a status other than 0 if the workbook cannot be read."""
    wanted, memory = json.loads(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())) as workbook:
        names = workbook.sheet_names
        if wanted is None:
            histories = (name for name in names if _is_history(_rows(workbook, name)))
            wanted = next(histories, names[0])
        known = wanted in names
        facts = {"sheet": wanted if known else None, "sheets": names}
        sys.stdout.write(json.dumps(facts) + "\n")
        if known:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerows([map(_text, row) for row in _rows(workbook, wanted)])


def _rows(workbook: Any, name: str) -> Iterator[list[Any]]:
    yield from workbook.get_sheet_by_name(name).iter_rows()


def _is_history(rows: Iterable[list[Any]]) -> bool:
    return any(known_names(list(map(_text, row))) >= KNOWN for row in islice(rows, LOOKED_AT))


def _text(cell: Any) -> str:
    """Write a cell as the reader expects it: dates as ISO dates, numbers with a decimal point."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == MIDNIGHT else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, timedelta):
        return str(cell)
    return " ".join(str(cell).split())


if __name__ == "__main__":
    main()
