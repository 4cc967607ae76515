import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from training.scoring.scores import (
    BLOCK_SESSIONS,
    bootstrap_counts,
    diebold_mariano,
    interval_scores,
    score,
    skill,
)


def forecasts(actual, predicted, baseline=None, ticker="AAA") -> pd.DataFrame:
    """A row per session of one ticker."""
    actual = np.asarray(actual, dtype=float)
    return pd.DataFrame(
        {
            "ticker": ticker,
            "session": np.datetime64("2024-01-01") + np.arange(len(actual)),
            "actual": actual,
            "predicted": np.asarray(predicted, dtype=float),
            "naive": np.asarray(actual if baseline is None else baseline, dtype=float),
            "naive_scale": 1.0,
        }
    )


def simulated(
    sessions: int, seed: int, improvement: float = 0.2, tickers: str = "A"
) -> pd.DataFrame:
    """Forecasts whose errors are `improvement` smaller than the baseline's, session by session and at random."""
    random = np.random.default_rng(seed)
    parts = []
    for ticker in tickers:
        ours, theirs = random.normal(0, 1 - improvement, sessions), random.normal(0, 1, sessions)
        parts.append(forecasts(np.full(sessions, 100.0), 100 + ours, 100 + theirs, ticker))
    return pd.concat(parts, ignore_index=True)


def test_scores_are_those_worked_out_by_hand():
    rows = forecasts([1, 2, 3, 4], [1, 2, 3, 6]).assign(naive_scale=[1, 1, 2, 4])
    assert score(rows, "predicted") == {
        "mae": 0.5,
        "mse": 1.0,
        "rmse": 1.0,
        "r2": 1 - 4 / 5,
        "mape": 0.125,
        "mase": 0.125,
        "n": 4,
    }


def test_a_forecast_of_the_mean_explains_nothing():
    assert score(forecasts([1, 2, 3], [2, 2, 2]), "predicted")["r2"] == 0


def test_mase_is_in_units_of_the_ticker_s_own_naive_error():
    small, large = (
        forecasts([10, 10], [11, 11]),
        forecasts([1000, 1000], [1100, 1100], ticker="BBB"),
    )
    rows = pd.concat([small.assign(naive_scale=2.0), large.assign(naive_scale=200.0)])
    assert score(rows, "predicted")["mase"] == 0.5


def test_any_column_can_be_scored():
    assert score(forecasts([1, 2], [1, 2], [2, 4]), "naive")["mae"] == 1.5


def test_a_perfect_forecast_has_skill_1():
    random = np.random.default_rng(1)
    actual = random.uniform(1, 2, 100)
    found = skill(forecasts(actual, actual, actual + random.normal(0, 1, 100)), "naive", 100, 0)
    assert (found["value"], found["lower_95"], found["upper_95"]) == (1, 1, 1)
    assert found["p_value"] < 1e-6


def test_the_baseline_itself_has_no_skill_and_is_no_different():
    rows = simulated(100, 1)
    assert skill(rows.assign(predicted=rows["naive"]), "naive", 100, 0) == {
        "value": 0,
        "lower_95": 0,
        "upper_95": 0,
        "p_value": 1,
    }


def test_skill_is_the_mae_ratio_s_distance_from_1():
    assert skill(forecasts([10, 10, 10], [11, 9, 13], [12, 8, 14]), "naive", 100, 0)[
        "value"
    ] == pytest.approx(1 - 5 / 8)


def test_skill_is_the_median_over_tickers_whatever_their_size():
    parts = [forecasts([100 * size] * 4, [101 * size] * 4, [(100 + by) * size] * 4, name) for name, by, size in
             (("AAA", 2, 1), ("BBB", 4, 1000), ("CCC", 1, 50))]  # fmt: skip
    assert skill(pd.concat(parts), "naive", 100, 0)["value"] == pytest.approx(0.5)


def test_a_ticker_with_a_shorter_history_counts_as_much_as_the_others():
    whole, short = (
        forecasts([10] * 40, [11] * 40, [12] * 40),
        forecasts([10] * 40, [11] * 40, [20] * 40, "BBB").tail(5),
    )
    found = skill(pd.concat([whole, short]), "naive", 200, 0)
    assert found["value"] == pytest.approx(1 - (1 / 2 + 1 / 10) / 2)
    assert all(np.isfinite(list(found.values())))


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_holds_the_skill(seed):
    found = skill(simulated(250, seed, tickers="ABC"), "naive", 200, 0)
    assert found["lower_95"] < found["value"] < found["upper_95"]


def test_the_interval_holds_the_true_skill_in_most_samples():
    held = 0
    for seed in range(100):
        found = skill(simulated(300, seed, improvement=0.2), "naive", 100, seed)
        held += found["lower_95"] <= 0.2 <= found["upper_95"]
    assert held >= 85


def test_the_interval_narrows_with_more_sessions():
    few, many = (skill(simulated(sessions, 1), "naive", 500, 0) for sessions in (150, 2400))
    assert many["upper_95"] - many["lower_95"] < 0.5 * (few["upper_95"] - few["lower_95"])


def test_one_day_s_surprise_of_all_tickers_does_not_count_once_for_each():
    alone = simulated(250, 1)
    alike = pd.concat([alone.assign(ticker=ticker) for ticker in "ABCDEF"], ignore_index=True)
    assert skill(alike, "naive", 200, 0) == pytest.approx(skill(alone, "naive", 200, 0))


def test_every_ticker_counts_alike_in_the_p_value_whatever_its_size():
    rows = simulated(250, 1, improvement=0.05, tickers="AB")
    larger = rows.copy()
    larger.loc[rows["ticker"] == "B", ["actual", "predicted", "naive"]] *= 1000
    assert skill(larger, "naive", 100, 0) == pytest.approx(skill(rows, "naive", 100, 0))


def test_skill_does_not_depend_on_the_order_of_rows():
    rows = simulated(100, 1, tickers="ABC")
    assert skill(rows.sample(frac=1, random_state=1), "naive", 100, 0) == skill(
        rows, "naive", 100, 0
    )


def test_each_resample_draws_as_many_sessions_as_there_are():
    np.testing.assert_array_equal(bootstrap_counts(250, 50, 0).sum(axis=1), 250)


def test_resamples_are_made_of_blocks_of_neighbours():
    counts = bootstrap_counts(10 * BLOCK_SESSIONS, 50, 0)
    changes = np.count_nonzero(counts != np.roll(counts, 1, axis=1), axis=1)
    assert changes.max() <= 2 * 10  # each of ten blocks begins once and ends once


def test_every_session_is_as_likely_to_be_drawn_as_another():
    np.testing.assert_allclose(bootstrap_counts(120, 4000, 0).mean(axis=0), 1, atol=0.1)


@pytest.mark.parametrize("sessions", [2, 10, 22, 30])
def test_resamples_of_few_sessions_differ_too(sessions):
    counts = bootstrap_counts(sessions, 50, 0)
    np.testing.assert_array_equal(counts.sum(axis=1), sessions)
    assert len(np.unique(counts, axis=0)) > 1


def test_resamples_depend_on_the_seed_alone():
    np.testing.assert_array_equal(bootstrap_counts(100, 20, 3), bootstrap_counts(100, 20, 3))
    assert not np.array_equal(bootstrap_counts(100, 20, 3), bootstrap_counts(100, 20, 4))


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
def test_equally_good_forecasts_are_told_apart_about_as_seldom_as_promised(phi, lowest, highest):
    p_values = np.array([diebold_mariano(autoregression(phi, 250, seed)) for seed in range(1000)])
    assert lowest <= (p_values < 0.05).mean() <= highest
    assert (p_values < 0.5).mean() == pytest.approx(0.5, abs=0.1)


def test_a_clear_difference_has_a_small_p_value():
    assert diebold_mariano(np.random.default_rng(1).normal(0.5, 1, 250)) < 1e-6


def test_autocorrelation_makes_a_difference_less_sure():
    independent, alike = (
        np.random.default_rng(1).permutation(autoregression(0.8, 250, 4) + 0.3),
        autoregression(0.8, 250, 4) + 0.3,
    )
    assert diebold_mariano(alike) > 2 * diebold_mariano(independent)


def test_the_p_value_does_not_depend_on_who_is_called_the_baseline_nor_on_the_unit():
    differences = autoregression(0.3, 250, 1) + 0.1
    assert (
        diebold_mariano(-differences)
        == pytest.approx(diebold_mariano(differences))
        == pytest.approx(diebold_mariano(1e6 * differences))
    )


def test_the_p_value_is_the_one_worked_out_by_hand():
    # Mean 1/3, autocovariances 8/9 and -16/27, and with one lag a long-run variance of 8/9 - 16/27 = 8/27.
    # The squared statistic is (1/9) / (8/27 / 3) * (2/3) = 3/4.
    expected = 2 * (1 - NormalDist().cdf(math.sqrt(3 / 4)))
    assert diebold_mariano(np.array([1.0, -1.0, 1.0])) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("differences", "p_value"),
    [([0.0, 0.0, 0.0], 1.0), ([2.0, 2.0, 2.0], 0.0), ([2.0], 1.0)],
    ids=["none", "always the same", "one"],
)
def test_differences_that_never_vary_are_sure_or_none(differences, p_value):
    assert diebold_mariano(np.array(differences)) == p_value


def test_coverage_and_width_are_those_worked_out_by_hand():
    rows = pd.DataFrame(
        {
            "actual": [10.0, 20.0, 30.0, 40.0],
            "lower_80": [10.0, 21.0, 0.0, 0.0],
            "upper_80": [12.0, 25.0, 29.0, 44.0],
            "lower_95": [0.0] * 4,
            "upper_95": [50.0] * 4,
        }
    )
    assert interval_scores(rows, ("80", "95")) == {
        "80": {"coverage": 0.5, "mean_width": (2 + 4 + 29 + 44) / 4},
        "95": {"coverage": 1.0, "mean_width": 50.0},
    }


def test_exact_forecasts_are_equally_good_and_every_figure_is_a_number():
    rows = pd.DataFrame(
        {
            "ticker": "AAA",
            "session": np.arange(30),
            "actual": 1000.0,
            "predicted": 1000.0,
            "naive": 1000.0,
        }
    )
    figures = skill(rows, "naive", 100, 1)
    assert figures == {"value": 0.0, "lower_95": 0.0, "upper_95": 0.0, "p_value": 1.0}
    worse = skill(rows.assign(predicted=1100.0), "naive", 100, 1)
    assert worse["value"] < 0
    assert all(np.isfinite(list(worse.values())))
