"""How the reference reader reads numbers and dates, and its reasons to stop."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

DIGITS = set("0123456789")
LONGEST = 60  # characters of a date or number; a longer number is only read in a plain column
NOTHING = {
    "", "null", "nan", "na", "n/a", "#n/a", "none", "-", "--", "---", ".", "<na>", "nat", "\\n",
    "n.a.", "n.d.", "n/d", "(null)", "#value!", "#div/0!", "#ref!", "#num!", "#name?", "#n/a n/a",
}  # fmt: skip
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, start=1)}
# Letters that can be part of a number or of a date in forms that this reader doesn't know.
UNITS = {"k": 3, "m": 6, "b": 9, "t": 12}
MAYBE_NUMBER = {
    "e", "k", "m", "b", "t", "mil", "mi", "mln", "bi", "bn", "tsd", "mio", "mrd", "usd", "eur",
    "gbp", "brl", "rs", "r", "us", "a", "c", "hk", "nt", "s",
}  # fmt: skip
TIME = re.compile(
    r"(?P<date>.+?)[ T](?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?P<offset>Z|[+-]\d\d:?\d\d)?"
)
UTC_OFFSETS = {"Z", "+00:00", "+0000"}
DIGITS_ONLY = re.compile(
    r"(?P<date>\d{8})[ T]?(?P<time>(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)(?P<offset>Z)?"
)


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


# Dates


def without_time(cell: str) -> tuple[str, str | None]:
    """Split a cell into its date and its time of day."""
    match = clock(cell)
    return (cell, None) if match is None else (match["date"], match["time"])


def clock(cell: str) -> re.Match[str] | None:
    if len(cell) > LONGEST:
        return None
    if ":" not in cell:
        return DIGITS_ONLY.fullmatch(cell)
    match = TIME.fullmatch(cell)
    if match is None:
        raise UnknownError
    return match


def hour_in_utc(cell: str) -> int | None:
    """Return the hour of a time that is marked as UTC."""
    match = clock(cell)
    return int(match["time"][:2]) if match and match["offset"] in UTC_OFFSETS else None


def year_first(cell: str) -> date | None:
    if set(cell) <= DIGITS and (len(cell) == 8 or (len(cell) == 7 and cell[0] == "1")):
        return day(year_of(cell[:-4]), cell[-4:-2], cell[-2:])
    parts = parts_of(cell)
    if parts and len(parts[0]) in (3, 4) and len(parts[2]) <= 2:
        return day(year_of(parts[0]), *parts[1:])
    return named(cell)


def day_first(cell: str) -> date | None:
    parts = parts_of(cell)
    if parts and len(parts[0]) <= 2 and len(parts[2]) in (2, 4):
        return day(year_of(parts[2]), parts[1], parts[0])
    return None


def month_first(cell: str) -> date | None:
    parts = parts_of(cell)
    if parts and len(parts[0]) <= 2 and len(parts[2]) in (2, 4):
        return day(year_of(parts[2]), parts[0], parts[1])
    return None


def parts_of(cell: str) -> list[str] | None:
    """Split 2024-04-03 and the like into three texts of digits."""
    for mark in ("- ", "/ ", ". ", *"-/. "):
        parts = cell.removesuffix(".").split(mark)
        if len(parts) == 3:
            lengths = [len(part) for part in parts]
            fits = 1 <= lengths[0] <= 4 and 1 <= lengths[1] <= 2 and 1 <= lengths[2] <= 4
            return parts if fits and set("".join(parts)) <= DIGITS else None
    return None


def named(cell: str) -> date | None:
    """Read "Apr 3, 2024" and "03-Apr-2024"."""
    words = re.findall("[a-z]+", cell.casefold())
    if not words or not set(cell) & DIGITS:
        return None
    match = re.fullmatch(r"([A-Za-z]{3}) (\d\d?), (\d{4})", cell)
    if match and match[1].lower() in MONTHS:
        return day(match[3], str(MONTHS[match[1].lower()]), match[2])
    match = re.fullmatch(r"(\d\d?)-([A-Za-z]{3})-(\d{4}|\d\d)", cell)
    if match and match[2].lower() in MONTHS:
        return day(year_of(match[3]), str(MONTHS[match[2].lower()]), match[1])
    raise UnknownError  # maybe another way to write a month


def year_of(digits: str) -> str:
    if len(digits) == 3:
        return str(int(digits) + 1911)  # in Taiwan
    return digits if len(digits) == 4 else f"{'20' if int(digits) < 69 else '19'}{digits}"


def day(year: str, month: str, digits: str) -> date | None:
    try:
        return date(int(year), int(month), int(digits))
    except ValueError:
        return None


Parse = Callable[[str], date | None]
ORDERS: tuple[Parse, ...] = (year_first, day_first, month_first)


def order_of(cells: Sequence[str]) -> Parse:
    """Decide how the dates of a column are written."""
    texts = list(dict.fromkeys(cell for cell in cells if cell))
    if any(not text.isascii() for text in texts):
        raise UnknownError
    bare = [without_time(text)[0] for text in texts]
    found = [[parse(text) for text in bare] for parse in ORDERS]
    counts = [sum(one is not None for one in days) for days in found]
    most = max(counts)
    if sum(bool(re.fullmatch(r"\d{4,5}([.,]\d*)?|\d{9,19}(\.0*)?", text)) for text in bare) > most:
        raise UnknownError  # numbers of days or seconds
    if most < 0.9 * len(texts):
        either = sum(
            one is not None or other is not None for one, other in zip(*found[1:], strict=True)
        )
        if counts[1] and counts[2] and either >= 0.9 * len(texts):
            raise RefusedError
        return year_first
    best = [number for number in range(3) if counts[number] == most]
    if len(best) == 1 or 0 in best or found[1] == found[2]:
        return ORDERS[best[0]]
    weekends = [
        sum(one is not None and one.weekday() > 4 for one in found[number]) for number in best
    ]
    if weekends[0] == weekends[1] or min(weekends) > 0:
        raise RefusedError  # the file can be read in two ways
    return ORDERS[best[weekends.index(0)]]


def hours_ahead(cells: Sequence[str], order: Parse) -> int:
    """Return how far the exchange is ahead of UTC, by whole hours, if the dates are in UTC."""
    texts = list(dict.fromkeys(cell for cell in cells if cell))
    hours = [hour_in_utc(text) for text in texts]
    marked = sum(hour is not None for hour in hours)
    if not texts or marked < 0.9 * len(texts):
        return 0
    weekends = []
    for ahead in range(15):
        days = [moved(text, order, ahead) for text in texts]
        weekends.append(sum(day is not None and day.weekday() > 4 for day in days))
    best = weekends.index(min(weekends))
    return best if weekends[best] <= weekends[0] / 2 else 0


def moved(cell: str, order: Parse, ahead: int) -> date | None:
    """Read a date on the day of the exchange; date.max if that is beyond the calendar."""
    found, hour = order(without_time(cell)[0]), hour_in_utc(cell)
    if found is None or hour is None or hour + ahead < 24:
        return found
    if found == date.max:
        raise UnknownError
    return found + timedelta(days=1)


def session_of(cell: str, order: Parse, ahead: int = 0) -> date:
    if not cell.isascii():
        raise UnknownError
    found = moved(cell, order, ahead)
    if found is None:
        raise BadCellError
    return found


def are_dates(cells: Sequence[str]) -> bool:
    """Whether most distinct cells are dates, in any order."""
    texts = list(dict.fromkeys(cell for cell in cells))
    if any(re.fullmatch(r"\d{4,5}([.,]\d*)?|\d{9,19}(\.0*)?", text) for text in texts):
        raise UnknownError
    bare = [without_time(text)[0] for text in texts]
    counts = [sum(parse(text) is not None for text in bare) for parse in ORDERS]
    if counts[1] and counts[2] and max(counts) < 0.9 * len(texts):
        raise UnknownError
    return max(counts) >= 0.9 * len(texts)


# Histories
