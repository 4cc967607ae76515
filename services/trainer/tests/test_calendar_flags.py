import re
from datetime import date

import exchange_calendars
import numpy as np
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from session_flags import dates_of, flags_on
from training.calendar_flags import exchange_sessions, panel_calendars
from training.errors import ParamsError


def test_new_york_is_closed_on_4_july_and_at_weekends():
    calendar = exchange_sessions("XNYS", date(2024, 7, 1), date(2024, 7, 9))
    assert calendar.sessions.astype(str).tolist() == [
        "2024-07-01",
        "2024-07-02",
        "2024-07-03",
        "2024-07-05",
        "2024-07-08",
        "2024-07-09",
    ]


def test_first_and_last_are_included():
    calendar = exchange_sessions("XNYS", date(2024, 7, 1), date(2024, 7, 1))
    assert calendar.sessions.astype(str).tolist() == ["2024-07-01"]


def test_every_session_has_its_weekday_s_flag(new_york):
    weekdays = new_york.flags[
        :,
        [
            CALENDAR_FLAGS.index(name)
            for name in ("monday", "tuesday", "wednesday", "thursday", "friday")
        ],
    ]
    np.testing.assert_array_equal(weekdays.sum(axis=1), 1)
    assert weekdays[new_york.sessions == np.datetime64("2024-07-05")].tolist() == [[0, 0, 0, 0, 1]]


@pytest.mark.parametrize(
    ("day", "flags"),
    [
        ("2012-11-23", {"half_day", "after_holiday"}),
        ("2012-12-24", {"half_day", "before_holiday", "christmas_week"}),
        ("2024-07-03", {"half_day", "before_holiday"}),
        ("2013-03-15", {"options_expiry", "futures_expiry"}),
        ("2013-04-19", {"options_expiry"}),
        ("2012-05-29", {"after_holiday"}),
        ("2012-05-25", {"before_holiday"}),
        ("2012-05-31", {"month_end"}),
        ("2012-12-26", {"year_end", "after_holiday", "london_closed"}),
        ("2012-12-31", {"year_end", "month_end", "before_holiday"}),
        ("2013-01-02", {"after_holiday"}),
        ("2013-06-12", set()),
    ],
    ids=[
        "Friday after Thanksgiving",
        "Christmas Eve",
        "eve of 4 July",
        "third Friday of March",
        "third Friday of April",
        "Tuesday after Memorial Day",
        "Friday before Memorial Day",
        "last session of May",
        "after Christmas",
        "New Year's Eve",
        "first session of a year",
        "an ordinary Wednesday",
    ],
)
def test_a_session_in_new_york_has_these_flags(new_york, day, flags):
    assert flags_on(new_york, day) == flags


def test_good_friday_moves_the_expiries_to_thursday(new_york):
    assert np.datetime64("2008-03-21") not in new_york.sessions
    assert flags_on(new_york, "2008-03-20") == {
        "options_expiry",
        "futures_expiry",
        "before_holiday",
    }
    assert flags_on(new_york, "2008-03-24") == {"after_holiday", "london_closed"}  # Easter Monday


def test_options_expire_monthly_and_futures_quarterly(new_york):
    assert dates_of(new_york, "options_expiry", "2026") == [
        "2026-01-16",
        "2026-02-20",
        "2026-03-20",
        "2026-04-17",
        "2026-05-15",
        "2026-06-18",
        "2026-07-17",
        "2026-08-21",
        "2026-09-18",
        "2026-10-16",
        "2026-11-20",
        "2026-12-18",
    ]
    assert dates_of(new_york, "futures_expiry", "2026") == [
        "2026-03-20",
        "2026-06-18",
        "2026-09-18",
        "2026-12-18",
    ]


def test_sao_paulo_s_options_moved_from_monday_to_friday_in_2021(sao_paulo):
    assert "options_expiry" in flags_on(sao_paulo, "2017-12-18")
    assert dates_of(sao_paulo, "options_expiry", "2021") == [
        "2021-01-18",
        "2021-02-17",
        "2021-03-15",
        "2021-04-19",
        "2021-05-21",
        "2021-06-18",
        "2021-07-16",
        "2021-08-20",
        "2021-09-17",
        "2021-10-15",
        "2021-11-19",
        "2021-12-17",
    ]


@pytest.mark.parametrize(
    ("closed", "expiry"),
    [("2017-11-20", "2017-11-21"), ("2024-11-15", "2024-11-14")],
    ids=["from Monday to the next session", "from Friday to the previous session"],
)
def test_a_holiday_moves_sao_paulo_s_expiry(sao_paulo, closed, expiry):
    assert np.datetime64(closed) not in sao_paulo.sessions
    assert "options_expiry" in flags_on(sao_paulo, expiry)


def test_ibovespa_futures_expire_on_wednesdays_of_even_months(sao_paulo):
    # 12 October, a Wednesday in 2022, is a holiday.
    assert dates_of(sao_paulo, "futures_expiry", "2022") == [
        "2022-02-16",
        "2022-04-13",
        "2022-06-15",
        "2022-08-17",
        "2022-10-13",
        "2022-12-14",
    ]
    assert "futures_expiry" in flags_on(sao_paulo, "2017-12-13")


@pytest.mark.parametrize("day", ["2018-02-14", "2024-02-14"])
def test_ash_wednesday_is_sao_paulo_s_half_day_after_carnival(sao_paulo, day):
    assert {"half_day", "after_holiday"} <= flags_on(sao_paulo, day)
    assert len(dates_of(sao_paulo, "half_day", day[:4])) == 1


@pytest.mark.parametrize("market", ["XNYS", "BVMF", "XSHG"])
def test_a_session_s_flags_do_not_depend_on_the_requested_range(market):
    training = exchange_sessions(market, date(2010, 3, 3), date(2024, 12, 31))
    serving = exchange_sessions(market, date(2024, 7, 5), date(2026, 6, 18))
    both = np.intersect1d(training.sessions, serving.sessions)
    assert len(both) > 100
    np.testing.assert_array_equal(training.flags_of(both), serving.flags_of(both))


def test_flags_at_the_edges_of_the_range_use_sessions_beyond_it():
    calendar = exchange_sessions("XNYS", date(2024, 1, 2), date(2024, 3, 28))
    assert flags_on(calendar, "2024-01-02") == {"after_holiday"}
    assert flags_on(calendar, "2024-03-28") == {"month_end", "before_holiday"}


def test_a_range_that_ends_mid_month_has_no_month_end_there():
    assert (
        flags_on(exchange_sessions("XNYS", date(2024, 3, 1), date(2024, 3, 13)), "2024-03-13")
        == set()
    )


@pytest.mark.parametrize("market", ["XBOM", "XSHG"], ids=["Mumbai", "Shanghai"])
def test_a_calendar_that_ends_soon_gives_the_sessions_it_has(market):
    bound = exchange_calendars.get_calendar(market).bound_max()
    calendar = exchange_sessions(market, date(2020, 1, 1), date(bound.year + 3, 12, 31))
    last = str(calendar.sessions[-1])
    assert last.startswith(f"{bound.year}-12")
    # The calendar doesn't know whether the next day is a holiday.
    assert flags_on(calendar, last) == {"year_end", "month_end"}


@pytest.mark.parametrize(
    ("market", "first"), [("XTKS", "1997-01-06"), ("XSAU", "2021-01-03")], ids=["Tokyo", "Riyadh"]
)
def test_a_calendar_that_begins_later_gives_the_sessions_it_has(market, first):
    assert str(exchange_sessions(market, date(1990, 1, 1), date(2025, 12, 31)).sessions[0]) == first


def test_only_holidays_count_if_the_week_begins_on_sunday():
    calendar = exchange_sessions("XSAU", date(2024, 9, 15), date(2024, 9, 26))
    assert np.datetime64("2024-09-23") not in calendar.sessions  # the national day, a Monday
    assert dates_of(calendar, "before_holiday", "2024") == ["2024-09-22"]
    assert dates_of(calendar, "after_holiday", "2024") == ["2024-09-24"]
    # This is a Thursday, because the exchange is closed on Fridays.
    assert flags_on(calendar, "2024-09-19") == {"options_expiry", "futures_expiry"}


def test_an_alias_of_a_market_gives_the_same_flags():
    alias, name = (
        exchange_sessions(market, date(2017, 12, 1), date(2017, 12, 31))
        for market in ("BMF", "BVMF")
    )
    np.testing.assert_array_equal(alias.flags, name.flags)


@pytest.mark.parametrize(
    ("market", "first", "last"),
    [("XNYS", date(2024, 7, 6), date(2024, 7, 7)), ("XSAU", date(1990, 1, 1), date(2010, 1, 1))],
    ids=["a weekend", "before the calendar begins"],
)
def test_a_range_without_a_session_is_rejected(market, first, last):
    expected = (
        f"load_data.market: the calendar of '{market}' has no session from {first} to {last}; "
        f"choose another market"
    )
    with pytest.raises(ParamsError, match=re.escape(expected)):
        exchange_sessions(market, first, last)


def test_an_unknown_market_is_rejected_with_the_known_ones():
    with pytest.raises(
        ParamsError,
        match=r"load_data\.market: no calendar exists for 'NASDAQ!'; expected one of "
        r".*BVMF.*XLON.*XNYS",
    ):
        exchange_sessions("NASDAQ!", date(2024, 1, 1), date(2025, 12, 31))


def test_a_calendar_that_cannot_be_computed_is_an_error_with_advice(monkeypatch):
    def fail(*_, **__):
        raise NotImplementedError("implemented by subclasses")

    monkeypatch.setattr(exchange_calendars, "get_calendar", fail)
    expected = (
        "load_data.market: this version of exchange_calendars cannot compute 'XBEL'; choose "
        "another market"
    )
    with pytest.raises(ParamsError, match=re.escape(expected)):
        exchange_sessions("XBEL", date(2024, 1, 1), date(2025, 12, 31))


def test_only_the_calendar_of_a_single_market_keeps_guessed_expiries():
    """Tokyo's expiries are guesses."""
    year = date(2024, 1, 1), date(2024, 12, 31)
    alone, mixed = panel_calendars(["XTKS"], *year), panel_calendars(["XTKS", "XNYS"], *year)
    days = [
        len(dates_of(calendar, "options_expiry", "2024"))
        for calendar in (alone["XTKS"], mixed["XTKS"], mixed["XNYS"])
    ]
    assert days == [12, 0, 12]
