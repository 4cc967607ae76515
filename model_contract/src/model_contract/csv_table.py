"""Bytes to columns of text: looks at the raw lines first, so that no value can shift into another column unseen.

Two dialects are understood, told apart by the header's separator:

    comma       decimal point    dates 2024-04-03
    semicolon   decimal comma    dates 03/04/2024 (day first) or 2024-04-03
"""

import csv
import re
from dataclasses import dataclass

from model_contract.errors import NotACsvError, Problem, ProblemList, TableError, safe, shown

COMPRESSED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
OTHER_FORMATS = {b"\x89PNG": "a PNG image", b"\xff\xd8\xff": "a JPEG image", b"GIF8": "a GIF image", b"%PDF": "a PDF",
                 b"PAR1": "a Parquet file", b"\xd0\xcf\x11\xe0": "an old Excel file"}  # fmt: skip
# What Excel may write before the header, for itself.
SEPARATOR_LINE = re.compile(r"sep=.", re.IGNORECASE)
VALUE = re.compile(r"[+-]?[0-9][0-9.,/:-]*")
OTHER_TEXTS = {"<": "HTML or XML", "{": "JSON", "[": "JSON"}


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

    rows: int = 200_000
    columns: int = 2_000
    field_characters: int = 1_000


@dataclass(frozen=True)
class Table:
    """A CSV whose every row has as many fields as its header. Still text: nothing is parsed yet."""

    header: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]  # one tuple of `rows` cells per header field, spaces stripped
    lines: tuple[int, ...]  # line number of each row in the file, counted from 1
    dialect: Dialect
    header_line: int = 1

    def cells(self, name: str) -> tuple[str, ...]:
        """Give the cells of the column called `name`, as the header writes it."""
        return self.columns[self.header.index(name)]


def compression(data: bytes) -> str | None:
    """Name the compression format of `data` by its first bytes, or None."""
    return next((name for magic, name in COMPRESSED.items() if data.startswith(magic)), None)


def read_table(data: bytes, limits: Limits | None = None) -> Table:
    """Split CSV bytes into columns of text.

    Raises `NotACsvError` where the bytes are no CSV text, and `TableError` with every problem of its lines otherwise.
    """
    limits = limits or Limits()
    text = _decode(data)
    lines = text.split("\n" if "\n" in text else "\r")  # "\r" alone: spreadsheets' "CSV (Macintosh)"
    filled = len(lines) - lines.count("") - lines.count("\r") - 1
    if filled > limits.rows:  # counted before any line is looked at
        raise TableError([Problem(f"the file has {filled:,} rows; at most {limits.rows:,} are read")])
    numbered = [(number, line.rstrip("\r")) for number, line in enumerate(lines, start=1) if line.strip()]
    if numbered and SEPARATOR_LINE.fullmatch(numbered[0][1]):
        numbered = numbered[1:]
    if not numbered:
        raise NotACsvError("the file is empty; expected a header line and one row per session")
    dialect = _dialect(numbered[0][1])
    header = _header(numbered[0], dialect, limits)
    # Spreadsheets pad a file with rows of separators alone.
    rows = [(number, line) for number, line in numbered[1:] if line.strip(dialect.separator + " \t")]
    if not rows:
        raise TableError([Problem("the file has a header and no rows; expected one row per session", numbered[0][0])])
    columns = _columns(rows, len(header), dialect, limits)
    return Table(header, columns, tuple(number for number, _ in rows), dialect, numbered[0][0])


def _decode(data: bytes) -> str:
    kind = compression(data)
    if kind:
        raise NotACsvError(f"not a CSV: the file is compressed ({kind}); send it uncompressed")
    for magic, name in OTHER_FORMATS.items():
        if data.startswith(magic):
            raise NotACsvError(f"not a CSV: the file looks like {name}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotACsvError(
            f"not UTF-8 text: byte 0x{data[error.start]:02x} on line {line}; save the file as 'CSV UTF-8' (a byte-order mark is fine)"
        ) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise NotACsvError(f"not a CSV: a NUL byte on line {line}; expected UTF-8 text")
    start = text.lstrip()[:1]
    if start in OTHER_TEXTS:
        raise NotACsvError(f"not a CSV: the file looks like {OTHER_TEXTS[start]}; expected a header line of column names")
    return text


def _dialect(header: str) -> Dialect:
    if ";" in header:
        return SEMICOLON
    if "," in header:
        return COMMA
    raise NotACsvError(
        f"not a CSV: the first line, {shown(header)}, has neither commas nor semicolons; expected a header line of column names"
    )


def _header(numbered: tuple[int, str], dialect: Dialect, limits: Limits) -> tuple[str, ...]:
    number, line = numbered
    width = line.count(dialect.separator) + 1
    if width > limits.columns:
        raise TableError([Problem(f"the header has {width:,} columns; at most {limits.columns:,} are read", number)])
    problems = ProblemList()
    names = _fields(number, line, dialect, limits, problems)
    problems.raise_if_any()
    if 2 * sum(map(bool, map(VALUE.fullmatch, names))) > len(names):
        raise TableError([Problem(f"the first line, {shown(line)}, holds values; expected a header line of column names", number)])
    seen: set[str] = set()
    for name in names:
        if name and name.casefold() in seen:
            problems.add(f"the header names {shown(name)} more than once; keep one of these columns", number, safe(name))
        seen.add(name.casefold())
    problems.raise_if_any()
    return tuple(names)


def _columns(rows: list[tuple[int, str]], width: int, dialect: Dialect, limits: Limits) -> tuple[tuple[str, ...], ...]:
    problems = ProblemList()
    fields = []
    for number, line in rows:
        row = _fields(number, line, dialect, limits, problems)
        if len(row) != width and row:
            problems.add(f"expected {width} fields as in the header, found {len(row)}{_advice(row, width, dialect)}", number)
        fields.append(row)
    problems.raise_if_any()
    return tuple(zip(*fields, strict=True))


def _advice(row: list[str], width: int, dialect: Dialect) -> str:
    if dialect is COMMA and len(row) > width:
        return "; a decimal comma or a thousands comma splits a number in two: use decimal points, or semicolons between fields"
    return ""


def _fields(number: int, line: str, dialect: Dialect, limits: Limits, problems: ProblemList) -> list[str]:
    """Split one line. An empty list, with a problem noted, where it cannot be split."""
    if len(line) > limits.columns * limits.field_characters:
        problems.add(f"the line has {len(line):,} characters; is a quotation mark or a line break missing?", number)
        return []
    if '"' not in line:
        row = line.split(dialect.separator)
    else:
        try:
            row = next(csv.reader([line], delimiter=dialect.separator, strict=True))
        except csv.Error as error:
            if "limit" in str(error):
                problems.add(f"a field is too long; at most {limits.field_characters:,} characters are read", number)
            else:
                problems.add("a quotation mark opens a field and does not close it at the field's end on the same line", number)
            return []
    longest = max(map(len, row))
    if longest > limits.field_characters:
        problems.add(f"a field has {longest:,} characters; at most {limits.field_characters:,} are read", number)
        return []
    return [field.strip() for field in row]
