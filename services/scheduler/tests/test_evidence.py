"""What the nightly test finds in pairs of models, of which thousands are simulated."""

import numpy as np
import pytest

from forecast_loop.evidence import ENOUGH, FALSE_ALARMS, sessions_until_sure, wealth

SESSIONS = 750


def pair(random: np.random.Generator, better: float, tickers: int = 50, shared: float = 0.9):
    """Mean errors of two models that share most of their errors; the second one's are smaller."""
    common = random.standard_t(4, (SESSIONS, tickers)) * np.sqrt(shared)
    own = random.standard_t(4, (2, SESSIONS, tickers)) * np.sqrt(1 - shared)
    first, second = np.abs(common + own).mean(axis=2)
    return first, second * (1 - better)


def test_of_1000_pairs_of_equal_models_few_are_told_apart():
    random = np.random.default_rng(1)
    sure = [sessions_until_sure(*pair(random, better=0)) for _ in range(1000)]
    assert sum(sessions is not None for sessions in sure) <= 1000 * FALSE_ALARMS


def test_a_model_that_is_two_percent_better_is_found():
    random = np.random.default_rng(2)
    sure = [sessions_until_sure(*pair(random, better=0.02)) for _ in range(100)]
    assert None not in sure
    assert np.median([sessions for sessions in sure if sessions]) < 150


def test_a_worse_model_is_not_found():
    random = np.random.default_rng(3)
    assert all(sessions_until_sure(*pair(random, better=-0.02)) is None for _ in range(100))


def test_the_wealth_is_that_of_the_bets_one_by_one():
    """Compared with the definition, computed session by session for one stake after another."""
    first, second = pair(np.random.default_rng(4), better=0.03)
    outcome = (first - second) / (first + second)
    expected = []
    for stake in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9):
        product, path = 1.0, []
        for session in range(SESSIONS):
            if session >= 10:
                usual = np.sqrt(np.mean(outcome[:session] ** 2))
                cut = max(-3.0, min(3.0, outcome[session] / usual))
                product *= 1 + stake * cut / 3
            path.append(product)
        expected.append(path)
    assert wealth(first, second) == pytest.approx(np.mean(expected, axis=0), rel=1e-12)


def test_models_without_any_difference_prove_nothing():
    errors = np.ones(100)
    assert wealth(errors, errors).tolist() == [1.0] * 100
    assert wealth(np.zeros(30), np.zeros(30))[-1] == 1.0
    assert len(wealth(np.zeros(0), np.zeros(0))) == 0
    assert wealth(errors * 2, errors)[-1] > ENOUGH
