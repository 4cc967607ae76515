"""Prediction bands: the model's intervals, scaled by past hits and misses in the posted file."""

import numpy as np
import pytest

from model_contract.model.dispersion import REGRESSORS
from model_contract.model.intervals import bands_around, scales_before
from predict_requests import forecast
from served_models import started


def stretch(answer, make, level="80"):
    """The log widths of the bands relative to the model's intervals, by step and side."""
    interval = make.intervals[level]
    return [
        np.log(prediction[f"{side}_{level}"] / prediction["volume"])
        / getattr(interval, side)[prediction["step"] - 1]
        for prediction in answer["predictions"]
        for side in ("lower", "upper")
    ]


def volatile(make, days, factor=20):
    """The same days, with volumes alternately multiplied and divided by `factor`."""
    return [
        make.replace(day, volume=round(day.volume * factor ** (-1) ** index))
        for index, day in enumerate(days)
    ]


def calm(make, days):
    return [make.replace(day, volume=3_000_000 + index) for index, day in enumerate(days)]


def test_the_bands_of_all_steps_widen_after_misses(client, make):
    days = make.days(80)
    factors = stretch(
        forecast(client, make.comma([*days[:-20], *volatile(make, days[-20:])])), make
    )
    assert factors == pytest.approx([factors[0]] * 4)
    assert factors[0] > 1.5


def test_the_bands_narrow_after_hits(client, make):
    assert max(stretch(forecast(client, make.comma(calm(make, make.days(200)))), make)) < 0.8


def test_a_band_is_as_wide_as_the_expected_size_of_the_error(make, store):
    """Of errors on Mondays, twice the size is expected, and half of it on other days."""
    coefficients = np.zeros((make.horizon, len(REGRESSORS)))
    coefficients[:, REGRESSORS.index("constant")] = np.log(0.5)
    coefficients[:, REGRESSORS.index("monday")] = np.log(4)
    store.publish(*make.bundle(dispersion=coefficients.tolist()))
    rows = make.days(60)
    answer = forecast(started(store), make.windows(rows))
    mondays = [
        np.datetime64(row["session"]).astype(object).weekday() == 0 for row in answer["predictions"]
    ]
    expected = np.repeat(np.where(mondays, 2.0, 0.5), 2)
    assert stretch(answer, make) == pytest.approx(expected)
    # In units of the expected sizes, the errors of Mondays are a quarter of what they would be
    # otherwise. The band of the next session adapts to them.
    wide = forecast(started(store), make.comma(rows), points=10)
    points = wide["track_record"][0]["points"]
    widths = {
        np.datetime64(point["session"]).astype(object).weekday(): np.log(
            point["upper_80"] / point["predicted"]
        )
        for point in points
    }
    assert widths[0] > 3 * max(width for weekday, width in widths.items() if weekday)


def test_windows_get_the_intervals_of_the_model_unscaled(client, make):
    assert stretch(
        forecast(client, make.windows(volatile(make, make.days(60)))), make
    ) == pytest.approx([1] * 76)


def test_a_history_too_short_for_a_record_gets_unscaled_bands(client, make):
    assert stretch(
        forecast(client, make.comma(volatile(make, make.days(23)))), make
    ) == pytest.approx([1] * 4)


def test_a_history_with_impossible_volumes_gets_unscaled_bands(client, make):
    days = volatile(make, make.days(60))
    answer = forecast(client, make.comma([*days[:-1], make.replace(days[-1], volume=10**17)]))
    assert answer["track_record"] == []
    assert stretch(answer, make) == pytest.approx([1] * 4)


def test_the_bands_of_a_ticker_follow_its_own_misses(client, make):
    answer = forecast(client, make.comma(make.days(80) + volatile(make, make.days(80, "WILD"))))
    of_calm, of_wild = stretch(answer, make)[:4], stretch(answer, make)[4:]
    both_calm = forecast(client, make.comma(make.days(80) + make.days(80, "WILD")))
    assert of_calm == pytest.approx(stretch(both_calm, make)[:4])
    assert min(of_wild) > max(of_calm)


def test_a_band_of_the_track_record_uses_earlier_errors_only(client, make):
    days = make.days(80)
    before = forecast(client, make.comma(days))["track_record"][0]["points"]
    after = forecast(client, make.comma([*days[:-20], *volatile(make, days[-20:])]))[
        "track_record"
    ][0]["points"]
    assert after[:-20] == before[:-20]
    first_changed = [
        {key: value for key, value in points[-20].items() if key != "actual"}
        for points in (before, after)
    ]
    assert first_changed[0] == first_changed[1]
    assert after[-19:] != before[-19:]


def test_a_past_band_equals_that_of_a_file_that_ends_before_it(client, make):
    days = make.days(80)
    point = forecast(client, make.comma(days))["track_record"][0]["points"][-5]
    prediction = forecast(client, make.comma(days[:-5]))["predictions"][0]
    assert [point[key] for key in ("session", "predicted", "lower_80", "upper_80")] == [
        prediction["session"],
        *(pytest.approx(prediction[key], rel=1e-6) for key in ("volume", "lower_80", "upper_80")),
    ]


def test_a_forecast_of_0_is_a_miss(make):
    scales = scales_before(np.array([np.inf, -np.inf]), make.intervals)
    assert np.all(np.diff(scales["80"]) > 0)


def test_the_95_percent_band_contains_the_80_percent_band(make):
    forecasts = np.full((2, 1), 100.0)
    bands = bands_around(
        forecasts,
        make.intervals,
        np.ones((2, 1)),
        {"80": np.array([1.0, 4.0]), "95": np.array([1.0, 1.0])},
    )
    np.testing.assert_allclose(np.log(bands["80"][1][:, 0] / 100), [0.35, 1.4])
    np.testing.assert_allclose(np.log(bands["95"][1][:, 0] / 100), [0.7, 1.4])
    np.testing.assert_allclose(np.log(bands["95"][0][:, 0] / 100), [-0.6, -1.2])
