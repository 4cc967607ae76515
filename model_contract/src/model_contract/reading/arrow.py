"""Large files: fields split and cells read by Arrow, as far as its reading cannot differ from the written rules.

A column whose first cell is a plain number, or a date, is read as numbers, or dates, in one pass with the splitting; where a
cell further down is something else, all columns are split as texts first.

What Arrow would read otherwise than `csv_table` and `csv_values` say is left to them: `split` gives None, and `numbers` and
`dates` name the rows that they leave open. Imported by those two where a file is large: pyarrow costs a worker 40 MB and
its first large file 0.1 s.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from pyarrow import csv

BLOCK = 2 * 2**20  # bytes that Arrow splits at once: more fall out of the processor's caches
BATCH = 500_000  # cells
PADDING = " \t"
QUOTE, LINE_END = '"', "\n"
# What both Arrow and `csv_values.NUMBER` take for the same number, once a decimal comma is a point.
PLAIN_NUMBER = re.compile(r"^-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
BASIC_DATE = re.compile(r"^[0-9]{8}$")
YEAR_MONTH_DAY = (0, 4), (4, 6), (6, 8)  # where they stand in it
# Points that can only separate thousands: two groups or more, or one and a decimal comma.
THOUSANDS = (
    r"^-?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3}){2,}(?:,[0-9]*)?|\.[0-9]{3},[0-9]*)(?:[eE][+-]?[0-9]+)?$"
)

Cells: TypeAlias = pa.ChunkedArray
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Column:
    """The cells of one column."""

    read: Cells  # texts as they stand, or numbers or dates, where Arrow could read all of them as such
    read_text: Callable[[], Cells] | None = None  # gives the texts where `read` is something else

    def __len__(self) -> int:
        return len(self.read)

    @property
    def text(self) -> Cells:
        """The cells as they stand."""
        return self.read if self.read_text is None else self.read_text()


def split(
    data: bytes, start: int, separator: str, decimal: str, width: int, longest: int, *, quoted: bool
) -> tuple[Column, ...] | None:
    """Columns of the lines from `start` on, after a header; `quoted` where they may hold quotation marks.

    None where a line has another number of fields than `width`, a field more than `longest` bytes or marks that are not in order.
    """
    if data.startswith(BOM_UTF8, start):  # Arrow would take it away, as at the start of a file
        return None
    body = memoryview(data)[start:]
    if quoted and not _quotes_are_in_order(data, start, separator):
        return None
    names = [str(number) for number in range(width)]

    def read(types: dict[str, pa.DataType]) -> pa.Table:
        return csv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            read_options=csv.ReadOptions(use_threads=False, block_size=BLOCK, column_names=names),
            parse_options=csv.ParseOptions(
                delimiter=separator, quote_char=QUOTE if quoted else False, double_quote=False
            ),
            # The bytes are known to be UTF-8, and no text stands for a missing one.
            convert_options=csv.ConvertOptions(
                column_types=types, decimal_point=decimal, check_utf8=False, null_values=[]
            ),
        )

    texts = dict.fromkeys(names, pa.string())
    types = texts if quoted else texts | _types_of_first(data, start, separator, decimal)
    if types != texts and _fields_are_short(data, start, separator, longest):
        # All at once and once: of a file whose last row has no values, every column is asked for.
        read_texts = cache(lambda: read(texts).columns)
        with suppress(pa.ArrowInvalid):  # a cell further down is not what the first one is
            return tuple(
                Column(
                    cells,
                    None
                    if cells.type == pa.string()
                    else partial(lambda number: read_texts()[number], number),
                )
                for number, cells in enumerate(read(types).columns)
            )
    try:
        columns = read(texts).columns
    except pa.ArrowInvalid:
        return None
    if any((pc.max(pc.binary_length(cells)).as_py() or 0) > longest for cells in columns):
        return None
    return tuple(map(Column, columns))


def _types_of_first(
    data: bytes, start: int, separator: str, decimal: str
) -> dict[str, pa.DataType]:
    """What the cells of the line at `start` are, by column; texts are left out."""
    end = data.find(LINE_END.encode(), start)
    line = data[start : end if end >= 0 else len(data)].decode().rstrip("\r")
    found = {}
    for number, cell in enumerate(line.split(separator)):
        text = cell.strip(PADDING)
        if ISO_DATE.fullmatch(text):
            found[str(number)] = pa.date32()
        elif PLAIN_NUMBER.fullmatch(
            text if decimal == "." or "." in text else text.replace(decimal, ".")
        ):
            found[str(number)] = pa.float64()
    return found


def _fields_are_short(data: bytes, start: int, separator: str, longest: int) -> bool:
    """Whether none of the fields from `start` on has more than `longest` bytes; looks at few of them."""
    while len(data) - start > longest:
        end = start + longest + 1
        start = 1 + max(
            data.rfind(separator.encode(), start, end), data.rfind(LINE_END.encode(), start, end)
        )
        if not start:
            return False
    return True


def _quotes_are_in_order(data: bytes, start: int, separator: str) -> bool:
    """Whether, from `start` on, each mark opens a field or closes it, on one line, with something and no further mark between the two.

    Lines are looked at some at a time: the places of millions of marks would take eight times as much memory as the marks.
    """
    while start < len(data):
        end = start + BLOCK
        if end < len(data):
            end = data.rfind(LINE_END.encode(), start, end) + 1
            if not end:
                return False  # a line longer than Arrow splits
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


def has_empty(column: Column) -> bool:
    """Tell whether some field holds nothing but spaces."""
    if column.read_text is not None:
        return False
    return bool(pc.any(pc.equal(pc.binary_length(pc.utf8_trim_whitespace(column.read)), 0)).as_py())


def collect(rows: Iterable[list[str]], width: int) -> tuple[Column, ...]:
    """Columns of `rows`, of which no more than `BATCH` cells are held as Python objects at a time."""
    chunks: list[list[pa.Array]] = [[] for _ in range(width)]
    batch: list[list[str]] = []

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
    return tuple(Column(pa.chunked_array(chunk, pa.string())) for chunk in chunks)


def numbers(column: Column, decimal: str) -> tuple[npt.NDArray[np.float64], Rows]:
    """Values, (rows,), and the rows that the rules have to read, whose values are NaN."""
    values = (
        column.read.to_numpy()
        if column.read.type == pa.float64()
        else _numbers_of(column.text, decimal)
    )
    finite = np.isfinite(values)
    if finite.all():
        return values, np.empty(0, np.intp)
    return np.where(finite, values, np.nan), np.flatnonzero(
        ~finite
    )  # Arrow reads "nan(x)" and "-inf", too


def _numbers_of(text: Cells, decimal: str) -> npt.NDArray[np.float64]:
    if decimal == ",":
        text = _with_decimal_points(text)
    values = _cast(text, pa.float64())
    if values is None:
        text = pc.ascii_trim(text, PADDING)
        plain = pc.match_substring_regex(text, PLAIN_NUMBER.pattern)
        values = pc.if_else(plain, text, None).cast(pa.float64())
    found: npt.NDArray[np.float64] = values.to_numpy()
    return found


def _with_decimal_points(text: Cells) -> Cells:
    """Numbers with decimal commas as Arrow reads them; "?" for what has a point that the rules must look at."""
    if pc.any(pc.match_substring(text, ".")).as_py():
        text = pc.ascii_trim(text, PADDING)
        thousands = pc.match_substring_regex(text, THOUSANDS)
        dotted = pc.match_substring(text, ".")
        text = pc.if_else(
            thousands, pc.replace_substring(text, ".", ""), pc.if_else(dotted, "?", text)
        )
    return pc.replace_substring(text, ",", ".")


def dates(column: Column) -> tuple[npt.NDArray[np.datetime64], Rows]:
    """Dates, all such as 2024-04-03 or all such as 20240403, (rows,), and the rows that the rules have to read: else all."""
    days = (
        column.read
        if column.read.type == pa.date32()
        else _cast(_with_dashes(column.text), pa.date32())
    )
    if days is None or pc.min(days.cast(pa.int32())).as_py() < YEAR_ONE:
        return np.full(len(column), np.datetime64("NaT"), "datetime64[D]"), np.arange(len(column))
    return days.cast(pa.int32()).to_numpy().astype("datetime64[D]"), np.empty(0, np.intp)


def _with_dashes(text: Cells) -> Cells:
    """Dates of eight digits as Arrow reads them; the same texts where one is anything else."""
    trimmed = pc.ascii_trim(text, PADDING)
    if not pc.all(pc.match_substring_regex(trimmed, BASIC_DATE.pattern)).as_py():
        return text
    return pc.binary_join_element_wise(
        *(pc.utf8_slice_codeunits(trimmed, start, stop) for start, stop in YEAR_MONTH_DAY), "-"
    )


def cells(column: Column, rows: Rows) -> list[str]:
    """The text of the chosen rows, without spaces around it."""
    if not len(rows):
        return []
    chosen = column.text if len(rows) == len(column) else column.text.take(pa.array(rows))
    return [cell.strip() for cell in chosen.to_pylist()]


def labels(column: Column, longest: int) -> npt.NDArray[np.str_]:
    """The column's texts, (rows,), without spaces around them and cut after `longest` characters; few differ."""
    encoded = column.text.combine_chunks().dictionary_encode()
    texts = np.array(
        [text.strip()[:longest] for text in encoded.dictionary.to_pylist()], dtype=np.str_
    )
    found: npt.NDArray[np.str_] = texts[encoded.indices.to_numpy()]
    return found


def _cast(text: Cells, kind: pa.DataType) -> Cells | None:
    try:
        cast: Cells = text.cast(kind)
    except pa.ArrowInvalid:
        return None
    return cast


YEAR_ONE = int(
    np.datetime64("0001-01-01", "D").astype(np.int64)
)  # the first that Python's dates know
