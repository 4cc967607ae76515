"""How the reference reader reads dates, and how it decides on their order."""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from .reference_formats import DIGITS, LONGEST, BadCellError, RefusedError, UnknownError

MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, start=1)}
TIME = re.compile(
    r"(?P<date>.+?)[ T](?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?P<offset>Z|[+-]\d\d:?\d\d)?"
)
UTC_OFFSETS = {"Z", "+00:00", "+0000"}
DIGITS_ONLY = re.compile(
    r"(?P<date>\d{8})[ T]?(?P<time>(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)(?P<offset>Z)?"
)


def without_time(cell: str) -> tuple[str, str | None]:
    """Split a cell into its date and its time of day."""
    match = clock(cell)
    return (content(cell), None) if match is None else (match["date"], match["time"])


def content(cell: str) -> str:
    """Remove the sign of a spreadsheet's formula that only has a text: ="2004-01-02"."""
    formula = re.fullmatch('="(.*)"', cell)
    return formula[1].strip() if formula else cell


def clock(cell: str) -> re.Match[str] | None:
    if len(cell) > LONGEST:
        return None
    cell = content(cell)
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
    cell = re.sub(r"^([0-9]{7,8})[.,]0*$", r"\1", cell)
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
    if re.match(r"[A-Za-z]+\.?,? [0-9]", cell) and cell[:3].lower() not in MONTHS:
        raise UnknownError  # maybe a weekday in front
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


def short_year_first(cell: str) -> date | None:
    """Read 04/01/31; years with more digits, too."""
    parts = parts_of(cell)
    if parts and len(parts[0]) == 2 and len(parts[2]) <= 2:
        return day(year_of(parts[0]), *parts[1:])
    return year_first(cell)


Parse = Callable[[str], date | None]
ORDERS: tuple[Parse, ...] = (year_first, day_first, month_first)


def order_of(cells: Sequence[str]) -> Parse:
    """Decide how the dates of a column are written."""
    texts = list(dict.fromkeys(cell for cell in cells if cell))
    if any(not text.isascii() for text in texts):
        raise UnknownError
    bare = [without_time(text)[0] for text in texts]
    short = [short_year_first(text) if year_first(text) is None else None for text in bare]
    others = orders_of(bare)
    if len(bare) - short.count(None) < 0.9 * len(bare):
        candidates = others or [year_first]
    elif not others:
        candidates = [short_year_first]
    else:
        days = [[parse(text) for text in bare] for parse in others]
        mine, best = step(short), min(map(step, days))
        contradicted = weekends(short) > 0 and 0 in map(weekends, days)
        if mine > best or (mine == best and len(others) == 1):
            candidates = others
        elif mine == best or contradicted:
            candidates = [short_year_first, *others]
        else:
            candidates = [short_year_first]
    if len(candidates) > 1:
        raise RefusedError  # the file can be read in several ways
    return candidates[0]


def step(days: Sequence[date | None]) -> float:
    """Return the median number of days from one date to the next."""
    dates = [one for one in days if one is not None]
    steps = sorted(abs((later - one).days) for one, later in pairwise(dates))
    return (steps[len(steps) // 2] + steps[(len(steps) - 1) // 2]) / 2 if steps else 0


def weekends(days: Sequence[date | None]) -> int:
    return sum(one is not None and one.weekday() > 4 for one in days)


def orders_of(bare: Sequence[str]) -> list[Parse]:
    """Return the orders in which dates without a short year in front can be read."""
    found = [[parse(text) for text in bare] for parse in ORDERS]
    counts = [sum(one is not None for one in days) for days in found]
    most = max(counts)
    if sum(bool(re.fullmatch(r"\d{4,5}([.,]\d*)?|\d{9,19}(\.0*)?", text)) for text in bare) > most:
        raise UnknownError  # numbers of days or seconds
    if most < 0.9 * len(bare):
        either = sum(
            one is not None or other is not None for one, other in zip(*found[1:], strict=True)
        )
        mixed = counts[1] and counts[2] and either >= 0.9 * len(bare)
        return [day_first, month_first] if mixed else []
    best = [number for number in range(3) if counts[number] == most]
    if len(best) == 1 or 0 in best or found[1] == found[2]:
        return [ORDERS[best[0]]]
    at_weekends = [weekends(found[number]) for number in best]
    if at_weekends[0] == at_weekends[1] or min(at_weekends) > 0:
        return [ORDERS[number] for number in best]
    return [ORDERS[best[at_weekends.index(0)]]]


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
    orders = (*ORDERS, short_year_first)
    counts = [sum(parse(text) is not None for text in bare) for parse in orders]
    if counts[1] and counts[2] and max(counts) < 0.9 * len(texts):
        raise UnknownError
    return max(counts) >= 0.9 * len(texts)
