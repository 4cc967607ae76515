import numpy as np
import pytest

from model_contract.model.inputs.memory import NAMES, memory_inputs

# 44 sessions: the mean of the last 22 is 2, and their median is 1.
VOLUME = np.array([4.0] * 22 + [0.0] * 11 + [2.0] * 10 + [24.0])


def inputs(make_series, volume=VOLUME, level=3.0) -> dict[str, float]:
    """The inputs of the last session, by name."""
    series = make_series(len(volume), volume=volume, level=np.full(len(volume), level))
    return dict(zip(NAMES, memory_inputs(series, 1)[-1], strict=True))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("day", 24 - 3),
        ("week", (4 * 2 + 24) / 5 - 3),
        ("month", 2 - 3),
        ("median_month", 1 - 3),
        ("two_years", (4 + 2) / 2 - 3),
        ("high_day", 24 - 3),
    ],
)
def test_inputs_equal_hand_computed_values(make_series, name, value):
    assert inputs(make_series)[name] == pytest.approx(value, abs=1e-12)


def test_a_low_day_is_not_a_high_day(make_series):
    low = inputs(make_series, level=30.0)
    assert (low["day"], low["high_day"]) == (-6, 0)


def test_two_years_are_504_sessions(make_series):
    volume = np.concatenate([np.full(300, 100.0), np.full(252, 1.0), np.full(252, 2.0)])
    assert inputs(make_series, volume, level=0.0)["two_years"] == pytest.approx(1.5)


def test_a_shorter_history_counts_as_two_years(make_series):
    volume = np.concatenate([np.full(20, 1.0), np.full(20, 2.0)])
    assert inputs(make_series, volume, level=0.0)["two_years"] == pytest.approx(1.5)


def test_inputs_are_0_while_the_level_is_unknown(make_series):
    assert set(inputs(make_series, level=np.nan).values()) == {0.0}
