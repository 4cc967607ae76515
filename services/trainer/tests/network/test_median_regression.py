import numpy as np
import pytest
from sklearn.linear_model import QuantileRegressor

from training.network.median_regression import fit_to_median, ridge_least_absolute_deviations

ROWS = 400
PLANTED = np.array([0.5, -0.3, 0.1])
ALMOST_NONE = np.full(3, 1e-6)


@pytest.fixture
def inputs() -> np.ndarray:
    return np.random.default_rng(1).normal([3, 0, -1], [1, 2, 0.5], (ROWS, 3))


@pytest.fixture
def target(inputs) -> np.ndarray:
    """A linear function with a constant of 2 and heavy tails."""
    return 2 + inputs @ PLANTED + 0.1 * np.random.default_rng(2).standard_t(2, ROWS)


def test_without_inputs_the_forecast_is_the_median():
    ones, target = np.ones((5, 1)), np.array([1.0, 2.0, 3.0, 50.0, 1000.0])
    found = ridge_least_absolute_deviations(ones, target, np.zeros(1))
    np.testing.assert_allclose(found, [3], atol=0.01)


def test_planted_coefficients_are_recovered(inputs, target):
    coefficients, constant = fit_to_median(inputs, target, ALMOST_NONE)
    np.testing.assert_allclose(coefficients, PLANTED, atol=0.03)
    assert constant == pytest.approx(2, abs=0.08)


def test_coefficients_are_those_of_an_exact_solver(inputs, target):
    exact = QuantileRegressor(quantile=0.5, alpha=0).fit(inputs, target)
    coefficients, constant = fit_to_median(inputs, target, ALMOST_NONE)
    np.testing.assert_allclose(coefficients, exact.coef_, atol=2e-3)
    assert constant == pytest.approx(exact.intercept_, abs=5e-3)


def test_outliers_hardly_matter(inputs, target):
    wild = target.copy()
    wild[:20] += 1e4
    coefficients, _ = fit_to_median(inputs, wild, ALMOST_NONE)
    np.testing.assert_allclose(coefficients, PLANTED, atol=0.05)


def test_coefficients_equal_those_of_least_squares_with_extra_rows(inputs, target):
    # A ridge of r on a coefficient is an extra row with the regressor sqrt(r) and the target 0.
    ridge, weights = np.array([30.0, 1.0, 300.0]), np.ones(ROWS)
    for _ in range(26):
        rows = np.vstack(
            [inputs * np.sqrt(weights)[:, None], np.diag(np.sqrt(weights.mean() * ridge))]
        )
        of_rows = np.append(target * np.sqrt(weights), np.zeros(3))
        expected = np.linalg.lstsq(rows, of_rows)[0]
        weights = 1 / np.maximum(np.abs(target - inputs @ expected), 1e-3)
    found = ridge_least_absolute_deviations(inputs, target, ridge)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_ridge_shrinks_only_its_own_input(inputs, target):
    coefficients, _ = fit_to_median(inputs, target, np.array([1e9, 1e-6, 1e-6]))
    assert abs(coefficients[0]) < 1e-5
    np.testing.assert_allclose(coefficients[1:], PLANTED[1:], atol=0.1)


def test_with_a_huge_ridge_the_forecast_is_the_median(inputs, target):
    coefficients, constant = fit_to_median(inputs, target, np.full(3, 1e9))
    np.testing.assert_allclose(coefficients, 0, atol=1e-5)
    assert constant == pytest.approx(np.median(target), abs=0.01)


def test_forecasts_do_not_depend_on_the_units_of_the_inputs(inputs, target):
    ridge, units = np.full(3, 50.0), np.array([1000.0, 0.01, 7.0])
    plain, constant = fit_to_median(inputs, target, ridge)
    scaled, same_constant = fit_to_median(inputs * units, target, ridge)
    np.testing.assert_allclose(scaled * units, plain, rtol=1e-6)
    assert same_constant == pytest.approx(constant)


def test_an_input_that_never_varies_gets_the_coefficient_0(inputs, target):
    constant_column = np.column_stack([inputs, np.full(ROWS, 0.05)])
    coefficients, constant = fit_to_median(constant_column, target, np.full(4, 1.0))
    assert coefficients[3] == 0
    expected, same_constant = fit_to_median(inputs, target, np.full(3, 1.0))
    np.testing.assert_allclose(coefficients[:3], expected)
    assert constant == pytest.approx(same_constant)
