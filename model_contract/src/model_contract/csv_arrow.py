"""Large files: fields split and cells cast by Arrow, as far as its reading cannot differ from the written rules.

What Arrow would read otherwise than `csv_table` and `csv_values` say is left to them: `split` gives None, and `numbers` and
`dates` name the rows that they leave open. Imported by those two where a file is large: pyarrow costs a worker 40 MB and
its first large file 0.1 s.
"""

from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from pyarrow import csv

BLOCK = 2 * 2**20  # bytes that Arrow splits at once: more fall out of the processor's caches
BATCH = 10_000  # rows
PADDING = " \t"
QUOTE, LINE_END = '"', "\n"
# What both Arrow and `csv_values.NUMBER` take for the same number, once a decimal comma is a point.
PLAIN_NUMBER = r"^-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
# Points that can only separate thousands: two groups or more, or one and a decimal comma.
THOUSANDS = r"^-?[1-9][0-9]{0,2}(?:(?:\.[0-9]{3}){2,}(?:,[0-9]*)?|\.[0-9]{3},[0-9]*)(?:[eE][+-]?[0-9]+)?$"

Column: TypeAlias = pa.ChunkedArray  # of strings
Rows = npt.NDArray[np.intp]


def split(body: memoryview, separator: str, width: int, longest: int, *, quoted: bool) -> tuple[Column, ...] | None:
    """Columns of the lines after a header; `quoted` where they may hold quotation marks.

    None where a line has another number of fields than `width`, a field more than `longest` bytes or marks that are not in order.
    """
    if bytes(body[: len(BOM_UTF8)]) == BOM_UTF8:  # Arrow would take it away, as at the start of a file
        return None
    if quoted and not _quotes_are_in_order(np.frombuffer(body, np.uint8), separator):
        return None
    names = [str(number) for number in range(width)]
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            read_options=csv.ReadOptions(use_threads=False, block_size=BLOCK, column_names=names),
            parse_options=csv.ParseOptions(delimiter=separator, quote_char=QUOTE if quoted else False, double_quote=False),
            # The bytes are known to be UTF-8, and no text stands for a missing one.
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False, null_values=[]),
        )
    except pa.ArrowInvalid:
        return None
    columns = tuple(table.columns)
    if any((pc.max(pc.binary_length(column)).as_py() or 0) > longest for column in columns):
        return None
    return columns


def _quotes_are_in_order(text: npt.NDArray[np.uint8], separator: str) -> bool:
    """Whether each mark opens a field or closes it, on one line, with something and no further mark between the two."""
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
    return bool(pc.any(pc.equal(pc.binary_length(pc.utf8_trim_whitespace(column)), 0)).as_py())


def collect(rows: Iterable[list[str]], width: int) -> tuple[Column, ...]:
    """Columns of `rows`, of which only some thousand are held as Python objects at a time."""
    chunks: list[list[pa.Array]] = [[] for _ in range(width)]
    batch: list[list[str]] = []

    def store() -> None:
        for chunk, cells in zip(chunks, zip(*batch, strict=True), strict=True):
            chunk.append(pa.array(cells, pa.string()))
        batch.clear()

    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            store()
    if batch:
        store()
    return tuple(pa.chunked_array(chunk, pa.string()) for chunk in chunks)


def numbers(column: Column, decimal: str) -> tuple[npt.NDArray[np.float64], Rows]:
    """Values, (rows,), and the rows that the rules have to read, whose values are NaN."""
    if decimal == ",":
        column = _with_decimal_points(column)
    values = _cast(column, pa.float64())
    if values is None:
        column = pc.ascii_trim(column, PADDING)
        plain = pc.match_substring_regex(column, PLAIN_NUMBER)
        values = pc.if_else(plain, column, None).cast(pa.float64()).to_numpy()
    else:
        values = values.to_numpy()
    finite = np.isfinite(values)
    if finite.all():
        return values, np.empty(0, np.intp)
    return np.where(finite, values, np.nan), np.flatnonzero(~finite)  # Arrow reads "nan(x)" and "-inf", too


def _with_decimal_points(column: Column) -> Column:
    """Numbers with decimal commas as Arrow reads them; "?" for what has a point that the rules must look at."""
    if pc.any(pc.match_substring(column, ".")).as_py():
        column = pc.ascii_trim(column, PADDING)
        thousands = pc.match_substring_regex(column, THOUSANDS)
        dotted = pc.match_substring(column, ".")
        column = pc.if_else(thousands, pc.replace_substring(column, ".", ""), pc.if_else(dotted, "?", column))
    return pc.replace_substring(column, ",", ".")


def dates(column: Column) -> tuple[npt.NDArray[np.datetime64], Rows]:
    """Dates such as 2024-04-03, (rows,), and the rows that the rules have to read: all, where one is anything else."""
    days = _cast(column, pa.date32())
    if days is None or pc.min(days.cast(pa.int32())).as_py() < YEAR_ONE:
        return np.full(len(column), np.datetime64("NaT"), "datetime64[D]"), np.arange(len(column))
    return days.cast(pa.int32()).to_numpy().astype("datetime64[D]"), np.empty(0, np.intp)


def cells(column: Column, rows: Rows) -> list[str]:
    """The text of the chosen rows, without spaces around it."""
    chosen = column if len(rows) == len(column) else column.take(pa.array(rows))
    return [cell.strip() for cell in chosen.to_pylist()]


def labels(column: Column, longest: int) -> npt.NDArray[np.str_]:
    """The column's texts, (rows,), without spaces around them and cut after `longest` characters; few differ."""
    encoded = column.combine_chunks().dictionary_encode()
    texts = np.array([text.strip()[:longest] for text in encoded.dictionary.to_pylist()], dtype=np.str_)
    found: npt.NDArray[np.str_] = texts[encoded.indices.to_numpy()]
    return found


def _cast(column: Column, kind: pa.DataType) -> Column | None:
    try:
        cast: Column = column.cast(kind)
    except pa.ArrowInvalid:
        return None
    return cast


YEAR_ONE = int(np.datetime64("0001-01-01", "D").astype(np.int64))  # the first that Python's dates know
