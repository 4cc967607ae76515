import math
from statistics import NormalDist

import numpy as np
import pytest

from training.scoring.diebold_mariano import diebold_mariano


def autoregression(phi: float, sessions: int, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=sessions)
    for row in range(1, sessions):
        noise[row] += phi * noise[row - 1]
    return noise


@pytest.mark.parametrize(
    ("phi", "lowest", "highest"),
    [(0.0, 0.02, 0.10), (0.5, 0.02, 0.15)],
    ids=["noise", "autocorrelated"],
)
def test_equally_good_forecasts_are_rejected_at_the_nominal_rate(phi, lowest, highest):
    p_values = np.array([diebold_mariano(autoregression(phi, 250, seed)) for seed in range(1000)])
    assert lowest <= (p_values < 0.05).mean() <= highest
    assert (p_values < 0.5).mean() == pytest.approx(0.5, abs=0.1)


def test_a_clear_difference_has_a_small_p_value():
    assert diebold_mariano(np.random.default_rng(1).normal(0.5, 1, 250)) < 1e-6


def test_autocorrelation_makes_a_difference_less_significant():
    independent, alike = (
        np.random.default_rng(1).permutation(autoregression(0.8, 250, 4) + 0.3),
        autoregression(0.8, 250, 4) + 0.3,
    )
    assert diebold_mariano(alike) > 2 * diebold_mariano(independent)


def test_the_p_value_is_symmetric_and_independent_of_the_unit():
    differences = autoregression(0.3, 250, 1) + 0.1
    assert (
        diebold_mariano(-differences)
        == pytest.approx(diebold_mariano(differences))
        == pytest.approx(diebold_mariano(1e6 * differences))
    )


def test_the_p_value_matches_a_hand_calculation():
    # The mean is 1/3 and the autocovariances are 8/9 and -16/27. With one lag, the long-run
    # variance is 8/9 - 16/27 = 8/27. The squared statistic is (1/9) / (8/27 / 3) * (2/3) = 3/4.
    expected = 2 * (1 - NormalDist().cdf(math.sqrt(3 / 4)))
    assert diebold_mariano(np.array([1.0, -1.0, 1.0])) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("differences", "p_value"),
    [([0.0, 0.0, 0.0], 1.0), ([2.0, 2.0, 2.0], 0.0), ([2.0], 1.0)],
    ids=["none", "always the same", "one"],
)
def test_constant_differences_are_certain_or_zero(differences, p_value):
    assert diebold_mariano(np.array(differences)) == p_value
