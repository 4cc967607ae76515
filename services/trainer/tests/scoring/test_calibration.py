import numpy as np
import pytest
from mapie.conformity_scores import AbsoluteConformityScore
from mapie.regression import SplitConformalRegressor
from sklearn.linear_model import LinearRegression

from input_columns import columns_of
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.dispersion import REGRESSORS, Dispersion
from model_contract.model.error_metrics import coverage
from model_contract.model.intervals import Interval
from training.scoring.calibration import DISPERSION_RIDGE, fit_dispersion, fit_interval
from training.scoring.forecasts import Forecasts
from training.window_data import WindowData

CONSTANT, SURPRISE, UNRELATED, FLAG = (
    REGRESSORS.index(name) for name in ("constant", "day", "week", "half_day")
)
SAMPLES, HORIZON = 20_000, 3
FLAGGED = 0.3  # share of the sessions
TYPICAL = 3.0  # log error; so large that SMALLEST_ERROR hardly matters


@pytest.fixture
def windows(make_windows) -> WindowData:
    """Windows of a constant volume."""
    sessions = SAMPLES + 22 + HORIZON - 1
    features, flags = np.zeros((sessions, 3)), np.zeros((sessions, len(CALENDAR_FLAGS)))
    return make_windows(features, flags=flags, inputs=columns_of(sessions, HORIZON))


def regressors_of(random: np.random.Generator) -> np.ndarray:
    """Make regressors of which an input with an effect, one without, and a flag vary."""
    found = np.zeros((SAMPLES, HORIZON, len(REGRESSORS)), np.float32)
    found[:, :, CONSTANT] = 1
    found[:, :, [SURPRISE, UNRELATED]] = np.abs(random.normal(size=(SAMPLES, HORIZON, 2)))
    found[:, :, FLAG] = random.random((SAMPLES, HORIZON)) < FLAGGED
    return found


def dispersion_of(surprise: float, flag: float) -> Dispersion:
    """Make a dispersion whose effects are half as large for each step further ahead."""
    coefficients = np.zeros((HORIZON, len(REGRESSORS)))
    coefficients[:, SURPRISE], coefficients[:, FLAG] = surprise, flag
    coefficients[:, CONSTANT] = -surprise * np.sqrt(2 / np.pi) - flag * FLAGGED  # minus the mean
    return Dispersion(coefficients * 0.5 ** np.arange(HORIZON)[:, None])


def forecasts_with(regressors: np.ndarray, errors: np.ndarray) -> Forecasts:
    """Make forecasts of a log volume of 0 that have these log errors."""
    return Forecasts(np.exp(-errors), regressors)


def test_the_dispersion_finds_what_the_size_of_the_errors_depends_on(windows):
    random, true, noise = np.random.default_rng(9), dispersion_of(0.15, 0.3), 0.5
    regressors = regressors_of(random)
    signs = random.choice([-1, 1], (SAMPLES, HORIZON))
    sizes = np.exp(random.normal(0, noise, (SAMPLES, HORIZON))) * true.sizes(regressors)
    fitted = fit_dispersion(forecasts_with(regressors, TYPICAL * signs * sizes), windows)
    variances = {SURPRISE: 1 - 2 / np.pi, UNRELATED: 1 - 2 / np.pi, FLAG: FLAGGED * (1 - FLAGGED)}
    for column, variance in variances.items():
        shrunk = true.coefficients[:, column] / (1 + DISPERSION_RIDGE / SAMPLES / variance)
        standard_error = noise / np.sqrt(SAMPLES * variance)
        np.testing.assert_allclose(
            fitted.coefficients[:, column], shrunk, rtol=0, atol=4 * standard_error
        )
    constant = [column for column in range(1, len(REGRESSORS)) if column not in variances]
    np.testing.assert_allclose(fitted.coefficients[:, constant], 0, atol=1e-9)
    # Whatever the typical error is, a typical size is 1.
    np.testing.assert_allclose(np.log(fitted.sizes(regressors)).mean(axis=0), 0, atol=1e-6)


def test_intervals_in_units_of_the_size_cover_calm_and_uncertain_sessions_alike(windows):
    """A constant band is too wide for the first and too narrow for the last."""
    random, true = np.random.default_rng(10), dispersion_of(0.3, 0.6)

    def drawn() -> tuple[np.ndarray, np.ndarray]:
        regressors = regressors_of(random)
        noise = random.normal(0, TYPICAL, (SAMPLES, HORIZON))
        return regressors, noise * true.sizes(regressors)

    fitted = fit_dispersion(forecasts_with(*drawn()), windows)
    (earlier, known), (later, errors) = drawn(), drawn()
    sizes, thirds = fitted.sizes(later)[:, 0], []
    for percent in (80, 95):
        in_sizes, constant = (
            fit_interval(of_known, percent) for of_known in (known / fitted.sizes(earlier), known)
        )
        for rows in np.array_split(np.argsort(sizes), 3):
            actual, size = errors[rows, 0], sizes[rows]
            covered = coverage(actual, in_sizes.lower[0] * size, in_sizes.upper[0] * size)
            # Two standard errors are 0.01 for a third of the sessions at 80 %.
            assert covered == pytest.approx(percent / 100, abs=0.02)
            one = np.ones(len(rows))
            thirds.append(coverage(actual, constant.lower[0] * one, constant.upper[0] * one))
    assert thirds[0] > 0.85 > 0.7 > thirds[2]
    assert thirds[3] > 0.97 > 0.9 > thirds[5]


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
