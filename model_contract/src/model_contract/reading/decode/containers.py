"""Unpacks tables that come in another form than text: workbooks, ZIP and Parquet files.

Each becomes the bytes of a CSV, whose line numbers are the row numbers of the sheet. Workbooks are
read with python-calamine, which takes the stored values of formulas, and neither follows links nor
runs macros. Before that, every entry of a ZIP file is unpacked once without keeping it, so a file
that grows beyond the limit is refused whatever sizes it declares.
"""

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from model_contract.deadline import Check, never
from model_contract.errors import NotACsvError
from model_contract.messages.reading import (
    ARCHIVE_BROKEN,
    ARCHIVE_OF_SEVERAL,
    ARCHIVE_TOO_LARGE,
    PARQUET_CODEC,
    SHEET_UNKNOWN,
    WORKBOOK_UNREADABLE,
)
from model_contract.reading.decode.layout import KNOWN, LOOKED_AT, known_names
from model_contract.reading.table.limits import CHECKED_ROWS, Limits

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second one if it is empty
OLD_EXCEL, PARQUET = b"\xd0\xcf\x11\xe0", b"PAR1"
TABLES = (".csv", ".txt", ".tsv")
WORKBOOK_ENTRIES = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
BLOCK = 2**16  # bytes
MIDNIGHT = time(0)
ENCRYPTED = 1
MAX_SHEETS = 10  # named in an error


def unpacked(
    data: bytes, limits: Limits, check: Check = never, sheet: str | None = None
) -> tuple[bytes, str | None]:
    """Return the text in a file, and the sheet's name if the file is a workbook.

    sheet    the name of the sheet to read; None for the first one with a price history

    Other files are returned as they are. Raises `NotACsvError`.
    """
    if data.startswith(ZIP):
        return _of_zip(data, limits, check, sheet)
    if data.startswith(OLD_EXCEL):
        return _of_workbook(data, check, sheet)
    if data.startswith(PARQUET):
        return _of_parquet(data, limits, check), None
    return data, None


def _of_zip(
    data: bytes, limits: Limits, check: Check, sheet: str | None
) -> tuple[bytes, str | None]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if any(entry.flag_bits & ENCRYPTED for entry in entries):
                raise NotACsvError(ARCHIVE_BROKEN())
            _require_small(archive, entries, limits, check)
            if any(entry.filename in WORKBOOK_ENTRIES for entry in entries):
                return _of_workbook(data, check, sheet)
            tables = [
                entry
                for entry in entries
                if entry.filename.lower().endswith(TABLES)
                and not entry.filename.startswith("__MACOSX/")
            ]
            if len(tables) != 1:
                raise NotACsvError(ARCHIVE_OF_SEVERAL(count=len(tables)))
            return archive.read(tables[0]), None
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise NotACsvError(ARCHIVE_BROKEN()) from error


def _require_small(
    archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo], limits: Limits, check: Check
) -> None:
    """Unpack all entries without keeping them, at most up to the limit."""
    total = 0
    for entry in entries:
        with archive.open(entry) as stream:
            while block := stream.read(BLOCK):
                check()
                total += len(block)
                if total > limits.unpacked_bytes:
                    raise NotACsvError(ARCHIVE_TOO_LARGE(limit=limits.unpacked_bytes // 2**20))


def _of_workbook(data: bytes, check: Check, name: str | None) -> tuple[bytes, str]:
    # Imported for workbooks only, because it takes memory of every worker.
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            names = workbook.sheet_names
            if name is not None and name not in names:
                raise NotACsvError(SHEET_UNKNOWN(found=name, sheets=names[:MAX_SHEETS]))
            if name is not None:
                return _csv_of(workbook.get_sheet_by_name(name).iter_rows(), check), name
            sheets = {name: workbook.get_sheet_by_name(name) for name in names}
            chosen = next((name for name in names if _is_history(sheets[name])), names[0])
            return _csv_of(sheets[chosen].iter_rows(), check), chosen
    except (CalamineError, IndexError, ValueError, OSError) as error:
        raise NotACsvError(WORKBOOK_UNREADABLE()) from error


def _is_history(sheet: Any) -> bool:
    rows = (row for row, _ in zip(sheet.iter_rows(), range(LOOKED_AT), strict=False))
    return any(known_names([_text(cell) for cell in row]) >= KNOWN for row in rows)


def _csv_of(rows: Iterable[list[Any]], check: Check) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, row in enumerate(rows):
        if number % CHECKED_ROWS == 0:
            check()
        writer.writerow([_text(cell) for cell in row])
    return text.getvalue().encode()


def _text(cell: Any) -> str:
    """Write a cell as the reader expects it: dates as ISO dates, numbers with a decimal point."""
    if isinstance(cell, datetime) and cell.time() == MIDNIGHT:
        return cell.date().isoformat()
    if isinstance(cell, date | datetime | time):
        return cell.isoformat(*(" ",) if isinstance(cell, datetime) else ())
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, timedelta):
        return str(cell)
    return " ".join(str(cell).split())


def _of_parquet(data: bytes, limits: Limits, check: Check) -> bytes:
    """Write a Parquet file as CSV, without ever holding more than the limit.

    A codec that can shrink data a thousandfold could also hide more than the limit from the file's
    own figures, so only Snappy is accepted, which pandas, DuckDB and Spark use by default.
    """
    import pyarrow as pa  # type: ignore[import-untyped]
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    too_large = NotACsvError(ARCHIVE_TOO_LARGE(limit=limits.unpacked_bytes // 2**20))
    try:
        source = pa.BufferReader(data)
        names = parquet.read_schema(source).names
        file = parquet.ParquetFile(source, read_dictionary=names)  # a text is stored once
        metadata = file.metadata
        chunks = [
            metadata.row_group(group).column(column)
            for group in range(metadata.num_row_groups)
            for column in range(metadata.num_columns)
        ]
        codecs = {chunk.compression for chunk in chunks} - {"SNAPPY", "UNCOMPRESSED"}
        if codecs:
            raise NotACsvError(PARQUET_CODEC(codec=", ".join(sorted(codecs)).lower()))
        size = sum(chunk.total_uncompressed_size for chunk in chunks)
        if size > limits.unpacked_bytes or metadata.num_rows > limits.rows:
            raise too_large
        sink = pa.BufferOutputStream()
        bare = ["" if name.startswith("__index_level_") else name for name in names]
        for number, batch in enumerate(file.iter_batches(CHECKED_ROWS)):
            check()
            plain = pa.table([_decoded(column, limits) for column in batch.columns], bare)
            options = arrow_csv.WriteOptions(include_header=number == 0)
            arrow_csv.write_csv(plain, sink, options)
            if sink.tell() > limits.unpacked_bytes:
                raise too_large
        return bytes(sink.getvalue())
    except (pa.ArrowException, OSError, ValueError) as error:
        raise NotACsvError(ARCHIVE_BROKEN()) from error


def _decoded(column: Any, limits: Limits) -> Any:
    """Replace a column of dictionary codes by its texts. Raises `NotACsvError` for long ones."""
    import pyarrow as pa
    import pyarrow.compute as pc  # type: ignore[import-untyped]

    if not pa.types.is_dictionary(column.type):
        return column
    longest = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
    if longest > limits.field_characters:
        raise NotACsvError(ARCHIVE_BROKEN())
    return column.dictionary_decode()
