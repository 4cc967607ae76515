import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from model_contract.errors import TableError
from model_contract.model import windows as windows_module
from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.features import FEATURE_NAMES, LOG_VOLUME, daily_features
from model_contract.model.windows import Windows, history_windows, sliding_windows
from model_contract.reading.csv_file import read_table
from model_contract.reading.windows_csv import column_names, is_windows_header, read_windows

EVERY = slice(None)

NAMES = ("log_volume", "log_return")
WINDOW, HORIZON = 4, 2
HEADER = "session_t-1,log_volume_t-1,log_return_t-1,session_t-0,log_volume_t-0,log_return_t-0"
ROW = "2024-01-04,1,2,2024-01-05,3,4"


@pytest.fixture
def read_text(calendar):
    """Reads a windows CSV for a window of two sessions and three steps."""
    return lambda text: read_windows(read_table(text.encode()), NAMES, 2, 3, calendar)


@pytest.fixture
def problems_of(read_text):
    def read(text: str) -> str:
        with pytest.raises(TableError) as caught:
            read_text(text)
        return str(caught.value)

    return read


@pytest.fixture
def upcoming(bars, calendar):
    """The sessions after the bars' last."""
    return calendar.after(bars.session[-1], HORIZON)


@pytest.fixture
def cut(bars, calendar, upcoming):
    """All windows of the bars."""
    return history_windows(bars, calendar, upcoming, WINDOW)


def days(*written: str) -> np.ndarray:
    return np.array(written, dtype="datetime64[D]")


def numbered(calendar: Calendar) -> Calendar:
    """A calendar whose flags are the digits of a session's number, so that its session can be told from a row of flags."""
    digits = np.arange(len(calendar.sessions))[:, None] >> np.arange(len(CALENDAR_FLAGS)) & 1
    return Calendar(calendar.sessions, digits.astype(np.float64))


def numbers_of(flags: np.ndarray) -> np.ndarray:
    return flags @ 2.0 ** np.arange(len(CALENDAR_FLAGS))


def write_windows(windows: Windows, sessions: np.ndarray, **columns) -> bytes:
    """A windows CSV; sessions (samples, window)."""
    frame = pd.DataFrame(columns)
    for lag in range(sessions.shape[1] - 1, -1, -1):
        frame[f"session_t-{lag}"] = sessions[:, -1 - lag].astype(str)
        for index, name in enumerate(FEATURE_NAMES):
            frame[f"{name}_t-{lag}"] = windows.features[:, -1 - lag, index]
    return frame.to_csv(index=False).encode()


# Cutting a history


def test_windows_are_every_run_of_consecutive_rows():
    features = np.arange(8.0).reshape(4, 2)
    np.testing.assert_array_equal(sliding_windows(features, 3), [features[0:3], features[1:4]])


def test_windows_are_a_view_and_no_copy():
    features = np.arange(200.0).reshape(100, 2)
    assert np.shares_memory(sliding_windows(features, 60), features)


def test_fewer_rows_than_a_window_give_no_window():
    assert sliding_windows(np.zeros((2, 3)), 4).shape == (0, 4, 3)


def test_chosen_windows_keep_their_calendars(cut):
    chosen = cut.take(np.array([5, 2]))
    assert len(chosen) == 2
    np.testing.assert_array_equal(chosen.features, cut.features[[5, 2]])
    np.testing.assert_array_equal(chosen.calendar, cut.calendar[[5, 2]])


def test_the_log_volume_of_windows_is_the_feature_of_that_name(cut):
    np.testing.assert_array_equal(
        cut.log_volume, cut.features[:, :, FEATURE_NAMES.index(LOG_VOLUME)]
    )


def test_a_history_gives_a_window_for_each_session_that_has_enough_before_it(bars, cut):
    assert len(cut) == len(bars) - WINDOW  # the first session of a history has no features
    assert cut.features.shape == (len(cut), WINDOW, len(FEATURE_NAMES))
    assert cut.calendar.shape == (len(cut), WINDOW + HORIZON, len(CALENDAR_FLAGS))


def test_the_windows_of_a_history_hold_its_daily_features(bars, cut):
    features = daily_features(bars)
    np.testing.assert_array_equal(cut.features[0], features[:WINDOW])
    np.testing.assert_array_equal(cut.features[-1], features[-WINDOW:])


@pytest.mark.parametrize("sessions", [1, 2, WINDOW])
def test_a_history_shorter_than_a_window_gives_none(bars, calendar, sessions):
    short = bars.take(slice(sessions))
    windows = history_windows(short, calendar, calendar.after(short.session[-1], HORIZON), WINDOW)
    assert windows.features.shape == (0, WINDOW, len(FEATURE_NAMES))
    assert windows.calendar.shape == (0, WINDOW + HORIZON, len(CALENDAR_FLAGS))


@pytest.fixture
def numbered_cut(bars, calendar, upcoming):
    """Windows in which both the volume and the flags of a session are its number in the calendar."""
    number = np.searchsorted(calendar.sessions, bars.session).astype(np.float64)
    return history_windows(replace(bars, volume=number), numbered(calendar), upcoming, WINDOW)


def test_the_calendar_s_first_rows_are_of_the_sessions_of_the_window(numbered_cut):
    np.testing.assert_allclose(
        np.exp(numbered_cut.log_volume), numbers_of(numbered_cut.calendar)[:, :WINDOW]
    )


@pytest.mark.parametrize("step", range(1, HORIZON + 1))
def test_a_further_row_of_the_calendar_is_of_the_session_that_the_step_forecasts(
    numbered_cut, step
):
    # The volume to forecast at the step stands at the end of the window so many windows on.
    actual = np.exp(numbered_cut.log_volume[step:, -1])
    np.testing.assert_allclose(numbers_of(numbered_cut.calendar)[:-step, WINDOW + step - 1], actual)


def test_the_last_window_is_followed_by_the_upcoming_sessions(bars, calendar):
    upcoming = days(
        "2024-02-28", "2024-02-29"
    )  # not the next ones, to tell them from the calendar's own
    calendar_of_last = history_windows(bars, numbered(calendar), upcoming, WINDOW).calendar[-1]
    np.testing.assert_array_equal(
        numbers_of(calendar_of_last)[WINDOW:], np.searchsorted(calendar.sessions, upcoming)
    )


def test_a_gap_in_a_history_leaves_its_other_sessions_their_own_flags(bars, calendar, upcoming):
    with_gap = bars.take(np.delete(np.arange(len(bars)), 6))
    flags = history_windows(with_gap, numbered(calendar), upcoming, WINDOW).calendar
    sessions = np.concatenate([with_gap.session[1:], upcoming])
    np.testing.assert_array_equal(
        numbers_of(flags[:, 0]), np.searchsorted(calendar.sessions, sessions[: len(flags)])
    )


def test_upcoming_sessions_that_nobody_knows_have_no_flags(bars, calendar):
    windows = history_windows(bars, calendar, days("NaT", "2031-01-06"), WINDOW)
    np.testing.assert_array_equal(
        windows.calendar[-1, WINDOW:], np.zeros((HORIZON, len(CALENDAR_FLAGS)))
    )


# Leaks: what comes after a forecast origin must change nothing before it


@pytest.fixture
def leaks(bars, calendar, upcoming, changed_after):
    """Gives the origins, rows of the history, whose windows or calendars, or earlier ones, change with later prices and volumes."""

    def find(cut_windows) -> list[int]:
        before, found = cut_windows(bars, calendar, upcoming, WINDOW), []
        for origin in range(WINDOW, len(bars) - 1):
            known = origin - WINDOW + 1  # windows that end at the origin or before
            after = cut_windows(changed_after(bars, origin), calendar, upcoming, WINDOW).take(
                slice(known)
            )
            same = before.take(slice(known))
            if not (
                np.array_equal(after.features, same.features)
                and np.array_equal(after.calendar, same.calendar)
            ):
                found.append(origin)
        return found

    return find


def every_origin(bars) -> list[int]:
    return list(range(WINDOW, len(bars) - 1))


def test_no_window_and_no_calendar_changes_with_later_prices_and_volumes(leaks):
    assert leaks(history_windows) == []


def test_later_prices_and_volumes_do_change_later_windows(
    bars, calendar, upcoming, cut, changed_after
):
    after = history_windows(changed_after(bars, 7), calendar, upcoming, WINDOW)
    assert not np.any(np.all(after.features[4:] == cut.features[4:], axis=(1, 2)))


def centred_by_the_whole_history(prices):
    features = daily_features(prices)
    return features - features.mean(axis=0)


def centred_by_a_mean_that_looks_ahead(prices):
    features = daily_features(prices)
    around = np.concatenate([features[:1], features, features[-1:]])
    return features - (around[:-2] + around[1:-1] + around[2:]) / 3


def one_session_ahead(prices):
    return np.roll(daily_features(prices), -1, axis=0)


@pytest.mark.parametrize(
    "leaky", [centred_by_the_whole_history, centred_by_a_mean_that_looks_ahead, one_session_ahead]
)
def test_features_that_look_ahead_are_found_in_the_windows(leaks, bars, monkeypatch, leaky):
    monkeypatch.setattr(windows_module, "daily_features", leaky)
    assert leaks(history_windows) == every_origin(bars)


def test_a_calendar_that_knows_the_volume_to_come_is_found(leaks, bars):
    def leaky(prices, calendar, upcoming, window):
        windows = history_windows(prices, calendar, upcoming, window)
        flags = windows.calendar.copy()
        flags[:-1, window, 0] = windows.log_volume[1:, -1]
        return Windows(windows.features, flags)

    assert leaks(leaky) == every_origin(bars)


# Writing and reading a windows CSV


def test_columns_run_from_the_oldest_session_to_the_forecast_origin():
    assert column_names(NAMES, 2) == HEADER.split(",")


def test_a_window_of_44_sessions_has_176_columns():
    assert len(column_names(FEATURE_NAMES, 44)) == 176


def test_a_lagged_column_makes_a_header_one_of_windows():
    assert is_windows_header(["Ticker", "LOG_VOLUME_T-0"])


def test_the_header_of_a_history_is_none_of_windows():
    assert not is_windows_header(["Date", "Open", "Volume", "Volume_t", "t-1"])


def test_windows_survive_the_way_through_a_csv_exactly(calendar):
    features = np.random.default_rng(3).normal(size=(6, WINDOW, 3)) * np.array([1e-9, 1, 1e9])
    sessions = sliding_windows(calendar.sessions[:9, None], WINDOW)[:, :, 0]
    data = write_windows(Windows(features, np.empty((6, 0, 0))), sessions)
    assert data.decode().split("\n")[0].split(",") == column_names(FEATURE_NAMES, WINDOW)
    rows = read_windows(read_table(data), FEATURE_NAMES, WINDOW, HORIZON, calendar)
    np.testing.assert_array_equal(rows.take(EVERY).features, features)
    np.testing.assert_array_equal(rows.sessions, sessions)


@pytest.mark.parametrize(
    "with_session",
    [True, False],
    ids=["sessions to forecast written", "sessions to forecast left to the calendar"],
)
def test_a_windows_csv_gives_the_windows_that_the_history_gives(
    bars, calendar, upcoming, cut, with_session
):
    sessions = sliding_windows(bars.session[1:, None], WINDOW)[:, :, 0]
    target = np.append(bars.session[WINDOW + 1 :], upcoming[0])
    data = write_windows(cut, sessions, **({"Session": target.astype(str)} if with_session else {}))
    rows = read_windows(read_table(data), FEATURE_NAMES, WINDOW, HORIZON, calendar)
    np.testing.assert_array_equal(rows.take(EVERY).features, cut.features)
    np.testing.assert_array_equal(rows.take(EVERY).calendar, cut.calendar)
    np.testing.assert_array_equal(rows.target, target)


def test_the_order_and_case_of_columns_make_no_difference(read_text):
    rows = read_text(
        "log_return_t-0,SESSION_T-0,LOG_VOLUME_T-0,Log_Volume_t-1,log_return_t-1,Session_t-1\n4,2024-01-05,3,1,2,2024-01-04\n"
    )
    np.testing.assert_array_equal(rows.take(EVERY).features, [[[1, 2], [3, 4]]])
    assert rows.sessions.astype(str).tolist() == [["2024-01-04", "2024-01-05"]]


def test_the_calendar_of_a_row_is_of_its_sessions_and_of_the_next(read_text, calendar):
    rows = read_text(f"{HEADER}\n2024-01-10,1,2,2024-01-11,3,4\n")
    expected = calendar.flags_of(
        days("2024-01-10", "2024-01-11", "2024-01-12", "2024-01-16", "2024-01-17")
    )
    np.testing.assert_array_equal(rows.take(EVERY).calendar, [expected])


def test_without_a_session_column_the_calendar_s_next_session_is_forecast(read_text):
    rows = read_text(f"{HEADER}\n2024-01-11,1,2,2024-01-12,3,4\n2024-01-12,1,2,2024-01-16,3,4\n")
    assert rows.target.astype(str).tolist() == ["2024-01-16", "2024-01-17"]


def test_a_session_column_names_the_session_to_forecast(read_text):
    rows = read_text(f"Session,{HEADER}\n2024-01-12,{ROW}\n2024-01-08,{ROW}\n")
    assert rows.target.astype(str).tolist() == ["2024-01-12", "2024-01-08"]


def test_the_steps_after_a_named_session_are_of_the_sessions_after_it(read_text, calendar):
    rows = read_text(f"Session,{HEADER}\n2024-01-11,{ROW}\n")
    expected = calendar.flags_of(days("2024-01-11", "2024-01-12", "2024-01-16"))
    np.testing.assert_array_equal(rows.take(EVERY).calendar[0, 2:], expected)


def test_a_named_session_that_is_none_of_the_market_has_no_flags(read_text, calendar):
    rows = read_text(f"Session,{HEADER}\n2024-01-06,{ROW}\n")
    assert rows.target.astype(str).tolist() == ["2024-01-06"]
    expected = calendar.flags_of(days("NaT", "2024-01-08", "2024-01-09"))
    np.testing.assert_array_equal(rows.take(EVERY).calendar[0, 2:], expected)


def test_beyond_the_calendar_no_session_is_named_and_no_flag_is_set(read_text, calendar):
    rows = read_text(
        f"{HEADER}\n2024-02-27,1,2,2024-02-28,3,4\n2024-02-28,1,2,2024-02-29,3,4\n2031-01-06,1,2,2031-01-07,3,4\n"
    )
    assert rows.target.astype(str).tolist() == ["2024-02-29", "NaT", "NaT"]
    expected = calendar.flags_of(days("2024-02-29", *["NaT"] * 8)).reshape(3, 3, -1)
    np.testing.assert_array_equal(rows.take(EVERY).calendar[:, 2:], expected)


def test_tickers_and_sessions_are_kept(read_text):
    rows = read_text(f"Ticker,Session,{HEADER}\nAAPL,2024-01-08,{ROW}\n,2024-01-09,{ROW}\n")
    assert rows.tickers == ("AAPL", None)
    assert rows.sessions.astype(str).tolist() == [["2024-01-04", "2024-01-05"]] * 2


def test_tickers_may_be_absent(read_text):
    rows = read_text(f"{HEADER}\n{ROW}\n")
    assert (rows.tickers, rows.warnings) == ((None,), [])


def test_decimal_commas_and_days_first_are_read_between_semicolons(read_text, calendar):
    rows = read_text(
        f"Session;{HEADER.replace(',', ';')}\n08/01/2024;04/01/2024;1,5;2;05/01/2024;3;4\n"
    )
    np.testing.assert_array_equal(rows.take(EVERY).features, [[[1.5, 2], [3, 4]]])
    assert rows.target.astype(str).tolist() == ["2024-01-08"]
    np.testing.assert_array_equal(
        rows.take(EVERY).calendar[0, :3],
        calendar.flags_of(days("2024-01-04", "2024-01-05", "2024-01-08")),
    )


def test_all_missing_columns_are_named_with_what_the_model_takes(problems_of):
    assert problems_of("log_volume_t-0,log_return_t-1,session_t-1\n1,2,2024-01-04\n") == (
        "line 1: missing columns log_volume_t-1, session_t-0, log_return_t-0; "
        "the model takes 2 sessions (t-1 to t-0) of session, log_volume, log_return: 6 columns"
    )


def test_many_missing_columns_are_named_by_their_first_twelve(calendar):
    with pytest.raises(
        TableError, match=r"log_return_t-36, … \(120 in all\); the model takes 40 sessions"
    ):
        read_windows(read_table(b"a,b\n1,2\n"), NAMES, 40, 1, calendar)


@pytest.mark.parametrize(
    ("cell", "found"),
    [("", "an empty cell"), ("NA", "'NA'"), ("nan", "'nan'")],
    ids=["empty", "NA", "nan"],
)
def test_a_cell_without_a_value_is_refused(problems_of, cell, found):
    problems = problems_of(f"{HEADER}\n2024-01-04,1,{cell},2024-01-05,3,4\n")
    assert problems == f"line 2, column log_return_t-1: expected a number, found {found}"


@pytest.mark.parametrize(
    ("cell", "found"),
    [("", "an empty cell"), ("NaT", "'NaT'"), ("44", "'44'")],
    ids=["empty", "NaT", "a number"],
)
def test_a_session_that_is_no_date_is_refused(problems_of, cell, found):
    problems = problems_of(f"{HEADER}\n{cell},1,2,2024-01-05,3,4\n")
    assert (
        problems == f"line 2, column session_t-1: expected a date such as 2024-04-03, found {found}"
    )


def test_every_bad_cell_of_every_kind_is_listed_with_its_line(problems_of):
    text = f"Session,{HEADER}\n2024-01-08,2024-01-04,1,inf,4 Jan,3,\n2024-99-01,03/04/2024,1,2,2024-01-05,x,4\n"
    assert problems_of(text).split("\n") == [
        "line 2, column log_return_t-1: expected a number such as 1234.56, found 'inf'",
        "line 2, column log_return_t-0: expected a number, found an empty cell",
        "line 2, column session_t-0: expected a date such as 2024-04-03, found '4 Jan'",
        "line 3, column log_volume_t-0: expected a number such as 1234.56, found 'x'",
        "line 3, column session_t-1: '03/04/2024' could be day/month or month/day; between commas write dates as 2024-04-03",
        "line 3, column Session: there is no such day as '2024-99-01'; expected a date such as 2024-04-03",
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{ROW}\n2024-01-05,1,2,2024-01-04,3,4\n",
        f"{HEADER}\n{ROW}\n2024-01-05,1,2,2024-01-05,3,4\n",
        f"{HEADER},Session\n{ROW},2024-01-08\n{ROW},2024-01-05\n",
        f"{HEADER},Session\n{ROW},2024-01-08\n{ROW},2024-01-03\n",
    ],
    ids=["descending", "a session twice", "to forecast the origin", "to forecast the past"],
)
def test_sessions_out_of_order_are_refused_with_their_line(problems_of, text):
    assert (
        problems_of(text)
        == "line 3: expected the sessions of a window in order of time, the session to forecast last"
    )


def test_every_row_out_of_order_is_listed_by_its_line_in_the_file(problems_of):
    wrong = "2024-01-05,1,2,2024-01-04,3,4"
    text = f"{HEADER}\n{wrong}\n\n{ROW}\n{wrong}\n"
    assert [problem.split(":")[0] for problem in problems_of(text).split("\n")] == [
        "line 2",
        "line 5",
    ]


def test_columns_of_a_longer_window_are_ignored_with_a_warning(read_text):
    rows = read_text(f"log_volume_t-2,{HEADER}\n0,{ROW}\n")
    assert rows.warnings == ["ignored 1 column that is no part of the window: 'log_volume_t-2'"]
    rows = read_text(f"log_volume_t-2,log_return_t-2,{HEADER}\n0,0,{ROW}\n")
    assert rows.warnings == [
        "ignored 2 columns that are no part of the window, first 'log_volume_t-2'"
    ]


def test_two_thousand_windows_are_read_within_half_a_second(calendar):
    names = column_names(FEATURE_NAMES, 44)
    days = np.arange("2023-12-01", "2024-01-14", dtype="datetime64[D]").astype(str)
    row = ",".join(
        cell
        for day in days
        for cell in (day, "15.123456789012345", "-0.0123456789012345", "0.0345678901234567")
    )
    data = "\n".join([",".join(names), *[row] * 2_000]).encode()
    read_windows(
        read_table(data), FEATURE_NAMES, 44, HORIZON, calendar
    )  # the first one imports Arrow
    started = time.process_time()
    rows = read_windows(read_table(data), FEATURE_NAMES, 44, HORIZON, calendar)
    assert time.process_time() - started < 0.5
    assert rows.take(EVERY).features.shape == (2_000, 44, 3)
