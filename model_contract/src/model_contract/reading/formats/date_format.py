"""How dates are written. `date_order` finds out which of these forms a column has.

    year-first      2024-04-03  2024/4/3  2024. 4. 3.  20240403  2024年4月3日  03-Apr-2024 …
    day-first       03/04/2024  3.4.24
    month-first     04/03/2024  4-3-24
    seconds         1712102400, since 1970 in UTC; `milliseconds` and finer units likewise
    serial          45385, a spreadsheet's days since 1899-12-30

A date with the name of its month, or a year in front, has one reading in any order. A year of three
digits counts from 1911, as in Taiwan. A year of two digits in front is read with `short_years`. A
time of day may follow and is ignored, apart from `time_of_day`: the date is the local one, as
written.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

DateOrder = Literal[
    "year-first", "day-first", "month-first", "seconds", "milliseconds", "microseconds",
    "nanoseconds", "serial",
]  # fmt: skip
YEAR_FIRST: DateOrder = "year-first"
DAY_FIRST: DateOrder = "day-first"
MONTH_FIRST: DateOrder = "month-first"
SECONDS: DateOrder = "seconds"
MILLISECONDS: DateOrder = "milliseconds"
MICROSECONDS: DateOrder = "microseconds"
NANOSECONDS: DateOrder = "nanoseconds"
SERIAL: DateOrder = "serial"
ORDERS: tuple[DateOrder, ...] = (
    YEAR_FIRST, DAY_FIRST, MONTH_FIRST, SECONDS, MILLISECONDS, MICROSECONDS, NANOSECONDS, SERIAL,
)  # fmt: skip
WRITTEN = ORDERS[:3]
PARTS_OF_SECOND: dict[DateOrder, int] = {
    SECONDS: 1, MILLISECONDS: 10**3, MICROSECONDS: 10**6, NANOSECONDS: 10**9,
}  # fmt: skip

# English, Portuguese, Spanish, German, French and Italian, with their usual abbreviations.
MONTH_NAMES = (
    "jan january janeiro ene enero januar jän jänner janvier janv gen gennaio",
    "feb february fev fevereiro febrero februar février févr fév fevrier febbraio",
    "mar march março marco marzo märz mrz mär mars",
    "apr april aprile abr abril avril avr",
    "may mai maio mayo mag maggio",
    "jun june junho junio juni juin giu giugno",
    "jul july julho julio juli juillet juil lug luglio",
    "aug august ago agosto août aout",
    "sep sept september set setembro septiembre setiembre septembre settembre",
    "oct october out outubro octubre ott ottobre okt oktober octobre",
    "nov november novembro noviembre novembre",
    "dec december dez dezembro dic diciembre dezember déc décembre dicembre",
)
MONTHS = {name: month for month, names in enumerate(MONTH_NAMES, 1) for name in names.split()}
NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
# In the same languages, Dutch and Swedish; any other word may be a note, such as "Updated".
WEEKDAY_NAMES = (
    "mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun "
    "sunday seg segunda ter terça qua quarta qui quinta sex sexta sáb sábado sab dom domingo "
    "lun lunes mar martes mié mie miércoles jue jueves vie viernes "
    "mo montag di dienstag mi mittwoch do donnerstag fr freitag sa samstag so sonntag "
    "lundi mardi mer mercredi jeu jeudi ven vendredi sam samedi dim dimanche "
    "lunedì martedì mercoledì gio giovedì venerdì sabato domenica "
    "ma maandag dinsdag wo woensdag donderdag vr vrijdag za zaterdag zo zondag "
    "mån måndag tis tisdag ons onsdag tors torsdag fre fredag lör lördag sön söndag"
)
WEEKDAY_NAME = "|".join(WEEKDAY_NAMES.split())
CLOCK = re.compile(
    r"(?:[ T]+|,\s*)(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:\s?[ap]\.?m\.?)?)"
    r"\s*(?:(?P<utc>Z|UTC|GMT|\+00:?00)|[+-][0-9]{2}:?[0-9]{2}|[A-Z]{2,4})?$",
    re.IGNORECASE,
)
DIGITS_CLOCK = re.compile(r"(?P<date>[0-9]{8})[ T]?(?P<time>[0-9]{4}(?:[0-9]{2})?)(?P<utc>Z)?")
WEEKDAY = re.compile(rf"^[^\W\d_]{{2,10}}\.?,?\s+(?=[0-9]|(?:{NAME})\b)", re.IGNORECASE)
WEEKDAY_BEFORE = re.compile(rf"^(?:{WEEKDAY_NAME})(?:-feira)?\.?,?\s+(?=[0-9])", re.IGNORECASE)
WEEKDAY_BEHIND = re.compile(
    rf"\s?[(（](?:[月火水木金土日월화수목금토일]|(?:{WEEKDAY_NAME})\.?)[)）]$", re.IGNORECASE
)
TRIPLE = re.compile(
    r"(?P<a>[0-9]{1,4})(?P<mark>[./\-年년] ?| )(?P<b>[0-9]{1,2})(?:(?P=mark)|[月월] ?)"
    r"(?P<c>[0-9]{1,4})[日일.]?"
)
# A column of numbers may be written with decimals: 20240403.0
COMPACT = re.compile(r"(?P<year>[0-9]{4}|1[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?:[.,]0*)?")
YEAR_MARKS = "年년"
TAIWAN_EPOCH = 1911  # of years with three digits
SHORT = 2  # digits of a year without its century
NAMED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|er|º|°)?[ ./-]*(?:de |of )?(?P<name>{NAME})\.?"
        r"[ .,/-]*(?:de )?"
        r"(?P<year>[0-9]{4}|[0-9]{2})",
        rf"(?P<name>{NAME})\.?[ ./-]*(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?[ ./-]*"
        r"(?P<year>[0-9]{4}|[0-9]{2})",
        rf"(?P<year>[0-9]{{4}})[ ./-](?P<name>{NAME})\.?[ ./-](?P<day>[0-9]{{1,2}})",
    )
)
EPOCH = date(1970, 1, 1).toordinal()
SERIAL_EPOCH = date(1899, 12, 30).toordinal() - EPOCH
PIVOT = 69  # POSIX: two-digit years from 69 on are of the 20th century
FIRST_SERIAL, LAST_SERIAL = 7_000, 70_000  # 1919 to 2091
FIRST_SECOND, LAST_SECOND = 100_000_000, 4_000_000_000  # 1973 to 2096
LONGEST = 60  # characters
UTC_ZONE = "UTC"
HOURS_PER_DAY = 24
ZONES = (UTC_ZONE, *(f"Etc/GMT-{hours}" for hours in range(1, 15)))  # hours ahead of UTC

Parser = Callable[[str, str], "int | None"]


@dataclass(frozen=True)
class DateFormat:
    """The order of a column's dates, and the time zone of those in seconds."""

    order: DateOrder
    zone: str = "UTC"  # IANA name
    short_years: bool = False  # with the year first, it may have two digits: 24/04/03

    def parse(self, cell: str) -> int | None:
        """Parse a cell to the number of days since 1970-01-01; None refuses it."""
        if len(cell) > LONGEST:
            return None
        text = without_time(cell)
        day = PARSERS[self.order](text, self.zone)
        if day is None and self.short_years and self.order == YEAR_FIRST:
            day = short_year_first(text)
        if day is None or self.zone == UTC_ZONE or self.order not in WRITTEN:
            return day
        return day + _days_ahead(cell, self.zone)


def time_of_day(cell: str) -> str | None:
    """Return the time of day that a cell ends with, as written."""
    match = _clock(cell)
    return match["time"] if match else None


def is_in_utc(cell: str) -> bool:
    """Whether a cell has a time of day that is marked as UTC."""
    match = _clock(cell)
    return bool(match and match["utc"] and "m" not in match["time"].casefold())  # no "3 pm"


def _days_ahead(cell: str, zone: str) -> int:
    """Return 1 if a time in UTC is on the next day in a zone of `ZONES`, else 0."""
    match = _clock(cell)
    if match is None or not match["utc"]:
        return 0
    hour = re.match(r"[0-9]{1,2}(?=:)|[0-9]{2}", match["time"])
    late = hour is not None and int(hour[0]) + _hours_ahead(zone) >= HOURS_PER_DAY
    return int(late)


def _hours_ahead(zone: str) -> int:
    return int(zone.partition("-")[2])


@lru_cache(maxsize=4096)
def without_time(cell: str) -> str:
    """Return the date in a cell, without a time of day or a weekday behind it."""
    text = _content(cell)
    match = DIGITS_CLOCK.fullmatch(text)
    if match and _is_time(match["time"]):
        return match["date"]
    if ":" in text:
        text = CLOCK.sub("", text)
    return WEEKDAY_BEHIND.sub("", text) if text.endswith((")", "）")) else text


def _content(cell: str) -> str:
    """Strip a cell, and the sign of a formula that only has a text: ="2024-04-03"."""
    text = cell.strip()
    return text[2:-1].strip() if text.startswith('="') and text.endswith('"') else text


def _clock(cell: str) -> re.Match[str] | None:
    """Find the time of day that a cell ends with."""
    if len(cell) > LONGEST:
        return None
    text = _content(cell)
    if ":" in text:
        return CLOCK.search(text)
    match = DIGITS_CLOCK.fullmatch(text)
    return match if match and _is_time(match["time"]) else None


def _is_time(digits: str) -> bool:
    """Whether four or six digits are a time of day."""
    return digits[:2] < "24" and all(digits[at : at + 2] < "60" for at in (2, 4))


def _year_first(cell: str, _: str) -> int | None:
    match = COMPACT.fullmatch(cell)
    if match:
        return _day(_year(match["year"]), int(match["month"]), int(match["day"]))
    match = _triple(cell)
    if match:
        return (
            _day(_year(match["a"]), int(match["b"]), int(match["c"])) if _is_year(match) else None
        )
    match = _named(cell) or _named(WEEKDAY.sub("", cell))  # "mar." is a month or a Tuesday
    month = MONTHS.get(match["name"].casefold()) if match else None
    if match is None or month is None:  # letters may be equal only without regard to case
        return None
    return _day(_year(match["year"]), month, int(match["day"]))


def _triple(cell: str) -> re.Match[str] | None:
    return TRIPLE.fullmatch(cell if cell[:1].isdigit() else WEEKDAY_BEFORE.sub("", cell))


def short_year_first(cell: str) -> int | None:
    """Parse a date that starts with a year of two digits, as `DateFormat.parse` does."""
    match = _triple(cell)
    if not match or len(match["a"]) != SHORT or len(match["c"]) > SHORT:
        return None
    return _day(_year(match["a"]), int(match["b"]), int(match["c"]))


def _named(cell: str) -> re.Match[str] | None:
    return next(filter(None, (pattern.fullmatch(cell) for pattern in NAMED)), None)


def _is_year(match: re.Match[str]) -> bool:
    return len(match["a"]) in (3, 4) and len(match["c"]) <= 2


def _in_order(day: str, month: str) -> Parser:
    def parse(cell: str, _: str) -> int | None:
        match = _triple(cell)
        if not match or len(match["a"]) > SHORT or len(match["c"]) not in (SHORT, 4):
            return None
        if match["mark"][0] in YEAR_MARKS:
            return None
        return _day(_year(match["c"]), int(match[month]), int(match[day]))

    return parse


def _since_1970(parts: int) -> Parser:
    def parse(cell: str, zone: str) -> int | None:
        if not re.fullmatch(r"[0-9]{9,19}(?:\.0*)?", cell):
            return None
        seconds = float(cell) / parts
        if not FIRST_SECOND <= seconds <= LAST_SECOND:
            return None
        return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone)).toordinal() - EPOCH

    return parse


def _serial(cell: str, _: str) -> int | None:
    if not re.fullmatch(r"[0-9]{4,5}(?:[.,][0-9]*)?", cell):
        return None
    days = int(re.split("[.,]", cell)[0])
    return days + SERIAL_EPOCH if FIRST_SERIAL <= days <= LAST_SERIAL else None


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:
        return year if len(digits) == 4 else year + TAIWAN_EPOCH
    return year + (1900 if year >= PIVOT else 2000)


def _day(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal() - EPOCH
    except ValueError:
        return None  # no such day


PARSERS: dict[DateOrder, Parser] = {
    YEAR_FIRST: _year_first,
    DAY_FIRST: _in_order("a", "b"),
    MONTH_FIRST: _in_order("b", "a"),
    SERIAL: _serial,
    **{order: _since_1970(parts) for order, parts in PARTS_OF_SECOND.items()},
}
