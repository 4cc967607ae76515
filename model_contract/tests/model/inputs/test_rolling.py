import numpy as np
import pytest

from model_contract.model.inputs import rolling
from model_contract.model.inputs.rolling import lagged, leading, rolling_mean, rolling_median

NAN = np.nan


def test_lagged_values_are_those_of_earlier_sessions():
    np.testing.assert_array_equal(lagged(np.array([1.0, 2, 3]), 2), [NAN, NAN, 1])


def test_leading_values_are_those_of_later_sessions():
    np.testing.assert_array_equal(leading(np.array([1.0, 2, 3]), 2), [3, NAN, NAN])


def test_a_lag_beyond_the_history_leaves_nothing_known():
    np.testing.assert_array_equal(lagged(np.array([1.0, 2]), 5), [NAN, NAN])


def test_a_mean_covers_the_last_sessions():
    np.testing.assert_allclose(
        rolling_mean(np.array([1.0, 2, 6, 4]), 2, fewest=2), [NAN, 1.5, 4, 5]
    )


def test_a_mean_at_the_start_covers_the_sessions_there_are():
    np.testing.assert_allclose(rolling_mean(np.array([1.0, 2, 6]), 10, fewest=2), [NAN, 1.5, 3])


def test_a_mean_leaves_unknown_values_out():
    np.testing.assert_allclose(
        rolling_mean(np.array([1.0, NAN, 6, NAN, NAN]), 3, fewest=1), [1, 1, 3.5, 6, 6]
    )


def test_a_mean_of_too_few_known_values_is_unknown():
    np.testing.assert_array_equal(
        rolling_mean(np.array([1.0, NAN, 6, 2]), 3, fewest=2), [NAN, NAN, 3.5, 4]
    )


def test_medians_of_many_sessions_are_those_of_their_blocks_together(monkeypatch):
    values = np.random.default_rng(1).normal(size=50)
    values[7:9] = NAN
    at_once = rolling_median(values, 5, fewest=4)
    monkeypatch.setattr(rolling, "BLOCK", 7)
    np.testing.assert_array_equal(rolling_median(values, 5, fewest=4), at_once)


def test_a_median_covers_the_last_sessions():
    np.testing.assert_allclose(
        rolling_median(np.array([1.0, 9, 3, 4]), 3, fewest=3), [NAN, NAN, 3, 4]
    )


def test_a_median_of_an_even_number_is_the_mean_of_the_middle_two():
    np.testing.assert_allclose(rolling_median(np.array([1.0, 9, 3, 4]), 4, fewest=4)[-1], 3.5)


def test_a_median_leaves_unknown_values_out():
    np.testing.assert_allclose(
        rolling_median(np.array([5.0, NAN, 1, 2]), 3, fewest=2), [NAN, NAN, 3, 1.5]
    )


@pytest.mark.parametrize("sessions", [1, 2, 5, 22, 45])
@pytest.mark.parametrize("fewest", [1, 2, 20])
def test_statistics_equal_those_of_each_slice(sessions, fewest):
    random = np.random.default_rng(sessions)
    values = np.where(random.random(120) < 0.2, NAN, random.normal(size=120))
    for statistic, of_slice in ((rolling_mean, np.mean), (rolling_median, np.median)):
        expected = []
        for row in range(len(values)):
            last = values[max(row + 1 - sessions, 0) : row + 1]
            known = last[~np.isnan(last)]
            expected.append(of_slice(known) if len(known) >= fewest else NAN)
        np.testing.assert_allclose(statistic(values, sessions, fewest), expected, atol=1e-12)
