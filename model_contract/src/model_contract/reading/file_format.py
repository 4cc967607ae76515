"""Checks that bytes are CSV text, and names their format if they are not."""

import re

from model_contract.errors import NotACsvError
from model_contract.messages.message import Message
from model_contract.messages.reading import (
    EXCEL_WORKBOOK,
    FILE_COMPRESSED,
    NOT_CSV,
    NOT_UTF8,
    NUL_BYTE,
)

ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
COMPRESSED = {
    b"\x1f\x8b": "gzip",
    ZIP: "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
BINARY = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"%PDF": "PDF",
    b"PAR1": "Parquet",
}
OTHER_TEXTS = {"<": "HTML or XML", "{": "JSON", "[": "JSON"}
# The start of a header with names in angle brackets, as in files of Stooq and MetaTrader. HTML has
# no such separator after its first tag.
BRACKETED_NAME = re.compile(r"\s*<[A-Za-z]+>(\s*[,;]|\t<)")
ZIP_NAME = slice(30, 300)  # contains the name of a ZIP file's first entry


def compression_problem(data: bytes) -> Message | None:
    """Return a problem if the bytes are compressed, otherwise None.

    Excel workbooks are ZIP files, so a ZIP file counts as a workbook unless it contains a CSV.
    """
    kind = next((name for magic, name in COMPRESSED.items() if data.startswith(magic)), None)
    if kind is None:
        return None
    if kind == "zip" and b".csv" not in data[ZIP_NAME].lower():
        return EXCEL_WORKBOOK()
    return FILE_COMPRESSED(format=kind)


def require_text_format(data: bytes) -> None:
    """Raise `NotACsvError` if the bytes start like a binary file."""
    problem = compression_problem(data)
    if problem:
        raise NotACsvError(problem)
    if data.startswith(OLD_EXCEL):
        raise NotACsvError(EXCEL_WORKBOOK())
    for magic, name in BINARY.items():
        if data.startswith(magic):
            raise NotACsvError(NOT_CSV(format=name))


def decode(data: bytes) -> str:
    """Decode UTF-8 text with or without a byte-order mark. Raises `NotACsvError`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotACsvError(NOT_UTF8(byte=f"0x{data[error.start]:02x}", line=line)) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise NotACsvError(NUL_BYTE(line=line))
    other = other_text(text)
    if other:
        raise NotACsvError(NOT_CSV(format=other))
    return text


def other_text(text: str) -> str | None:
    """Return the format of text that starts like HTML, XML or JSON, or None."""
    return None if BRACKETED_NAME.match(text) else OTHER_TEXTS.get(text.lstrip()[:1])
