"""The columns of a large file. Arrow splits and parses them where it follows our rules.

Arrow parses a column while it splits the lines if the first cell is a plain number or a date. If a
later cell is anything else, Arrow splits all columns into strings instead.

Arrow never decides what a cell means: `split` returns None for lines that Arrow would split
differently, and `numbers` and `dates` return the rows that they leave over. Import this
module for large files only: pyarrow takes 40 MB of a worker's memory and 0.1 s for its first file.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from pyarrow import csv

from model_contract.arrays import DateArray, FloatArray
from model_contract.reading.table.columns import NO_ROWS, NOT_A_DAY, Rows
from model_contract.reading.table.limits import Limits
from model_contract.reading.table.plain_lines import OuterRows, fields_are_short

BLOCK = 2 * 2**20  # bytes that Arrow splits at once; they fit in the CPU cache
BATCH = 500_000  # cells
PADDING = " \t"
QUOTE, LINE_END = '"', "\n"
# Arrow and `NumberFormat` parse these to the same number, once a decimal comma is a point.
PLAIN_NUMBER = re.compile(r"^-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
BASIC_DATE = re.compile(r"^[0-9]{8}$")
YEAR_MONTH_DAY = (0, 4), (4, 6), (6, 8)  # the digits of each
# Points that can only separate thousands: at least two groups, or one group and a decimal comma.
THOUSANDS = (
    r"^-?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3}){2,}(?:,[0-9]*)?|\.[0-9]{3},[0-9]*)(?:[eE][+-]?[0-9]+)?$"
)
YEAR_ONE = int(
    np.datetime64("0001-01-01", "D").astype(np.int64)
)  # the first year that Python supports

Cells: TypeAlias = pa.ChunkedArray
Read: TypeAlias = Callable[[dict[str, pa.DataType]], pa.Table]


@dataclass(frozen=True)
class ArrowColumn:
    """The cells of one column."""

    parsed: Cells  # strings as written; numbers or dates if Arrow could parse all of them
    read_text: Callable[[], Cells] | None = None  # returns the strings if `parsed` has other values
    # Returns the strings of some rows, without reading all; None if it can't.
    read_cells: Callable[[Rows], list[str] | None] | None = None

    @property
    def text(self) -> Cells:
        """The cells as written."""
        return self.parsed if self.read_text is None else self.read_text()


@dataclass(frozen=True)
class ArrowColumns:
    """The columns of a large file, one per name in the header; see `columns.Columns`."""

    columns: tuple[ArrowColumn, ...]
    decimal: str = "."  # the decimal sign of the columns that are parsed already

    def __len__(self) -> int:
        return len(self.columns[0].parsed)

    def numbers(self, position: int, decimal: str) -> tuple[FloatArray, Rows]:
        """Parse a column to finite numbers; NaN in the rows left over."""
        column = self.columns[position]
        if column.parsed.type == pa.float64() and decimal == self.decimal:
            values = column.parsed.to_numpy()
        else:
            values = _numbers_of(column.text, decimal)
        finite = np.isfinite(values)  # Arrow also accepts "nan(x)" and "-inf"
        if finite.all():
            return values, NO_ROWS
        return np.where(finite, values, np.nan), np.flatnonzero(~finite)

    def dates(self, position: int) -> tuple[DateArray, Rows]:
        """Parse dates that all look like 2024-04-03 or all like 20240403; else leave all rows."""
        column = self.columns[position]
        if column.parsed.type == pa.date32():
            days = column.parsed
        else:
            days = _cast(_with_dashes(column.text), pa.date32())
        if days is None or pc.min(days.cast(pa.int32())).as_py() < YEAR_ONE:
            return np.full(len(self), NOT_A_DAY), np.arange(len(self))
        return days.cast(pa.int32()).to_numpy().astype("datetime64[D]"), NO_ROWS

    def known_kind(self, position: int) -> Literal["date", "number"] | None:
        """What Arrow has parsed a column to."""
        kind = self.columns[position].parsed.type
        if kind == pa.date32():
            return "date"
        return "number" if kind == pa.float64() and self.decimal == "." else None

    def labels(self, position: int, longest: int) -> npt.NDArray[np.str_]:
        """Return a column's strings, (rows,), stripped and cut after `longest` characters."""
        encoded = self.columns[position].text.combine_chunks().dictionary_encode()
        texts = np.array(
            [text.strip()[:longest] for text in encoded.dictionary.to_pylist()], dtype=np.str_
        )
        found: npt.NDArray[np.str_] = texts[encoded.indices.to_numpy()]
        return found

    def cells(self, position: int, rows: Rows) -> list[str]:
        """Return the stripped strings of the chosen rows."""
        column = self.columns[position]
        cells = column.read_cells(rows) if column.read_cells else None
        if cells is not None:
            return cells
        text = column.text
        chosen = text if len(rows) == len(self) else text.take(pa.array(rows))
        return [cell.strip() for cell in chosen.to_pylist()]

    def replaced(self, positions: Sequence[int], cells: Sequence[str]) -> "ArrowColumns":
        """Return all columns but those at some positions, and a new one after them."""
        kept = [column for at, column in enumerate(self.columns) if at not in positions]
        return ArrowColumns(
            (*kept, ArrowColumn(pa.chunked_array([pa.array(cells, pa.string())]))), self.decimal
        )


def split(
    data: bytes,
    start: int,
    separator: str,
    width: int,
    limits: Limits,
    *,
    decimal: str = ".",
    quoted: bool,
) -> ArrowColumns | None:
    """Split the lines after the header, which ends at `start`.

    decimal   the decimal sign of the numbers to parse while splitting
    quoted    the lines may contain quotation marks

    Returns None if a line doesn't have `width` fields, a field is too long, quotation marks are not
    in pairs around fields, or a row may consist of separators only.
    """
    if data.startswith(BOM_UTF8, start):  # Arrow would remove it, as at the start of a file
        return None
    if quoted and not _quotes_are_in_order(data, start, separator):
        return None
    read = partial(_read, data, start, separator, decimal, width, quoted)
    types = {} if quoted else _types_of_first(data, start, separator, decimal)
    columns = None
    if types and fields_are_short(data, start, separator, limits.field_characters):
        columns = _parsed_columns(read, types, partial(OuterRows, data, start, separator))
    if columns is None:
        columns = _text_columns(read, limits.field_characters)
    if columns is None or _has_empty(columns[0]):
        return None
    return ArrowColumns(columns, decimal)


def collect(rows: Iterable[Sequence[str]], width: int) -> ArrowColumns:
    """Collect split lines, with at most `BATCH` cells as Python objects at a time."""
    chunks: list[list[pa.Array]] = [[] for _ in range(width)]
    batch: list[Sequence[str]] = []

    def store() -> None:
        for chunk, cells in zip(chunks, zip(*batch, strict=True), strict=True):
            chunk.append(pa.array(cells, pa.string()))
        batch.clear()

    for row in rows:
        batch.append(row)
        if len(batch) * width >= BATCH:
            store()
    if batch:
        store()
    return ArrowColumns(
        tuple(ArrowColumn(pa.chunked_array(chunk, pa.string())) for chunk in chunks)
    )


def _parsed_columns(
    read: Read, types: dict[str, pa.DataType], outer_rows: Callable[[int], OuterRows]
) -> tuple[ArrowColumn, ...] | None:
    """Split and parse at once; None if a column has a cell of a different type than its first."""
    # Read once for all columns: if the last row has no values, every column needs its strings.
    read_texts = cache(lambda: read({}).columns)
    with suppress(pa.ArrowInvalid):  # a later cell has another type
        columns = read(types).columns
        outer = outer_rows(len(columns[0]))
        return tuple(
            ArrowColumn(cells)
            if cells.type == pa.string()
            else ArrowColumn(
                cells, partial(lambda at: read_texts()[at], at), partial(outer.cells, at)
            )
            for at, cells in enumerate(columns)
        )
    return None


def _text_columns(read: Read, longest: int) -> tuple[ArrowColumn, ...] | None:
    """Split without parsing; None if Arrow can't, or if a field has more than `longest` bytes."""
    try:
        columns = read({}).columns
    except pa.ArrowInvalid:
        return None
    found = max(pc.max(pc.binary_length(cells)).as_py() or 0 for cells in columns)
    return None if found > longest else tuple(map(ArrowColumn, columns))


def _read(
    data: bytes,
    start: int,
    separator: str,
    decimal: str,
    width: int,
    quoted: bool,
    types: dict[str, pa.DataType],
) -> pa.Table:
    """Read the lines from `start` on. Columns that are not in `types` become strings."""
    names = [str(number) for number in range(width)]
    return csv.read_csv(
        pa.BufferReader(pa.py_buffer(memoryview(data)[start:])),
        read_options=csv.ReadOptions(use_threads=False, block_size=BLOCK, column_names=names),
        parse_options=csv.ParseOptions(
            delimiter=separator, quote_char=QUOTE if quoted else False, double_quote=False
        ),
        # The bytes are known to be UTF-8, and no text stands for a missing value.
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()) | types,
            decimal_point=decimal,
            check_utf8=False,
            null_values=[],
        ),
    )


def _types_of_first(
    data: bytes, start: int, separator: str, decimal: str
) -> dict[str, pa.DataType]:
    """Return the types of the cells in the line at `start`, by column, without texts."""
    end = data.find(LINE_END.encode(), start)
    line = data[start : end if end >= 0 else len(data)].decode().rstrip("\r")
    found = {}
    for number, cell in enumerate(line.split(separator)):
        text = cell.strip(PADDING)
        if ISO_DATE.fullmatch(text):
            found[str(number)] = pa.date32()
            continue
        if decimal != "." and "." not in text:
            text = text.replace(decimal, ".")
        if PLAIN_NUMBER.fullmatch(text):
            found[str(number)] = pa.float64()
    return found


def _quotes_are_in_order(data: bytes, start: int, separator: str) -> bool:
    """Whether all quotation marks after `start` are in pairs around whole fields, not inside them.

    Checks one block of lines at a time: the positions of all marks would take eight times as much
    memory.
    """
    while start < len(data):
        end = start + BLOCK
        if end < len(data):
            end = data.rfind(LINE_END.encode(), start, end) + 1
            if not end:
                return False  # a line that is too long for Arrow
        if not _block_is_in_order(np.frombuffer(memoryview(data)[start:end], np.uint8), separator):
            return False
        start = end
    return True


def _block_is_in_order(text: npt.NDArray[np.uint8], separator: str) -> bool:
    marks = np.flatnonzero(text == ord(QUOTE))
    if len(marks) % 2:
        return False
    opening, closing = marks[::2], marks[1::2]
    before = text[np.maximum(opening - 1, 0)]
    after = text[np.minimum(closing + 1, len(text) - 1)]
    starts = (opening == 0) | np.isin(before, [ord(separator), ord(LINE_END)])
    ends = (closing == len(text) - 1) | np.isin(after, [ord(separator), ord(LINE_END), ord("\r")])
    if not np.all(starts & ends & (closing - opening > 1)):
        return False
    lines = np.flatnonzero(text == ord(LINE_END))
    return bool(np.all(np.searchsorted(lines, opening) == np.searchsorted(lines, closing)))


def _has_empty(column: ArrowColumn) -> bool:
    """Whether any cell is blank."""
    if column.read_text is not None:
        return False
    lengths = pc.binary_length(pc.utf8_trim_whitespace(column.parsed))
    return bool(pc.any(pc.equal(lengths, 0)).as_py())


def _numbers_of(text: Cells, decimal: str) -> FloatArray:
    """Parse strings into numbers; NaN for a cell that isn't a plain number."""
    if decimal == ",":
        text = _with_decimal_points(text)
    values = _cast(text, pa.float64())
    if values is None:
        text = pc.ascii_trim(text, PADDING)
        plain = pc.match_substring_regex(text, PLAIN_NUMBER.pattern)
        values = pc.if_else(plain, text, None).cast(pa.float64())
    found: FloatArray = values.to_numpy()
    return found


def _with_decimal_points(text: Cells) -> Cells:
    """Replace decimal commas by points, and cells that are left over by "?"."""
    if pc.any(pc.match_substring(text, ".")).as_py():
        text = pc.ascii_trim(text, PADDING)
        thousands = pc.match_substring_regex(text, THOUSANDS)
        dotted = pc.match_substring(text, ".")
        text = pc.if_else(
            thousands, pc.replace_substring(text, ".", ""), pc.if_else(dotted, "?", text)
        )
    return pc.replace_substring(text, ",", ".")


def _with_dashes(text: Cells) -> Cells:
    """Rewrite dates of eight digits as ISO dates; unchanged if any cell is something else."""
    trimmed = pc.ascii_trim(text, PADDING)
    if not pc.all(pc.match_substring_regex(trimmed, BASIC_DATE.pattern)).as_py():
        return text
    return pc.binary_join_element_wise(
        *(pc.utf8_slice_codeunits(trimmed, start, stop) for start, stop in YEAR_MONTH_DAY), "-"
    )


def _cast(text: Cells, kind: pa.DataType) -> Cells | None:
    try:
        cast: Cells = text.cast(kind)
    except pa.ArrowInvalid:
        return None
    return cast
