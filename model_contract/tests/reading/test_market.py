import numpy as np
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.reading.interpret.market import EVERY_DAY, market_of, misfits

DAYS = np.arange("2023-01-01", "2025-01-01", dtype="datetime64[D]")


def calendar_without(*holidays: str, week: str = "1111100") -> Calendar:
    closed = np.array(holidays, dtype="datetime64[D]")
    sessions = DAYS[np.is_busday(DAYS, weekmask=week, holidays=closed)]
    return Calendar(sessions, np.zeros((len(sessions), len(CALENDAR_FLAGS))))


CALENDARS = {
    "XNYS": calendar_without("2023-07-04", "2024-01-15", "2024-07-04", "2024-11-28"),
    "BVMF": calendar_without("2023-09-07", "2024-02-12", "2024-02-13", "2024-11-15"),
    EVERY_DAY: calendar_without(week="1111111"),
}


@pytest.mark.parametrize("market", CALENDARS)
@pytest.mark.parametrize("own", CALENDARS)
def test_the_calendar_that_explains_the_dates_best_is_found(market, own):
    assert market_of("", CALENDARS[market].sessions, CALENDARS, own) == market


def test_some_missing_rows_make_no_difference():
    dates = np.delete(CALENDARS["BVMF"].sessions, [50, 51, 52, 200, 300])
    assert market_of("", dates, CALENDARS, "BVMF") == "BVMF"
    assert market_of("", dates, CALENDARS, "XNYS") == "BVMF"


def test_a_calendar_that_is_only_a_little_better_is_not_enough():
    dates = np.delete(CALENDARS["BVMF"].sessions, np.arange(0, 400, 25))
    assert market_of("", dates, CALENDARS, "XNYS") == "XNYS"


def test_dates_that_fit_the_model_s_market_keep_it():
    dates = CALENDARS["BVMF"].sessions[:60]
    assert market_of("", dates, CALENDARS, "XNYS") == "XNYS"


@pytest.mark.parametrize(
    ("ticker", "market"),
    [
        ("PETR4.SA", "BVMF"),
        ("petr4.sa", "BVMF"),
        ("BRK.B", "XNYS"),
        ("VOD.L", "XNYS"),
        ("SA", "XNYS"),
    ],
)
def test_the_suffix_of_a_ticker_decides_if_its_calendar_is_known(ticker, market):
    assert market_of(ticker, CALENDARS["XNYS"].sessions[:60], CALENDARS, "XNYS") == market


@pytest.mark.parametrize("market", ["XNYS", "BVMF"])
def test_dates_that_fit_the_model_s_market_beat_the_suffix(market):
    assert market_of("BAC.SA", CALENDARS[market].sessions, CALENDARS, "XNYS") == market


def test_a_suffix_beats_dates_that_fit_both_markets_alike():
    dates = np.delete(CALENDARS["BVMF"].sessions, np.arange(0, 400, 25))
    assert market_of("PETR4.SA", dates, CALENDARS, "XNYS") == "BVMF"


def test_misfits_are_dates_without_a_session_and_sessions_without_a_date():
    sessions = CALENDARS["XNYS"].sessions
    assert misfits(sessions, CALENDARS["XNYS"]) == 0
    assert misfits(np.delete(sessions, 10), CALENDARS["XNYS"]) == 1
    with_holiday = np.sort(np.append(sessions, np.datetime64("2024-07-04")))
    assert misfits(with_holiday, CALENDARS["XNYS"]) == 1
    assert misfits(np.array(["1999-01-04"], "M8[D]"), CALENDARS["XNYS"]) == 1
