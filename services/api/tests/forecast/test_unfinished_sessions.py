"""The last row of a session that hasn't ended is left out; `as_of` sets the time."""

from datetime import timedelta

import pytest

from predict_requests import post, volumes


@pytest.fixture
def days(make):
    return make.days(60)


def at(day, clock):
    return f"{day.session}T{clock}-05:00"


def test_the_unfinished_session_is_left_out_forecast_and_reported_first(client, make, days):
    last = days[-1]
    response = post(client, make.comma(days), query_string={"as_of": at(last, "12:00")})
    assert response.status_code == 200, response.text
    assert volumes(response.json) == volumes(post(client, make.comma(days[:-1])).json)
    assert response.json["predictions"][0]["session"] == str(last.session)
    warning = response.json["input"]["warnings"][0]
    closed = str(last.session - timedelta(days=1))
    assert (warning["code"], warning["severity"]) == ("session_unfinished", "warning")
    assert warning["params"] == {"date": str(last.session), "count": 1, "closed": closed}


def test_a_session_that_has_ended_is_used(client, make, days):
    data = make.comma(days)
    response = post(client, data, query_string={"as_of": at(days[-1], "16:01")})
    assert volumes(response.json) == volumes(post(client, data).json)


def test_an_earlier_time_repeats_the_forecast_of_then(client, make):
    days = make.days(120)
    then = at(days[79], "18:00")
    response = post(client, make.comma(days), query_string={"as_of": then})
    assert volumes(response.json) == volumes(post(client, make.comma(days[:80])).json)
    assert response.json["input"]["warnings"][0]["params"]["count"] == 40


@pytest.mark.parametrize(
    ("value", "status"),
    [("0001-01-01T00:00+14:00", 422), ("9999-12-31T23:59-05:00", 200), ("0004-02-29T00:00Z", 422)],
)
def test_any_time_in_the_calendar_is_accepted(client, make, days, value, status):
    response = post(client, make.comma(days), query_string={"as_of": value})
    assert response.status_code == status
    if status == 422:
        assert response.json["errors"][0]["code"] == "no_finished_session"


@pytest.mark.parametrize("value", ["noon", "", "2024-13-01T00:00"])
def test_a_time_that_is_none_is_a_400(client, make, days, value):
    response = post(client, make.comma(days), query_string={"as_of": value})
    assert (response.status_code, response.json["code"]) == (400, "parameter_time")
