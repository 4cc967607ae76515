"""Warnings that tell how far to trust an answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

CALENDAR = "the exchange calendar that the model was trained with (XNYS)"


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
    (_, text) = sorted(warnings(client, days, make), key=lambda text: text.startswith("1 of"))
    assert text == (
        f"1 of the file's 60 dates is no session of {CALENDAR}; if the data are another exchange's, holidays, half-days and expiries may "
        "be wrong in the forecast: train a model for that exchange (README, 'Your data and your market')."
    )


def test_several_dates_that_are_no_sessions_are_told_as_several(client, make):
    days = make.days(60)
    fridays = [row for row, day in enumerate(days) if day.session.weekday() == 4]
    for row in fridays:
        days[row] = replace(days[row], session=days[row].session + timedelta(days=1))
    assert any(
        text.startswith(f"{len(fridays)} of the file's 60 dates are no sessions of {CALENDAR}; ")
        for text in warnings(client, days, make)
    )


def test_so_are_they_in_a_file_of_windows(client, make):
    days = make.days(60)
    weekend = next(i for i, day in enumerate(days) if i and day.session.weekday() == 4)
    days[weekend] = replace(days[weekend], session=days[weekend].session + timedelta(days=1))
    (text,) = warnings_to(client, make.windows(days))
    assert text.startswith(f"1 of the file's 59 dates is no session of {CALENDAR}; ")


def test_windows_of_the_market_s_own_sessions_give_no_warning(client, make):
    assert warnings_to(client, make.windows(make.days(60))) == []


def test_a_session_to_forecast_that_the_calendar_cannot_name_is_warned_of(client, make):
    (text,) = warnings_to(client, make.windows(make.days(30, last="2029-12-31")))
    assert text.startswith(
        f"1 of the 8 sessions to forecast is unknown to {CALENDAR}, which covers 2000-01-03 to 2029-12-31"
    )
    assert text.endswith("an average session is assumed there.")


def test_a_session_to_forecast_that_is_a_holiday_of_the_market_is_warned_of(client, make):
    (text,) = warnings_to(
        client, make.windows(make.days(23, last="2013-02-15"), {"Session": lambda _: "2013-02-18"})
    )
    assert text.startswith("1 of the 1 sessions to forecast is unknown")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (7, "about every 5 sessions, as weekly data has;"),
        (30, "about every 21 sessions, as monthly data has;"),
        (14, "about every 10 sessions;"),
    ],
)
def test_rows_that_are_no_daily_ones_are_told_before_all_else(client, make, days, said):
    one = make.days(60)
    apart = [
        replace(day, session=one[-1].session - timedelta(days=days * (59 - row)))
        for row, day in enumerate(one)
    ]
    text, *others = warnings(client, [*reversed(apart)], make)
    assert text == (
        f"'AAPL' has a usable row only {said} the model knows daily volumes, so these forecasts do not hold: send daily prices."
    )
    assert any("were sorted" in other for other in others)


def test_a_weekly_file_without_tickers_is_told_of_as_the_file(client, make):
    one = make.days(60)
    apart = [
        replace(day, session=one[-1].session - timedelta(days=7 * (59 - row)))
        for row, day in enumerate(one)
    ]
    data = "\n".join(
        line.split(",", 1)[1] for line in make.comma(apart).decode().splitlines()
    ).encode()
    assert warnings_to(client, data)[0].startswith(
        "The file has a usable row only about every 5 sessions"
    )


def test_volumes_with_fractions_are_told(client, make):
    days = [replace(day, volume=day.volume / 1e6 + 0.05) for day in make.days(60)]
    assert any(
        text.startswith("Many of the volumes are not whole numbers, ")
        for text in warnings(client, days, make)
    )


def test_a_warning_that_ends_with_an_ellipsis_has_no_full_stop(client, make):
    days = [replace(day, volume=0) if row < 12 else day for row, day in enumerate(make.days(60))]
    assert (
        "Dropped 12 rows with zero volume (nothing was traded): lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …"
        in warnings(client, days, make)
    )


def test_a_file_of_the_market_s_own_sessions_gives_no_warning(client, make):
    assert warnings(client, make.days(60), make) == []


def test_sessions_that_the_model_may_have_learned_from_are_counted(empty_client, store, make):
    days = make.days(60)
    client = served_with(empty_client, store, make, test_from=str(days[-10].session))
    found = len(days) - make.window - 1 - 10
    texts = warnings(client, days, make)
    assert [
        text
        for text in texts
        if text.startswith(
            f"{found} of the {found + 10} sessions in the track record of 'AAPL' lie before"
        )
    ]


def test_a_ticker_that_was_not_trained_on_gives_no_such_warning(empty_client, store, make):
    days = make.days(60, ticker="OTHER")
    client = served_with(empty_client, store, make, test_from=str(days[-10].session))
    assert warnings(client, days, make) == []


def test_a_forecast_that_begins_after_dropped_rows_says_so(client, make):
    days = make.days(60)
    untraded = replace(days[-1], session=days[-1].session + timedelta(days=4), volume=0)
    (_, said) = warnings(client, [*days, untraded], make)
    assert (
        "of 'AAPL' begins after 2013-03-05, the last date in the file, whose row was dropped; what was read ends on 2013-03-01"
        in said
    )


def test_a_dropped_row_of_a_day_without_a_session_moves_no_forecast(client, make):
    days = make.days(60)
    saturday = replace(days[-1], session=days[-1].session + timedelta(days=1), volume=0)
    assert not any("begins after" in said for said in warnings(client, [*days, saturday], make))
