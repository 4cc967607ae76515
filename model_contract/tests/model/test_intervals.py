from statistics import NormalDist

import numpy as np
import pytest

from model_contract.model.intervals import ADAPTATION_RATE, MAX_LOG_SCALE, Interval, adaptive_scales

PERCENTS = (80, 95)
SESSIONS = 4_000
TIME = np.linspace(0, 1, SESSIONS)
# The width of the errors by session, relative to the errors that the band was fitted to.
WIDTHS = {
    "as expected": 1.0,
    "three times as wide": 3.0,
    "a third as wide": 1 / 3,
    "drifting from a third to three times": 3 ** (2 * TIME - 1),
    "oscillating": np.exp(np.sin(20 * TIME)),
    "jumping to three times": np.where(TIME < 0.5, 1, 3),
}


def normal_interval(percent: int) -> Interval:
    """The band that contains `percent` of errors with a standard deviation of 1."""
    quantile = NormalDist().inv_cdf(0.5 + percent / 200)
    return Interval((-quantile,), (quantile,))


def miss_rate(errors: np.ndarray, interval: Interval, scales: np.ndarray | float) -> float:
    return float(
        np.mean((errors < interval.lower[0] * scales) | (errors > interval.upper[0] * scales))
    )


def test_an_interval_widens_each_step_by_its_own_factors():
    lower, upper = Interval((np.log(0.5), np.log(0.25)), (np.log(2), np.log(3))).around(
        np.array([[100.0, 100.0], [10.0, 10.0]])
    )
    np.testing.assert_allclose(lower, [[50, 25], [5, 2.5]])
    np.testing.assert_allclose(upper, [[200, 300], [20, 30]])


def test_an_interval_works_for_fewer_steps_than_it_has():
    lower, upper = Interval((np.log(0.5), np.log(0.25)), (np.log(2), 0.0)).around(
        np.array([[100.0]])
    )
    np.testing.assert_allclose([lower, upper], [[[50]], [[200]]])


def test_a_single_scale_applies_to_every_forecast():
    lower, upper = Interval((np.log(0.5), np.log(0.25)), (np.log(2), np.log(3))).around(
        np.array([[100.0, 100.0], [10.0, 10.0]]), 2.0
    )
    np.testing.assert_allclose(lower, [[25, 6.25], [2.5, 0.625]])
    np.testing.assert_allclose(upper, [[400, 900], [40, 90]])


def test_each_forecast_has_its_own_scale_at_every_step():
    interval = Interval((np.log(0.5), np.log(0.25)), (np.log(2), np.log(3)))
    lower, upper = interval.around(np.full((3, 2), 100.0), np.array([[1.0], [2.0], [0.5]]))
    np.testing.assert_allclose(lower, [[50, 25], [25, 6.25], [100 * 0.5**0.5, 50]])
    np.testing.assert_allclose(upper, [[200, 300], [400, 900], [100 * 2**0.5, 100 * 3**0.5]])


def test_a_scale_of_1_changes_nothing():
    interval, forecast = Interval((-0.1, -0.2), (0.3, 0.4)), np.array([[5.0, 7.0], [1.0, 2.0]])
    np.testing.assert_array_equal(
        interval.around(forecast, np.ones((2, 2))), interval.around(forecast)
    )


def test_the_first_scale_is_1_whatever_its_error():
    assert adaptive_scales(np.array([99.0]), Interval((-1.0,), (1.0,)), 80)[0] == 1


def test_without_errors_the_scale_is_1():
    np.testing.assert_array_equal(
        adaptive_scales(np.empty(0), Interval((-1.0,), (1.0,)), 80), [1.0]
    )


def test_each_session_has_a_scale_and_so_does_the_next_one():
    assert adaptive_scales(np.zeros(7), Interval((-1.0,), (1.0,)), 80).shape == (8,)


@pytest.mark.parametrize("session", [0, 1, 30, 58, 59])
def test_a_scale_does_not_depend_on_errors_of_its_session_or_later(session):
    errors = np.random.default_rng(6).normal(0, 2, 60)
    changed = errors.copy()
    changed[session:] = 50 - changed[session:]
    before, after = (
        adaptive_scales(values, Interval((-1.0,), (1.0,)), 80) for values in (errors, changed)
    )
    np.testing.assert_array_equal(after[: session + 1], before[: session + 1])


@pytest.mark.parametrize("session", [0, 30, 59])
def test_a_scale_depends_on_the_error_just_before_it(session):
    hit, missed = np.zeros(60), np.zeros(60)
    missed[session] = 9.0
    before, after = (
        adaptive_scales(values, Interval((-1.0,), (1.0,)), 80) for values in (hit, missed)
    )
    assert after[session + 1] > before[session + 1]


@pytest.mark.parametrize(
    ("percent", "factor"), [(80, np.exp(0.05 * 0.8)), (95, np.exp(0.05 * 0.95))]
)
@pytest.mark.parametrize("error", [-1.01, 1.01], ids=["below", "above"])
def test_a_miss_widens_the_band_by_its_rate(percent, factor, error):
    assert adaptive_scales(np.array([error]), Interval((-1.0,), (1.0,)), percent)[
        1
    ] == pytest.approx(factor)


@pytest.mark.parametrize(
    ("percent", "factor"), [(80, np.exp(-0.05 * 0.2)), (95, np.exp(-0.05 * 0.05))]
)
@pytest.mark.parametrize(
    "error", [-1.0, 0.0, 1.0], ids=["on the lower bound", "in the middle", "on the upper bound"]
)
def test_a_hit_narrows_the_band_by_its_rate(percent, factor, error):
    assert adaptive_scales(np.array([error]), Interval((-1.0,), (1.0,)), percent)[
        1
    ] == pytest.approx(factor)


def test_an_error_is_compared_with_the_band_of_its_own_session():
    # Two misses have widened the band to 1.083, so 1.05 is a hit.
    scales = adaptive_scales(np.array([9.0, 9.0, 1.05]), Interval((-1.0,), (1.0,)), 80)
    np.testing.assert_allclose(np.log(scales), [0, 0.04, 0.08, 0.07])


def test_each_side_of_an_asymmetric_band_has_its_own_bound():
    interval = Interval((-0.1,), (0.4,))
    widened = [
        adaptive_scales(np.array([error]), interval, 80)[1] > 1 for error in (-0.3, -0.05, 0.3, 0.5)
    ]
    assert widened == [True, False, False, True]


def test_only_the_first_step_decides_the_scale():
    errors = np.random.default_rng(7).normal(size=50)
    scales = [
        adaptive_scales(errors, Interval((-1.0, further), (1.0, -further)), 80)
        for further in (-0.01, -9.0)
    ]
    np.testing.assert_array_equal(*scales)


@pytest.mark.parametrize("percent", PERCENTS)
@pytest.mark.parametrize("case", WIDTHS)
def test_long_run_coverage_is_the_nominal_coverage(case, percent):
    errors = WIDTHS[case] * np.random.default_rng(11).normal(size=SESSIONS)
    interval = normal_interval(percent)
    scales = adaptive_scales(errors, interval, percent)
    # Each session adds rate * (missed - nominal) to the log of the scale, which is bounded.
    tolerance = MAX_LOG_SCALE / (ADAPTATION_RATE * SESSIONS)  # 0.01
    assert miss_rate(errors, interval, scales[:-1]) == pytest.approx(
        1 - percent / 100, abs=tolerance
    )


@pytest.mark.parametrize("percent", PERCENTS)
@pytest.mark.parametrize(
    "case", ["three times as wide", "a third as wide", "jumping to three times"]
)
def test_a_band_that_does_not_adapt_misses_its_nominal_coverage(case, percent):
    errors = WIDTHS[case] * np.random.default_rng(11).normal(size=SESSIONS)
    assert abs(miss_rate(errors, normal_interval(percent), 1.0) - (1 - percent / 100)) > 0.04


@pytest.mark.parametrize("percent", PERCENTS)
def test_an_asymmetric_band_keeps_its_coverage_on_skewed_errors(percent):
    random = np.random.default_rng(12)
    # A long upper tail, like that of volumes.
    calm, wild = random.gumbel(0, 0.2, SESSIONS), random.gumbel(0, 0.6, SESSIONS)
    interval = Interval(
        *(
            (float(np.quantile(calm, level)),)
            for level in (0.5 - percent / 200, 0.5 + percent / 200)
        )
    )
    assert -interval.lower[0] < 0.7 * interval.upper[0]
    misses = miss_rate(wild, interval, adaptive_scales(wild, interval, percent)[:-1])
    assert misses == pytest.approx(
        1 - percent / 100, abs=MAX_LOG_SCALE / (ADAPTATION_RATE * SESSIONS)
    )


@pytest.mark.parametrize("percent", PERCENTS)
def test_the_scale_converges_to_the_relative_width_of_the_errors(percent):
    errors = 3 * np.random.default_rng(13).normal(size=SESSIONS)
    scales = adaptive_scales(errors, normal_interval(percent), percent)
    converged = scales[500:]
    assert np.exp(np.log(converged).mean()) == pytest.approx(3, rel=0.05)


@pytest.mark.parametrize(
    ("error", "bound"),
    [(1e6, np.exp(MAX_LOG_SCALE)), (0.0, np.exp(-MAX_LOG_SCALE))],
    ids=["wild", "none"],
)
@pytest.mark.parametrize("percent", PERCENTS)
def test_the_scale_stays_within_its_bounds_whatever_the_errors(percent, error, bound):
    scales = adaptive_scales(np.full(2_000, error), normal_interval(percent), percent)
    assert scales[-1] == pytest.approx(bound)
    assert np.all((scales >= np.exp(-MAX_LOG_SCALE)) & (scales <= np.exp(MAX_LOG_SCALE)))


def test_a_scale_at_its_bound_recovers_at_once():
    errors = np.concatenate([np.full(500, 1e6), np.zeros(10)])
    scales = adaptive_scales(errors, Interval((-1.0,), (1.0,)), 80)
    assert np.log(scales[-1]) == pytest.approx(MAX_LOG_SCALE - 10 * 0.01)


def test_the_errors_of_the_caller_are_not_modified():
    errors = np.array([3.0, -3.0])
    adaptive_scales(errors, Interval((-1.0,), (1.0,)), 80)
    np.testing.assert_array_equal(errors, [3.0, -3.0])
