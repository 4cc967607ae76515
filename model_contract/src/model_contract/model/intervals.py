"""Prediction intervals: quantiles of past log errors, widened or narrowed by how well they held of late."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model_contract.arrays import FloatArray

LEVELS = (
    "80",
    "95",
)  # nominal coverage of the intervals that a bundle holds, in percent; the fields of an answer are named after them
Bands = dict[
    str, tuple[FloatArray, FloatArray]
]  # by level: lower and upper bounds, each (samples, steps), in shares

# What a miss adds to the log of the scale, near enough: the band follows a change of regime within two to four months (a
# band of 95 % narrows more slowly, since its hits say little), and its width wanders by about 10 % where nothing changes.
ADAPTATION_RATE = 0.05
# A band is never made more than e**2 = 7.4 times wider or narrower than on the validation windows.
MAX_LOG_SCALE = 2.0


@dataclass(frozen=True)
class Interval:
    """A prediction interval: per step, the quantiles of the log error that the central forecast is widened by."""

    lower: tuple[float, ...]  # (horizon,), mostly negative
    upper: tuple[float, ...]  # (horizon,)

    def around(
        self, forecast: FloatArray, scale: FloatArray | float = 1.0
    ) -> tuple[FloatArray, FloatArray]:
        """Bounds of forecasts, (samples, steps) and scales (samples,) -> two arrays of (samples, steps), in shares."""
        steps, wide = forecast.shape[1], np.reshape(scale, (-1, 1))
        lower, upper = np.array(self.lower[:steps]) * wide, np.array(self.upper[:steps]) * wide
        return forecast * np.exp(lower), forecast * np.exp(upper)


def adaptive_scales(log_errors: FloatArray, interval: Interval, percent: int) -> FloatArray:
    """By what factor to stretch the band of `percent` before each session, from the one-step errors before it.

    log_errors (sessions,), the log of actual over forecast volume, in order of time -> scales (sessions + 1,): for each of
    those sessions and for what comes after them. The first is 1.

    Quantile tracking (Angelopoulos, Candes, Tibshirani 2023, "Conformal PID control for time series prediction", its P term;
    after Gibbs and Candes 2021, "Adaptive conformal inference under distribution shift"), on the log of the scale: each miss
    widens the band by rate * percent / 100, each hit narrows it by rate * (1 - percent / 100), so that in the long run as
    many sessions are missed as the band promises, whatever the errors are like.
    """
    miss_rate = 1 - percent / 100
    after_hit, after_miss = ADAPTATION_RATE * (0 - miss_rate), ADAPTATION_RATE * (1 - miss_rate)
    lower, upper = interval.lower[0], interval.upper[0]
    log_scale, log_scales = 0.0, [0.0]
    for (
        error
    ) in log_errors.tolist():  # as plain as can be: it runs for every session of every ticker
        scale = math.exp(log_scale)
        log_scale += after_hit if lower * scale <= error <= upper * scale else after_miss
        if not -MAX_LOG_SCALE <= log_scale <= MAX_LOG_SCALE:
            log_scale = math.copysign(MAX_LOG_SCALE, log_scale)
        log_scales.append(log_scale)
    scales: FloatArray = np.exp(np.array(log_scales))
    return scales


def scales_before(
    log_errors: FloatArray, intervals: Mapping[str, Interval]
) -> dict[str, FloatArray]:
    """`adaptive_scales` of every level, by its nominal coverage in percent: "80", "95"."""
    return {
        level: adaptive_scales(log_errors, interval, int(level))
        for level, interval in intervals.items()
    }


def bands_around(
    forecasts: FloatArray,
    intervals: Mapping[str, Interval],
    scales: Mapping[str, FloatArray] | None = None,
) -> Bands:
    """Bands of forecasts, (samples, steps), by scales of (samples,) or (1,); without scales as the intervals are.

    Each level follows its own errors, so that after a run of misses the narrow band could become the wider one. What
    holds 80 % holds no more than what holds 95 %, hence a level's band takes in those of the levels below it.
    """
    bands: Bands = {}
    for level in sorted(intervals, key=int):
        lower, upper = intervals[level].around(forecasts, scales[level] if scales else 1.0)
        for inner_lower, inner_upper in bands.values():
            lower, upper = np.minimum(lower, inner_lower), np.maximum(upper, inner_upper)
        bands[level] = lower, upper
    return bands
