"""How the reference reader splits a file into lines and fields, and names its columns."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .reference_dates import are_dates
from .reference_formats import DIGITS, RefusedError, UnknownError

REFUSED_MAGIC = (
    b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"\x89PNG", b"\xff\xd8\xff", b"GIF8",
    b"%PDF",
)  # fmt: skip
CONTAINER_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PAR1", b"\xd0\xcf\x11\xe0")
SEPARATORS = ",;\t|"
PRICES = ("open", "high", "low", "close")
HISTORY = ("date", *PRICES, "volume")
OPTIONAL = ("ticker", "adj close", "time")
NAMES = {
    "date": {"date", "data", "datum", "fecha", "日期", "dtyyyymmdd", "날짜"},
    "open": {
        "open",
        "abertura",
        "apertura",
        "开盘",
        "1 open",
        "시가",
        "otwarcie",
        "opening",
        "öppning",
    },
    "high": {"high", "máxima", "máximo", "最高", "2 high", "고가", "najwyzszy", "hoog", "högsta"},
    "low": {"low", "mínima", "mínimo", "最低", "3 low", "저가", "najnizszy", "laag", "lägsta"},
    "close": {
        "close",
        "fechamento",
        "cierre",
        "收盘",
        "4 close",
        "close/last",
        "종가",
        "zamkniecie",
        "slot",
        "slutkurs",
    },
    "volume": {"volume", "vol", "quantidade", "volumen", "5 volume", "거래량", "wolumen", "volym"},
    "ticker": {"ticker", "symbol", "ativo"},
    "adj close": {"adj close", "adjusted close"},
    "time": {"time"},
    "year": {"year"},
    "month": {"month"},
    "day": {"day"},
    "": {"per", "openint", "note", "über", "b", "1", ""},  # ignored
}
LAGGED = re.compile(r".+_t-[0-9]+")
ROUNDING = 1e-4
MAX_ROWS, MAX_COLUMNS, MAX_CHARACTERS, MAX_TICKER_CHARACTERS = 700_000, 2_000, 1_000, 40


@dataclass(frozen=True)
class Table:
    """The lines of a file."""

    header: list[str]
    rows: list[tuple[int, list[str]]]  # line numbers and fields
    damaged: list[int]  # line numbers
    separator: str


# Lines


def read_lines(data: bytes) -> Table:
    """Split a file whose first line names its columns."""
    if data.startswith(REFUSED_MAGIC):
        raise RefusedError
    if data.startswith(CONTAINER_MAGIC) or b"\x00" in data:
        raise UnknownError
    try:
        text = data.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UnknownError from None
    end = "\n" if "\n" in text else "\r"
    numbered = [
        (number, line)
        for number, line in (
            (number, line.rstrip("\r").removeprefix("\ufeff" if number > 1 else ""))
            for number, line in enumerate(text.split(end), start=1)
        )
        if line.strip() != ""
    ]
    if numbered and len(numbered[0][1]) == 5 and numbered[0][1].lower().startswith("sep="):
        del numbered[0]
    if not numbered:
        raise RefusedError
    separator, header = first_line(numbered[0][1])
    if is_numbered(header, [line for _, line in numbered[1:40]][:20], separator):
        header = ["", *header]
    rows, damaged = [], []
    for number, line in numbered[1:]:
        if not set(line) - {separator, " ", "\t"}:
            continue
        fields = fitted(fields_of(line, separator), header)
        if fields is None:
            damaged.append(number)
        elif fields != header:
            require_values(fields)
            rows.append((number, fields))
    if not rows or len(rows) > MAX_ROWS:
        raise RefusedError
    return with_dates(Table(header, rows, damaged, separator))


def require_values(fields: list[str]) -> None:
    """Refuse other names of columns."""
    if fields[0][:1] in DIGITS:
        return
    known = {role for role, names in NAMES.items() if any(bare(field) in names for field in fields)}
    known &= set(HISTORY)
    if len(known) > 1:
        raise RefusedError if len(known) > 3 else UnknownError


def is_numbered(header: list[str], lines: list[str], separator: str) -> bool:
    """Whether each of the first rows starts with a number or text of its own, before its date."""
    rows = [line.split(separator) for line in lines]
    if any('"' in line for line in lines):
        split = [fields_of(line, separator) for line in lines]
        rows = [row for row in split if row is not None]
        if len(rows) < len(split):
            raise UnknownError
    if not rows or any(len(row) != len(header) + 1 for row in rows):
        return False
    if any(not is_windows([name]) and role_of(name) == "time" for name in header):
        raise UnknownError  # it could have the dates
    dates = [
        at for at, name in enumerate(header) if not is_windows([name]) and role_of(name) == "date"
    ]
    if len(dates) != 1:
        raise UnknownError
    before, after = ([row[dates[0] + more].strip() for row in rows] for more in (0, 1))
    if not "".join(before + after).isascii():
        raise UnknownError
    return not are_dates(before) and are_dates(after)


def with_dates(table: Table) -> Table:
    """Join years, months and days."""
    if is_windows(table.header):
        return table
    roles = [role_of(name) for name in table.header]
    parts = [role for role in ("year", "month", "day") if role in roles]
    if "date" in roles:
        if "day" in roles:
            raise UnknownError  # it could have the dates
        return table
    if len(parts) < 3:
        raise UnknownError
    at = [roles.index(role) for role in parts]
    rows = []
    for number, row in table.rows:
        year, month, day = (row[position] for position in at)
        whole = f"{year}-{month}-{day}" if len(year) == 4 else "no date"
        rows.append((number, [*row, whole]))
    return Table([*table.header, "Date"], rows, table.damaged, table.separator)


def first_line(line: str) -> tuple[str, list[str]]:
    """Return the separator and the names of the columns."""
    found = [separator for separator in SEPARATORS if separator in line]
    if len(found) != 1 or line.startswith(("\ufeff", "<a", "{", "[")):
        raise UnknownError
    names = fields_of(line, found[0])
    if names is None or len(names) > MAX_COLUMNS:
        raise UnknownError
    folded = [name.casefold() for name in names if name]
    if len(set(folded)) < len(folded):
        raise UnknownError
    if not is_windows(names):
        roles = set(map(role_of, names))
        if not (roles | {"date"} if "day" in roles else roles) >= set(HISTORY):
            raise UnknownError
    return found[0], names


def is_windows(names: Iterable[str]) -> bool:
    return any(LAGGED.fullmatch(name.casefold()) for name in names)


def role_of(name: str) -> str:
    """Return the role of a column, "" if it has none."""
    if name.startswith("<") and name[1:2] in DIGITS:
        raise UnknownError
    for role, names in NAMES.items():
        if bare(name) in names:
            return role
    raise UnknownError


def bare(name: str) -> str:
    """Remove the case and the marks of a name."""
    bare = name[1:-1] if name.startswith("<") and name.endswith(">") else name
    return " ".join(bare.replace("_", " ").replace(".", " ").replace("*", " ").casefold().split())


def fields_of(line: str, separator: str) -> list[str] | None:
    """Split a line into stripped fields; None if that is impossible."""
    if len(line) > MAX_COLUMNS * MAX_CHARACTERS:
        return None
    fields = line.split(separator)
    if '"' in line:
        try:
            fields = next(csv.reader([line], delimiter=separator, strict=True))
        except csv.Error:
            return None
    if max(map(len, fields)) > MAX_CHARACTERS:
        return None
    return [field.strip() for field in fields]


def fitted(fields: list[str] | None, header: list[str]) -> list[str] | None:
    """Add or remove empty fields at the end; None if the row still has another length."""
    if fields is None:
        return None
    while len(fields) > len(header) and fields[-1] == "":
        fields = fields[:-1]
    if len(fields) < len(header) and not any(header[len(fields) :]):
        fields = fields + [""] * (len(header) - len(fields))
    return fields if len(fields) == len(header) else None


# Numbers
