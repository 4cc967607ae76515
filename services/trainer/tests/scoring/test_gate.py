from dataclasses import replace

import pytest

from training.errors import GateError
from training.params import PublishParams, load_params
from training.scoring import gate
from training.scoring.gate import judge, require_passed

STANDARD = PublishParams(
    markets="XNYS",
    calendar_years_ahead=1,
    golden_windows=6,
    keep=5,
    challenger_sessions=0,
    minimum_skill_vs_naive=0.0,
    maximum_mae_vs_har_calendar=1.02,
    maximum_coverage_error=0.07,
    maximum_mae_vs_served=1.01,
    maximum_mae_vs_anchor=1.02,
    maximum_refit_difference=0.1,
)


def metrics(naive=0.1, har_calendar=0.05, pooled=0.04, coverage_80=0.8, coverage_95=0.95) -> dict:
    """The part of metrics/evaluation.json that the gate reads."""
    skill = {
        "naive": naive,
        "har": 0.0,
        "har_calendar": har_calendar,
        "har_calendar_pooled": pooled,
    }
    return {
        "skill": {name: {"value": value} for name, value in skill.items()},
        "intervals": {"80": {"coverage": coverage_80}, "95": {"coverage": coverage_95}},
    }


def verdict(
    versus_served: float | str = "no model is served yet",
    versus_anchor: float | str = "no model has been served yet",
    refit_difference: float = 0.02,
    params: PublishParams = STANDARD,
    **changes: float,
) -> dict:
    return judge(metrics(**changes), versus_served, versus_anchor, refit_difference, params)


def broken(found: dict) -> list[str]:
    return [name for name, ruling in found["rules"].items() if ruling["passed"] is False]


def test_a_good_model_passes():
    found = verdict(versus_served=0.98, versus_anchor=1.015)
    assert found["passed"] is True
    assert {name: ruling["passed"] for name, ruling in found["rules"].items()} == dict.fromkeys(
        gate.RULES, True
    )
    require_passed(found)


@pytest.mark.parametrize(
    ("rule", "name", "limit", "beyond"),
    [
        ("skill_vs_naive", "naive", 0.001, 0.0),
        ("mae_vs_har_calendar", "har_calendar", -0.02, -0.021),
        ("mae_vs_har_calendar", "pooled", -0.02, -0.021),
        ("coverage_80", "coverage_80", 0.73, 0.729),
        ("coverage_80", "coverage_80", 0.87, 0.871),
        ("coverage_95", "coverage_95", 0.88, 0.879),
        ("mae_vs_served", "versus_served", 1.01, 1.011),
        ("mae_vs_anchor", "versus_anchor", 1.02, 1.021),
        ("refit_difference", "refit_difference", 0.1, 0.101),
    ],
)
def test_a_rule_passes_at_its_limit_but_not_beyond_it_or_for_nan(rule, name, limit, beyond):
    assert verdict(**{name: limit})["rules"][rule]["passed"] is True
    for value in (beyond, float("nan")):
        found = verdict(**{name: value})
        assert found["passed"] is False
        assert broken(found) == [rule]
    assert found["rules"][rule]["value"] is None


def test_an_infinite_ratio_does_not_pass():
    assert broken(verdict(versus_served=float("inf"))) == ["mae_vs_served"]


def test_the_better_of_the_two_linear_baselines_counts():
    assert verdict(har_calendar=0.3, pooled=0.1)["rules"]["mae_vs_har_calendar"]["value"] == 0.9


def test_the_message_has_every_broken_rule_with_value_and_limit():
    found = verdict(
        naive=-0.25,
        har_calendar=-0.1,
        coverage_80=0.6,
        coverage_95=float("nan"),
        versus_served=1.2,
        refit_difference=0.3,
    )
    with pytest.raises(GateError) as caught:
        require_passed(found)
    assert str(caught.value).split("\n") == [
        "not published:",
        "the skill against the naive forecast is -0.25; publish.minimum_skill_vs_naive in "
        "params.yaml requires more than 0.0",
        "the MAE relative to the better HAR + calendar baseline is 1.1; "
        "publish.maximum_mae_vs_har_calendar in params.yaml requires at most 1.02",
        "the coverage error of the 80 % interval is 0.2; publish.maximum_coverage_error in "
        "params.yaml requires at most 0.07",
        "the coverage error of the 95 % interval is not a number; publish.maximum_coverage_error "
        "in params.yaml requires at most 0.07",
        "the MAE relative to the served model on the same sessions is 1.2; "
        "publish.maximum_mae_vs_served in params.yaml requires at most 1.01",
        "the difference between the refitted and the scored model is 0.3; "
        "publish.maximum_refit_difference in params.yaml requires at most 0.1",
        "the served model is kept; see metrics/gate.json for details",
    ]


def test_passed_rules_are_not_in_the_message():
    with pytest.raises(GateError) as caught:
        require_passed(verdict(naive=-0.25))
    assert "maximum" not in str(caught.value)


def test_a_rule_that_does_not_apply_passes_with_a_reason():
    found = verdict(versus_served="no model is served yet")
    assert found["passed"] is True
    assert found["rules"]["mae_vs_served"] == {
        "value": None,
        "limit": 1.01,
        "passed": None,
        "lowered": False,
        "reason": "no model is served yet",
    }


@pytest.mark.parametrize(
    ("parameter", "laxer", "rules"),
    [
        ("minimum_skill_vs_naive", -0.01, ["skill_vs_naive"]),
        ("maximum_mae_vs_har_calendar", 1.03, ["mae_vs_har_calendar"]),
        ("maximum_coverage_error", 0.08, ["coverage_80", "coverage_95"]),
        ("maximum_mae_vs_served", 1.02, ["mae_vs_served"]),
        ("maximum_mae_vs_anchor", 1.03, ["mae_vs_anchor"]),
        ("maximum_refit_difference", 0.11, ["refit_difference"]),
    ],
)
def test_lowered_rules_are_named(parameter, laxer, rules):
    found = verdict(params=replace(STANDARD, **{parameter: laxer}))
    assert found["lowered"] == rules
    assert [name for name, ruling in found["rules"].items() if ruling["lowered"]] == rules


def test_a_stricter_rule_does_not_count_as_lowered():
    assert (
        verdict(params=replace(STANDARD, minimum_skill_vs_naive=0.05, maximum_mae_vs_served=0.99))[
            "lowered"
        ]
        == []
    )


def test_the_repository_lowers_no_rule(repository):
    assert verdict(params=load_params(PublishParams, repository / "params.yaml"))["lowered"] == []
