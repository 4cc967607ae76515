"""Warnings that a forecast may be unreliable."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from prediction_api.forecast.warnings import window_range_warnings
from prediction_api.observability import timing


def all_warnings_of(client, data):
    response = client.post("/predict", data=data, content_type="text/csv")
    return response.json["input"]["warnings"]


def warnings_of(client, data):
    """All warnings but the note about short histories, which most files of these tests are."""
    return [w for w in all_warnings_of(client, data) if w["code"] != "history_short"]


def codes_of(client, data):
    return [warning["code"] for warning in warnings_of(client, data)]


def the_only(client, data):
    (warning,) = warnings_of(client, data)
    return warning["code"], warning["params"]


def served_with(empty_client, store, make, **facts):
    """The application with a model whose manifest has these `facts` about its data."""
    manifest, files = make.bundle()
    store.publish(replace(manifest, data=manifest.data | facts), files)
    empty_client.application.extensions["models"].poll_once()
    return empty_client


def on_saturdays(days, most):
    """The same days, with the rows of the first `most` Fridays moved to Saturdays."""
    fridays = [row for row, day in enumerate(days) if row and day.session.weekday() == 4][:most]
    days = list(days)
    for row in fridays:
        days[row] = replace(days[row], session=days[row].session + timedelta(days=1))
    return days


def apart(days, count):
    """The same rows, each `count` days after the previous one."""
    return [
        replace(day, session=days[-1].session - timedelta(days=count * (len(days) - 1 - row)))
        for row, day in enumerate(days)
    ]


def without_ticker(data):
    return "\n".join(line.split(",", 1)[1] for line in data.decode().splitlines()).encode()


@pytest.mark.parametrize("kind", ["comma", "windows"])
def test_files_with_only_market_sessions_give_no_warning(client, make, kind):
    assert warnings_of(client, getattr(make, kind)(make.days(60))) == []


def test_a_warning_has_a_code_a_severity_params_and_text(client, make):
    data = make.windows(on_saturdays(make.days(60), 1))
    (warning,) = warnings_of(client, data)
    assert list(warning) == ["code", "severity", "params", "text"]
    assert (warning["code"], warning["severity"]) == ("dates_not_sessions", "warning")
    assert warning["params"] == {"count": 1, "dates": 59, "market": "XNYS"}
    assert "59 dates" in warning["text"]


@pytest.mark.parametrize("most", [1, 12])
def test_dates_that_are_not_sessions_are_counted(client, make, most):
    days = on_saturdays(make.days(60), most)
    moved = sum(day.session.weekday() == 5 for day in days)
    (found,) = [
        warning["params"]
        for warning in warnings_of(client, make.comma(days))
        if warning["code"] == "dates_not_sessions"
    ]
    assert found == {"count": moved, "dates": 60, "market": "XNYS"}


def test_sessions_to_forecast_after_the_calendar_are_counted(client, make):
    data = make.windows(make.days(30, last="2029-12-31"))
    assert the_only(client, data) == (
        "targets_outside_calendar",
        {"count": 1, "sessions": 8, "market": "XNYS", "first": "2000-01-03", "last": "2029-12-31"},
    )


def test_a_session_to_forecast_on_a_holiday_is_counted(client, make):
    data = make.windows(make.days(23, last="2013-02-15"), {"Session": lambda _: "2013-02-18"})
    code, params = the_only(client, data)
    assert (code, params["count"], params["sessions"]) == ("targets_outside_calendar", 1, 1)


@pytest.mark.parametrize(
    ("days", "code", "sessions"),
    [(7, "rows_weekly", 5), (30, "rows_monthly", 21), (14, "rows_sparse", 10)],
)
def test_rows_that_are_not_daily_come_first(client, make, days, code, sessions):
    first, *others = warnings_of(client, make.comma([*reversed(apart(make.days(60), days))]))
    assert (first["code"], first["severity"]) == (code, "warning")
    assert first["params"] == {"ticker": "AAPL", "sessions": sessions}
    assert "rows_sorted" in [warning["code"] for warning in others]


def test_a_weekly_file_without_tickers_has_a_null_ticker(client, make):
    first, *_ = warnings_of(client, without_ticker(make.comma(apart(make.days(60), 7))))
    assert (first["code"], first["params"]["ticker"]) == ("rows_weekly", None)


def test_only_ten_tickers_are_named_but_all_are_counted(client, make):
    header, *rows = make.comma(apart(make.days(60), 7)).decode().splitlines()
    names = [f"T{number:02}" for number in range(12)]
    data = "\n".join([header, *(row.replace("AAPL", name) for name in names for row in rows)])
    found = [w for w in warnings_of(client, data.encode()) if w["code"].startswith("rows_")]
    assert [w["params"]["ticker"] for w in found[:-1]] == names[:10]
    assert (found[-1]["code"], found[-1]["params"]) == ("rows_sparse_total", {"count": 12})


def test_volumes_with_fractions_give_a_warning(client, make):
    days = [replace(day, volume=day.volume / 1e6 + 0.05) for day in make.days(60)]
    assert "volumes_fractional" in codes_of(client, make.comma(days))


def test_dropped_rows_are_listed_up_to_ten(client, make):
    days = [replace(day, volume=0) if row < 12 else day for row, day in enumerate(make.days(60))]
    (found,) = [
        warning
        for warning in warnings_of(client, make.comma(days))
        if warning["code"] == "rows_dropped_zero_volume"
    ]
    assert found["severity"] == "note"
    assert found["params"] == {"count": 12, "lines": [*range(2, 12)], "more": True}


def test_sessions_that_the_model_may_have_seen_are_counted(empty_client, store, make):
    days = make.days(60)
    test_from = str(days[-10].session)
    client = served_with(empty_client, store, make, test_from=test_from)
    seen = len(days) - make.window - 1 - 10
    assert the_only(client, make.comma(days)) == (
        "track_record_in_sample",
        {"count": seen, "sessions": seen + 10, "ticker": "AAPL", "test_from": test_from},
    )


def test_a_ticker_outside_the_training_data_was_never_seen(empty_client, store, make):
    days = make.days(60, ticker="OTHER")
    client = served_with(empty_client, store, make, test_from=str(days[-10].session))
    assert warnings_of(client, make.comma(days)) == []


def test_a_forecast_that_starts_after_dropped_rows_gives_a_warning(client, make):
    days = make.days(60)
    untraded = replace(days[-1], session=days[-1].session + timedelta(days=4), volume=0)
    found = {w["code"]: w["params"] for w in warnings_of(client, make.comma([*days, untraded]))}
    assert found["last_rows_dropped"] == {
        "ticker": "AAPL",
        "last_date": "2013-03-05",
        "last_read": "2013-03-01",
    }


def test_a_dropped_row_on_a_closed_day_does_not_move_the_forecast(client, make):
    days = make.days(60)
    saturday = replace(days[-1], session=days[-1].session + timedelta(days=1), volume=0)
    assert "last_rows_dropped" not in codes_of(client, make.comma([*days, saturday]))


def test_tickers_with_too_few_sessions_are_left_out_and_named(client, make):
    gone = [replace(day, volume=0) for day in make.days(30, "GONE")]
    data = make.comma(make.days(60) + gone + make.days(22, "NEW"))
    response = client.post("/predict", data=data, content_type="text/csv").json
    assert {prediction["ticker"] for prediction in response["predictions"]} == {"AAPL"}
    assert response["input"]["tickers"] == 1
    last, note = response["input"]["warnings"][-2:]
    assert (last["code"], last["severity"]) == ("tickers_too_short", "warning")
    assert last["params"] == {
        "count": 2,
        "needed": 23,
        "tickers": ["GONE", "NEW"],
        "more": False,
    }
    assert note["params"] == {"sessions": 60, "needed": 504}  # of the forecast tickers


def test_tickers_that_end_outside_the_calendar_are_left_out_and_named(client, make):
    old = [replace(day, session=day.session - timedelta(days=20_000)) for day in make.days(60)]
    data = make.comma(make.days(60) + [replace(day, ticker="OLD") for day in old])
    response = client.post("/predict", data=data, content_type="text/csv").json
    assert {prediction["ticker"] for prediction in response["predictions"]} == {"AAPL"}
    last = response["input"]["warnings"][-2]
    assert last["code"] == "tickers_outside_calendar"
    assert last["params"]["tickers"] == ["OLD"]


def wild(make, ticker="AAPL"):
    """Days with price ranges far outside the training range."""
    return [
        replace(day, high=day.high * 3, low=day.low / 3) for day in make.days(60, ticker=ticker)
    ]


def test_a_ticker_far_outside_the_training_range_is_named(client, make):
    data = make.comma(wild(make) + make.days(60, ticker="CALM"))
    assert the_only(client, data) == (
        "history_outside_training",
        {"tickers": ["AAPL"], "more": False, "count": 1, "windows": 2},
    )


def test_a_file_without_tickers_far_outside_the_range_gives_a_warning(client, make):
    assert the_only(client, without_ticker(make.comma(wild(make)))) == ("file_outside_training", {})


def test_windows_far_outside_the_training_range_are_counted():
    work = timing.begin()
    (message,) = window_range_warnings(np.array([False, True, False]))
    timing.end()
    assert message.params == {"count": 1, "windows": 3}
    assert work.counts == {timing.WINDOWS: 3, timing.WINDOWS_OUTSIDE: 1}


def test_a_csv_response_has_the_codes_in_a_header(client, make):
    days = make.days(60)
    data = make.comma([*reversed(apart(days, 7))])
    headers = {"Accept": "text/csv"}
    response = client.post("/predict", data=data, content_type="text/csv", headers=headers)
    codes = response.headers["Forecast-Warnings"].split(", ")
    assert codes == [*dict.fromkeys(w["code"] for w in all_warnings_of(client, data))]
    assert "rows_weekly" in codes
    assert len(list(csv.reader(io.StringIO(response.text)))) == 1 + make.horizon


def test_a_csv_response_without_warnings_has_no_such_header(client, make):
    headers = {"Accept": "text/csv"}
    response = client.post(
        "/predict", data=make.comma(make.days(504)), content_type="text/csv", headers=headers
    )
    assert "Forecast-Warnings" not in response.headers


@pytest.mark.parametrize("sessions", [23, 503])
def test_a_history_of_less_than_two_years_gets_a_note(client, make, sessions):
    long = make.days(600, "LONG")
    for data in (make.comma(make.days(sessions)), make.comma(make.days(sessions) + long)):
        (note,) = all_warnings_of(client, data)
        assert (note["code"], note["severity"]) == ("history_short", "note")
        assert note["params"] == {"sessions": sessions, "needed": 504}


def test_a_history_of_two_years_gets_no_note(client, make):
    assert all_warnings_of(client, make.comma(make.days(504))) == []


def test_dropped_rows_do_not_count_towards_the_two_years(client, make):
    days = make.days(504)
    untraded = replace(days[100], volume=0)
    found = all_warnings_of(client, make.comma([*days[:100], untraded, *days[101:]]))
    assert {w["code"]: w["params"] for w in found}["history_short"]["sessions"] == 503
