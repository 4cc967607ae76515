"""Workbooks, ZIP and Parquet files are read like a CSV with the same cells."""

import io
import zipfile
from contextlib import suppress
from datetime import datetime

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet

from model_contract.errors import NotATableError, TableError
from model_contract.messages.forecasting import SHEETS_IGNORED
from model_contract.messages.reading import (
    ARCHIVE_BROKEN,
    ARCHIVE_OF_SEVERAL,
    ARCHIVE_TOO_LARGE,
    PARQUET_CODEC,
    WORKBOOK_UNREADABLE,
)
from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.interpret.reading import Choices
from model_contract.reading.table.limits import Limits

NAMES = ["Date", "Open", "High", "Low", "Close", "Volume"]
ROWS = [
    (datetime(2024, 1, 8), 10.5, 11, 9.25, 10.125, 30182600),
    (datetime(2024, 1, 9), 10.25, 12, 10, 11.5, 28801900),
]
CSV = "\n".join(
    ",".join(map(str, row)) for row in [NAMES, *((f"{row[0]:%Y-%m-%d}", *row[1:]) for row in ROWS)]
)
ODS_CELL = '<table:table-cell office:value-type="{kind}" office:{name}="{value}"/>'
ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content office:version="1.3"
  xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
  xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
  xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0">
  <office:body><office:spreadsheet><table:table table:name="prices">{rows}</table:table>
  </office:spreadsheet></office:body></office:document-content>"""


def workbook(rows=ROWS, names=NAMES, above=(), sheets=("Sheet",)) -> bytes:
    """A workbook whose last sheet has the prices, below the lines `above`."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title in sheets:
        sheet = book.create_sheet(title)
    for row in (*above, names, *rows):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def opendocument() -> bytes:
    def text(name):
        return (
            f'<table:table-cell office:value-type="string"><text:p>{name}</text:p>'
            "</table:table-cell>"
        )

    def value(cell):
        if isinstance(cell, datetime):
            return ODS_CELL.format(kind="date", name="date-value", value=f"{cell:%Y-%m-%d}")
        return ODS_CELL.format(kind="float", name="value", value=cell)

    lines = ["".join(map(text, NAMES)), *("".join(map(value, row)) for row in ROWS)]
    rows = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": ODS.format(rows=rows),
            "META-INF/manifest.xml": "<manifest/>",
        }
    )


def zipped(files) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def columns() -> dict[str, list]:
    return dict(zip(NAMES, map(list, zip(*ROWS, strict=True)), strict=True))


def parquet_of(table, **options) -> bytes:
    file = io.BytesIO()
    parquet.write_table(table, file, **options)
    return file.getvalue()


FORMS = {
    "xlsx": workbook(),
    "xlsx with a title": workbook(above=[["Prices of a stock"], []]),
    "xlsx with an empty first sheet": workbook(sheets=("notes", "prices")),
    "xlsx with dates as text": workbook([(f"{row[0]:%d/%m/%Y}", *row[1:]) for row in [
        (datetime(2024, 1, 8), *ROWS[0][1:]), (datetime(2024, 1, 9), *ROWS[1][1:])]]),
    "ods": opendocument(),
    "zip": zipped({"a folder/prices.csv": CSV, "a folder/read me.md": "text"}),
    "zip with notes": zipped(
        {"a/ReadMe.TXT": "text", "a/prices.csv": CSV, "LICENSE.txt": "text", "licence.txt": "text"}
    ),
    "zip with a readme only": zipped({"readme.txt": CSV}),
    "zip made on a Mac": zipped({"prices.csv": CSV, "__MACOSX/._prices.csv": "x"}),
    "parquet": parquet_of(pa.table(columns())),
    "parquet of a frame with a date index": parquet_of(
        pa.table(columns()).rename_columns(["__index_level_0__", *NAMES[1:]])
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_file_in_another_form_gives_the_prices_of_its_csv(form):
    expected = read_history(read_table(CSV.encode())).prices
    found = read_history(read_table(FORMS[form])).prices
    for name in ("session", "open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_formulas_are_read_as_their_stored_values():
    """The library that writes this workbook stores no value for a formula, so the cell is empty."""
    rows = [*ROWS, (datetime(2024, 1, 10), "=1+1", 12, 10, 11, 100)]
    table = read_table(workbook(rows))
    assert table.columns.cells(1, np.array([2])) == [""]


def test_a_short_first_sheet_is_not_the_one_that_is_read():
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    short = book.create_sheet("Last", 0)
    short.append(NAMES)
    file = io.BytesIO()
    book.save(file)
    table = read_table(file.getvalue())
    assert (table.sheet, table.sheets) == ("Sheet", ("Last", "Sheet"))


def test_a_sheet_is_chosen_by_its_name():
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    other = book.create_sheet("other")
    for row in (NAMES, (datetime(2024, 1, 8), 1, 1, 1, 1, 5)):
        other.append(row)
    file = io.BytesIO()
    book.save(file)
    book.create_sheet("notes")
    book.move_sheet("other", -1)
    other.sheet_state = "hidden"
    book.save(file)
    table = read_table(file.getvalue(), encoding="cp1252")  # a workbook has no choice of encoding
    assert (table.encoding, table.sheet, table.sheets) == ("utf-8", "Sheet", ("Sheet", "other"))
    warning = SHEETS_IGNORED(sheet="Sheet", count=1, sheets=["other"], more=False)
    assert warning in read_history(table).warnings
    choices = Choices(sheet="other")
    chosen = read_table(file.getvalue(), sheet="other")
    history = read_history(chosen, choices=choices)
    assert (chosen.sheet, history.prices.volume.tolist()) == ("other", [5])
    assert history.warnings == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped({}), ARCHIVE_OF_SEVERAL(count=0)),
        (zipped({"a.csv": CSV, "b.csv": CSV}), ARCHIVE_OF_SEVERAL(count=2)),
        (zipped({"a.csv": CSV})[:-30], ARCHIVE_BROKEN()),
        (b"PK\x03\x04" + bytes(100), ARCHIVE_BROKEN()),
        (b"PAR1" + bytes(100), ARCHIVE_BROKEN()),
        (parquet_of(pa.table(columns()), compression="zstd"), PARQUET_CODEC(codec="zstd")),
        (parquet_of(pa.table({"Date": ["x" * 2000]})), ARCHIVE_BROKEN()),
        (b"\xd0\xcf\x11\xe0" + bytes(600), WORKBOOK_UNREADABLE()),
        (zipped({"xl/workbook.xml": "<broken"}), WORKBOOK_UNREADABLE()),
    ],
)
def test_a_broken_container_is_refused(data, message):
    with pytest.raises(NotATableError) as caught:
        read_table(data)
    assert caught.value.problems[0].message == message


def test_a_workbook_that_needs_more_memory_than_allowed_is_refused():
    """A cell in the last corner of a sheet makes the library ask for memory for all cells."""
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    book.active["XFD1048576"] = 1
    file = io.BytesIO()
    book.save(file)
    with pytest.raises(NotATableError) as caught:
        read_table(file.getvalue())
    assert caught.value.problems[0].message == WORKBOOK_UNREADABLE()


def test_a_zip_file_with_any_flipped_bit_is_refused_or_read():
    data = zipped({"prices.csv": CSV * 20})
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 4
        with suppress(TableError):
            read_table(bytes(damaged))


@pytest.mark.parametrize("name", ["a.csv", "xl/worksheets/sheet1.xml"])
def test_a_file_that_grows_beyond_the_limit_is_refused(name):
    bomb = zipped({name: bytes(20 * 2**20), "xl/workbook.xml": "<workbook/>"})
    with pytest.raises(NotATableError) as caught:
        read_table(bomb, Limits(unpacked_bytes=10 * 2**20))
    assert caught.value.problems[0].message == ARCHIVE_TOO_LARGE(limit=10)


def test_a_parquet_file_that_grows_beyond_the_limit_is_refused():
    data = parquet_of(pa.table({"Volume": np.zeros(3 * 2**20)}))  # a few kilobytes
    with pytest.raises(NotATableError) as caught:
        read_table(data, Limits(unpacked_bytes=2**20, rows=10**7))
    assert caught.value.problems[0].message == ARCHIVE_TOO_LARGE(limit=1)
