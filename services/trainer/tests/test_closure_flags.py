"""The flags of Christmas week and of the closures of exchanges, checked by hand."""

from datetime import date

import numpy as np
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from session_flags import dates_of, flags_on
from training.calendar_flags import exchange_sessions


@pytest.mark.parametrize(
    "day", ["2001-09-10", "2012-10-26"], ids=["11 September 2001", "Hurricane Sandy"]
)
def test_an_unscheduled_closure_does_not_flag_the_session_before(day):
    calendar = exchange_sessions("XNYS", date(2000, 1, 1), date(2013, 12, 31))
    flags = calendar.flags_of(np.array([day], dtype="datetime64[D]"))[0]
    assert flags[CALENDAR_FLAGS.index("before_holiday")] == 0
    after = calendar.flags_of(calendar.after(np.datetime64(day), 1))[0]
    assert after[CALENDAR_FLAGS.index("after_holiday")] == 1  # the closure is known by then


CHRISTMAS_WEEKS = {
    "2015": ["2015-12-21", "2015-12-22", "2015-12-23", "2015-12-24"],
    "2018": ["2018-12-21", "2018-12-24"],
    "2021": ["2021-12-21", "2021-12-22", "2021-12-23"],  # closed on Friday 24, for Christmas
    "2023": ["2023-12-21", "2023-12-22"],
    "2024": ["2024-12-23", "2024-12-24"],
}
CHRISTMAS_WEEKS_IN_SAO_PAULO = {  # closed on Christmas Eve
    "2015": ["2015-12-21", "2015-12-22", "2015-12-23"],
    "2018": ["2018-12-21"],
    "2019": ["2019-12-23"],
    "2022": ["2022-12-21", "2022-12-22", "2022-12-23"],
    "2023": ["2023-12-21", "2023-12-22"],
    "2024": ["2024-12-23"],
}


@pytest.mark.parametrize(("year", "days"), CHRISTMAS_WEEKS.items(), ids=CHRISTMAS_WEEKS)
def test_new_york_s_christmas_weeks(new_york, year, days):
    assert dates_of(new_york, "christmas_week", year) == days


@pytest.mark.parametrize(
    ("year", "days"), CHRISTMAS_WEEKS_IN_SAO_PAULO.items(), ids=CHRISTMAS_WEEKS_IN_SAO_PAULO
)
def test_sao_paulo_s_christmas_weeks(sao_paulo, year, days):
    assert dates_of(sao_paulo, "christmas_week", year) == days


@pytest.mark.parametrize("day", ["2012-12-20", "2012-12-26", "2024-12-20", "2024-12-26"])
def test_christmas_week_is_from_21_to_25_december(new_york, day):
    assert "christmas_week" not in flags_on(new_york, day)


# Both are closed on New Year's Day (if it is no weekend), Good Friday and Christmas.
NEW_YORK_CLOSED_IN_SAO_PAULO = {
    "2012": {
        "2012-01-02": "New Year's Day (moved from Sunday)",
        "2012-01-16": "Martin Luther King Day",
        # Presidents' Day, 20 February, is a Monday of carnival.
        "2012-05-28": "Memorial Day",
        "2012-07-04": "Independence Day",
        "2012-09-03": "Labor Day",
        "2012-11-22": "Thanksgiving",
    },
    "2018": {
        "2018-01-15": "Martin Luther King Day",
        "2018-02-19": "Presidents' Day",
        "2018-05-28": "Memorial Day",
        "2018-07-04": "Independence Day",
        "2018-09-03": "Labor Day",
        "2018-11-22": "Thanksgiving",
    },
    "2022": {
        "2022-01-17": "Martin Luther King Day",
        "2022-02-21": "Presidents' Day",
        "2022-05-30": "Memorial Day",
        "2022-06-20": "Juneteenth (moved from Sunday)",
        "2022-07-04": "Independence Day",
        "2022-09-05": "Labor Day",
        "2022-11-24": "Thanksgiving",
        "2022-12-26": "Christmas (moved from Sunday)",
    },
    "2023": {
        "2023-01-02": "New Year's Day (moved from Sunday)",
        "2023-01-16": "Martin Luther King Day",
        # Presidents' Day, 20 February, is a Monday of carnival.
        "2023-05-29": "Memorial Day",
        "2023-06-19": "Juneteenth",
        "2023-07-04": "Independence Day",
        "2023-09-04": "Labor Day",
        "2023-11-23": "Thanksgiving",
    },
    "2025": {
        "2025-01-20": "Martin Luther King Day",
        "2025-02-17": "Presidents' Day",
        "2025-05-26": "Memorial Day",
        # Juneteenth is Corpus Christi, on which Sao Paulo is closed.
        "2025-07-04": "Independence Day",
        "2025-09-01": "Labor Day",
        "2025-11-27": "Thanksgiving",
    },
}
# The last Monday in May is often a holiday in both: Memorial Day and the spring bank holiday.
LONDON_CLOSED_IN_NEW_YORK = {
    "2010": {
        "2010-04-05": "Easter Monday",
        "2010-05-03": "early May bank holiday",
        "2010-08-30": "summer bank holiday",
        "2010-12-27": "Christmas (moved from Saturday)",
        "2010-12-28": "Boxing Day (moved from Sunday)",
    },
    "2019": {
        "2019-04-22": "Easter Monday",
        "2019-05-06": "early May bank holiday",
        "2019-08-26": "summer bank holiday",
        "2019-12-26": "Boxing Day",
    },
    "2021": {
        "2021-04-05": "Easter Monday",
        "2021-05-03": "early May bank holiday",
        "2021-08-30": "summer bank holiday",
        "2021-12-27": "Christmas (moved from Saturday)",
        "2021-12-28": "Boxing Day (moved from Sunday)",
    },
    "2024": {
        "2024-04-01": "Easter Monday",
        "2024-05-06": "early May bank holiday",
        "2024-08-26": "summer bank holiday",
        "2024-12-26": "Boxing Day",
    },
}
LONDON_CLOSED_IN_SAO_PAULO = {
    "2012": {
        "2012-01-02": "New Year's Day (moved from Sunday)",
        "2012-04-09": "Easter Monday",
        "2012-05-07": "early May bank holiday",
        "2012-06-04": "spring bank holiday (moved from 28 May)",
        "2012-06-05": "Diamond Jubilee",
        "2012-08-27": "summer bank holiday",
        "2012-12-26": "Boxing Day",
    },
    "2013": {
        "2013-04-01": "Easter Monday",
        "2013-05-06": "early May bank holiday",
        "2013-05-27": "spring bank holiday",
        "2013-08-26": "summer bank holiday",
        "2013-12-26": "Boxing Day",
    },
    "2021": {
        "2021-04-05": "Easter Monday",
        "2021-05-03": "early May bank holiday",
        "2021-05-31": "spring bank holiday",
        "2021-08-30": "summer bank holiday",
        "2021-12-27": "Christmas (moved from Saturday)",
        "2021-12-28": "Boxing Day (moved from Sunday)",
    },
    "2022": {
        "2022-01-03": "New Year's Day (moved from Saturday)",
        "2022-04-18": "Easter Monday",
        "2022-05-02": "early May bank holiday",
        "2022-06-02": "spring bank holiday (moved from 30 May)",
        "2022-06-03": "Platinum Jubilee",
        "2022-08-29": "summer bank holiday",
        # The funeral of Elizabeth II, 19 September, was unscheduled.
        "2022-12-26": "Boxing Day",
        "2022-12-27": "Christmas (moved from Sunday)",
    },
    "2025": {
        # Easter Monday, 21 April, is Tiradentes, on which Sao Paulo is closed.
        "2025-05-05": "early May bank holiday",
        "2025-05-26": "spring bank holiday",
        "2025-08-25": "summer bank holiday",
        "2025-12-26": "Boxing Day",
    },
}


@pytest.mark.parametrize("year", NEW_YORK_CLOSED_IN_SAO_PAULO)
def test_sao_paulo_s_sessions_while_new_york_is_closed(sao_paulo, year):
    expected = NEW_YORK_CLOSED_IN_SAO_PAULO[year]
    assert dates_of(sao_paulo, "new_york_closed", year) == list(expected)


@pytest.mark.parametrize("year", LONDON_CLOSED_IN_NEW_YORK)
def test_new_york_s_sessions_while_london_is_closed(new_york, year):
    assert dates_of(new_york, "london_closed", year) == list(LONDON_CLOSED_IN_NEW_YORK[year])


@pytest.mark.parametrize("year", LONDON_CLOSED_IN_SAO_PAULO)
def test_sao_paulo_s_sessions_while_london_is_closed(sao_paulo, year):
    assert dates_of(sao_paulo, "london_closed", year) == list(LONDON_CLOSED_IN_SAO_PAULO[year])


@pytest.mark.parametrize(
    "day",
    ["2012-10-29", "2012-10-30", "2018-12-05", "2025-01-09"],
    ids=["Hurricane Sandy", "Hurricane Sandy, day 2", "President Bush", "President Carter"],
)
def test_an_unscheduled_closure_of_new_york_is_not_flagged_elsewhere(new_york, sao_paulo, day):
    assert np.datetime64(day) not in new_york.sessions
    assert flags_on(sao_paulo, day) == set()


@pytest.mark.parametrize(
    ("market", "flag", "other"),
    [
        ("XNYS", "new_york_closed", "london_closed"),
        ("XNAS", "new_york_closed", "london_closed"),
        ("XLON", "london_closed", "new_york_closed"),
        ("LSE", "london_closed", "new_york_closed"),
    ],
)
def test_an_exchange_is_never_flagged_as_closed_itself(market, flag, other):
    calendar = exchange_sessions(market, date(2012, 1, 1), date(2025, 12, 31))
    assert not calendar.flags[:, CALENDAR_FLAGS.index(flag)].any()
    assert calendar.flags[:, CALENDAR_FLAGS.index(other)].any()


def test_a_weekend_session_is_not_flagged_because_other_exchanges_are_closed():
    calendar = exchange_sessions("24/7", date(2024, 1, 1), date(2024, 12, 31))
    weekend = ~np.is_busday(calendar.sessions)
    assert weekend.sum() == 104
    closed = [CALENDAR_FLAGS.index(name) for name in ("new_york_closed", "london_closed")]
    assert not calendar.flags[weekend][:, closed].any()
    assert calendar.flags[~weekend][:, closed].sum(axis=0).tolist() == [10, 8]


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2011-04-28", True), ("2022-06-01", True), ("2022-09-16", False)],
    ids=["royal wedding", "jubilee", "funeral of Elizabeth II"],
)
def test_a_proclaimed_holiday_flags_london_s_session_before(day, expected):
    calendar = exchange_sessions("XLON", date(2011, 1, 1), date(2022, 12, 31))
    assert ("before_holiday" in flags_on(calendar, day)) == expected


def test_in_a_calendar_without_rules_every_holiday_is_scheduled():
    calendar = exchange_sessions("XBOM", date(2024, 1, 1), date(2024, 12, 31))
    assert calendar.flags[:, CALENDAR_FLAGS.index("before_holiday")].sum() > 5
