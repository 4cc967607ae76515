from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.error_metrics import coverage, errors, skill
from model_contract.model.features import LOG_VOLUME
from model_contract.model.forecasting import (
    forecast_volumes,
    mean_forecast,
    naive_forecast,
    network_arguments,
)
from model_contract.model.har import har_forecast, har_regressors
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.model.scaling import Scaler, Scalers
from model_contract.model.windows import Windows

ACTUAL, FORECAST = np.array([100.0, 200.0, 400.0]), np.array([110.0, 190.0, 300.0])


def test_errors_equal_hand_computed_values():
    # errors 10, -10, -100; the mean of the actual values is 700 / 3
    assert errors(ACTUAL, FORECAST) == pytest.approx(
        {
            "mae": 40,
            "mse": 3400,
            "rmse": 3400**0.5,
            "r2": 1 - 10_200 / (140_000 / 3),
            "mape": (0.1 + 0.05 + 0.25) / 3,
        }
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


def test_r2_is_0_if_all_actual_values_are_equal():
    assert errors(np.full(3, 5.0), np.array([4.0, 5.0, 6.0]))["r2"] == 0


@pytest.mark.parametrize(
    ("mae", "reference", "expected"),
    [(0, 2, 1), (2, 2, 0), (1, 2, 0.5), (3, 2, -0.5), (0, 0, 0)],
    ids=["perfect", "no better", "half the error", "worse", "both exact"],
)
def test_skill_compares_mean_absolute_errors(mae, reference, expected):
    assert skill(mae, reference) == expected


def test_coverage_counts_values_on_the_bounds():
    lower, upper = np.zeros(4), np.ones(4)
    assert coverage(np.array([0.0, 1.0, 1.1, -0.1]), lower, upper) == 0.5


def test_the_naive_forecast_repeats_the_last_volume():
    np.testing.assert_allclose(
        naive_forecast(np.log([[5.0, 7.0], [1.0, 2.0]]), 3), [[7, 7, 7], [2, 2, 2]]
    )


def test_the_mean_forecast_is_the_mean_of_shares_not_of_their_logarithms():
    log_volume = np.log([[9.0, 100.0, 400.0], [9.0, 1.0, 2.0]])
    np.testing.assert_allclose(mean_forecast(log_volume, 2, 3), [[250, 250, 250], [1.5, 1.5, 1.5]])


def test_the_mean_forecast_of_one_session_is_the_naive_one(log_volume):
    np.testing.assert_allclose(mean_forecast(log_volume, 1, 2), naive_forecast(log_volume, 2))


@pytest.fixture
def log_volume():
    """Log volumes of seven windows, (7, 44), of about three million shares a day."""
    return np.random.default_rng(4).normal(15, 0.4, (7, 44))


@pytest.fixture
def coefficients():
    """Coefficients of the HAR forecast, (1 + 3, steps)."""
    return np.array([[0.02, 0.03], [0.4, 0.2], [0.3, 0.3], [0.1, 0.4]])


def test_the_har_regressors_of_a_constant_volume_are_1_and_zeros():
    np.testing.assert_array_equal(
        har_regressors(np.full((2, 44), 15.0)), [[1, 0, 0, 0], [1, 0, 0, 0]]
    )


def test_the_har_regressors_equal_hand_computed_values():
    # The mean of 0 to 43 is 21.5. The last is 43; the last 5 average 41, the last 22 32.5.
    np.testing.assert_allclose(har_regressors(np.arange(44.0)[None, :]), [[1, 21.5, 19.5, 11]])


def test_the_har_regressors_do_not_depend_on_the_level(log_volume):
    np.testing.assert_allclose(
        har_regressors(log_volume + np.log(1_000)), har_regressors(log_volume), atol=1e-12
    )


def test_the_har_forecast_equals_a_hand_computed_value():
    # The window's mean is 1.05. Less that, the last is 1.05, the last five 0.85, all 22 are 0.
    coefficients = np.array([[1.0, 0.0], [0.5, 1.0], [0.4, 0.0], [0.2, 0.0]])
    forecast = har_forecast(np.arange(22.0)[None, :] / 10, coefficients)
    np.testing.assert_allclose(forecast, np.exp([[1.05 + 1 + 0.525 + 0.34 + 0, 1.05 + 1.05]]))


def test_a_constant_volume_is_forecast_as_itself_times_the_har_constant():
    np.testing.assert_allclose(
        har_forecast(
            np.full((1, 44), np.log(500.0)), np.array([[np.log(1.1)], [0.4], [0.3], [0.2]])
        ),
        [[550]],
    )


@pytest.mark.parametrize("factor", [1e-3, 1_000])
def test_k_times_the_volume_gives_k_times_the_har_forecast(log_volume, coefficients, factor):
    forecast = har_forecast(log_volume, coefficients)
    np.testing.assert_allclose(
        har_forecast(log_volume + np.log(factor), coefficients), factor * forecast, rtol=1e-10
    )


def test_an_extreme_har_forecast_stays_finite():
    rising = np.linspace(0, 30, 22)[None, :]
    np.testing.assert_allclose(har_forecast(rising, np.full((4, 1), 100.0)), 1e15)


def test_a_network_output_of_0_forecasts_the_level_plus_the_target_mean():
    scalers = Scalers(
        Scaler((LOG_VOLUME,), (0.0,), (1.0,)),
        Scaler(("day",), (0.0,), (1.0,)),
        Scaler((LOG_VOLUME,), (np.log(1.5),), (3.0,)),
    )
    # The level is the geometric mean, 200 shares.
    windows = Windows(np.log([[[100.0], [400.0]]]), np.zeros((1, 4, 1)), np.zeros((1, 2, 1)))
    forecast = forecast_volumes(
        windows, scalers, lambda window, *_: np.zeros((len(window), 2), np.float32)
    )
    np.testing.assert_allclose(forecast, [[300, 300]])


def test_the_network_receives_all_its_arguments_in_single_precision(windows, scalers, network):
    seen = []

    def recording(*arguments):
        seen.extend(arguments)
        return network(*arguments)

    forecast_volumes(windows, scalers, recording)
    assert [part.dtype for part in seen] == [np.float32] * 3
    assert seen[0].shape == windows.features.shape
    np.testing.assert_array_equal(seen[1], windows.calendar)
    np.testing.assert_allclose(seen[2], windows.inputs / scalers.inputs.scale, rtol=1e-6)


def test_the_arguments_of_the_network_come_with_the_levels_of_the_windows(windows, scalers):
    (features, calendar, inputs), level = network_arguments(windows, scalers)
    np.testing.assert_array_equal(level, windows.log_volume.mean(axis=1))
    assert features.shape == windows.features.shape
    assert calendar.shape == windows.calendar.shape
    assert inputs.shape == windows.inputs.shape


@pytest.mark.parametrize("name", INPUT_NAMES)
def test_an_input_of_a_step_changes_only_its_own_forecast(windows, scalers, network, name):
    more = windows.inputs.copy()
    more[:, -1, INPUT_NAMES.index(name)] += 1
    before = forecast_volumes(windows, scalers, network)
    after = forecast_volumes(replace(windows, inputs=more), scalers, network)
    np.testing.assert_array_equal(after[:, 0], before[:, 0])
    assert (after[:, 1] > before[:, 1] * 1.001).all()


def test_the_flags_of_a_session_change_only_its_own_forecast(windows, scalers, network):
    with_friday = windows.calendar.copy()
    quiet = with_friday.copy()
    with_friday[:, -1, CALENDAR_FLAGS.index("friday")] = 1
    quiet[:, -1, CALENDAR_FLAGS.index("friday")] = 0
    busy, plain = (
        forecast_volumes(replace(windows, calendar=flags), scalers, network)
        for flags in (with_friday, quiet)
    )
    np.testing.assert_array_equal(busy[:, 0], plain[:, 0])
    np.testing.assert_allclose(
        busy[:, 1], plain[:, 1] * np.exp(0.5 * scalers.target.scale[0]), rtol=1e-5
    )


def test_the_windows_of_the_caller_are_not_modified(windows, scalers, network):
    features, calendar = windows.features.copy(), windows.calendar.copy()
    forecast_volumes(windows, scalers, network)
    np.testing.assert_array_equal(windows.features, features)
    np.testing.assert_array_equal(windows.calendar, calendar)
