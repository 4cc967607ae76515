"""How the reference reader reads numbers, and its reasons to stop."""

import math
import re
from collections.abc import Iterable

DIGITS = set("0123456789")
LONGEST = 60  # characters of a date or number; a longer number is only read in a plain column
NOTHING = {
    "", "null", "nan", "na", "n/a", "#n/a", "none", "-", "--", "---", ".", "<na>", "nat", "\\n",
    "n.a.", "n.d.", "n/d", "(null)", "#value!", "#div/0!", "#ref!", "#num!", "#name?", "#n/a n/a",
}  # fmt: skip
# Letters that can be part of a number or of a date in forms that this reader doesn't know.
UNITS = {"k": 3, "m": 6, "b": 9, "t": 12}
MAYBE_NUMBER = {
    "e", "k", "m", "b", "t", "mil", "mi", "mln", "bi", "bn", "tsd", "mio", "mrd", "usd", "eur",
    "gbp", "brl", "rs", "r", "us", "a", "c", "hk", "nt", "s",
}  # fmt: skip


class RefusedError(Exception):
    """The file is refused."""


class UnknownError(Exception):
    """The file has a form that this reader doesn't know."""


class BadCellError(Exception):
    """A cell has no meaning in its column."""


def number_of(cell: str, sign: str) -> float:
    """Parse a number with a decimal sign; NaN if the cell has no value."""
    text = re.sub(r"^([+-])\s+", r"\1", cell.casefold())
    text = re.sub(r"\$\s+", "$ ", text)
    if text in NOTHING:
        return math.nan
    if not text.isascii() or len(text) > LONGEST:
        raise UnknownError
    words = set(re.findall("[a-z]+", text))
    if not words <= MAYBE_NUMBER or set(text) - set("abcdefghijklmnopqrstuvwxyz0123456789.,+-' $"):
        raise BadCellError
    match = re.fullmatch(r"([+-]?)(\$ *)?([0-9.,' ]*[0-9][.,]?)(e[+-]?[0-9]+)?( ?[kmbt])?", text)
    if match is None:
        if words - {"e"} or "$" in text:
            raise UnknownError
        raise BadCellError
    minus, body, exponent, unit = match[1], match[3], match[4], match[5]
    if exponent and unit:
        raise BadCellError
    whole, _, fraction = body.partition(sign)
    if set(fraction) - DIGITS or (not whole and not fraction):
        raise BadCellError
    power = f"e{UNITS[unit.strip()]}" if unit else exponent or ""
    digits = without_groups(whole, sign)
    value = float(f"{digits or '0'}.{fraction or '0'}{power}")
    if math.isinf(value):
        raise BadCellError
    return -value if minus == "-" else value


def without_groups(whole: str, sign: str) -> str:
    """Remove one kind of separator between groups of digits."""
    marks = set(whole) - DIGITS
    if not marks:
        return whole
    if len(marks) > 1:
        raise BadCellError
    (mark,) = marks
    first, *others = whole.split(mark)
    western = 1 <= len(first) <= 3 and all(len(group) == 3 for group in others)
    indian = (
        (mark, sign) == (",", ".")
        and 1 <= len(first) <= 2
        and len(others) > 1
        and len(others[-1]) == 3
        and all(len(group) == 2 for group in others[:-1])
    )
    if first[:1] in ("", "0") or not (western or indian):
        raise BadCellError
    return first + "".join(others)


def sign_of(cell: str) -> str | None:
    """Return the decimal sign that a cell shows; None if it doesn't show any."""
    match = re.fullmatch(
        r"[+-]?(?:\$ *)?[+-]?([0-9.,' ]*[0-9][.,]?)(?:e[+-]?[0-9]+)? ?(?:[kmbt])?", cell.casefold()
    )
    if match is None:
        return None
    signs = [character for character in match[1] if character in ".,"]
    other = {".": ",", ",": "."}
    if len(set(signs)) == 2:
        return signs[-1] if signs.count(signs[-1]) == 1 else None
    if len(signs) > 1:
        return other[signs[0]]
    return signs[0] if signs and not is_unclear(re.sub("[ ']", "", cell)) else None


def is_unclear(cell: str) -> bool:
    """Whether a cell looks like 1.234."""
    return bool(
        re.fullmatch(
            r"[+-]?(\$ *)?[1-9][0-9]?[0-9]?[.,][0-9]{3}(e[+-]?\d+)?( ?[kmbt])?", cell.casefold()
        )
    )


def shown(cells: Iterable[str]) -> set[str]:
    """Return the signs that cells show; one cell in ten may be a mistake."""
    found = [sign for sign in map(sign_of, cells) if sign]
    return {sign for sign in found if 10 * found.count(sign) > len(found)}


def signs_of(columns: dict[str, list[str]], separator: str) -> dict[str, str]:
    """Decide on the decimal sign of each column of a history."""
    if separator == ",":
        near = [cell for cells in columns.values() for cell in (*cells[:10], *cells[-10:])]
        if not any("," in cell for cell in near):
            signs = whole_number_signs(columns["volume"])
            if signs and not shown(columns["volume"]):
                raise RefusedError  # 1.234 shares can be 1,234
            return dict.fromkeys(columns, ".") | {"volume": min(signs, default=".")}
    if max(map(len, columns.values())) > 1000:
        columns = {role: [*cells[:500], *cells[-500:]] for role, cells in columns.items()}
    own = {role: shown(cells) for role, cells in columns.items()}
    file = set().union(*own.values())
    if len(file) != 1 and separator == ",":
        file = {"."}
    for role, cells in columns.items():
        if not own[role] and len(file) != 1 and any(map(is_unclear, cells)):
            if any(re.match(r"[+-]?[^+\-$]+\$", cell) for cell in cells):
                raise UnknownError  # a cell such as R$ 1,5 shows a sign
            raise RefusedError  # the file can be read in two ways
    usual = file.pop() if len(file) == 1 else "."
    if not own["volume"] and whole_number_signs(columns["volume"]) - {usual}:
        raise RefusedError
    return {role: min(signs) if len(signs) == 1 else usual for role, signs in own.items()}


def whole_number_signs(cells: list[str]) -> set[str]:
    """Return the decimal sign of volumes that are all like 1.234: the other one."""
    if not any(set(cell) & {".", ","} for cell in (*cells[:10], *cells[-10:])):
        return set()
    cells = [*cells[:500], *cells[-500:]] if len(cells) > 1000 else cells
    signed = [cell for cell in cells if set(cell) & {".", ","}]
    like = [re.fullmatch(r"[1-9][0-9]?[0-9]?([.,])[0-9]{3}(\1[0-9]{3})*", cell) for cell in signed]
    if not any(like):
        return set()
    marks = {match[1] for match in like if match}
    if not all(like) or len(marks) > 1 or any(re.search("[^-0-9.,]", cell) for cell in cells):
        raise UnknownError
    return {"." if marks == {","} else ","}
