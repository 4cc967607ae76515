import numpy as np
import pandas as pd
import pytest

from scored_forecasts import forecasts, predicted
from training.scoring.evaluation import (
    RISKS,
    SKILL_AGAINST,
    by_risk,
    evaluate_forecasts,
    score,
    score_intervals,
)


def test_a_perfect_forecast_has_perfect_metrics(data):
    metrics = evaluate_forecasts(predicted(data), 100)
    assert {name: metrics[name] for name in ("mae", "mse", "mape", "mase", "r2")} == pytest.approx(
        {"mae": 0, "mse": 0, "mape": 0, "mase": 0, "r2": 1}, abs=1e-6
    )
    assert [metrics["skill"][name]["value"] for name in SKILL_AGAINST] == pytest.approx(
        [1] * len(SKILL_AGAINST)
    )
    assert {level: part["coverage"] for level, part in metrics["intervals"].items()} == {
        "80": 1,
        "95": 1,
    }


def test_the_naive_forecast_has_no_skill_against_itself(data):
    rows = predicted(data)
    metrics = evaluate_forecasts(rows.assign(predicted=rows["naive"]), 100)
    assert metrics["skill"]["naive"]["value"] == 0
    assert metrics["mae"] == metrics["baselines"]["naive"]["mae"]


def test_the_top_level_metrics_are_for_the_next_session(data):
    rows = predicted(data)
    metrics = evaluate_forecasts(rows.assign(predicted=rows["predicted"] * rows["step"]), 100)
    assert metrics["mape"] == pytest.approx(0)
    assert [metrics["by_step"][str(step)]["mape"] for step in (1, 2, 3)] == pytest.approx([0, 1, 2])


def test_the_skill_by_step_begins_with_that_of_the_next_session(data):
    rows = predicted(data)
    worse = rows.assign(predicted=rows["predicted"] * (1 + 0.1 * rows["step"]))
    metrics = evaluate_forecasts(worse, 100)
    for name in SKILL_AGAINST:
        by_step = metrics["skill_by_step"][name]
        assert by_step["1"] == metrics["skill"][name]["value"]
        assert by_step["1"] > by_step["2"] > by_step["3"]


def test_each_third_of_risk_has_larger_sizes_and_every_row_is_in_one():
    sizes = np.random.default_rng(1).permutation([0.4, 0.5, 0.7, 1, 1, 1, 1, 1.5, 2, 2.5, 2.7])
    rows = pd.DataFrame({"size": sizes}, index=np.arange(11) * 3)  # of the first of three steps
    names, thirds = zip(*by_risk(rows), strict=True)
    assert names == RISKS == ("low", "middle", "high")
    assert [len(third) for third in thirds] == [4, 4, 3]
    assert sorted(label for third in thirds for label in third.index) == list(rows.index)
    assert [third["size"].max() for third in thirds] == [1, 1.5, 2.7]
    assert [third["size"].min() for third in thirds] == [0.4, 1, 2]


def test_the_scores_by_risk_are_for_the_next_session(data):
    rows = predicted(data)
    third = rows["session"].rank(method="dense", pct=True)
    unlike = rows.assign(predicted=rows["predicted"] * rows["step"], size=1 + third)
    metrics = evaluate_forecasts(unlike, 100)["by_risk"]
    assert sum(part["n"] for part in metrics.values()) == len(data)
    assert [part["mape"] for part in metrics.values()] == pytest.approx([0, 0, 0])
    doubled = rows.assign(size=1 + third, predicted=rows["predicted"] * (1 + (third > 0.8)))
    metrics = evaluate_forecasts(doubled, 100)["by_risk"]
    assert metrics["low"]["mape"] == pytest.approx(0)
    assert metrics["high"]["mape"] > 0.4


def test_a_young_ticker_does_not_decide_any_skill(data):
    """Two tickers with a bad week cannot block a model that is better on the others."""
    rows = predicted(data)
    good = pd.concat([rows.assign(ticker=name) for name in ("AAA", "BBB")])
    week = rows.groupby("step").head(5).assign(predicted=1.0)
    metrics = evaluate_forecasts(
        pd.concat([good, *(week.assign(ticker=name) for name in ("NEW", "NEWER", "NEWEST"))]), 100
    )
    alone = evaluate_forecasts(good, 100)
    assert (metrics["skill"], metrics["skill_by_step"]) == (
        alone["skill"],
        alone["skill_by_step"],
    )
    assert metrics["mae"] > alone["mae"]


def test_scores_match_a_hand_calculation():
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


def test_mase_is_in_units_of_the_ticker_s_naive_error():
    small, large = (
        forecasts([10, 10], [11, 11]),
        forecasts([1000, 1000], [1100, 1100], ticker="BBB"),
    )
    rows = pd.concat([small.assign(naive_scale=2.0), large.assign(naive_scale=200.0)])
    assert score(rows, "predicted")["mase"] == 0.5


def test_any_column_can_be_scored():
    assert score(forecasts([1, 2], [1, 2], [2, 4]), "naive")["mae"] == 1.5


def test_coverage_and_width_match_a_hand_calculation():
    rows = pd.DataFrame(
        {
            "actual": [10.0, 20.0, 30.0, 40.0],
            "lower_80": [10.0, 21.0, 0.0, 0.0],
            "upper_80": [12.0, 25.0, 29.0, 44.0],
            "lower_95": [0.0] * 4,
            "upper_95": [50.0] * 4,
        }
    )
    assert score_intervals(rows, ("80", "95")) == {
        "80": {"coverage": 0.5, "mean_width": (2 + 4 + 29 + 44) / 4},
        "95": {"coverage": 1.0, "mean_width": 50.0},
    }
