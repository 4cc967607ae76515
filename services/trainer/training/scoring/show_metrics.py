"""`make metrics`: prints metrics/evaluation.json as tables."""

import sys
from typing import Any

from training.data_files import read_json
from training.errors import TrainingError
from training.paths import EVALUATION_METRICS
from training.scoring.baselines import BASELINES

COLUMNS = f"{'':<28}{'MAE':>12}{'RMSE':>12}{'MAPE %':>8}{'MASE':>7}{'R2':>7}{'sessions':>10}"


def show_metrics() -> None:
    """Print the tables. Raises `TrainingError` if nothing has been evaluated yet."""
    if not EVALUATION_METRICS.exists():
        raise TrainingError(f"{EVALUATION_METRICS} is missing; run 'make train' to create it")
    sys.stdout.write("\n".join(tables(read_json(EVALUATION_METRICS))) + "\n")


def tables(metrics: dict[str, Any]) -> list[str]:
    """Return the lines of all tables."""
    return [
        "Next session, all test sessions (MAE and RMSE in shares)",
        COLUMNS,
        row("this model", metrics),
        *(row(name, metrics["baselines"][name]) for name in BASELINES),
        "",
        "Skill: reduction of the baseline's MAE (median over tickers, 95 % interval, p-value)",
        *(skill_row(name, skill) for name, skill in metrics["skill"].items()),
        "",
        "Intervals: coverage of test sessions, mean width in shares",
        *(
            f"{name + ' %':<28}{100 * part['coverage']:>10.1f} %{part['mean_width']:>14,.0f}"
            for name, part in metrics["intervals"].items()
        ),
        "",
        "This model by ticker; the last columns are the coverage of the 80 % and 95 % intervals",
        *(row(name, part) for name, part in metrics["by_ticker"].items()),
        "",
        "This model by number of sessions ahead, with the same columns",
        *(row(name, part) for name, part in metrics["by_step"].items()),
    ]


def row(name: str, metrics: dict[str, float]) -> str:
    """Format one line of a table of errors."""
    errors = (
        f"{metrics['mae']:>12,.0f}{metrics['rmse']:>12,.0f}{100 * metrics['mape']:>8.1f}"
        f"{metrics['mase']:>7.3f}{metrics['r2']:>7.3f}"
    )
    coverages = "".join(
        f"{100 * metrics[key]:>8.1f}" for key in ("coverage_80", "coverage_95") if key in metrics
    )
    return f"{name:<28}{errors}{metrics['n']:>10,}{coverages}"


def skill_row(name: str, skill: dict[str, float]) -> str:
    """Format one line of the skill table."""
    value, lower, upper = (100 * skill[key] for key in ("value", "lower_95", "upper_95"))
    return f"{name:<28}{value:>10.1f} %{lower:>9.1f} to {upper:>5.1f} %{skill['p_value']:>10.1g}"
