"""How the numbers of a file are written: the decimal sign, groups, currency signs and units.

A cell shows its decimal sign in one of these ways (`decimal_sign`):

    31.84  0.123  1234.567    a single sign that doesn't precede exactly three digits after a group
                              of one to three digits
    1,234.56                  two signs: the last one is decimal
    1.234.567                 a repeated sign separates thousands

"1.234" can be either, so it is no evidence. The rest of the file decides; if it doesn't, the reader
must ask. A cell that contradicts the decision is refused when it is parsed.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

POINT, COMMA_SIGN = ".", ","
OTHER_SIGN = {POINT: COMMA_SIGN, COMMA_SIGN: POINT}
# Missing values in exports, in lower case: of Yahoo Finance, pandas, R, SAS, MySQL, spreadsheets …
NO_VALUE = frozenset({
    "", "null", "nan", "na", "n/a", "#n/a", "none", "-", "--", "---", "—", "–", ".", "<na>", "nat",
    "\\n", "n.a.", "n.d.", "n/d", "(null)", "#value!", "#div/0!", "#ref!", "#num!", "#name?",
    "#n/a n/a",
})  # fmt: skip
# Powers of ten that units stand for, in lower case: English, Portuguese, German, Chinese, Japanese.
UNITS = {
    "k": 3, "m": 6, "b": 9, "t": 12, "mil": 3, "mi": 6, "mln": 6, "bi": 9, "bn": 9,
    "tsd": 3, "mio": 6, "mrd": 9, "千": 3, "万": 4, "萬": 4, "百万": 6, "亿": 8, "億": 8,
}  # fmt: skip
CURRENCY = r"(?:[A-Z]{0,3}[$€£¥₹₽₩₺฿₫₪]|USD|EUR|GBP|BRL|Rs\.?)"
SPACES = " \u00a0\u2009\u202f"
APOSTROPHES = "'’"
NUMBER = re.compile(
    rf"(?P<sign>[+\-−]?)\s*(?:{CURRENCY}\s*)?(?P<inner>[+\-−]?)"
    rf"(?P<body>[0-9.,{SPACES}{APOSTROPHES}]*[0-9][.,]?)(?P<exponent>[eE][+-]?[0-9]+)?"
    rf"\s*(?:(?P<unit>(?i:{'|'.join(sorted(UNITS, key=len, reverse=True))}))\.?)?"
    rf"\s*(?:{CURRENCY})?"
)
MISTAKES = 0.1
LONGEST = 60  # characters; matching takes the cube of this
PLAIN = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+)")
LONE_SIGN = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


@dataclass(frozen=True)
class NumberFormat:
    """The decimal sign of a file. Everything else about its numbers needs no decision."""

    decimal: str  # "." or ","

    @cached_property
    def _body(self) -> re.Pattern[str]:
        """Digits, maybe in groups of three or in Indian groups (12,34,567), and decimals."""
        marks = re.escape(OTHER_SIGN[self.decimal] + SPACES + APOSTROPHES)
        western = rf"[1-9][0-9]{{0,2}}(?:(?P<mark>[{marks}])[0-9]{{3}})(?:(?P=mark)[0-9]{{3}})*"
        indian = r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}" if self.decimal == POINT else western[:0]
        whole = "|".join(filter(None, (western, indian, "[0-9]+")))
        sign = re.escape(self.decimal)
        return re.compile(rf"(?:{whole})(?:{sign}[0-9]*)?|{sign}[0-9]+")

    def is_number(self, cell: str) -> bool:
        """Whether a cell is written like a number, however large."""
        return self._match(cell) is not None

    def parse(self, cell: str) -> float | None:
        """Parse a cell to a finite number, or to NaN if it has no value; None refuses it."""
        if cell.casefold() in NO_VALUE:
            return math.nan
        if len(cell) > LONGEST:
            return self._plain(cell)
        match = self._match(cell)
        if match is None:
            return None
        digits = "".join(c for c in match["body"] if c.isdigit() or c == self.decimal)
        power = f"e{UNITS[match['unit'].casefold()]}" if match["unit"] else match["exponent"] or ""
        value = float(digits.replace(self.decimal, POINT) + power)  # rounded once
        if not math.isfinite(value):
            return None
        return -value if (match["sign"] or match["inner"]) in ("-", "−") else value

    def _plain(self, cell: str) -> float | None:
        """Parse a long cell of digits, as columns of plain numbers are parsed."""
        wrong = OTHER_SIGN[self.decimal] in cell
        match = None if wrong else PLAIN.fullmatch(cell.replace(self.decimal, POINT))
        value = float(match[0]) if match else math.inf
        return value if math.isfinite(value) else None

    def _match(self, cell: str) -> re.Match[str] | None:
        match = _number(cell)
        if match is None or not self._body.fullmatch(match["body"]):
            return None
        twice = (match["sign"] and match["inner"]) or (match["unit"] and match["exponent"])
        return None if twice else match


def _number(cell: str) -> re.Match[str] | None:
    match = NUMBER.fullmatch(cell) if len(cell) <= LONGEST else None
    if match and match["unit"] and match["unit"].casefold() not in UNITS:
        return None  # "mİ" matches "mi" without regard to case
    return match


def decimal_sign(cell: str) -> str | None:
    """Return the decimal sign that a cell proves, or None if it proves nothing."""
    match = _number(cell)
    if match is None:
        return None
    body = match["body"].translate({ord(c): None for c in SPACES + APOSTROPHES})
    points, commas = body.count(POINT), body.count(COMMA_SIGN)
    if not points and not commas:
        return None
    if points and commas:
        last = max(body, key=lambda c: body.rfind(c) if c in OTHER_SIGN else -1)
        return last if body.count(last) == 1 else None
    sign = POINT if points else COMMA_SIGN
    if points + commas > 1:
        return OTHER_SIGN[sign]
    return None if LONE_SIGN.fullmatch(body) else sign


def is_money(cell: str) -> bool:
    """Whether a cell is a number with a currency sign."""
    return _number(cell) is not None and re.search(CURRENCY, cell) is not None


def separates_thousands(cells: Iterable[str]) -> str | None:
    """Return the sign that every sign of a column of whole numbers is: 123.456 and 1.200, or None.

    It may separate thousands, because whole numbers have no decimals. None of them may have a unit,
    because a number such as 1.234M has decimals.
    """
    matches = [match for match in map(_number, cells) if match]
    signed = [match for match in matches if {POINT, COMMA_SIGN} & set(match["body"])]
    signs = {POINT if POINT in match["body"] else COMMA_SIGN for match in signed}
    plain = not any(match["unit"] or match["exponent"] for match in matches)
    alike = all(GROUPED.fullmatch(match["body"]) for match in signed)
    return signs.pop() if plain and alike and len(signs) == 1 else None


def is_unclear(cell: str) -> bool:
    """Whether a cell is one number with a decimal point and another with a decimal comma."""
    match = _number(cell)
    return bool(match) and bool(LONE_SIGN.fullmatch(match["body"]))  # type: ignore[index]


def proven_signs(cells: Iterable[str]) -> set[str]:
    """Return the decimal signs that cells prove; two if they contradict one another.

    One cell in ten may be a mistake: it doesn't contradict the others.
    """
    counts = Counter(sign for sign in map(decimal_sign, cells) if sign)
    return {sign for sign, count in counts.items() if count > MISTAKES * counts.total()}
