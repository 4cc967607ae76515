"""The order of a column's dates and their time zone, decided by all of its cells."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from model_contract.reading.formats.date_format import (
    DAY_FIRST,
    MILLISECONDS,
    MONTH_FIRST,
    SECONDS,
    SERIAL,
    YEAR_FIRST,
    DateFormat,
)
from model_contract.reading.formats.date_order import SATURDAY, format_of, order_of, zone_of
from parsed_dates import EPOCH, day_of


def shuffled(days: list[date]) -> list[date]:
    return [day for first in range(7) for day in days[first::7]]


def weekdays(count: int, start: str = "2024-01-02") -> list[date]:
    days = (date.fromisoformat(start) + timedelta(number) for number in range(2 * count))
    return [day for day in days if day.weekday() < 5][:count]


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


@pytest.mark.parametrize("every_day", [False, True])
@pytest.mark.parametrize("sort", [sorted, lambda days: sorted(days)[::-1], shuffled])
@pytest.mark.parametrize("start", ["2000-12-15", "2005-01-03", "2013-01-31", "2024-01-02"])
@pytest.mark.parametrize(
    ("order", "form"),
    [(YEAR_FIRST, "%y/%m/%d"), (DAY_FIRST, "%d/%m/%y"), (MONTH_FIRST, "%m/%d/%y")],
)
def test_years_of_two_digits_are_where_rows_are_days_apart(order, form, start, sort, every_day):
    days = weekdays(45, start)
    if every_day:
        days = [days[0] + timedelta(number) for number in range(45)]
    cells = [day.strftime(form) for day in sort(days)]
    assert order_of(cells) == [order]
    assert format_of(cells, order).parse(cells[0]) == (sort(days)[0] - EPOCH).days


def test_a_day_that_only_another_order_has_does_not_move_the_others():
    cells = ["31/02/13", *(day.strftime("%d/%m/%y") for day in weekdays(45, "2013-03-01"))]
    assert order_of(cells) == [DAY_FIRST]


def test_no_order_is_taken_if_the_weekends_contradict_the_steps():
    # Year first: a Saturday and the next Sunday. Month first: weekdays, a year apart.
    assert order_of(["12/05/12", "12/05/13"]) == [YEAR_FIRST, MONTH_FIRST]


def test_long_and_short_years_in_front_are_not_mixed():
    one, other = weekdays(40)[:20], weekdays(40)[20:]
    assert order_of([day.strftime("%y-%m-%d") for day in one] + written(other, YEAR_FIRST)) == []


@pytest.mark.parametrize("cell", ["24年4月3日", "24年04月03日"])
def test_the_sign_for_a_year_shows_which_number_it_is(cell):
    assert order_of([cell]) == [YEAR_FIRST]


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
    assert day_of(SECONDS, cells[0], zone_of(cells, DateFormat(SECONDS))) == "2024-04-01"


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
        assert day_of(order, cells[0], zone_of(cells, DateFormat(order))) == str(expected)


@pytest.mark.parametrize("damaged", [0, -1], ids=["first", "last"])
def test_a_damaged_date_does_not_move_the_others(damaged):
    eve = [day - timedelta(1) for day in weekdays(20)]
    cells = [f"{day}T15:00:00Z" for day in eve]
    cells[damaged] = cells[damaged].removesuffix("Z")
    assert day_of(YEAR_FIRST, cells[1], zone_of(cells, DateFormat(YEAR_FIRST))) == str(
        eve[1] + timedelta(1)
    )


@pytest.mark.parametrize(("others", "moved"), [(2, True), (3, False)])
def test_nine_in_ten_times_must_be_marked_as_utc(others, moved):
    eve = [day - timedelta(1) for day in weekdays(20)]
    cells = [f"{day}T15:00:00{'' if at < others else 'Z'}" for at, day in enumerate(eve)]
    assert day_of(YEAR_FIRST, cells[-1], zone_of(cells, DateFormat(YEAR_FIRST))) == str(
        eve[-1] + timedelta(moved)
    )


@pytest.mark.parametrize("time", ["00:00", "12:00", "15:00", "23:00"])
def test_assets_that_are_traded_every_day_stay_in_utc(time):
    cells = [f"{date(2024, 1, 1) + timedelta(number)}T{time}Z" for number in range(60)]
    assert zone_of(cells, DateFormat(YEAR_FIRST)) == "UTC"


def test_a_single_session_on_a_saturday_does_not_move_the_others():
    cells = midnights("Asia/Kolkata")
    saturday = datetime(2024, 4, 6, tzinfo=ZoneInfo("Asia/Kolkata"))
    cells.append(f"{saturday.timestamp():.0f}")
    assert day_of(SECONDS, cells[0], zone_of(cells, DateFormat(SECONDS))) == "2024-04-01"


def test_dates_of_a_market_that_is_open_on_sundays_stay():
    """Midnight in UTC is on the same date in all zones that are ahead."""
    cells = [str(1_711_843_200 + 86_400 * number) for number in range(5)]  # from a Sunday on
    assert zone_of(cells, DateFormat(SECONDS)) == "UTC"
