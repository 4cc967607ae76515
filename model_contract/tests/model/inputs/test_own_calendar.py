import numpy as np
import pytest

from model_contract.model.inputs.own_calendar import own_calendar_inputs

COUNT = 40


@pytest.fixture
def effect_at(make_series):
    """Computes the input of a session for a target with the given flags.

    The first flag's surprises are .8 (row 3) and 3 (row 5), the second flag's is -.5 (row 5).
    """
    surprise, flags = np.zeros(COUNT), np.zeros((COUNT, 2))
    surprise[[3, 5, 7]] = [0.8, 3.0, -0.5]
    surprise[-22:] = np.nan
    flags[[3, 5], 0] = 1
    flags[7, 1] = 1
    series = make_series(COUNT, surprise=surprise)

    def compute(row: int, *target_flags: float) -> float:
        of_targets = np.tile(np.array(target_flags), (COUNT, 1, 1))
        return own_calendar_inputs(series, flags, of_targets)[row, 0, 0]

    return compute


def test_an_own_effect_is_the_shrunk_mean_of_past_surprises(effect_at):
    # The surprise of 3 counts as 1.
    assert effect_at(29, 1, 0) == pytest.approx((0.8 + 1) / (2 + 15))


def test_the_effects_of_several_flags_add_up(effect_at):
    assert effect_at(29, 1, 1) == pytest.approx(1.8 / 17 - 0.5 / 16)


def test_a_target_without_flags_has_no_effect(effect_at):
    assert effect_at(29, 0, 0) == 0


@pytest.mark.parametrize(
    ("row", "effect"), [(24, 0), (25, 0.8 / 16), (26, 0.8 / 16), (27, 1.8 / 17)]
)
def test_a_surprise_counts_after_22_sessions(effect_at, row, effect):
    assert effect_at(row, 1, 0) == pytest.approx(effect)


@pytest.mark.parametrize("count", [1, 10, 22])
def test_a_history_without_known_surprises_has_no_effects(make_series, count):
    series = make_series(count, surprise=np.full(count, np.nan))
    found = own_calendar_inputs(series, np.ones((count, 2)), np.ones((count, 3, 2)))
    np.testing.assert_array_equal(found, np.zeros((count, 3, 1)))


def test_each_step_has_the_flags_of_its_own_target(make_series):
    surprise = np.append(np.full(COUNT - 22, 0.5), np.full(22, np.nan))
    flags = np.ones((COUNT, 1))
    of_targets = np.tile(np.array([[0.0], [1.0]]), (COUNT, 1, 1))
    found = own_calendar_inputs(make_series(COUNT, surprise=surprise), flags, of_targets)
    np.testing.assert_allclose(found[-1, :, 0], [0, 18 * 0.5 / (18 + 15)])
