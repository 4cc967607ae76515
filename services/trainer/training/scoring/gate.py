"""The publish gate: the rules that a new model must meet before it is published."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.errors import GateError
from training.params import PublishParams

# Not in `paths`: the verdict depends on the served model, so DVC doesn't track the file.
GATE = Path("metrics/gate.json")


@dataclass(frozen=True)
class Rule:
    """A limit on one metric: a minimum or a maximum, as the parameter's name says."""

    parameter: str  # in the `publish` section
    standard: float  # a laxer limit counts as lowered
    metric: str

    @property
    def is_minimum(self) -> bool:
        """True if the limit is a minimum."""
        return self.parameter.startswith("minimum")

    def allows(self, value: float, limit: float) -> bool:
        """Return True if `value` passes. NaN never passes."""
        return value > limit if self.is_minimum else value <= limit

    def is_lowered(self, limit: float) -> bool:
        """Return True if `limit` allows models that the standard would reject."""
        return limit < self.standard if self.is_minimum else limit > self.standard


RULES = {
    "skill_vs_naive": Rule("minimum_skill_vs_naive", 0.0, "the skill against the naive forecast"),
    "mae_vs_har_calendar": Rule(
        "maximum_mae_vs_har_calendar",
        1.02,
        "the MAE relative to the better HAR + calendar baseline",
    ),
    "coverage_80": Rule("maximum_coverage_error", 0.07, "the coverage error of the 80 % interval"),
    "coverage_95": Rule("maximum_coverage_error", 0.07, "the coverage error of the 95 % interval"),
    "mae_vs_served": Rule(
        "maximum_mae_vs_served", 1.01, "the MAE relative to the served model on the same sessions"
    ),
    "mae_vs_anchor": Rule(
        "maximum_mae_vs_anchor",
        1.02,
        "the MAE relative to the first served model on the same sessions",
    ),
    "refit_difference": Rule(
        "maximum_refit_difference", 0.1, "the difference between the refitted and the scored model"
    ),
}


def judge(
    metrics: dict[str, Any],
    mae_vs_served: float | str,
    mae_vs_anchor: float | str,
    refit_difference: float,
    params: PublishParams,
) -> dict[str, Any]:
    """Judge a model. metrics/gate.json and the manifest record the verdict.

    metrics            as in metrics/evaluation.json
    mae_vs_served      from `served_comparison.Comparison`
    mae_vs_anchor      from `served_comparison.Comparison`
    refit_difference   from `refit_difference`

    The verdict has the fields:

    passed    true if no rule is broken
    rules     by name: value (null if it isn't finite), limit, passed, lowered; if a rule doesn't
              apply, passed is null and reason says why
    lowered   names of the rules that are laxer than the standard
    """
    values: dict[str, float | str] = {
        **_values(metrics),
        "mae_vs_served": mae_vs_served,
        "mae_vs_anchor": mae_vs_anchor,
        "refit_difference": refit_difference,
    }
    rulings = {
        name: _ruling(rule, values[name], getattr(params, rule.parameter))
        for name, rule in RULES.items()
    }
    return {
        "passed": all(ruling["passed"] is not False for ruling in rulings.values()),
        "rules": rulings,
        "lowered": [name for name, ruling in rulings.items() if ruling["lowered"]],
    }


def require_passed(verdict: dict[str, Any]) -> None:
    """Raise `GateError` with all broken rules, if there are any."""
    if not verdict["passed"]:
        broken = [
            _complaint(RULES[name], ruling)
            for name, ruling in verdict["rules"].items()
            if ruling["passed"] is False
        ]
        raise GateError(
            "\n".join(
                ["not published:", *broken, f"the served model is kept; see {GATE} for details"]
            )
        )


def publish_reason(verdict: dict[str, Any]) -> str:
    """Return the reason for publishing, which is recorded in the store's history."""
    skill, served = (verdict["rules"][name] for name in ("skill_vs_naive", "mae_vs_served"))
    compared = (
        f"MAE {served['value']:.3f} times the served model's"
        if served["value"] is not None
        else served["reason"]
    )
    return f"passed the gate: skill against naive {skill['value']:.1%}, {compared}"


def _values(metrics: dict[str, Any]) -> dict[str, float]:
    skill = {name: part["value"] for name, part in metrics["skill"].items()}
    coverage_errors = {
        f"coverage_{percent}": abs(metrics["intervals"][str(percent)]["coverage"] - percent / 100)
        for percent in (80, 95)
    }
    # np.min is NaN if either value is.
    smaller_skill = float(np.min([skill["har_calendar"], skill["har_calendar_pooled"]]))
    return {
        "skill_vs_naive": skill["naive"],
        "mae_vs_har_calendar": 1 - smaller_skill,
        **coverage_errors,
    }


def _ruling(rule: Rule, value: float | str, limit: float) -> dict[str, Any]:
    lowered = rule.is_lowered(limit)
    if isinstance(value, str):
        return {"value": None, "limit": limit, "passed": None, "lowered": lowered, "reason": value}
    value = round(value, 6)  # 0.87 - 0.8 must be 0.07
    return {
        "value": value if math.isfinite(value) else None,
        "limit": limit,
        "passed": rule.allows(value, limit),
        "lowered": lowered,
    }


def _complaint(rule: Rule, ruling: dict[str, Any]) -> str:
    value = "not a number" if ruling["value"] is None else ruling["value"]
    wanted = "more than" if rule.is_minimum else "at most"
    return (
        f"{rule.metric} is {value}; "
        f"publish.{rule.parameter} in params.yaml requires {wanted} {ruling['limit']}"
    )
