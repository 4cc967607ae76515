"""Windows far outside what the model was trained on are counted and told."""

import numpy as np

from prediction_api.forecast.warnings import range_caution
from prediction_api.observability import timing as phases


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
        "The last sessions of 'AAPL' hold values far outside those of the training data: trust the forecast less."
        in (answer["input"]["warnings"])
    )
    assert all(prediction["volume"] >= 0 for prediction in answer["predictions"])
