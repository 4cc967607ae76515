"""Finds a line outside the rows that states a unit: a title such as "Volume in thousands"."""

# In lower case. Their letters are the same in every encoding but UTF-16.
WORDS = (
    b"thousand", b"million", b"lakh", b"milhares", b"milh\xc3\xb5es", b"milh\xf5es", b"miles de",
    b"millones", b"tausend", b"milliers", b"(000", b"'000",
)  # fmt: skip
FIRST_LINES, AT_START, AT_END = 12, 2048, 512  # the last two are in bytes
FEW_DIGITS = 8  # a row has more
LONGEST = 100  # bytes that are quoted


def unit_note(data: bytes, encoding: str, header_line: int) -> str | None:
    """Return the first of the lines around the table that states a unit, or None.

    Only the first and the last few lines of the file are looked at.
    """
    start, end = data[:AT_START], data[-AT_END:]
    if not _states_unit(start) and not _states_unit(end):
        return None
    lines = start.splitlines()
    header = lines[header_line - 1 : header_line]
    for line in [*lines[:FIRST_LINES], *end.splitlines()]:
        few_digits = sum(map(line.count, b"0123456789")) < FEW_DIGITS
        if line not in header and few_digits and _states_unit(line):
            return line[:LONGEST].decode(encoding, errors="replace").strip()
    return None


def _states_unit(text: bytes) -> bool:
    lower = text.lower()
    return any(word in lower for word in WORDS)
