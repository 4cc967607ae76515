import numpy as np
import pytest
from sklearn import metrics

from model_contract.forecasting import Interval, coverage, errors, forecast_volumes, har_forecast, naive_forecast, skill
from model_contract.scaling import Scaler, Scalers

ACTUAL, FORECAST = np.array([100.0, 200.0, 400.0]), np.array([110.0, 190.0, 300.0])


def test_errors_equal_hand_computed_values():
    # errors 10, -10, -100; the mean of the actual values is 700 / 3
    assert errors(ACTUAL, FORECAST) == pytest.approx(
        {"mae": 40, "mse": 3400, "rmse": 3400**0.5, "r2": 1 - 10_200 / (140_000 / 3), "mape": (0.1 + 0.05 + 0.25) / 3}
    )


def test_errors_equal_those_of_scikit_learn():
    random = np.random.default_rng(2)
    actual, forecast = np.exp(random.normal(14, 1, (50, 1))), np.exp(random.normal(14, 1, (50, 1)))
    assert errors(actual, forecast) == pytest.approx(
        {
            "mae": metrics.mean_absolute_error(actual, forecast),
            "mse": metrics.mean_squared_error(actual, forecast),
            "rmse": metrics.root_mean_squared_error(actual, forecast),
            "r2": metrics.r2_score(actual, forecast),
            "mape": metrics.mean_absolute_percentage_error(actual, forecast),
        }
    )


def test_a_perfect_forecast_has_no_errors():
    assert errors(ACTUAL, ACTUAL) == {"mae": 0, "mse": 0, "rmse": 0, "r2": 1, "mape": 0}


def test_r2_is_0_where_all_actual_values_are_equal():
    assert errors(np.full(3, 5.0), np.array([4.0, 5.0, 6.0]))["r2"] == 0


@pytest.mark.parametrize(
    ("mae", "reference", "expected"),
    [(0, 2, 1), (2, 2, 0), (1, 2, 0.5), (3, 2, -0.5), (0, 0, 0)],
    ids=["perfect", "no better", "half the error", "worse", "both exact"],
)
def test_skill_compares_mean_absolute_errors(mae, reference, expected):
    assert skill({"mae": mae}, {"mae": reference}) == expected


def test_coverage_counts_values_on_the_bounds():
    lower, upper = np.zeros(4), np.ones(4)
    assert coverage(np.array([0.0, 1.0, 1.1, -0.1]), lower, upper) == 0.5


def test_an_interval_widens_each_step_by_its_own_factors():
    lower, upper = Interval((np.log(0.5), np.log(0.25)), (np.log(2), np.log(3))).around(np.array([[100.0, 100.0], [10.0, 10.0]]))
    np.testing.assert_allclose(lower, [[50, 25], [5, 2.5]])
    np.testing.assert_allclose(upper, [[200, 300], [20, 30]])


def test_an_interval_serves_fewer_steps_than_it_knows():
    lower, _ = Interval((np.log(0.5), np.log(0.25)), (0.0, 0.0)).around(np.array([[100.0]]))
    np.testing.assert_allclose(lower, [[50]])


def test_the_naive_forecast_repeats_the_last_volume():
    np.testing.assert_allclose(naive_forecast(np.log([[5.0, 7.0], [1.0, 2.0]]), 3), [[7, 7, 7], [2, 2, 2]])


def test_the_har_forecast_equals_the_sum_by_hand():
    log_volume = np.arange(22.0)[None, :] / 10  # means: last 2.1, of five 1.9, of all 1.05
    coefficients = np.array([[1.0, 0.0], [0.5, 1.0], [0.3, 0.0], [0.2, 0.0]])
    np.testing.assert_allclose(har_forecast(log_volume, coefficients), np.exp([[1 + 1.05 + 0.57 + 0.21, 2.1]]))


def test_a_wild_har_forecast_stays_finite():
    np.testing.assert_allclose(har_forecast(np.full((1, 22), 20.0), np.full((4, 1), 100.0)), 1e15)


def test_a_network_that_answers_zero_forecasts_level_and_target_mean():
    scalers = Scalers(Scaler(("log_volume",), (0.0,), (1.0,)), Scaler(("log_volume",), (np.log(1.5),), (3.0,)))
    windows = np.log([[[100.0], [400.0]]])  # level: the geometric mean, 200 shares
    np.testing.assert_allclose(forecast_volumes(windows, scalers, lambda inputs: np.zeros((len(inputs), 2), np.float32)), [[300, 300]])
