"""Decodes a file into a `Table`: a plain file all at once, any other file line by line."""

import re
from array import array
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain, islice

import numpy as np

from model_contract.deadline import Check, never
from model_contract.errors import NotATableError, Problem, TableError
from model_contract.messages.reading import (
    FILE_EMPTY,
    NO_ROWS,
    NO_SEPARATOR,
    NOT_A_TABLE,
    TOO_MANY_COLUMNS,
    TOO_MANY_LINES,
    TOO_MANY_ROWS,
)
from model_contract.reading.decode import cotahist
from model_contract.reading.decode.containers import unpacked
from model_contract.reading.decode.date_parts import with_whole_dates
from model_contract.reading.decode.encoding import UTF_8, decoded
from model_contract.reading.decode.file_format import other_text, require_text_format
from model_contract.reading.decode.header import count_values, read_header, with_row_names
from model_contract.reading.decode.layout import (
    BLANKS,
    HISTORY,
    KNOWN,
    LAGGED_COLUMN,
    LOOKED_AT,
    SEPARATORS,
    Layout,
    fields_of,
    find_layout,
    known_names,
    separators_in,
)
from model_contract.reading.decode.lines import numbered_lines, require_few_rows, split_rows
from model_contract.reading.decode.unit_notes import unit_note
from model_contract.reading.decode.wide_header import WideHeader, find_wide_header, of_two_lines
from model_contract.reading.formats.number_format import COMMA_SIGN, POINT, proven_signs
from model_contract.reading.table.columns import Columns, TextColumns
from model_contract.reading.table.limits import Limits
from model_contract.reading.table.table import Table

# Arrow is faster from about this many bytes on: we measured 40 kB for 7 columns, 190 kB for 180.
LARGE = 2**17
BLANK_LINES = 1_000
BOM = "\ufeff"
LINE_END = ord("\n")
BLOCK = 2**18  # bytes compared at once; they fit into the processor's cache
# Excel may write such a line above the header.
SEPARATOR_LINE = re.compile(r"sep=.", re.IGNORECASE)
# The ASCII characters that `str.strip` removes.
SPACES = [bytes([code]) for code in (*range(9, 14), *range(28, 33)) if code != LINE_END]


def read_table(
    data: bytes,
    limits: Limits | None = None,
    check: Check = never,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Table:
    """Split the bytes of a file into columns.

    encoding    one of `encoding.ENCODINGS`; None to find it
    sheet       the sheet of a workbook; None for the first one with a price history
    check       called now and then; it stops the reading if it raises

    Raises `NotATableError` if the bytes are not a table, or `TableError` if its header cannot be
    used.
    """
    limits = limits or Limits()
    file = unpacked(data, limits, check, sheet)
    data, encoding = file.text, file.encoding or encoding
    require_text_format(data)
    is_whole = data[-2:].rstrip(b"\0")[-1:] in (b"\n", b"\r")  # the zero is of UTF-16
    line_ends = _count_line_ends(data)
    if line_ends == 1 or _ends_blank(data):
        data = data.rstrip(b"\r\n")  # they would count as lines, and hide that "\r" ends each line
        line_ends = _count_line_ends(data)
    _require_few_lines(line_ends or data.count(b"\r"), limits)
    plain = _read_plain(data, line_ends, limits) if encoding in (None, UTF_8) else None
    table = with_whole_dates(plain or _read_lines(data, limits, check, encoding))
    if file.sheet is not None:
        return replace(table, sheet=file.sheet, sheets=file.sheets)
    note = unit_note(data, table.encoding, table.header_line)
    if is_whole and not note:
        return table
    return replace(table, has_last_line_end=is_whole, unit_note=note)


def _ends_blank(data: bytes) -> bool:
    """Whether the last line is followed by more than one line end, of any kind."""
    end = data[-3:].replace(b"\r\n", b"\n")[-2:]
    return len(end) > 1 and not end.strip(b"\r\n")


def _count_line_ends(data: bytes) -> int:
    r"""Compute `data.count(b"\n")` in a third of the time: numpy compares many bytes at once."""
    codes = np.frombuffer(data, np.uint8)
    return sum(
        int(np.count_nonzero(codes[start : start + BLOCK] == LINE_END))
        for start in range(0, len(codes), BLOCK)
    )


def _require_few_lines(lines: int, limits: Limits) -> None:
    """Limit blank lines, too: they aren't rows, but millions of them take memory and time."""
    if lines > 2 * limits.rows + BLANK_LINES:
        raise TableError.of(TOO_MANY_LINES(lines=lines, limit=limits.rows))


def _read_plain(data: bytes, line_ends: int, limits: Limits) -> Table | None:
    """Read a file all at once; None if it must be read line by line.

    That is the case if the first line isn't the only line of names, or if the file has blank lines,
    rows of only separators, rows that are longer or shorter than the header, or most kinds of
    quotation.
    """
    start = len(BOM_UTF8) if data.startswith(BOM_UTF8) else 0
    body = data.find(b"\n", start) + 1
    is_large, quoted = len(data) >= LARGE, b'"' in data
    if not data.isascii() and data.find(BOM_UTF8, start) >= 0:  # files were joined
        return None
    if not body or (quoted and not is_large) or b"\x00" in data or not _is_utf8(data):
        return None
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    line = data[start : body - 1].decode().rstrip("\r")
    _require_few_columns(1, line, limits)
    separator = _separator_of_header(line)
    if separator is None:
        return None
    rows = line_ends - 1 + (not data.endswith(b"\n"))
    if rows > limits.rows:
        return None
    header = read_header(1, line, separator, limits)
    if data.find(max(header, key=len).encode(), body) >= 0:  # maybe the header again
        return None
    end = data.find(b"\n", body)
    first = data[body : end if end > 0 else len(data)].decode().split(separator)
    if of_two_lines([header, first]):
        return None
    columns: Columns | None
    if is_large:
        from model_contract.reading.table import arrow_columns

        decimal = COMMA_SIGN if proven_signs(first) == {COMMA_SIGN} else POINT
        columns = arrow_columns.split(
            data, body, separator, len(header), limits, decimal=decimal, quoted=quoted
        )
    else:
        columns = _split(data, body, len(header), separator, limits)
    if columns is None or len(columns) != rows:
        return None
    return Table(header, columns, range(2, rows + 2), separator, limits=limits)


def _require_few_columns(number: int, line: str, limits: Limits) -> None:
    """Raise `TableError` if a line has more columns than the limit, before looking at any name."""
    columns = 1 + max(map(line.count, SEPARATORS))
    if columns > limits.columns:
        raise TableError.of(TOO_MANY_COLUMNS(columns=columns, limit=limits.columns), number)


@lru_cache(maxsize=4)  # successive files mostly have the same header
def _separator_of_header(line: str) -> str | None:
    """Return the separator in the only line of names of a file, None if it may not be the only one.

    A line that lacks a name of a price history, or has a name twice, can be the first of several
    lines, or a title.
    """
    for separator in separators_in(line):
        names = fields_of(line, separator)
        if known_names(names) == len(HISTORY):
            once = len({name.casefold() for name in names}) == len(names)
            return separator if once else None
        if _has_lagged(names):
            return separator
    return None


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _split(
    data: bytes, body: int, width: int, separator: str, limits: Limits
) -> TextColumns | None:
    lines = data[body:].decode().replace("\r\n", "\n").removesuffix("\n").split("\n")
    rows = [line.split(separator) for line in lines]
    if set(map(len, rows)) != {width}:
        return None
    if len(max(lines, key=len)) > limits.field_characters:
        longest = max(chain.from_iterable(rows), key=len)
        if len(longest) > limits.field_characters:
            return None
    columns = tuple(zip(*rows, strict=True))
    if not data.isascii() or any(space in data for space in SPACES):
        columns = tuple(tuple(map(str.strip, cells)) for cells in columns)
    return None if "" in columns[0] else TextColumns(columns)  # maybe only separators


def _read_lines(data: bytes, limits: Limits, check: Check, encoding: str | None) -> Table:
    text, found = decoded(data, encoding)
    end = "\n" if "\n" in text else "\r"  # "\r" only: the "CSV (Macintosh)" of spreadsheets
    require_few_rows(text, end, limits)
    every = ((number, line.rstrip("\r")) for number, line in numbered_lines(text, end))
    if BOM in text:  # files were joined, each with its own mark
        every = ((number, line.removeprefix(BOM)) for number, line in every)
    numbered = ((number, line) for number, line in every if line and not line.isspace())
    first = list(islice(numbered, LOOKED_AT))
    if first and SEPARATOR_LINE.fullmatch(first[0][1]):
        del first[0]
    if not first:
        raise NotATableError(FILE_EMPTY())
    _require_few_columns(*first[0], limits)
    lines = chain(first, numbered)
    if first[0][1].startswith(cotahist.START):
        rows = cotahist.quotations(lines, check)
        return _table(cotahist.NAMES, rows, "", 1, data, limits, [], found)
    layout = _windows_header(*first[0]) or find_layout(first) or _first_line(first, text)
    separator, header_line = layout.separator, layout.header_line
    skipped: list[Problem] = []
    line = next(line for number, line in first if number == header_line)
    rows_below = [line for number, line in first if number > header_line]
    names = with_row_names(layout.names, rows_below, separator)
    wide, last = _wide_header(first, replace(layout, names=names))
    if wide:
        below = ((number, line) for number, line in lines if number > last)
        rows = split_rows(below, names, separator, limits, check, skipped)
        rows = ((number, row) for number, fields in rows for row in wide.rows(fields))
        if len(layout.names) > limits.columns:
            message = TOO_MANY_COLUMNS(columns=len(layout.names), limit=limits.columns)
            raise TableError.of(message, header_line)
        rows = _at_most(rows, limits)
        return _table(wide.names, rows, separator, header_line, data, limits, skipped, found)
    header = read_header(header_line, line, separator, limits)
    header = with_row_names(header, rows_below, separator)
    below = ((number, line) for number, line in lines if number > header_line)
    rows = split_rows(below, header, separator, limits, check, skipped)
    return _table(header, rows, separator, header_line, data, limits, skipped, found)


def _at_most(
    rows: Iterable[tuple[int, list[str]]], limits: Limits
) -> Iterator[tuple[int, list[str]]]:
    """Yield rows up to the limit. Raises `TableError` beyond it."""
    for count, row in enumerate(rows, 1):
        if count > limits.rows:
            raise TableError.of(TOO_MANY_ROWS(rows=count, limit=limits.rows))
        yield row


def _wide_header(lines: Sequence[tuple[int, str]], layout: Layout) -> tuple[WideHeader | None, int]:
    """Find a wide header that starts at the layout's line or above; return its last line, too."""
    position = next(at for at, (number, _) in enumerate(lines) if number == layout.header_line)
    for start in (position, position - 1):
        around = lines[max(start, 0) : start + 3]
        rows = [fields_of(line, layout.separator) for _, line in around]
        if start == position:
            rows[0] = list(layout.names)
        wide = find_wide_header(rows)
        if wide and wide.width <= len(layout.names):
            return wide, around[wide.lines - 1][0]
    return None, 0


def _windows_header(number: int, line: str) -> Layout | None:
    """Return the layout of a windows CSV if a line is its header."""
    for separator in separators_in(line):
        names = fields_of(line, separator)
        if _has_lagged(names):
            return Layout(separator, number, tuple(names))
    return None


def _first_line(lines: Sequence[tuple[int, str]], text: str) -> Layout:
    """Take the first line for the header, to explain what it lacks. Raises `NotATableError`."""
    other = other_text(text)
    if other:
        raise NotATableError(NOT_A_TABLE(format=other))
    number, line = lines[0]
    separators = list(separators_in(line))
    aligned = fields_of(line, BLANKS)
    if not separators and len(aligned) > KNOWN:
        return Layout(BLANKS, number, tuple(aligned))
    if not separators:
        raise NotATableError(NO_SEPARATOR(line=line))
    separator = max(separators, key=lambda separator: count_values(fields_of(line, separator)))
    return Layout(separator, number, tuple(fields_of(line, separator)))


def _has_lagged(names: Iterable[str]) -> bool:
    """Whether some names are those of a windows CSV."""
    return any(LAGGED_COLUMN.fullmatch(name.casefold()) for name in names)


def _table(
    header: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    separator: str,
    header_line: int,
    data: bytes,
    limits: Limits,
    skipped: list[Problem],
    encoding: str,
) -> Table:
    numbers = array("q")

    def fields() -> Iterator[Sequence[str]]:
        for number, row in rows:
            numbers.append(number)
            yield row

    columns: Columns
    if len(data) < LARGE:
        columns = TextColumns(tuple(zip(*fields(), strict=True)))
    else:
        from model_contract.reading.table import arrow_columns

        columns = arrow_columns.collect(fields(), len(header))
    if not numbers:
        raise TableError(skipped) if skipped else TableError.of(NO_ROWS(), header_line)
    return Table(
        tuple(header), columns, numbers, separator, header_line, limits, tuple(skipped), encoding
    )
