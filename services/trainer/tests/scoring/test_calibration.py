import numpy as np
import pytest
from mapie.conformity_scores import AbsoluteConformityScore
from mapie.regression import SplitConformalRegressor
from sklearn.linear_model import LinearRegression

from model_contract.model.error_metrics import coverage
from model_contract.model.intervals import Interval
from training.scoring.calibration import fit_interval


def test_intervals_are_the_order_statistics_of_the_log_errors():
    # With 99 errors, each tail has 10 of 100 ranks at 80 % and 2 at 95 %.
    errors = np.arange(-49.0, 50.0)[:, None]
    assert fit_interval(errors, 80) == Interval((-40.0,), (40.0,))
    assert fit_interval(errors, 95) == Interval((-48.0,), (48.0,))


@pytest.mark.parametrize("percent", [50, 80, 95])
def test_intervals_are_exactly_those_of_the_library_mapie(percent):
    # All forecasts are 0, so a bound is a quantile of the errors.
    perfect = LinearRegression().fit(np.zeros((2, 1)), np.zeros(2))
    for samples in (*range(40, 140), 500, 1001):  # mapie requires 40 at 95 %
        errors = np.random.default_rng(samples).standard_t(3, samples)
        library = SplitConformalRegressor(
            perfect, percent / 100, AbsoluteConformityScore(sym=False), prefit=True
        )
        _, bounds = library.conformalize(np.zeros((samples, 1)), errors).predict_interval(
            np.zeros((1, 1))
        )
        ours = fit_interval(errors[:, None], percent)
        np.testing.assert_array_equal([*ours.lower, *ours.upper], bounds[0, :, 0])


def test_intervals_do_not_depend_on_the_order_of_windows():
    errors = np.random.default_rng(6).normal(size=(50, 2))
    assert fit_interval(errors[::-1], 80) == fit_interval(errors, 80)


def test_each_step_has_its_own_quantiles():
    interval = fit_interval(np.random.default_rng(7).normal(0, [1, 10], (500, 2)), 80)
    assert interval.upper[1] > 5 * interval.upper[0]


def test_with_few_errors_the_bounds_are_the_extremes():
    assert fit_interval(np.array([[-1.0], [2.0]]), 95) == Interval((-1.0,), (2.0,))


def test_a_forecast_that_was_always_too_low_is_inside_its_interval():
    assert fit_interval(np.arange(1.0, 100.0)[:, None], 80) == Interval((0.0,), (90.0,))


@pytest.mark.parametrize("percent", [80, 95])
@pytest.mark.parametrize("samples", [40, 99, 250, 1_001])
def test_intervals_cover_the_calibration_data_at_their_level_or_slightly_above(percent, samples):
    errors = np.random.default_rng(samples).standard_t(3, (samples, 1))
    interval = fit_interval(errors, percent)
    covered = coverage(errors, np.array(interval.lower), np.array(interval.upper))
    assert percent / 100 - 1 / samples <= covered <= percent / 100 + 3 / samples


def test_intervals_cover_new_data_of_the_same_kind():
    random = np.random.default_rng(8)
    interval = fit_interval(random.standard_t(3, (4_000, 1)), 80)
    assert coverage(
        random.standard_t(3, (4_000, 1)), np.array(interval.lower), np.array(interval.upper)
    ) == pytest.approx(0.8, abs=0.02)
