from dataclasses import replace

import numpy as np
import pytest

from model_contract.model import windows as windows_module
from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.features import FEATURE_NAMES, LOG_VOLUME, daily_features
from model_contract.model.inputs import own_calendar
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.model.windows import (
    Windows,
    history_windows,
    log_volume_windows,
    sliding_windows,
)

WINDOW, HORIZON = 4, 2
EFFECTS = np.linspace(-0.3, 0.3, len(CALENDAR_FLAGS))


@pytest.fixture
def upcoming(bars, calendar):
    """The sessions after the last bar."""
    return calendar.after(bars.session[-1], HORIZON)


@pytest.fixture
def cut(bars, calendar, upcoming):
    """All windows of the bars."""
    return history_windows(bars, calendar, upcoming, WINDOW, EFFECTS)


def days(*written: str) -> np.ndarray:
    return np.array(written, dtype="datetime64[D]")


def same_windows(one: Windows, other: Windows) -> bool:
    names = ("features", "calendar", "inputs")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def numbered(calendar: Calendar) -> Calendar:
    """A calendar whose flags are the binary digits of the session's number."""
    digits = np.arange(len(calendar.sessions))[:, None] >> np.arange(len(CALENDAR_FLAGS)) & 1
    return Calendar(calendar.sessions, digits.astype(np.float64))


def numbers_of(flags: np.ndarray) -> np.ndarray:
    return flags @ 2.0 ** np.arange(len(CALENDAR_FLAGS))


def test_windows_are_every_run_of_consecutive_rows():
    features = np.arange(8.0).reshape(4, 2)
    np.testing.assert_array_equal(sliding_windows(features, 3), [features[0:3], features[1:4]])


def test_windows_are_a_view_not_a_copy():
    features = np.arange(200.0).reshape(100, 2)
    assert np.shares_memory(sliding_windows(features, 60), features)


def test_fewer_rows_than_a_window_give_no_window():
    assert sliding_windows(np.zeros((2, 3)), 4).shape == (0, 4, 3)


def test_chosen_windows_keep_their_calendars(cut):
    chosen = cut.take(np.array([5, 2]))
    assert len(chosen) == 2
    np.testing.assert_array_equal(chosen.features, cut.features[[5, 2]])
    np.testing.assert_array_equal(chosen.calendar, cut.calendar[[5, 2]])
    np.testing.assert_array_equal(chosen.inputs, cut.inputs[[5, 2]])


def test_the_log_volume_of_windows_is_the_feature_of_that_name(cut):
    np.testing.assert_array_equal(
        cut.log_volume, cut.features[:, :, FEATURE_NAMES.index(LOG_VOLUME)]
    )


def test_each_session_with_enough_before_it_gets_a_window(bars, cut):
    assert len(cut) == len(bars) - WINDOW  # the first session of a history has no features
    assert cut.features.shape == (len(cut), WINDOW, len(FEATURE_NAMES))
    assert cut.calendar.shape == (len(cut), WINDOW + HORIZON, len(CALENDAR_FLAGS))
    assert cut.inputs.shape == (len(cut), HORIZON, len(INPUT_NAMES))


def test_the_windows_of_a_history_contain_its_daily_features(bars, cut):
    features = daily_features(bars)
    np.testing.assert_array_equal(cut.features[0], features[:WINDOW])
    np.testing.assert_array_equal(cut.features[-1], features[-WINDOW:])


@pytest.mark.parametrize("sessions", [1, 2, WINDOW])
def test_a_history_shorter_than_a_window_gives_no_windows(bars, calendar, sessions):
    short = bars.take(slice(sessions))
    after = calendar.after(short.session[-1], HORIZON)
    windows = history_windows(short, calendar, after, WINDOW, EFFECTS)
    assert windows.features.shape == (0, WINDOW, len(FEATURE_NAMES))
    assert windows.calendar.shape == (0, WINDOW + HORIZON, len(CALENDAR_FLAGS))
    assert windows.inputs.shape == (0, HORIZON, len(INPUT_NAMES))


@pytest.mark.parametrize("count", [0, 1, 3, 8, 9, 100])
def test_the_last_windows_are_those_of_the_whole_history(bars, calendar, upcoming, cut, count):
    last = history_windows(bars, calendar, upcoming, WINDOW, EFFECTS, count=count)
    expected = cut.take(slice(max(len(cut) - count, 0), None))
    assert len(last) == min(count, 8)
    assert same_windows(last, expected)


def test_the_inputs_of_the_last_window_use_the_whole_history(long_history):
    prices, calendar, upcoming = long_history
    (whole, less) = (
        history_windows(part, calendar, upcoming, WINDOW, EFFECTS, count=1)
        for part in (prices, prices.take(slice(150, None)))
    )
    np.testing.assert_array_equal(whole.features, less.features)
    differs = np.any(np.abs(whole.inputs - less.inputs) > 1e-9, axis=(0, 1))
    names = {name for name, differing in zip(INPUT_NAMES, differs, strict=True) if differing}
    assert names >= {"two_years", "usual", *own_calendar.NAMES}
    assert not names & {"day", "week", "month"}


def test_the_inputs_of_the_market_are_those_of_the_window_s_origin(bars, calendar, upcoming):
    of_market = np.arange(2.0 * (len(bars) - 1)).reshape(-1, 2)
    windows = history_windows(bars, calendar, upcoming, WINDOW, EFFECTS, of_market, count=3)
    columns = [INPUT_NAMES.index(name) for name in ("market_move", "market_range")]
    for step in range(HORIZON):
        np.testing.assert_array_equal(windows.inputs[:, step, columns], of_market[-3:])


@pytest.fixture
def long_history(bars):
    """A year and a half of one ticker, its calendar, and the next sessions."""
    sessions = np.arange("2022-01-03", "2023-09-01", dtype="datetime64[D]")
    sessions = sessions[np.is_busday(sessions)]
    random = np.random.default_rng(4)
    flags = (random.random((len(sessions), len(CALENDAR_FLAGS))) < 0.1).astype(np.float64)
    flags[-HORIZON:, 0] = 1
    count = len(sessions) - HORIZON
    rows = np.arange(count) % len(bars)
    volume = np.exp(14 + random.normal(0, 0.3, count))
    prices = replace(bars.take(rows), session=sessions[:count], volume=volume)
    return prices, Calendar(sessions, flags), sessions[count:]


@pytest.mark.parametrize("count", [1, 3, 8, 100])
def test_windows_of_log_volumes_are_those_of_the_windows(bars, cut, count):
    found = log_volume_windows(bars, WINDOW, count)
    np.testing.assert_array_equal(found, cut.log_volume[-count:])


@pytest.mark.parametrize("sessions", [1, 2, WINDOW])
def test_a_history_shorter_than_a_window_gives_no_windows_of_log_volumes(bars, sessions):
    assert log_volume_windows(bars.take(slice(sessions)), WINDOW, 3).shape == (0, WINDOW)


@pytest.fixture
def numbered_cut(bars, calendar, upcoming):
    """Windows whose volumes and flags are both the session's number in the calendar."""
    number = np.searchsorted(calendar.sessions, bars.session).astype(np.float64)
    return history_windows(
        replace(bars, volume=number), numbered(calendar), upcoming, WINDOW, EFFECTS
    )


def test_the_first_calendar_rows_are_those_of_the_window(numbered_cut):
    np.testing.assert_allclose(
        np.exp(numbered_cut.log_volume), numbers_of(numbered_cut.calendar)[:, :WINDOW]
    )


@pytest.mark.parametrize("step", range(1, HORIZON + 1))
def test_each_later_calendar_row_is_that_of_its_forecast_step(numbered_cut, step):
    # The volume at this step is the last volume of a later window.
    actual = np.exp(numbered_cut.log_volume[step:, -1])
    np.testing.assert_allclose(numbers_of(numbered_cut.calendar)[:-step, WINDOW + step - 1], actual)


def test_the_last_window_is_followed_by_the_upcoming_sessions(bars, calendar):
    # These are not the calendar's next sessions, so the test can distinguish the two.
    upcoming = days("2024-02-28", "2024-02-29")
    windows = history_windows(bars, numbered(calendar), upcoming, WINDOW, EFFECTS)
    np.testing.assert_array_equal(
        numbers_of(windows.calendar[-1])[WINDOW:], np.searchsorted(calendar.sessions, upcoming)
    )


def test_a_gap_in_a_history_does_not_shift_the_flags_of_later_sessions(bars, calendar, upcoming):
    with_gap = bars.take(np.delete(np.arange(len(bars)), 6))
    flags = history_windows(with_gap, numbered(calendar), upcoming, WINDOW, EFFECTS).calendar
    sessions = np.concatenate([with_gap.session[1:], upcoming])
    np.testing.assert_array_equal(
        numbers_of(flags[:, 0]), np.searchsorted(calendar.sessions, sessions[: len(flags)])
    )


def test_upcoming_sessions_outside_the_calendar_have_no_flags(bars, calendar):
    windows = history_windows(bars, calendar, days("NaT", "2031-01-06"), WINDOW, EFFECTS)
    np.testing.assert_array_equal(
        windows.calendar[-1, WINDOW:], np.zeros((HORIZON, len(CALENDAR_FLAGS)))
    )


# Leaks: nothing after a forecast origin may change the windows that end there or earlier


@pytest.fixture
def leaks(bars, calendar, upcoming, changed_after):
    """Finds the forecast origins (rows) whose windows change with later prices."""

    def find(cut_windows) -> list[int]:
        before, found = cut_windows(bars, calendar, upcoming, WINDOW, EFFECTS), []
        for origin in range(WINDOW, len(bars) - 1):
            known = origin - WINDOW + 1  # windows that end at the origin or before
            changed = changed_after(bars, origin)
            after = cut_windows(changed, calendar, upcoming, WINDOW, EFFECTS).take(slice(known))
            if not same_windows(after, before.take(slice(known))):
                found.append(origin)
        return found

    return find


def every_origin(bars) -> list[int]:
    return list(range(WINDOW, len(bars) - 1))


def test_no_window_changes_with_later_prices_and_volumes(leaks):
    assert leaks(history_windows) == []


def test_later_windows_change_with_later_prices_and_volumes(
    bars, calendar, upcoming, cut, changed_after
):
    after = history_windows(changed_after(bars, 7), calendar, upcoming, WINDOW, EFFECTS)
    assert not np.any(np.all(after.features[4:] == cut.features[4:], axis=(1, 2)))


def test_inputs_that_look_ahead_are_detected(leaks, bars):
    def leaky(prices, calendar, upcoming, window, effects):
        windows = history_windows(prices, calendar, upcoming, window, effects)
        inputs = windows.inputs.copy()
        inputs[:-1, 0, 0] = windows.log_volume[1:, -1]
        return replace(windows, inputs=inputs)

    assert leaks(leaky) == every_origin(bars)


def test_features_that_look_ahead_are_detected(leaks, bars, monkeypatch, leaky_features):
    monkeypatch.setattr(windows_module, "daily_features", leaky_features)
    assert leaks(history_windows) == every_origin(bars)


def test_a_calendar_that_reveals_the_next_volume_is_detected(leaks, bars):
    def leaky(prices, calendar, upcoming, window, effects):
        windows = history_windows(prices, calendar, upcoming, window, effects)
        flags = windows.calendar.copy()
        flags[:-1, window, 0] = windows.log_volume[1:, -1]
        return replace(windows, calendar=flags)

    assert leaks(leaky) == every_origin(bars)
