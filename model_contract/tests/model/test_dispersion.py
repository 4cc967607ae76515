import numpy as np
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.dispersion import (
    LARGEST_INPUT,
    LARGEST_LOG_SIZE,
    REGRESSORS,
    SMALLEST_SPREAD,
    Dispersion,
    regressors,
)
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES

WINDOW, HORIZON = 6, 2


@pytest.fixture
def arguments():
    """What a network takes, for four samples."""
    random = np.random.default_rng(3)
    return (
        random.normal(0, 1, (4, WINDOW, len(FEATURE_NAMES))).astype(np.float32),
        random.integers(0, 2, (4, WINDOW + HORIZON, len(CALENDAR_FLAGS))).astype(np.float32),
        random.normal(0, 1, (4, HORIZON, len(INPUT_NAMES))).astype(np.float32),
    )


def with_coefficient(name: str, value: float) -> Dispersion:
    coefficients = np.zeros((HORIZON, len(REGRESSORS)))
    coefficients[1, REGRESSORS.index(name)] = value
    return Dispersion(coefficients)


def test_without_coefficients_every_size_is_1(arguments):
    found = Dispersion(np.zeros((HORIZON, len(REGRESSORS)))).sizes(regressors(arguments))
    np.testing.assert_array_equal(found, np.ones((4, HORIZON)))


def test_a_size_grows_with_the_spread_of_the_window(arguments):
    arguments[0][0, :, 0] = 1.5  # no spread at all
    sizes = with_coefficient("spread", 0.25).sizes(regressors(arguments))
    spread = np.maximum(arguments[0][:, :, 0].std(axis=1), SMALLEST_SPREAD)
    np.testing.assert_allclose(sizes, np.column_stack([np.ones(4), spread**0.25]), rtol=1e-5)


def test_a_size_depends_on_the_input_of_its_step_without_its_sign(arguments):
    column = INPUT_NAMES.index("due")
    arguments[2][:3, 1, column] = [-0.5, 0.5, 1e4]
    sizes = with_coefficient("due", 0.1).sizes(regressors(arguments))
    np.testing.assert_allclose(sizes[:3, 1], np.exp([0.05, 0.05, 0.1 * LARGEST_INPUT]), rtol=1e-5)


def test_a_size_depends_on_the_flags_of_the_session_to_forecast(arguments):
    column = CALENDAR_FLAGS.index("half_day")
    arguments[1][:, :, column] = 0
    arguments[1][2, WINDOW + 1, column] = 1
    arguments[1][3, WINDOW, column] = 1  # the session before
    sizes = with_coefficient("half_day", 0.3).sizes(regressors(arguments))
    np.testing.assert_allclose(sizes[:, 1], [1, 1, np.exp(0.3), 1], rtol=1e-6)


@pytest.mark.parametrize("sign", [-1, 1])
def test_no_size_is_far_from_1(arguments, sign):
    sizes = with_coefficient("constant", 50.0 * sign).sizes(regressors(arguments))
    np.testing.assert_allclose(sizes[:, 1], np.exp(sign * LARGEST_LOG_SIZE))
