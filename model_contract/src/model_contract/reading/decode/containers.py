"""Unpacks tables that come in another form than text: workbooks, ZIP and Parquet files.

Each becomes the bytes of a CSV, whose line numbers are the row numbers of the sheet. Workbooks are
read with python-calamine, which takes the stored values of formulas, and neither follows links nor
runs macros. Before that, every entry of a ZIP file is unpacked once without keeping it, so a file
that grows beyond the limit is refused whatever sizes it declares.
"""

import io
import json
import lzma
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from model_contract.deadline import Check, never
from model_contract.errors import NotATableError
from model_contract.messages.reading import (
    ARCHIVE_BROKEN,
    ARCHIVE_OF_SEVERAL,
    ARCHIVE_TOO_LARGE,
    PARQUET_CODEC,
    SHEET_UNKNOWN,
    WORKBOOK_UNREADABLE,
)
from model_contract.reading.decode import workbook
from model_contract.reading.decode.encoding import UTF_8
from model_contract.reading.table.limits import CHECKED_ROWS, Limits

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second one if it is empty
OLD_EXCEL, PARQUET = b"\xd0\xcf\x11\xe0", b"PAR1"
TABLES = (".csv", ".txt", ".tsv")
NOTES = ("readme.txt", "license.txt", "licence.txt")
WORKBOOK_ENTRIES = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
BLOCK = 2**16  # bytes
ENCRYPTED = 1
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, EOFError, OSError,
    ValueError,
)  # fmt: skip
# Of the process that reads a workbook. A cell takes a few times as much as its text.
MEMORY_PER_BYTE, SECONDS = 6, 30
ONE_AT_A_TIME = threading.Lock()
MAX_SHEETS = 10  # named in an error


@dataclass(frozen=True)
class Unpacked:
    """The text in a file."""

    text: bytes
    encoding: str | None = None  # None if it isn't known
    sheet: str | None = None  # of a workbook
    sheets: tuple[str, ...] = ()  # those with a price history


def unpacked(
    data: bytes, limits: Limits, check: Check = never, sheet: str | None = None
) -> Unpacked:
    """Unpack a file; other files than workbooks, ZIP and Parquet files are left as they are.

    sheet    the name of the sheet to read; None for the first one with a price history

    Raises `NotATableError`.
    """
    if data.startswith(ZIP):
        return _of_zip(data, limits, check, sheet)
    if data.startswith(OLD_EXCEL):
        return _of_workbook(data, limits, check, sheet)
    if data.startswith(PARQUET):
        return Unpacked(_of_parquet(data, limits, check), UTF_8)
    return Unpacked(data)


def _of_zip(data: bytes, limits: Limits, check: Check, sheet: str | None) -> Unpacked:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if any(entry.flag_bits & ENCRYPTED for entry in entries):
                raise NotATableError(ARCHIVE_BROKEN())
            _require_small(archive, entries, limits, check)
            if any(entry.filename in WORKBOOK_ENTRIES for entry in entries):
                return _of_workbook(data, limits, check, sheet)
            tables = _tables(entries)
            if len(tables) != 1:
                raise NotATableError(ARCHIVE_OF_SEVERAL(count=len(tables)))
            return Unpacked(archive.read(tables[0]))
    except DAMAGED as error:
        raise NotATableError(ARCHIVE_BROKEN()) from error


def _tables(entries: Iterable[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Return the entries that may be tables; notes about the others only if they are alone."""
    found = [
        entry
        for entry in entries
        if entry.filename.lower().endswith(TABLES) and not entry.filename.startswith("__MACOSX/")
    ]
    others = [entry for entry in found if entry.filename.lower().rpartition("/")[2] not in NOTES]
    return others or found


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
                    raise NotATableError(ARCHIVE_TOO_LARGE(limit=limits.unpacked_bytes // 2**20))


def _of_workbook(data: bytes, limits: Limits, check: Check, sheet: str | None) -> Unpacked:
    """Read a workbook in another process: a single cell can make the library ask for any memory.

    One workbook at a time, so that their processes don't take the memory of many.
    """
    memory, most = limits.unpacked_bytes * MEMORY_PER_BYTE, limits.unpacked_bytes
    command = [sys.executable, "-m", workbook.__name__, json.dumps(sheet), str(memory), str(most)]
    with ONE_AT_A_TIME:
        check()
        try:
            done = subprocess.run(
                command, input=data, capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotATableError(WORKBOOK_UNREADABLE()) from None
    if done.returncode == workbook.TOO_LARGE:
        raise NotATableError(ARCHIVE_TOO_LARGE(limit=limits.unpacked_bytes // 2**20))
    facts, _, text = done.stdout.partition(b"\n")
    if done.returncode or not facts:
        raise NotATableError(WORKBOOK_UNREADABLE())
    found = json.loads(facts)
    if found["sheet"] is None:
        raise NotATableError(SHEET_UNKNOWN(found=sheet or "", sheets=found["sheets"][:MAX_SHEETS]))
    return Unpacked(text, UTF_8, found["sheet"], tuple(found["histories"]))


def _of_parquet(data: bytes, limits: Limits, check: Check) -> bytes:
    """Write a Parquet file as CSV, without ever holding more than the limit.

    A codec that can shrink data a thousandfold could also hide more than the limit from the file's
    own figures, so only Snappy is accepted, which pandas, DuckDB and Spark use by default.
    """
    import pyarrow as pa  # type: ignore[import-untyped]
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    too_large = NotATableError(ARCHIVE_TOO_LARGE(limit=limits.unpacked_bytes // 2**20))
    try:
        source = pa.BufferReader(data)
        schema = parquet.read_schema(source)
        names = [field.name for field in schema if not pa.types.is_nested(field.type)]
        if len(names) > limits.columns:
            raise too_large
        file = parquet.ParquetFile(source, read_dictionary=names)  # a text is stored once
        metadata = file.metadata
        chunks = [
            metadata.row_group(group).column(column)
            for group in range(metadata.num_row_groups)
            for column in range(metadata.num_columns)
        ]
        codecs = {chunk.compression for chunk in chunks} - {"SNAPPY", "UNCOMPRESSED"}
        if codecs:
            raise NotATableError(PARQUET_CODEC(codec=", ".join(sorted(codecs)).lower()))
        size = sum(chunk.total_uncompressed_size for chunk in chunks)
        if size > limits.unpacked_bytes or metadata.num_rows > limits.rows:
            raise too_large
        sink = pa.BufferOutputStream()
        bare = ["" if name.startswith("__index_level_") else name for name in names]
        for number, batch in enumerate(file.iter_batches(CHECKED_ROWS, columns=names)):
            check()
            if sum(map(_largest_size, batch.columns)) > limits.unpacked_bytes:
                raise too_large
            plain = pa.table([_decoded(column, limits) for column in batch.columns], bare)
            options = arrow_csv.WriteOptions(include_header=number == 0)
            arrow_csv.write_csv(plain, sink, options)
            if sink.tell() > limits.unpacked_bytes:
                raise too_large
        return bytes(sink.getvalue())
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise NotATableError(ARCHIVE_BROKEN()) from error


def _largest_size(column: Any) -> int:
    """Return how many bytes a column can have at most once its texts are written out."""
    import pyarrow as pa

    return len(column) * (_longest(column) if pa.types.is_dictionary(column.type) else 8)


def _longest(column: Any) -> int:
    import pyarrow.compute as pc  # type: ignore[import-untyped]

    found: int = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
    return found


def _decoded(column: Any, limits: Limits) -> Any:
    """Replace a column of dictionary codes by its texts. Raises `NotATableError` for long ones."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return column
    if _longest(column) > limits.field_characters:
        raise NotATableError(ARCHIVE_BROKEN())
    return column.dictionary_decode()
