import numpy as np
import pandas as pd
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS, WEEKDAYS, effects_in_logs
from training.calendar_effects import calendar_effects, relative_effects

SESSIONS = 44
FLAGS = list(CALENDAR_FLAGS)
# A half-day halves the volume, an expiry adds 30 %, a Monday subtracts 10 %.
PLANTED = {"half_day": np.log(0.5), "options_expiry": np.log(1.3), "monday": np.log(0.9)}
EFFECTS = np.array([PLANTED.get(flag, 0.0) for flag in FLAGS])


@pytest.fixture(scope="module")
def rows(calendar) -> pd.DataFrame:
    """Eight tickers over three years, with a slow trend, the planted effects and noise."""
    random, parts = np.random.default_rng(1), []
    for ticker in "ABCDEFGH":
        trend = 14 + np.cumsum(random.normal(0, 0.01, len(calendar.sessions)))
        noise = random.normal(0, 0.1, len(calendar.sessions))
        part = pd.DataFrame(calendar.flags, columns=FLAGS)
        parts.append(
            part.assign(
                ticker=ticker,
                session=calendar.sessions,
                log_volume=trend + noise + calendar.flags @ EFFECTS,
            )
        )
    return pd.concat(parts, ignore_index=True)


def by_flag(effects: np.ndarray) -> dict[str, float]:
    return dict(zip(FLAGS, effects, strict=True))


@pytest.mark.parametrize(
    ("flag", "change"),
    [("half_day", -0.5), ("options_expiry", 0.3), ("futures_expiry", 0.0), ("year_end", 0.0)],
)
def test_planted_effects_are_recovered(rows, flag, change):
    assert relative_effects(calendar_effects(rows, SESSIONS, ridge=1))[flag] == pytest.approx(
        change, abs=0.03
    )


def test_weekdays_have_different_effects(rows):
    effects = by_flag(calendar_effects(rows, SESSIONS, ridge=1))
    for day in WEEKDAYS[1:]:
        assert effects["monday"] - effects[day] == pytest.approx(np.log(0.9), abs=0.02)


@pytest.mark.parametrize("ridge", [0, 10, 1000])
def test_a_date_without_any_flag_counts_as_an_average_session(rows, ridge):
    # Away from the edges, where there is no trend.
    known = rows[rows.groupby("ticker").cumcount().between(SESSIONS, 700)]
    effects = calendar_effects(rows, SESSIONS, ridge)
    assert (known[FLAGS].to_numpy() @ effects).mean() == pytest.approx(0, abs=0.002)
    assert effects[FLAGS.index("monday")] < 0 < effects[FLAGS.index("tuesday")]


def test_ridge_shrinks_a_rare_flag_much_more_than_a_frequent_one(rows):
    free, pulled = (by_flag(calendar_effects(rows, SESSIONS, ridge)) for ridge in (0, 100))
    half_days = int(rows["half_day"].sum())
    assert pulled["half_day"] / free["half_day"] == pytest.approx(
        half_days / (half_days + 100), abs=0.1
    )
    assert pulled["monday"] / free["monday"] == pytest.approx(1, abs=0.15)


def test_a_huge_ridge_leaves_no_effect(rows):
    assert np.abs(calendar_effects(rows, SESSIONS, ridge=1e9)).max() < 1e-3


def test_a_flag_that_never_occurs_has_no_effect(rows):
    assert by_flag(calendar_effects(rows.assign(year_end=0.0), SESSIONS, ridge=10))["year_end"] == 0


def test_effects_do_not_depend_on_the_size_of_a_ticker(rows):
    larger = rows.assign(log_volume=rows["log_volume"] + np.where(rows["ticker"] == "A", 5, 0))
    np.testing.assert_allclose(
        calendar_effects(larger, SESSIONS, 10), calendar_effects(rows, SESSIONS, 10), atol=1e-9
    )


def test_effects_are_reported_as_relative_changes():
    relative = relative_effects(EFFECTS)
    assert list(relative) == FLAGS
    assert (relative["half_day"], relative["options_expiry"], relative["friday"]) == (
        pytest.approx(-0.5),
        pytest.approx(0.3),
        0.0,
    )


def test_relative_changes_are_converted_back_to_effects_in_logs():
    np.testing.assert_allclose(effects_in_logs(relative_effects(EFFECTS)), EFFECTS, atol=1e-15)
