"""`make metrics`: metrics/evaluation.json as tables that a person can read."""

import sys
from typing import Any

from training.json_files import read_json
from training.paths import EVALUATION_METRICS
from training.scoring.baselines import BASELINES

COLUMNS = f"{'':<28}{'MAE':>12}{'RMSE':>12}{'MAPE %':>8}{'MASE':>7}{'R2':>7}{'sessions':>10}"


def main() -> None:
    """Print them, or say how to get them."""
    if not EVALUATION_METRICS.exists():
        sys.exit(f"{EVALUATION_METRICS} is missing; 'make train' makes it")
    sys.stdout.write("\n".join(tables(read_json(EVALUATION_METRICS))) + "\n")


def tables(metrics: dict[str, Any]) -> list[str]:
    """The lines of all tables."""
    return [
        "Next session, all test sessions (MAE and RMSE in shares)",
        COLUMNS,
        row("this model", metrics),
        *(row(name, metrics["baselines"][name]) for name in BASELINES),
        "",
        "Smaller MAE than the baseline by (median over tickers, 95 % interval, p of no difference)",
        *(skill_row(name, figures) for name, figures in metrics["skill"].items()),
        "",
        "Range: share of test sessions that fell into it, mean width in shares",
        *(
            f"{name + ' %':<28}{100 * part['coverage']:>10.1f} %{part['mean_width']:>14,.0f}"
            for name, part in metrics["intervals"].items()
        ),
        "",
        "This model by ticker; last, the share of sessions in its 80 % and 95 % range",
        *(row(name, figures) for name, figures in metrics["by_ticker"].items()),
        "",
        "This model by sessions ahead, likewise",
        *(row(name, figures) for name, figures in metrics["by_step"].items()),
    ]


def row(name: str, figures: dict[str, float]) -> str:
    """One line of a table of errors."""
    errors = f"{figures['mae']:>12,.0f}{figures['rmse']:>12,.0f}{100 * figures['mape']:>8.1f}{figures['mase']:>7.3f}{figures['r2']:>7.3f}"
    ranges = "".join(
        f"{100 * figures[key]:>8.1f}" for key in ("coverage_80", "coverage_95") if key in figures
    )
    return f"{name:<28}{errors}{figures['n']:>10,}{ranges}"


def skill_row(name: str, figures: dict[str, float]) -> str:
    """One line of the table of skills."""
    value, lower, upper = (100 * figures[key] for key in ("value", "lower_95", "upper_95"))
    return f"{name:<28}{value:>10.1f} %{lower:>9.1f} to {upper:>5.1f} %{figures['p_value']:>10.1g}"


if __name__ == "__main__":
    main()
