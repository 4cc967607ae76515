"""Writes a sheet of a workbook as CSV; runs in a process of its own, with limited memory.

    python -m model_contract.reading.decode.workbook SHEET MEMORY MOST < workbook > sheet

SHEET is a name in JSON, or null for the first sheet with a long price history; MEMORY and MOST, the
size of the output, are in bytes. The first line of the output is JSON: the `sheet` (null if no
sheet has that name), all `sheets`, and the `histories`, the sheets with a price history among the
first few.
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
TOO_LARGE = 3  # exit status
MAX_SHEETS = 20
SHARE_OF_LONGEST = 2  # a shorter sheet than half of the longest one isn't read first


def main() -> None:
    """Write the sheet; exit with a status other than 0 if the workbook cannot be read."""
    wanted, memory, most = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    with CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())) as workbook:
        sheets = workbook.sheets_metadata  # hidden ones come last: nobody sees them
        sheets = sorted(sheets, key=lambda sheet: sheet.visible != SheetVisibleEnum.Visible)
        names = [sheet.name for sheet in sheets]
        heights = {
            name: workbook.get_sheet_by_name(name).height
            for name in names[:MAX_SHEETS]
            if _is_history(_rows(workbook, name))
        }
        histories = list(heights)
        if wanted is None:  # a template or a table of the last days comes first now and then
            longest = max(heights.values(), default=0)
            long = (name for name in histories if SHARE_OF_LONGEST * heights[name] >= longest)
            wanted = next(long, names[0])
        known = wanted in names
        facts = {"sheet": wanted if known else None, "sheets": names, "histories": histories}
        sys.stdout.write(json.dumps(facts) + "\n")
        if known:
            write(_rows(workbook, wanted), most)


def write(rows: Iterable[list[Any]], most: int) -> None:
    """Write rows to stdout; exit with `TOO_LARGE` beyond `most` characters."""
    writer, total = csv.writer(sys.stdout, lineterminator="\n"), 0
    for row in rows:
        cells = list(map(_text, row))
        total += sum(map(len, cells)) + len(cells)
        if total > most:
            sys.exit(TOO_LARGE)
        writer.writerow(cells)


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
