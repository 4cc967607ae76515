"""Bytes to columns of text: looks at the raw lines first, so that no value can shift into another column unseen.

Two dialects are understood, told apart by the header's separator:

    comma       decimal point    dates 2024-04-03
    semicolon   decimal comma    dates 03/04/2024 (day first) or 2024-04-03
"""

import csv
import re
from array import array
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain, count
from typing import TYPE_CHECKING

import numpy as np

from model_contract.deadline import never
from model_contract.errors import NotACsvError, ProblemList, TableError
from model_contract.messages.reading import (
    COLUMN_TWICE,
    FIELD_COUNT,
    FIELD_COUNT_DECIMAL_COMMA,
    FIELD_TOO_LONG,
    FILE_COMPRESSED,
    FILE_EMPTY,
    HEADER_MISSING,
    LINE_TOO_LONG,
    NO_ROWS,
    NO_SEPARATOR,
    NOT_CSV,
    NOT_UTF8,
    NUL_BYTE,
    QUOTE_UNCLOSED,
    TOO_MANY_COLUMNS,
    TOO_MANY_LINES,
    TOO_MANY_ROWS,
)

if TYPE_CHECKING:  # at run time it is imported where a file is large
    from model_contract.reading import arrow as csv_arrow

# Bytes from which on Arrow is faster: from 40 kB on for seven columns, from 190 kB on for 180.
LARGE = 2**17
BLANK_LINES = 1_000
LINE_END, BLOCK = (
    ord("\n"),
    2**18,
)  # bytes that are compared at once: few enough to stay in the processor's cache
CHECKED_ROWS = 5_000
COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
OTHER_FORMATS = {b"\x89PNG": "a PNG image", b"\xff\xd8\xff": "a JPEG image", b"GIF8": "a GIF image", b"%PDF": "a PDF",
                 b"PAR1": "a Parquet file", b"\xd0\xcf\x11\xe0": "an old Excel file"}  # fmt: skip
# What Excel may write before the header, for itself.
SEPARATOR_LINE = re.compile(r"sep=.", re.IGNORECASE)
VALUE = re.compile(r"[+-]?[0-9][0-9.,/:-]*")
SPACES = [
    bytes([code]) for code in (*range(9, 14), *range(28, 33)) if chr(code) != "\n"
]  # what `str.strip` takes away, of ASCII
VALUE_STARTS = frozenset("+-0123456789")
OTHER_TEXTS = {"<": "HTML or XML", "{": "JSON", "[": "JSON"}
# How a header of names in angle brackets starts, as Stooq and MetaStock write it; no document has a comma after its first tag.
BRACKETED_NAME = re.compile(r"\s*<[A-Za-z]+>\s*[,;]")


@dataclass(frozen=True)
class Dialect:
    """How numbers and dates are written in a file."""

    name: str
    separator: str
    decimal: str


COMMA = Dialect("comma", separator=",", decimal=".")
SEMICOLON = Dialect("semicolon", separator=";", decimal=",")


@dataclass(frozen=True)
class Limits:
    """The largest table that is read. The defaults suit a request; a trainer reads larger files."""

    rows: int = 700_000
    columns: int = 2_000
    field_characters: int = 1_000
    tickers: int = 2_000


@dataclass(frozen=True)
class Table:
    """A CSV whose every row has as many fields as its header. Still text: nothing is parsed yet."""

    header: tuple[str, ...]
    columns: tuple[
        tuple[str, ...], ...
    ]  # one per header field, of `rows` stripped texts; none where there are large columns
    lines: Sequence[int]  # line number of each row in the file, counted from 1
    dialect: Dialect
    header_line: int = 1
    large_columns: "tuple[csv_arrow.Column, ...] | None" = (
        None  # one per header field of a large file
    )
    limits: Limits = field(default=Limits(), compare=False)
    check: Callable[[], None] = field(
        default=never, compare=False
    )  # as `read_table` has it, for those that go on reading

    def __len__(self) -> int:
        return len(self.lines)


def compression(data: bytes) -> str | None:
    """Name the compression format of `data` by its first bytes, or None."""
    return next((name for magic, name in COMPRESSED.items() if data.startswith(magic)), None)


def read_table(
    data: bytes, limits: Limits | None = None, check: Callable[[], None] = never
) -> Table:
    """Split CSV bytes into columns of text.

    `check` is called now and then, here and where the table's cells are read, and ends the reading by raising.
    Raises `NotACsvError` where the bytes are no CSV text, and `TableError` with every problem of its lines otherwise.
    """
    limits = limits or Limits()
    _require_text_format(data)
    lines = _line_ends(data)
    if lines == 1 or _ends_blank(data):
        data = data.rstrip(
            b"\r\n"
        )  # blank lines at the end move no other, nor do they tell what ends a line
        lines = _line_ends(data)
    _require_few_lines(lines or data.count(b"\r"), limits)
    table = _read_plain(data, lines, limits)
    return _read_lines(data, limits, check) if table is None else replace(table, check=check)


def _ends_blank(data: bytes) -> bool:
    """Whether the last line is followed by blank ones: by more than one line end, of any kind."""
    end = data[-3:].replace(b"\r\n", b"\n")[-2:]
    return len(end) > 1 and not end.strip(b"\r\n")


def _line_ends(data: bytes) -> int:
    r"""`data.count(b"\n")`, in a third of the time: numpy compares many bytes at once."""
    codes = np.frombuffer(data, np.uint8)
    return sum(
        int(np.count_nonzero(codes[start : start + BLOCK] == LINE_END))
        for start in range(0, len(codes), BLOCK)
    )


def _require_text_format(data: bytes) -> None:
    kind = compression(data)
    if kind:
        raise NotACsvError(FILE_COMPRESSED(format=kind))
    for magic, name in OTHER_FORMATS.items():
        if data.startswith(magic):
            raise NotACsvError(NOT_CSV(format=name))


def _require_few_lines(lines: int, limits: Limits) -> None:
    """Blank lines are no rows, but millions of them take memory and time all the same."""
    if lines > 2 * limits.rows + BLANK_LINES:
        raise TableError.of(TOO_MANY_LINES(lines=lines, limit=limits.rows))


def _read_plain(data: bytes, line_ends: int, limits: Limits) -> Table | None:
    """Read a file all at once; None where a line must be looked at by itself.

    Such are blank lines, those of separators alone or of another length than the header, and most with quotation marks.
    """
    start = len(BOM_UTF8) if data.startswith(BOM_UTF8) else 0
    body = data.find(b"\n", start) + 1
    is_large, quoted = len(data) >= LARGE, b'"' in data
    if not body or (quoted and not is_large) or b"\x00" in data or not _is_text(data):
        return None
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    line = data[start : body - 1].decode().rstrip("\r")
    if not line.strip() or _other_text(line) or SEPARATOR_LINE.fullmatch(line):
        return None
    rows = line_ends - 1 + (not data.endswith(b"\n"))
    if rows > limits.rows:
        return None
    dialect = _dialect(line)
    header = _header(1, line, dialect, limits)
    numbers = range(2, rows + 2)
    if is_large:
        large = _split_by_arrow(data, body, len(header), dialect, limits, quoted=quoted)
        return (
            None
            if large is None or len(large[0]) != rows
            else Table(header, (), numbers, dialect, large_columns=large, limits=limits)
        )
    columns = _split(data, body, len(header), dialect, limits)
    return (
        None
        if columns is None or len(columns[0]) != rows
        else Table(header, columns, numbers, dialect, limits=limits)
    )


def _split(
    data: bytes, body: int, width: int, dialect: Dialect, limits: Limits
) -> tuple[tuple[str, ...], ...] | None:
    lines = data[body:].decode().replace("\r\n", "\n").removesuffix("\n").split("\n")
    rows = [line.split(dialect.separator) for line in lines]
    if set(map(len, rows)) != {width}:
        return None
    if (
        len(max(lines, key=len)) > limits.field_characters
        and len(max(chain.from_iterable(rows), key=len)) > limits.field_characters
    ):
        return None
    columns = tuple(zip(*rows, strict=True))
    if not data.isascii() or any(space in data for space in SPACES):
        columns = tuple(tuple(map(str.strip, cells)) for cells in columns)
    return None if "" in columns[0] else columns  # it may be a row of separators alone


def _split_by_arrow(
    data: bytes, body: int, width: int, dialect: Dialect, limits: Limits, *, quoted: bool
) -> "tuple[csv_arrow.Column, ...] | None":
    from model_contract.reading import arrow as csv_arrow

    columns = csv_arrow.split(
        data,
        body,
        dialect.separator,
        dialect.decimal,
        width,
        limits.field_characters,
        quoted=quoted,
    )
    return None if columns is None or csv_arrow.has_empty(columns[0]) else columns


def _is_text(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read_lines(data: bytes, limits: Limits, check: Callable[[], None]) -> Table:
    """Read line by line."""
    text = _decode(data)
    end = "\n" if "\n" in text else "\r"  # "\r" alone: spreadsheets' "CSV (Macintosh)"
    if text.count(end) >= limits.rows:
        _require_few_rows(
            sum(1 for _, line in _lines(text, end) if line.strip(",; \t\r")) - 1, limits
        )
    numbered = (
        (number, line.rstrip("\r"))
        for number, line in _lines(text, end)
        if line and not line.isspace()
    )
    header_line, line = next(numbered, (0, ""))
    if SEPARATOR_LINE.fullmatch(line):
        header_line, line = next(numbered, (0, ""))
    if not line:
        raise NotACsvError(FILE_EMPTY())
    dialect = _dialect(line)
    header = _header(header_line, line, dialect, limits)
    # Spreadsheets pad a file with rows of separators alone.
    padding = dialect.separator + " \t"
    numbers = array("q")
    fields = _rows(
        ((number, line) for number, line in numbered if line.strip(padding)),
        numbers,
        len(header),
        dialect,
        limits,
        check,
    )
    if len(data) < LARGE:
        columns = tuple(zip(*fields, strict=True))
        table = Table(header, columns, numbers, dialect, header_line, limits=limits, check=check)
    else:
        from model_contract.reading import arrow as csv_arrow

        table = Table(
            header,
            (),
            numbers,
            dialect,
            header_line,
            csv_arrow.collect(fields, len(header)),
            limits,
            check,
        )
    if not numbers:
        raise TableError.of(NO_ROWS(), header_line)
    return table


def _lines(text: str, end: str) -> Iterator[tuple[int, str]]:
    """Line numbers and lines, one after another: all at once they would take twice the memory of the text."""
    start = 0
    for number in count(1):
        stop = text.find(end, start)
        if stop < 0:
            yield number, text[start:]
            return
        yield number, text[start:stop]
        start = stop + 1


def _require_few_rows(rows: int, limits: Limits) -> None:
    if rows > limits.rows:
        raise TableError.of(TOO_MANY_ROWS(rows=rows, limit=limits.rows))


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotACsvError(NOT_UTF8(byte=f"0x{data[error.start]:02x}", line=line)) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise NotACsvError(NUL_BYTE(line=line))
    other = _other_text(text)
    if other:
        raise NotACsvError(NOT_CSV(format=other))
    return text


def _other_text(text: str) -> str | None:
    """Name the format of a text that is no table, by its start, or None."""
    return None if BRACKETED_NAME.match(text) else OTHER_TEXTS.get(text.lstrip()[:1])


def _dialect(header: str) -> Dialect:
    if ";" in header:
        return SEMICOLON
    if "," in header:
        return COMMA
    raise NotACsvError(NO_SEPARATOR(line=header))


@lru_cache(maxsize=4)  # files that follow one another mostly have the same header
def _header(number: int, line: str, dialect: Dialect, limits: Limits) -> tuple[str, ...]:
    width = line.count(dialect.separator) + 1
    if width > limits.columns:
        raise TableError.of(TOO_MANY_COLUMNS(columns=width, limit=limits.columns), number)
    problems = ProblemList()
    names = _fields(number, line, dialect, limits, problems)
    problems.raise_if_any()
    if 2 * sum(1 for name in names if name[:1] in VALUE_STARTS and VALUE.fullmatch(name)) > len(
        names
    ):
        raise TableError.of(HEADER_MISSING(line=line), number)
    named = [folded for folded in map(str.casefold, names) if folded]
    if len(set(named)) < len(named):
        _add_duplicates(names, number, problems)
        problems.raise_if_any()
    return tuple(names)


def _add_duplicates(names: list[str], number: int, problems: ProblemList) -> None:
    seen: set[str] = set()
    for name in names:
        if name and name.casefold() in seen:
            problems.add(COLUMN_TWICE(name=name), number, name)
        seen.add(name.casefold())


def _rows(
    rows: Iterable[tuple[int, str]],
    numbers: "array[int]",
    width: int,
    dialect: Dialect,
    limits: Limits,
    check: Callable[[], None],
) -> Iterator[list[str]]:
    """Give the fields of each row and note its line in `numbers`.

    Raises `TableError` after the last row where some could not be split into `width` fields.
    """
    problems = ProblemList()
    for position, (number, line) in enumerate(rows):
        if position % CHECKED_ROWS == 0:
            check()
        row = _fields(number, line, dialect, limits, problems)
        if len(row) == width:
            numbers.append(number)
            yield row
        elif row:
            code = (
                FIELD_COUNT_DECIMAL_COMMA if dialect is COMMA and len(row) > width else FIELD_COUNT
            )
            problems.add(code(expected=width, found=len(row)), number)
    problems.raise_if_any()


def _fields(
    number: int, line: str, dialect: Dialect, limits: Limits, problems: ProblemList
) -> list[str]:
    """Split one line. An empty list, with a problem noted, where it cannot be split."""
    if len(line) > limits.columns * limits.field_characters:
        limit = limits.columns * limits.field_characters
        problems.add(LINE_TOO_LONG(characters=len(line), limit=limit), number)
        return []
    if '"' not in line:
        row = line.split(dialect.separator)
    else:
        try:
            row = next(csv.reader([line], delimiter=dialect.separator, strict=True))
        except csv.Error as error:
            if "limit" in str(error):
                problems.add(FIELD_TOO_LONG(limit=limits.field_characters), number)
            else:
                problems.add(QUOTE_UNCLOSED(), number)
            return []
    longest = max(map(len, row)) if len(line) > limits.field_characters else 0
    if longest > limits.field_characters:
        problems.add(FIELD_TOO_LONG(limit=limits.field_characters), number)
        return []
    return list(map(str.strip, row))
