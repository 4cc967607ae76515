"""Computes the metrics in metrics/evaluation.json from a `forecast_table`."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from model_contract.model.error_metrics import coverage, errors
from model_contract.model.intervals import LEVELS
from training.scoring.baselines import BASELINES
from training.scoring.forecast_table import next_session
from training.scoring.median_skill import median_skill, skill

SKILL_AGAINST = (
    "naive",
    "har",
    "har_calendar",
    "har_calendar_pooled",
    "har_calendar_median",
    "har_calendar_median_pooled",
    "har_flags_median_pooled",
)
# The best simple model: what a forecaster must beat to be worth its trouble.
REFERENCE = "har_calendar_median_pooled"
BOOTSTRAP_SEED = 0
RISKS = ("low", "middle", "high")


def evaluate_forecasts(predictions: pd.DataFrame, bootstrap_samples: int) -> dict[str, Any]:
    """Compute all metrics. The top-level metrics are for the next session."""
    following = next_session(predictions)
    return {
        **score(following, "predicted"),
        "by_step": {str(step): score_group(rows) for step, rows in predictions.groupby("step")},
        "by_ticker": {
            str(ticker): score_group(rows) for ticker, rows in following.groupby("ticker")
        },
        "baselines": {name: score(following, name) for name in BASELINES},
        "skill": {
            name: median_skill(following, name, bootstrap_samples, BOOTSTRAP_SEED)
            for name in SKILL_AGAINST
        },
        "skill_by_step": {
            name: {str(step): skill(rows, name) for step, rows in predictions.groupby("step")}
            for name in SKILL_AGAINST
        },
        "by_risk": {name: score_group(rows) for name, rows in by_risk(following)},
        "intervals": score_intervals(following, LEVELS),
    }


def by_risk(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Split forecasts into thirds by the expected size of their error, the smallest first."""
    order = np.argsort(rows["size"].to_numpy(), kind="stable")
    for name, positions in zip(RISKS, np.array_split(order, len(RISKS)), strict=True):
        yield name, rows.iloc[positions]


def score(rows: pd.DataFrame, forecast: str) -> dict[str, float]:
    """Score the column named `forecast`: the contract's `errors`, mase, and n, the number of rows.

    mase is the mean absolute scaled error, in units of the naive forecast's mean absolute error on
    the same ticker's sessions before the first scored session (Hyndman and Koehler 2006, "Another
    look at measures of forecast accuracy"). The `naive_scale` column contains that unit.
    """
    actual, predicted = rows["actual"].to_numpy(), rows[forecast].to_numpy()
    mase = float(np.mean(np.abs(predicted - actual) / rows["naive_scale"].to_numpy()))
    return {**errors(actual, predicted), "mase": mase, "n": len(rows)}


def score_group(rows: pd.DataFrame) -> dict[str, float]:
    """Score the model and its intervals' coverage on a subset of the forecasts."""
    coverages = {
        f"coverage_{level}": metrics["coverage"]
        for level, metrics in score_intervals(rows, LEVELS).items()
    }
    return {**score(rows, "predicted"), **coverages}


def score_intervals(rows: pd.DataFrame, levels: Sequence[str]) -> dict[str, Any]:
    """Compute the coverage (a fraction) and mean width (in shares) of each level's interval."""
    bounds = {
        level: (rows[f"lower_{level}"].to_numpy(), rows[f"upper_{level}"].to_numpy())
        for level in levels
    }
    return {
        level: {
            "coverage": coverage(rows["actual"].to_numpy(), lower, upper),
            "mean_width": float(np.mean(upper - lower)),
        }
        for level, (lower, upper) in bounds.items()
    }
