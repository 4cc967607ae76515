"""Windows far outside what the model was trained on are counted and told."""

import numpy as np
import pytest

from model_contract.windows import Windows
from prediction_api import phases
from prediction_api.drift import outside_training_range, range_caution


@pytest.fixture
def windows(make):
    """Two windows whose every value is the mean of the training data."""
    features = np.tile(make.scalers.features.mean, (2, make.window, 1)) + 15 * np.array([1, 0, 0])
    return Windows(features, np.zeros((2, 1, 1)))


@pytest.mark.parametrize("value", [3.0, -3.0, 1e308, np.inf])
def test_a_return_such_as_the_training_never_had_lies_outside(windows, make, value):
    assert outside_training_range(windows, make.scalers).tolist() == [False, False]
    windows.features[1, 5, 1] = value
    assert outside_training_range(windows, make.scalers).tolist() == [False, True]


def test_a_share_that_is_traded_more_than_any_in_the_training_lies_inside(windows, make):
    windows.features[:, :, 0] += 10.0
    assert not outside_training_range(windows, make.scalers).any()


def test_both_numbers_are_counted_for_the_request():
    work = phases.begin()
    list(range_caution(np.array([False, True, False]), "windows"))
    phases.end()
    assert work.counts == {phases.WINDOWS: 3, phases.WINDOWS_OUTSIDE: 1}


def test_a_file_far_outside_is_answered_with_a_warning(client, make):
    days = make.days(60)
    wild = [make.replace(day, high=day.high * 3, low=day.low / 3) for day in days]
    answer = client.post("/predict", data=make.comma(wild), content_type="text/csv").json
    assert (
        "the last sessions of 'AAPL' hold values far outside those of the training data: trust the forecast less"
        in (answer["input"]["warnings"])
    )
    assert all(prediction["volume"] >= 0 for prediction in answer["predictions"])
