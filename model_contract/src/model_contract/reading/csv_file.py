"""Reads CSV bytes into a `Table`: a plain file all at once, any other file line by line."""

import re
from array import array
from codecs import BOM_UTF8
from itertools import chain

import numpy as np

from model_contract.deadline import Check, never
from model_contract.errors import NotACsvError, TableError
from model_contract.messages.reading import FILE_EMPTY, NO_ROWS, TOO_MANY_LINES
from model_contract.reading.columns import Columns, TextColumns
from model_contract.reading.dialect import Dialect, dialect_of
from model_contract.reading.file_format import decode, other_text, require_text_format
from model_contract.reading.header import read_header, with_header_problem
from model_contract.reading.limits import Limits
from model_contract.reading.lines import numbered_lines, require_few_rows, split_rows
from model_contract.reading.table import Table

# Arrow is faster from about this many bytes on: we measured 40 kB for 7 columns, 190 kB for 180.
LARGE = 2**17
BLANK_LINES = 1_000
LINE_END = ord("\n")
BLOCK = 2**18  # bytes compared at once; they fit in the CPU cache
# Excel may write such a line above the header.
SEPARATOR_LINE = re.compile(r"sep=.", re.IGNORECASE)
# The ASCII characters that `str.strip` removes.
SPACES = [bytes([code]) for code in (*range(9, 14), *range(28, 33)) if code != LINE_END]


def read_table(data: bytes, limits: Limits | None = None, check: Check = never) -> Table:
    """Split CSV bytes into columns.

    `check` is called from time to time and raises to stop the reading.
    Raises `NotACsvError` if the bytes are not CSV text, or `TableError` with the problems of all
    lines.
    """
    limits = limits or Limits()
    require_text_format(data)
    line_ends = _count_line_ends(data)
    if line_ends == 1 or _ends_blank(data):
        data = data.rstrip(b"\r\n")  # they would count as lines, and hide that "\r" ends each line
        line_ends = _count_line_ends(data)
    _require_few_lines(line_ends or data.count(b"\r"), limits)
    try:
        return _read_plain(data, line_ends, limits) or _read_lines(data, limits, check)
    except TableError as error:
        raise with_header_problem(error, data) from None


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

    That is the case if it has blank lines, rows of only separators, rows that are longer or shorter
    than the header, or most kinds of quoting.
    """
    start = len(BOM_UTF8) if data.startswith(BOM_UTF8) else 0
    body = data.find(b"\n", start) + 1
    is_large, quoted = len(data) >= LARGE, b'"' in data
    if not body or (quoted and not is_large) or b"\x00" in data or not _is_utf8(data):
        return None
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    line = data[start : body - 1].decode().rstrip("\r")
    if not line.strip() or other_text(line) or SEPARATOR_LINE.fullmatch(line):
        return None
    rows = line_ends - 1 + (not data.endswith(b"\n"))
    if rows > limits.rows:
        return None
    dialect = dialect_of(line)
    header = read_header(1, line, dialect, limits)
    columns: Columns | None
    if is_large:
        from model_contract.reading import arrow_columns

        columns = arrow_columns.split(data, body, dialect, len(header), limits, quoted=quoted)
    else:
        columns = _split(data, body, len(header), dialect, limits)
    if columns is None or len(columns) != rows:
        return None
    return Table(header, columns, range(2, rows + 2), dialect, limits=limits)


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _split(
    data: bytes, body: int, width: int, dialect: Dialect, limits: Limits
) -> TextColumns | None:
    lines = data[body:].decode().replace("\r\n", "\n").removesuffix("\n").split("\n")
    rows = [line.split(dialect.separator) for line in lines]
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


def _read_lines(data: bytes, limits: Limits, check: Check) -> Table:
    text = decode(data)
    end = "\n" if "\n" in text else "\r"  # "\r" only: the "CSV (Macintosh)" of spreadsheets
    require_few_rows(text, end, limits)
    numbered = (
        (number, line.rstrip("\r"))
        for number, line in numbered_lines(text, end)
        if line and not line.isspace()
    )
    header_line, line = next(numbered, (0, ""))
    if SEPARATOR_LINE.fullmatch(line):
        header_line, line = next(numbered, (0, ""))
    if not line:
        raise NotACsvError(FILE_EMPTY())
    dialect = dialect_of(line)
    header = read_header(header_line, line, dialect, limits)
    padding = dialect.separator + " \t"  # spreadsheets pad a file with rows of only separators
    rows = ((number, line) for number, line in numbered if line.strip(padding))
    numbers = array("q")
    fields = split_rows(rows, numbers, len(header), dialect, limits, check)
    columns: Columns
    if len(data) < LARGE:
        columns = TextColumns(tuple(zip(*fields, strict=True)))
    else:
        from model_contract.reading import arrow_columns

        columns = arrow_columns.collect(fields, len(header))
    if not numbers:
        raise TableError.of(NO_ROWS(), header_line)
    return Table(header, columns, numbers, dialect, header_line, limits)
