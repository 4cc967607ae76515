"""Checks that bytes are CSV text, and names their format if they are not."""

import re

from model_contract.errors import NotATableError
from model_contract.messages.message import Message
from model_contract.messages.reading import (
    FILE_COMPRESSED,
    NOT_A_TABLE,
)

COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
BINARY = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"%PDF": "PDF",
}
OTHER_TEXTS = {"<": "HTML or XML", "{": "JSON", "[": "JSON"}
# The start of a header with names in angle brackets, as in files of Stooq and MetaTrader. HTML has
# no such separator after its first tag.
BRACKETED_NAME = re.compile(r"\s*<[A-Za-z]+>(\s*[,;]|\t<)")


def compression_problem(data: bytes) -> Message | None:
    """Return the problem of compressed bytes; None if they are not compressed."""
    kind = next((name for magic, name in COMPRESSED.items() if data.startswith(magic)), None)
    return FILE_COMPRESSED(format=kind) if kind else None


def require_text_format(data: bytes) -> None:
    """Raise `NotATableError` if the bytes start like a binary file."""
    problem = compression_problem(data)
    if problem:
        raise NotATableError(problem)
    for magic, name in BINARY.items():
        if data.startswith(magic):
            raise NotATableError(NOT_A_TABLE(format=name))


def other_text(text: str) -> str | None:
    """Return the format of text that starts like HTML, XML or JSON, or None."""
    return None if BRACKETED_NAME.match(text) else OTHER_TEXTS.get(text.lstrip()[:1])
