"""Warnings that tell how far to trust an answer."""

from dataclasses import replace
from datetime import timedelta


def warnings(client, days, make):
    return warnings_to(client, make.comma(days))


def warnings_to(client, data):
    return client.post("/predict", data=data, content_type="text/csv").json["input"]["warnings"]


def served_with(empty_client, store, make, **facts):
    manifest, files = make.bundle()
    store.publish(replace(manifest, data=manifest.data | facts), files)
    empty_client.application.extensions["models"].poll_once()
    return empty_client


def test_dates_that_are_no_sessions_of_the_market_are_counted(client, make):
    days = make.days(60)
    weekend = next(i for i, day in enumerate(days) if day.session.weekday() == 4)
    days[weekend] = replace(days[weekend], session=days[weekend].session + timedelta(days=1))
    assert any(text.startswith("1 of the file's 60 dates are no sessions of XNYS") for text in warnings(client, days, make))


def test_so_are_they_in_a_file_of_windows(client, make):
    days = make.days(60)
    weekend = next(i for i, day in enumerate(days) if i and day.session.weekday() == 4)
    days[weekend] = replace(days[weekend], session=days[weekend].session + timedelta(days=1))
    (text,) = warnings_to(client, make.windows(days))
    assert text.startswith("1 of the file's 59 dates are no sessions of XNYS")


def test_windows_of_the_market_s_own_sessions_give_no_warning(client, make):
    assert warnings_to(client, make.windows(make.days(60))) == []


def test_a_session_to_forecast_that_the_calendar_cannot_name_is_warned_of(client, make):
    (text,) = warnings_to(client, make.windows(make.days(30, last="2029-12-31")))
    assert text.startswith("1 of the 8 sessions to forecast are unknown to the calendar of XNYS, which covers 2000-01-03 to 2029-12-31")
    assert text.endswith("an average session is assumed there")


def test_a_session_to_forecast_that_is_a_holiday_of_the_market_is_warned_of(client, make):
    (text,) = warnings_to(client, make.windows(make.days(23, last="2013-02-15"), {"Session": lambda _: "2013-02-18"}))
    assert text.startswith("1 of the 1 sessions to forecast are unknown")


def test_a_file_of_the_market_s_own_sessions_gives_no_warning(client, make):
    assert warnings(client, make.days(60), make) == []


def test_sessions_that_the_model_may_have_learned_from_are_counted(empty_client, store, make):
    days = make.days(60)
    client = served_with(empty_client, store, make, test_from=str(days[-10].session))
    found = len(days) - make.window - 1 - 10
    texts = warnings(client, days, make)
    assert [text for text in texts if text.startswith(f"{found} of the {found + 10} sessions in the track record of 'AAPL' lie before")]


def test_a_ticker_that_was_not_trained_on_gives_no_such_warning(empty_client, store, make):
    days = make.days(60, ticker="OTHER")
    client = served_with(empty_client, store, make, test_from=str(days[-10].session))
    assert warnings(client, days, make) == []


def test_a_forecast_that_begins_after_dropped_rows_says_so(client, make):
    days = make.days(60)
    untraded = replace(days[-1], session=days[-1].session + timedelta(days=4), volume=0)
    (_, said) = warnings(client, [*days, untraded], make)
    assert "of 'AAPL' begins after 2013-03-05, the last date in the file, whose row was dropped; what was read ends on 2013-03-01" in said


def test_a_dropped_row_of_a_day_without_a_session_moves_no_forecast(client, make):
    days = make.days(60)
    saturday = replace(days[-1], session=days[-1].session + timedelta(days=1), volume=0)
    assert not any("begins after" in said for said in warnings(client, [*days, saturday], make))
