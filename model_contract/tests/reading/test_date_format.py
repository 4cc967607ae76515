from datetime import timedelta

import pytest

from model_contract.reading.formats.date_format import (
    DAY_FIRST,
    MICROSECONDS,
    MILLISECONDS,
    MONTH_FIRST,
    NANOSECONDS,
    ORDERS,
    SECONDS,
    SERIAL,
    YEAR_FIRST,
    DateFormat,
    time_of_day,
)
from parsed_dates import EPOCH, day_of


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
        "20240403.0", "20240403.", "20240403,00", "1130403.0",
        '="2024-04-03"', '="20240403"', '="2024-04-03 16:00"', '="3 Apr 2024"',
        "3rd Apr 2024", "3rd of April 2024", "3RD APRIL 2024", "Wed 3rd April, 2024",
        "3º de abril de 2024", "2024-04-03(水)", "2024年4月3日(水)", "2024年4月3日（水） 15:00",
        "2024. 4. 3.(수)", "2024/04/03 (Wed)", "Wed 2024-04-03", "Wed, 2024/4/3 16:00",
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
        (MONTH_FIRST, "Wed 04/03/2024"),
        (MONTH_FIRST, "Wednesday, 4/3/2024 16:00"),
        (MONTH_FIRST, "04/03/2024 (Wed.)"),
        (DAY_FIRST, "qua 03/04/2024"),
        (DAY_FIRST, "quarta-feira, 03/04/2024"),
        (DAY_FIRST, "Mi. 3.4.2024"),
        (DAY_FIRST, '="03/04/2024"'),
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
                      "20240403.5", "20240403.0.", '="2024-04-03', '2024-04-03"', '="', '=""',
                      "2024-04-03 (A)", "2024-04-03(", "Updated 2024-04-03", "Wed2024-04-03",
                      "3 Foo 2024", "32 Apr 2024", "2024-04/03"]),
        (DAY_FIRST, ["2024-04-03", "04/13/2024", "31/02/2024", "0/1/2024", "3/4/024", "3/4/20245",
                     "3/4.2024", "3/4", "2024/03/04", "003/04/2024"]),
        (MONTH_FIRST, ["13/04/2024", "2/30/2024", "2024-04-03", "Updated 04/03/2024",
                       "04/03/2024 (1)"]),
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
    ("cell", "day"),
    [
        ("24/04/03", "2024-04-03"),
        ("24-4-3", "2024-04-03"),
        ("99.04.03", "1999-04-03"),
        ("24年4月3日", "2024-04-03"),
        ("2024-04-03", "2024-04-03"),
        ("4/4/3", None),
        ("24/13/03", None),
        ("24/04/2003", None),
    ],
)
def test_short_years_in_front_have_two_digits(cell, day):
    days = DateFormat(YEAR_FIRST, short_years=True).parse(cell)
    assert (None if days is None else str(EPOCH + timedelta(days))) == day


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
