import numpy as np
import pytest

from model_contract.model.inputs.reports import NAMES, report_inputs

COUNT = 800  # consecutive days
TARGET = COUNT  # the day after the last one
# Surprises 91, 182, 273 and 364 days before the target.
REPORTS = {1: 1.0, 2: 0.5, 3: -0.2, 4: 0.1}
UNKNOWN = {"usual": 0.0, "repeated": 0.05, "due": 0.05}


def surprises(reports=REPORTS, moved_by=0) -> np.ndarray:
    """Surprises of 0, except on the days of the reports; those of the last 22 days are unknown."""
    planted = np.zeros(COUNT)
    for quarters, surprise in reports.items():
        planted[TARGET - 91 * quarters + moved_by] = surprise
    planted[-22:] = np.nan
    return planted


def inputs(series, days_ahead: int = 1) -> dict[str, float]:
    """The inputs of the last session for a target some days ahead, by name."""
    targets = np.full((len(series.session), 1), series.session[-1] + days_ahead)
    return dict(zip(NAMES, report_inputs(series, targets)[-1, 0], strict=True))


def cut(series, rows):
    return type(series)(**{name: values[rows] for name, values in vars(series).items()})


@pytest.fixture
def series(make_series):
    return make_series(COUNT, surprise=surprises())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("usual", (1 + 0.5 - 0.2 + 0.1) / (8 + 2)),
        # The pairs' smaller surprises are .5, 0, .1, 0, .1 and 0.
        ("repeated", (0.7 + 2 * 0.05) / (6 + 2)),
        ("due", (0.7 + 2 * 0.05) / (6 + 2)),
    ],
)
def test_inputs_equal_hand_computed_values(series, name, value):
    assert inputs(series)[name] == pytest.approx(value)


def test_usual_covers_eight_quarters_but_repeated_and_due_four(make_series):
    found = inputs(make_series(COUNT, surprise=surprises({5: 1.0, 8: 1.0})))
    assert found == pytest.approx({"usual": 2 / 10, "repeated": 0.1 / 8, "due": 0.1 / 8})


@pytest.mark.parametrize("moved_by", [-1, 1])
def test_a_report_a_session_away_is_due_but_not_repeated(make_series, moved_by):
    found = inputs(make_series(COUNT, surprise=surprises(moved_by=moved_by)))
    assert found == pytest.approx({"usual": 0, "repeated": 0.1 / 8, "due": 0.8 / 8})


@pytest.mark.parametrize("moved_by", [-2, 2])
def test_a_report_two_sessions_away_is_not_due(make_series, moved_by):
    found = inputs(make_series(COUNT, surprise=surprises(moved_by=moved_by)))
    assert found["due"] == pytest.approx(0.1 / 8)


@pytest.mark.parametrize(("sessions_ago", "due"), [(0, 0), (19, 0), (20, 0.1)])
def test_no_report_is_due_within_20_sessions_of_a_spike(make_series, sessions_ago, due):
    spike = np.zeros(COUNT, dtype=bool)
    spike[COUNT - 1 - sessions_ago] = True
    found = inputs(make_series(COUNT, surprise=surprises(), spike=spike))
    assert found == pytest.approx({"usual": 0.14, "repeated": 0.1, "due": due})


def test_each_step_has_the_reports_of_its_own_target(series):
    targets = np.tile(series.session[-1] + np.array([1, 2]), (COUNT, 1))
    steps = report_inputs(series, targets)[-1, :, NAMES.index("repeated")]
    np.testing.assert_allclose(steps, [0.1, 0.1 / 8])


def test_if_the_exchange_was_closed_the_next_session_counts(make_series):
    day = TARGET - 91
    moved = surprises()
    moved[day + 1] = moved[day]
    closed = cut(make_series(COUNT, surprise=moved), np.delete(np.arange(COUNT), day))
    assert inputs(closed)["usual"] == pytest.approx(0.14)


def test_means_cover_the_quarters_of_a_short_history(series):
    found = inputs(cut(series, slice(-200, None)))
    expected = {"usual": 1.5 / (2 + 2), "repeated": 0.6 / (1 + 2), "due": 0.6 / (1 + 2)}
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("count", [1, 22, 90])
def test_without_a_known_quarter_inputs_are_those_of_an_average_session(series, count):
    assert inputs(cut(series, slice(-count, None))) == pytest.approx(UNKNOWN)


def test_a_target_that_is_not_known_counts_as_an_average_session(series):
    assert inputs(series, np.timedelta64("NaT")) == pytest.approx(UNKNOWN)


@pytest.mark.parametrize(("sessions_after", "known"), [(22, False), (23, True)])
def test_after_a_pause_a_surprise_counts_once_it_is_known(make_series, sessions_after, known):
    # The days of all quarters are before the pause or within it; the next session is row 100.
    rows = np.append(np.arange(100), np.arange(300, 301 + sessions_after))
    surprise = np.zeros(COUNT)
    surprise[300] = 1.0
    paused = cut(make_series(COUNT, surprise=surprise), rows)
    assert inputs(paused)["usual"] == pytest.approx((1 + 1) / (3 + 2) if known else 0 / 3)
