import numpy as np
import pytest

from model_contract.model.inputs.series import (
    daily_series,
    moves,
    overnight_gaps,
    relative_ranges,
    usual_moves,
)

UP = np.log(1.1)


def with_returns(make_prices, log_returns, **columns):
    close = 10 * np.exp(np.concatenate([[0.0], np.cumsum(log_returns)]))
    return make_prices(len(close), close=close, **columns)


def alternating(count: int) -> np.ndarray:
    """Log returns of 10 % up and back."""
    return np.resize([UP, -UP], count)


def series_of_volume(make_prices, volume):
    """The series of a log volume without calendar effects."""
    shares = np.exp(np.append(0.0, volume))
    return daily_series(make_prices(len(shares), volume=shares), np.zeros(len(shares)), 44)


def in_usual_moves(of_prices, prices):
    return of_prices(prices, usual_moves(prices))


def test_volume_is_the_log_volume_without_its_calendar_effect(make_prices):
    prices = make_prices(3, volume=np.array([1000.0, 2000.0, 500.0]))
    series = daily_series(prices, np.array([9.0, 0.25, -0.5]), 44)
    np.testing.assert_allclose(series.volume, [np.log(2000) - 0.25, np.log(500) + 0.5])


def test_the_series_start_at_the_second_session(make_prices):
    prices = make_prices(3)
    np.testing.assert_array_equal(daily_series(prices, np.zeros(3), 44).session, prices.session[1:])


def test_the_level_is_the_mean_of_the_last_44_sessions(make_prices):
    level = series_of_volume(make_prices, np.arange(60.0) / 10).level
    np.testing.assert_allclose(level[-1], (16 + 59) / 2 / 10)


def test_the_level_needs_22_sessions(make_prices):
    level = series_of_volume(make_prices, np.arange(30.0) / 10).level
    np.testing.assert_array_equal(np.isnan(level), np.arange(30) < 21)
    np.testing.assert_allclose(level[21], 1.05)


@pytest.mark.parametrize(("planted", "surprise"), [(0.5, 0.5), (-2, -1), (4, 2.5)])
def test_a_surprise_is_the_distance_from_the_median_around(make_prices, planted, surprise):
    volume = np.zeros(45)
    volume[22] = planted
    found = series_of_volume(make_prices, volume).surprise
    np.testing.assert_allclose(found[:23], [0.0] * 22 + [surprise], atol=1e-12)


def test_the_median_around_a_session_has_22_sessions_on_each_side(make_prices):
    found = series_of_volume(make_prices, np.arange(60.0) / 100).surprise
    # Rows 0 to 22 are around row 0, so the median is that of row 11.
    np.testing.assert_allclose(found[[0, 10, 22, 37]], [-0.11, -0.06, 0, 0], atol=1e-12)


@pytest.mark.parametrize("count", [5, 22, 23, 60])
def test_the_surprises_of_the_last_22_sessions_are_unknown(make_prices, count):
    surprise = series_of_volume(make_prices, np.zeros(count)).surprise
    np.testing.assert_array_equal(np.isnan(surprise), np.arange(count) >= count - 22)


def test_a_move_is_a_return_in_usual_moves(make_prices):
    returns = alternating(23)
    returns[-1] = 2 * UP
    found = in_usual_moves(moves, with_returns(make_prices, returns))
    np.testing.assert_allclose(found[21:], [-1, 2 / np.sqrt((22 + 4) / 23)])


def test_a_usual_move_covers_the_last_66_sessions(make_prices):
    returns = np.concatenate([alternating(40) * 3, alternating(66)])
    np.testing.assert_allclose(in_usual_moves(moves, with_returns(make_prices, returns))[-1], -1)


def test_a_usual_move_needs_22_sessions(make_prices):
    found = in_usual_moves(moves, with_returns(make_prices, alternating(30)))
    np.testing.assert_array_equal(np.isnan(found), np.arange(30) < 21)


def test_a_price_that_never_moves_has_moves_of_0(make_prices):
    np.testing.assert_array_equal(in_usual_moves(moves, make_prices(30))[21:], np.zeros(8))


@pytest.mark.parametrize("factor", [1.21, 1 / 1.21])
def test_a_gap_is_the_jump_from_the_previous_close_to_the_open(make_prices, factor):
    prices = with_returns(make_prices, alternating(22))
    prices.open[-1] = prices.close[-2] * factor
    np.testing.assert_allclose(in_usual_moves(overnight_gaps, prices)[-1], 2)


def test_a_range_is_relative_to_its_mean_over_66_sessions(make_prices):
    spread = np.concatenate([np.full(60, 0.5), np.full(65, 0.02), [0.04]])
    found = relative_ranges(make_prices(126, high=10 * np.exp(spread)))
    np.testing.assert_allclose(found[-1], np.log(0.04 / ((65 * 0.02 + 0.04) / 66)))


def test_a_range_needs_22_sessions(make_prices):
    found = relative_ranges(make_prices(30, high=np.full(30, 11.0)))
    np.testing.assert_array_equal(np.isnan(found), np.arange(29) < 21)
    np.testing.assert_allclose(found[21:], 0, atol=1e-12)


def test_sessions_without_any_range_have_a_relative_range_of_0(make_prices):
    np.testing.assert_allclose(relative_ranges(make_prices(30))[21:], 0, atol=1e-12)


@pytest.mark.parametrize(
    ("excess", "last_return", "spike"),
    [(0.61, 2 * UP, True), (0.61, -2 * UP, True), (0.59, 2 * UP, False), (0.61, 0.5 * UP, False)],
)
def test_a_spike_is_a_high_volume_with_a_large_move(make_prices, excess, last_return, spike):
    shares = np.append(np.full(23, 1000.0), 1000 * np.exp(excess))
    prices = with_returns(make_prices, np.append(alternating(22), last_return), volume=shares)
    found = daily_series(prices, np.zeros(24), 44).spike
    np.testing.assert_array_equal(found, [False] * 22 + [spike])


def test_a_surge_is_how_far_volume_is_above_its_level(make_series):
    series = make_series(3, volume=np.array([3.0, 1.0, 2.0]), level=np.array([1.0, 2.0, np.nan]))
    np.testing.assert_array_equal(series.surge, [2, 0, np.nan])
