import numpy as np
import pandas as pd
import pytest

from scored_forecasts import forecasts
from training.scoring.median_skill import (
    BLOCK_SESSIONS,
    FEWEST_SESSIONS,
    bootstrap_counts,
    median_skill,
    skill,
)


def simulated(
    sessions: int, seed: int, improvement: float = 0.2, tickers: str = "A"
) -> pd.DataFrame:
    """Make random forecasts whose errors are `improvement` smaller than the baseline's."""
    random = np.random.default_rng(seed)
    parts = []
    for ticker in tickers:
        ours, theirs = random.normal(0, 1 - improvement, sessions), random.normal(0, 1, sessions)
        parts.append(forecasts(np.full(sessions, 100.0), 100 + ours, 100 + theirs, ticker))
    return pd.concat(parts, ignore_index=True)


def test_a_perfect_forecast_has_skill_1():
    random = np.random.default_rng(1)
    actual = random.uniform(1, 2, 100)
    found = median_skill(
        forecasts(actual, actual, actual + random.normal(0, 1, 100)), "naive", 100, 0
    )
    assert (found["value"], found["lower_95"], found["upper_95"]) == (1, 1, 1)
    assert found["p_value"] < 1e-6


def test_the_baseline_has_no_skill_against_itself():
    rows = simulated(100, 1)
    assert median_skill(rows.assign(predicted=rows["naive"]), "naive", 100, 0) == {
        "value": 0,
        "lower_95": 0,
        "upper_95": 0,
        "p_value": 1,
    }


def test_two_exact_forecasts_are_equal_and_every_metric_is_finite():
    exact = [1000.0] * 30
    skill = median_skill(forecasts(exact, exact), "naive", 100, 1)
    assert skill == {"value": 0.0, "lower_95": 0.0, "upper_95": 0.0, "p_value": 1.0}
    worse = median_skill(forecasts(exact, [1100.0] * 30), "naive", 100, 1)
    assert worse["value"] < 0
    assert all(np.isfinite(list(worse.values())))


def test_skill_is_the_mae_ratio_s_distance_from_1():
    assert median_skill(forecasts([10, 10, 10], [11, 9, 13], [12, 8, 14]), "naive", 100, 0)[
        "value"
    ] == pytest.approx(1 - 5 / 8)


def test_skill_is_the_median_over_tickers_of_any_size():
    parts = [
        forecasts([100 * size] * 4, [101 * size] * 4, [(100 + by) * size] * 4, name)
        for name, by, size in (("AAA", 2, 1), ("BBB", 4, 1000), ("CCC", 1, 50))
    ]
    assert median_skill(pd.concat(parts), "naive", 100, 0)["value"] == pytest.approx(0.5)


def test_a_ticker_with_a_shorter_history_counts_as_much_as_the_others():
    whole, short = (
        forecasts([10] * 100, [11] * 100, [12] * 100),
        forecasts([10] * 100, [11] * 100, [20] * 100, "BBB").tail(FEWEST_SESSIONS),
    )
    found = median_skill(pd.concat([whole, short]), "naive", 200, 0)
    assert found["value"] == pytest.approx(1 - (1 / 2 + 1 / 10) / 2)
    assert all(np.isfinite(list(found.values())))


def test_a_ticker_with_too_few_forecasts_changes_nothing():
    """It also has forecasts on sessions on which no other ticker has any."""
    rows = simulated(200, 1, tickers="ABC")
    young = simulated(FEWEST_SESSIONS - 1, 2, improvement=-5, tickers="YZ")
    later = young.assign(session=young["session"] + pd.Timedelta(days=170))
    found = median_skill(pd.concat([rows, later]), "naive", 200, 0)
    assert found == median_skill(rows, "naive", 200, 0)
    assert median_skill(young, "naive", 200, 0)["value"] < -1


def test_if_every_ticker_has_few_forecasts_all_count():
    parts = [forecasts([10] * 5, [11] * 5, [by] * 5, name) for name, by in (("A", 12), ("B", 14))]
    assert skill(pd.concat(parts), "naive") == pytest.approx(1 - (1 / 2 + 1 / 4) / 2)


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_contains_the_skill(seed):
    found = median_skill(simulated(250, seed, tickers="ABC"), "naive", 200, 0)
    assert found["lower_95"] < found["value"] < found["upper_95"]


def test_the_interval_contains_the_true_skill_in_most_samples():
    held = 0
    for seed in range(100):
        found = median_skill(simulated(300, seed, improvement=0.2), "naive", 100, seed)
        held += found["lower_95"] <= 0.2 <= found["upper_95"]
    assert held >= 85


def test_the_interval_narrows_with_more_sessions():
    few, many = (median_skill(simulated(sessions, 1), "naive", 500, 0) for sessions in (150, 2400))
    assert many["upper_95"] - many["lower_95"] < 0.5 * (few["upper_95"] - few["lower_95"])


def test_a_surprise_shared_by_all_tickers_counts_once():
    alone = simulated(250, 1)
    alike = pd.concat([alone.assign(ticker=ticker) for ticker in "ABCDEF"], ignore_index=True)
    assert median_skill(alike, "naive", 200, 0) == pytest.approx(
        median_skill(alone, "naive", 200, 0)
    )


def test_every_ticker_counts_equally_in_the_p_value():
    rows = simulated(250, 1, improvement=0.05, tickers="AB")
    larger = rows.copy()
    larger.loc[rows["ticker"] == "B", ["actual", "predicted", "naive"]] *= 1000
    assert median_skill(larger, "naive", 100, 0) == pytest.approx(
        median_skill(rows, "naive", 100, 0)
    )


def test_skill_does_not_depend_on_the_order_of_rows():
    rows = simulated(100, 1, tickers="ABC")
    assert median_skill(rows.sample(frac=1, random_state=1), "naive", 100, 0) == median_skill(
        rows, "naive", 100, 0
    )


def test_each_resample_draws_as_many_sessions_as_there_are():
    np.testing.assert_array_equal(bootstrap_counts(250, 50, 0).sum(axis=1), 250)


def test_resamples_are_made_of_blocks_of_neighbours():
    counts = bootstrap_counts(10 * BLOCK_SESSIONS, 50, 0)
    changes = np.count_nonzero(counts != np.roll(counts, 1, axis=1), axis=1)
    assert changes.max() <= 2 * 10  # each of ten blocks begins once and ends once


def test_every_session_is_equally_likely_to_be_drawn():
    np.testing.assert_allclose(bootstrap_counts(120, 4000, 0).mean(axis=0), 1, atol=0.1)


@pytest.mark.parametrize("sessions", [2, 10, 22, 30])
def test_resamples_of_few_sessions_also_differ(sessions):
    counts = bootstrap_counts(sessions, 50, 0)
    np.testing.assert_array_equal(counts.sum(axis=1), sessions)
    assert len(np.unique(counts, axis=0)) > 1


def test_resamples_depend_only_on_the_seed():
    np.testing.assert_array_equal(bootstrap_counts(100, 20, 3), bootstrap_counts(100, 20, 3))
    assert not np.array_equal(bootstrap_counts(100, 20, 3), bootstrap_counts(100, 20, 4))
