"""Values far outside what the model was trained on are counted and told."""

import numpy as np
import pytest

from prediction_api import phases
from prediction_api.drift import range_cautions, values_outside


@pytest.fixture
def windows(make):
    """Two windows whose every value is the mean of the training data."""
    return np.tile(make.scalers.features.mean, (2, make.window, 1)) + 15 * np.array([1, 0, 0])


def test_values_like_those_of_the_training_lie_inside(windows, make):
    assert values_outside(windows, make.scalers) == 0
    assert list(range_cautions(windows, make.scalers)) == []


@pytest.mark.parametrize("value", [3.0, -3.0, 1e308, np.inf])
def test_a_return_such_as_the_training_never_had_lies_outside(windows, make, value):
    windows[1, 5, 1] = value
    assert values_outside(windows, make.scalers) == 1


def test_a_share_that_is_traded_more_than_any_in_the_training_lies_inside(windows, make):
    windows[:, :, 0] += 10.0
    assert values_outside(windows, make.scalers) == 0


def test_the_caution_counts_the_values_and_names_the_ticker(windows, make):
    windows[0, :2, 2] = 5.0
    (told,) = range_cautions(windows, make.scalers, "PETR4")
    assert told.startswith(f"2 of the {windows.size} values of 'PETR4' that are forecast from lie more than 8 standard deviations")


def test_the_windows_are_left_as_they_are(windows, make):
    before = windows.copy()
    values_outside(windows, make.scalers)
    assert np.array_equal(windows, before)


def test_both_numbers_are_counted_for_the_request(windows, make):
    windows[0, 0, 1] = 9.0
    work = phases.begin()
    list(range_cautions(windows, make.scalers))
    phases.end()
    assert work.counts == {phases.INPUTS: windows.size, phases.INPUTS_OUTSIDE: 1}


def test_a_file_far_outside_is_answered_with_a_warning(client, make):
    days = make.days(60)
    wild = [make.replace(day, high=day.high * 3, low=day.low / 3) for day in days]
    answer = client.post("/predict", data=make.comma(wild), content_type="text/csv").json
    assert any("standard deviations outside" in warning for warning in answer["input"]["warnings"])
    assert all(prediction["volume"] >= 0 for prediction in answer["predictions"])
