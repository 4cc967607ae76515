"""Files of another market than the model's get that market's sessions."""

from dataclasses import replace

import numpy as np
import pytest

from linear_model import CALENDAR, OTHER_CALENDAR
from predict_requests import post, volumes
from served_models import started

LAST = np.datetime64("2013-04-30")


def moved(days, calendar, last=LAST):
    """The same bars on the last sessions of a calendar."""
    stop = int(np.searchsorted(calendar.sessions, last, side="right"))
    sessions = calendar.sessions[stop - len(days) : stop].tolist()
    return [replace(day, session=session) for day, session in zip(days, sessions, strict=True)]


def codes(response):
    return [warning["code"] for warning in response.json["input"]["warnings"]]


def first_session(response):
    return response.json["predictions"][0]["session"]


@pytest.fixture
def days(make):
    return make.days(504)


def test_the_dates_of_a_file_show_its_market(client, make, days):
    response = post(client, make.comma(moved(days, OTHER_CALENDAR)))
    assert response.json["input"]["reading"]["markets"] == ["BVMF"]
    assert first_session(response) == "2013-05-03"  # closed on 1 and 2 May
    assert codes(response) == ["market_other"]
    params = response.json["input"]["warnings"][0]["params"]
    assert params == {"market": "BVMF", "trained": ["XNYS"]}


def test_no_note_names_a_market_that_the_model_was_trained_on(store, make, days):
    store.publish(*make.bundle(markets=("XNYS", "BVMF")))
    response = post(started(store), make.comma(moved(days, OTHER_CALENDAR)))
    assert response.json["input"]["reading"]["markets"] == ["BVMF"]
    assert (first_session(response), codes(response)) == ("2013-05-03", [])


def test_a_file_of_the_model_s_market_stays_there(client, make, days):
    response = post(client, make.comma(moved(days, CALENDAR)))
    assert response.json["input"]["reading"]["markets"] == ["XNYS"]
    assert (first_session(response), codes(response)) == ("2013-05-01", [])


def test_the_suffix_of_a_ticker_shows_its_market(client, make, days):
    """A short history that fits both calendars."""
    short = [replace(day, ticker="PETR4.SA") for day in moved(days, CALENDAR)[-50:]]
    response = post(client, make.comma(short))
    assert response.json["input"]["reading"]["markets"] == ["BVMF"]
    assert first_session(response) == "2013-05-03"


@pytest.mark.parametrize("chosen", ["XNYS", "xnys"])
def test_a_chosen_market_overrules_the_dates(client, make, days, chosen):
    data = make.comma(moved(days, OTHER_CALENDAR))
    response = post(client, data, query_string={"market": chosen})
    assert response.json["input"]["reading"]["markets"] == ["XNYS"]
    assert first_session(response) == "2013-05-01"
    assert "dates_not_sessions" in codes(response)


def test_a_file_of_two_markets_gets_the_sessions_of_both(client, make, days):
    home = moved(days, CALENDAR)
    away = [replace(day, ticker="VALE3") for day in moved(days, OTHER_CALENDAR)]
    response = post(client, make.comma(home + away))
    assert response.json["input"]["reading"]["markets"] == ["BVMF", "XNYS"]
    found = {part["ticker"]: part["session"] for part in response.json["predictions"][::2]}
    assert found == {"AAPL": "2013-05-01", "VALE3": "2013-05-03"}
    assert codes(response) == ["market_other"]
    alone = volumes(post(client, make.comma(away)).json)
    assert volumes(response.json)[2:] == alone


def test_tickers_of_another_market_say_nothing_about_a_ticker_s_market(client, make, days):
    home = moved(days, CALENDAR)
    peer = [replace(day, ticker="IBM") for day in moved(make.days(504, seed=5), CALENDAR)]
    away = [replace(day, ticker="VALE3") for day in moved(days, OTHER_CALENDAR)]

    def of_home(*others):
        answer = post(client, make.comma([*home, *(day for days in others for day in days)])).json
        return [part["volume"] for part in answer["predictions"] if part["ticker"] == "AAPL"]

    assert of_home(away) == of_home()
    assert of_home(peer, away) == of_home(peer) != of_home()


def test_a_market_of_tickers_with_one_row_changes_nothing(client, make, days):
    home = moved(days, CALENDAR)
    rows = moved(days, OTHER_CALENDAR)[-2:]
    away = [replace(day, ticker=f"{name}.SA") for name, day in zip("XY", rows, strict=True)]
    response = post(client, make.comma(home + away))
    assert codes(response) == ["tickers_too_short"]
    assert volumes(response.json) == volumes(post(client, make.comma(home)).json)


def test_an_unknown_market_is_a_422_that_names_the_known_ones(client, make, days):
    response = post(client, make.comma(days), query_string={"market": "XXXX"})
    assert response.status_code == 422
    error = response.json["errors"][0]
    expected = ("market_unknown", {"found": "XXXX", "supported": ["BVMF", "XNYS"]})
    assert (error["code"], error["params"]) == expected
