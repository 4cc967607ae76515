from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from model_contract.reading.formats.date_format import (
    DAY_FIRST,
    MICROSECONDS,
    MILLISECONDS,
    MONTH_FIRST,
    NANOSECONDS,
    ORDERS,
    SATURDAY,
    SECONDS,
    SERIAL,
    YEAR_FIRST,
    DateFormat,
    order_of,
    time_of_day,
    zone_of,
)

EPOCH = date(1970, 1, 1)


def day_of(order: str, cell: str, zone: str = "UTC") -> str | None:
    days = DateFormat(order, zone).parse(cell)
    return None if days is None else str(EPOCH + timedelta(days))


def weekdays(count: int, start: str = "2024-01-02") -> list[date]:
    days = (date.fromisoformat(start) + timedelta(number) for number in range(2 * count))
    return [day for day in days if day.weekday() < 5][:count]


@pytest.mark.parametrize(
    "cell",
    [
        "2024-04-03", "2024-4-3", "2024/04/03", "2024/4/3", "2024.04.03", "20240403",
        "2024年4月3日", "2024年04月03日", "2024 04 03",
        "2024-04-03 16:00", "2024-04-03T00:00:00Z", "2024-04-03 00:00:00-04:00",
        "2024-04-03T09:30:00.000+0000", "2024/4/3 4:00 PM", "20240403 00:00",
        "2024-04-03 16:00:00 EST",
        "03-Apr-2024", "3 Apr 2024", "3-Apr-24", "03APR2024", "3. April 2024", "Apr 3, 2024",
        "April 3, 2024", "Apr. 3, 2024", "Apr 3rd, 2024", "Wed, Apr 3, 2024", "Wed Apr 3 2024",
        "2024-Apr-03", "APR 03 2024", "2024- 04- 03", "2024. 4. 3.", "2024년 4월 3일", "3 apr 2024",
        "113/04/03", "113/4/3", "1130403", "113年4月3日",
        "202404030000", "20240403093000", "20240403 160000", "20240403T235959Z",
    ],
)  # fmt: skip
def test_a_date_with_its_year_first_or_the_name_of_its_month_has_one_reading(cell):
    assert day_of(YEAR_FIRST, cell) == "2024-04-03"


@pytest.mark.parametrize(
    ("order", "cell"),
    [
        (DAY_FIRST, "03/04/2024"),
        (DAY_FIRST, "3/4/2024"),
        (DAY_FIRST, "03.04.2024"),
        (DAY_FIRST, "3.4.24"),
        (DAY_FIRST, "03-04-2024"),
        (DAY_FIRST, "03/04/24"),
        (DAY_FIRST, "03/04/2024 16:30"),
        (MONTH_FIRST, "04/03/2024"),
        (MONTH_FIRST, "4/3/2024"),
        (MONTH_FIRST, "4-3-24"),
        (MONTH_FIRST, "4/3/2024 16:00:00"),
        (MONTH_FIRST, "4/3/2024 4:00:00 PM"),
        (SECONDS, "1712102400"),
        (SECONDS, "1712188799"),
        (SECONDS, "1712102400.0"),
        (MILLISECONDS, "1712102400000"),
        (MICROSECONDS, "1712102400000000"),
        (NANOSECONDS, "1712188799999999000"),
        (DAY_FIRST, "3. 4. 2024"),
        (SERIAL, "45385"),
        (SERIAL, "45385.6875"),
        (SERIAL, "45385,6875"),
    ],
)
def test_other_orders_give_the_same_date(order, cell):
    assert day_of(order, cell) == "2024-04-03"


@pytest.mark.parametrize(
    ("order", "cells"),
    [
        (YEAR_FIRST, ["03/04/2024", "3.4.24", "20240230", "2024-13-01", "2024-04-03-05", "",
                      "2024040", "1712102400", "202404032400", "20240403096000",
                      "3 Foo 2024", "32 Apr 2024", "2024-04/03"]),
        (DAY_FIRST, ["2024-04-03", "04/13/2024", "31/02/2024", "0/1/2024", "3/4/024", "3/4/20245",
                     "3/4.2024", "3/4", "2024/03/04", "003/04/2024"]),
        (MONTH_FIRST, ["13/04/2024", "2/30/2024", "2024-04-03"]),
        (SECONDS, ["99999999", "4000000001", "1712102400000", "20240403", "1.7e9", "45385"]),
        (MILLISECONDS, ["1712102400", "99999999999", "17121024000000"]),
        (MICROSECONDS, ["1712102400000", "99999999999999"]),
        (NANOSECONDS, ["1712102400000000", "17121024000000000000"]),
        (SERIAL, ["6999", "70001", "45385.5.5", "20240403", "-45385", "4538"]),
    ],
    ids=ORDERS,
)  # fmt: skip
def test_a_cell_that_is_not_a_date_of_its_order_is_refused(order, cells):
    assert {cell: day_of(order, cell) for cell in cells} == dict.fromkeys(cells)


@pytest.mark.parametrize(
    ("written", "year"),
    [("00", 2000), ("24", 2024), ("68", 2068), ("69", 1969), ("99", 1999)],
)
def test_two_digit_years_are_from_1969_to_2068(written, year):
    assert day_of(DAY_FIRST, f"03/04/{written}") == f"{year}-04-03"
    assert day_of(YEAR_FIRST, f"3-Apr-{written}") == f"{year}-04-03"


@pytest.mark.parametrize(
    ("month", "names"),
    [
        (1, "Jan January janeiro ene enero Januar Jänner janvier janv"),
        (2, "Feb February fev fevereiro febrero Februar février févr"),
        (3, "Mar March março marzo März mrz mars"),
        (4, "Apr April abr abril avril avr"),
        (5, "May maio mayo Mai mai"),
        (6, "Jun June junho junio Juni juin"),
        (7, "Jul July julho julio Juli juillet juil"),
        (8, "Aug August ago agosto août"),
        (9, "Sep Sept September set setembro septiembre septembre"),
        (10, "Oct October out outubro octubre Okt Oktober octobre"),
        (11, "Nov November novembro noviembre novembre"),
        (12, "Dec December dez dezembro dic diciembre Dezember déc décembre"),
    ],
)
def test_months_have_names_in_five_languages(month, names):
    expected = f"2024-{month:02d}-03"
    for name in names.split():
        for cell in (f"3 {name} 2024", f"3-{name.upper()}-24", f"{name}. 3, 2024"):
            assert day_of(YEAR_FIRST, cell) == expected, cell


@pytest.mark.parametrize("cell", ["3 de abril de 2024", "03 de abr. de 2024", "qua, 3 abr 2024"])
def test_dates_in_portuguese_words_are_read(cell):
    assert day_of(YEAR_FIRST, cell) == "2024-04-03"


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", "2024-04-03"), ("America/New_York", "2024-04-02"), ("Asia/Tokyo", "2024-04-03")],
)
def test_seconds_since_1970_are_a_day_in_their_time_zone(zone, day):
    assert day_of(SECONDS, "1712102400", zone) == day
    assert day_of(MILLISECONDS, "1712102400000", zone) == day


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2024-04-03", None),
        ("20240403", None),
        ("2024-04-03 16:00", "16:00"),
        ("2024-04-03T09:30:00Z", "09:30:00"),
        ("4/3/2024 4:00:00 PM", "4:00:00 PM"),
        ("Apr 3, 2024, 16:00", "16:00"),
        ("2024-04-03 00:00:00-04:00", "00:00:00"),
    ],
)
def test_the_time_of_day_is_what_follows_the_date(cell, time):
    assert time_of_day(cell) == time


# The order of a column


def written(days: list[date], order: str) -> list[str]:
    form = {DAY_FIRST: "%d/%m/%Y", MONTH_FIRST: "%m/%d/%Y", YEAR_FIRST: "%Y-%m-%d"}[order]
    return [day.strftime(form) for day in days]


@pytest.mark.parametrize("order", [DAY_FIRST, MONTH_FIRST, YEAR_FIRST])
def test_a_value_above_12_decides(order):
    days = [date(2024, 4, 3), date(2024, 4, 4), date(2024, 4, 15)]
    assert order_of(written(days, order)) == [order]


@pytest.mark.parametrize("order", [DAY_FIRST, MONTH_FIRST])
def test_weekends_decide_where_no_value_is_above_12(order):
    days = [date(2024, month, day) for month in (1, 2, 3) for day in (1, 2, 5, 6, 7, 8, 9, 12)]
    days = [day for day in days if day.weekday() < 5]
    assert order_of(written(days, order)) == [order]


@pytest.mark.parametrize("month", range(1, 13))
def test_a_day_at_the_weekend_in_one_order_decides_for_the_other(month):
    for day in range(1, 13):
        calm = [
            order
            for order, one in (
                (DAY_FIRST, date(2024, month, day)),
                (MONTH_FIRST, date(2024, day, month)),
            )
            if one.weekday() < 5
        ]
        cell = f"{day:02d}/{month:02d}/2024"
        if day != month:
            assert order_of([cell]) == (calm or [DAY_FIRST, MONTH_FIRST]), cell


def test_fewer_weekends_decide_nothing():
    # Day first: Saturday and Sunday. Month first: Saturday and Tuesday.
    assert order_of(["01/06/2024", "01/09/2024"]) == [DAY_FIRST, MONTH_FIRST]


def test_weekends_decide_nothing_if_neither_order_has_any():
    # Each is Wednesday, 3 April, in one order, and Monday, 4 March, in the other.
    assert order_of(["03/04/2024", "04/03/2024"]) == [DAY_FIRST, MONTH_FIRST]


def test_weekends_decide_nothing_if_both_orders_have_some():
    days = [date(2024, month, day) for month in range(1, 13) for day in range(1, 13)]
    assert order_of(written(days, DAY_FIRST)) == [DAY_FIRST, MONTH_FIRST]


def test_dates_that_are_the_same_in_both_orders_need_no_decision():
    assert order_of(["04/04/2024", "05/05/2024"]) == [DAY_FIRST]


def test_values_above_12_that_contradict_each_other_are_left_open():
    both = ["13/04/2024", "04/15/2024", "16/04/2024", "04/17/2024"]
    assert order_of(both) == [DAY_FIRST, MONTH_FIRST]


@pytest.mark.parametrize(("strangers", "orders"), [(1, [DAY_FIRST]), (2, [])])
def test_one_cell_in_ten_may_be_something_else(strangers, orders):
    cells = written(weekdays(10 - strangers, "2024-01-15"), DAY_FIRST)
    assert order_of(cells + [f"note {number}" for number in range(strangers)]) == orders


@pytest.mark.parametrize(
    ("cells", "orders"),
    [
        (["1712102400", "1712188800"], [SECONDS]),
        (["1712102400000", "1712188800000"], [MILLISECONDS]),
        (["45385", "45386"], [SERIAL]),
        (["20240403", "20240404"], [YEAR_FIRST]),
        (["Apr 3, 2024", "Apr 4, 2024"], [YEAR_FIRST]),
        (["3.4.24", "15.4.24"], [DAY_FIRST]),
        (["4/3/24", "4/15/24"], [MONTH_FIRST]),
        (["31.84", "32.5"], []),
        (["AAPL", "MSFT"], []),
        (["1", "2", "3"], []),
        ([], []),
    ],
)
def test_a_column_has_the_order_in_which_its_cells_are_dates(cells, orders):
    assert order_of(cells) == orders


def midnights(zone: str, every_day: bool = False) -> list[str]:
    """Seconds at midnight in a zone, on four weeks of weekdays or of all days."""
    days = [date(2024, 4, 1) + timedelta(days=number) for number in range(28)]
    return [
        f"{datetime.combine(day, time(), ZoneInfo(zone)).timestamp():.0f}"
        for day in days
        if every_day or day.weekday() < SATURDAY
    ]


@pytest.mark.parametrize(
    ("zone", "every_day"),
    [
        ("America/New_York", False),
        ("UTC", False),
        ("Asia/Tokyo", False),
        ("Asia/Kolkata", False),
        ("Europe/London", False),
        ("Australia/Sydney", False),
        ("UTC", True),
    ],
)
def test_midnight_anywhere_is_on_the_local_date(zone, every_day):
    cells = midnights(zone, every_day)
    assert day_of(SECONDS, cells[0], zone_of(cells, SECONDS)) == "2024-04-01"


@pytest.mark.parametrize(
    ("time", "moved"),
    [
        ("T15:00:00Z", True),
        ("T16:00:00.000Z", True),
        (" 18:30:00+00:00", True),
        (" 21:00 UTC", True),
        ("T15:00:00", False),
        ("T15:00:00+09:00", False),
        (" 3:00 PM GMT", False),
    ],
)
def test_times_in_utc_are_on_the_date_without_sessions_at_weekends(time, moved):
    eve = [day - timedelta(1) for day in weekdays(20)]  # midnight further east
    for days, expected in ((eve, eve[0] + timedelta(moved)), (weekdays(20), weekdays(1)[0])):
        cells = [f"{day}{time}" for day in days]
        (order,) = order_of(cells)
        assert day_of(order, cells[0], zone_of(cells, order)) == str(expected)


@pytest.mark.parametrize("damaged", [0, -1], ids=["first", "last"])
def test_a_damaged_date_does_not_move_the_others(damaged):
    eve = [day - timedelta(1) for day in weekdays(20)]
    cells = [f"{day}T15:00:00Z" for day in eve]
    cells[damaged] = cells[damaged].removesuffix("Z")
    assert day_of(YEAR_FIRST, cells[1], zone_of(cells, YEAR_FIRST)) == str(eve[1] + timedelta(1))


@pytest.mark.parametrize(("others", "moved"), [(2, True), (3, False)])
def test_nine_in_ten_times_must_be_marked_as_utc(others, moved):
    eve = [day - timedelta(1) for day in weekdays(20)]
    cells = [f"{day}T15:00:00{'' if at < others else 'Z'}" for at, day in enumerate(eve)]
    assert day_of(YEAR_FIRST, cells[-1], zone_of(cells, YEAR_FIRST)) == str(
        eve[-1] + timedelta(moved)
    )


@pytest.mark.parametrize("time", ["00:00", "12:00", "15:00", "23:00"])
def test_assets_that_are_traded_every_day_stay_in_utc(time):
    cells = [f"{date(2024, 1, 1) + timedelta(number)}T{time}Z" for number in range(60)]
    assert zone_of(cells, YEAR_FIRST) == "UTC"


def test_a_single_session_on_a_saturday_does_not_move_the_others():
    cells = midnights("Asia/Kolkata")
    saturday = datetime(2024, 4, 6, tzinfo=ZoneInfo("Asia/Kolkata"))
    cells.append(f"{saturday.timestamp():.0f}")
    assert day_of(SECONDS, cells[0], zone_of(cells, SECONDS)) == "2024-04-01"


def test_dates_of_a_market_that_is_open_on_sundays_stay():
    """Midnight in UTC is on the same date in all zones that are ahead."""
    cells = [str(1_711_843_200 + 86_400 * number) for number in range(5)]  # from a Sunday on
    assert zone_of(cells, SECONDS) == "UTC"
