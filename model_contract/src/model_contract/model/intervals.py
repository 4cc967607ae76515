"""Prediction intervals: quantiles of past log errors, scaled by their recent coverage.

The errors are in units of their expected size (`dispersion`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model_contract.arrays import FloatArray

# Nominal coverage in percent. Response fields are named after these levels.
LEVELS = ("80", "95")
# By level: lower and upper bounds, each (samples, steps), in shares.
Bands = dict[str, tuple[FloatArray, FloatArray]]

# A miss adds about this much to the log of the scale. A band adapts to a new regime within two to
# four months (a 95 % band narrows more slowly, because each hit says little). In a stable regime,
# its width varies by about 10 %.
ADAPTATION_RATE = 0.05
# A band is at most e**2 = 7.4 times wider or narrower than on the validation windows.
MAX_LOG_SCALE = 2.0


@dataclass(frozen=True)
class Interval:
    """A prediction interval: for each step, quantiles of the log error around the forecast."""

    lower: tuple[float, ...]  # (horizon,), mostly negative
    upper: tuple[float, ...]  # (horizon,)

    def around(
        self, forecast: FloatArray, scale: FloatArray | float = 1.0
    ) -> tuple[FloatArray, FloatArray]:
        """Return lower and upper bounds, (samples, steps), in shares.

        scale   of the log errors, broadcast to (samples, steps)
        """
        steps, wide = forecast.shape[1], np.asarray(scale)
        lower, upper = np.array(self.lower[:steps]) * wide, np.array(self.upper[:steps]) * wide
        return forecast * np.exp(lower), forecast * np.exp(upper)


def adaptive_scales(log_errors: FloatArray, interval: Interval, percent: int) -> FloatArray:
    """Compute the scale of a band for each session from the one-step errors before that session.

    log_errors   (sessions,), the log of actual over forecast volume in units of its expected size,
                 oldest first
    percent      nominal coverage of the band

    Returns scales, (sessions + 1,), for those sessions and the next one; the first scale is 1.

    Tracks the quantile with the scale's logarithm: a miss widens the band by rate * percent / 100,
    a hit narrows it by rate * (1 - percent / 100). In the long run, coverage is therefore
    `percent`, whatever the distribution of the errors. (Angelopoulos, Candes, Tibshirani 2023,
    "Conformal PID control for time series prediction", the P term; after Gibbs and Candes 2021,
    "Adaptive conformal inference under distribution shift".)
    """
    miss_rate = 1 - percent / 100
    after_hit, after_miss = ADAPTATION_RATE * (0 - miss_rate), ADAPTATION_RATE * (1 - miss_rate)
    lower, upper = interval.lower[0], interval.upper[0]
    log_scale, log_scales = 0.0, [0.0]
    for error in log_errors.tolist():  # a hot loop: it runs for each session of each ticker
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
    """Compute the `adaptive_scales` of every level, by nominal coverage in percent: "80", "95"."""
    return {
        level: adaptive_scales(log_errors, interval, int(level))
        for level, interval in intervals.items()
    }


def bands_around(
    forecasts: FloatArray,
    intervals: Mapping[str, Interval],
    sizes: FloatArray,
    scales: Mapping[str, FloatArray] | None = None,
) -> Bands:
    """Compute the bands around forecasts, (samples, steps).

    sizes    expected sizes of the errors, from `Dispersion`, (samples, steps or more)
    scales   by level, each (samples,) or (1,); by default 1

    Each level adapts to its own errors, so after a run of misses the 80 % band could be wider than
    the 95 % band. Each band therefore includes the bands of the lower levels.
    """
    bands: Bands = {}
    sizes = sizes[:, : forecasts.shape[1]]
    for level in sorted(intervals, key=int):
        scale = np.reshape(scales[level], (-1, 1)) if scales else 1.0
        lower, upper = intervals[level].around(forecasts, sizes * scale)
        for inner_lower, inner_upper in bands.values():
            lower, upper = np.minimum(lower, inner_lower), np.maximum(upper, inner_upper)
        bands[level] = lower, upper
    return bands
