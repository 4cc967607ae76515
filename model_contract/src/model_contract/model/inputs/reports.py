"""Reports: quarterly reports come back about every 91 days, mostly on the same weekday, in logs.

With s(q) the surprise of the session q x 91 days (13 weeks) before the session to forecast:

usual       sum of the known s(q), q = 1…8, / (their number + 2): were these days unusual?
repeated    mean of the smaller surprise, min(s(p), s(q)), over the pairs of the last four quarters,
            with a surprise below 0 counted as 0: did two reports fall on this day?
due         the same with the largest surprise of the three sessions around each day. It is 0 if one
            of the last 20 sessions was a spike, because the report has just been published

If the exchange was closed on such a day, the next session counts. A surprise is used only once it
is known, which takes 22 sessions, and 23 for the session around that comes later.

The mean over pairs includes two pairs of .05, an average session's value, so that a short history
neither promises a report nor rules one out. All of this was found on validation sessions.
"""

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray
from model_contract.model.inputs.rolling import lagged, leading, rolling_mean
from model_contract.model.inputs.series import MONTH, DailySeries

NAMES = ("usual", "repeated", "due")
QUARTER_DAYS = 91
DAYS_BEFORE = QUARTER_DAYS * np.arange(1, 9).astype("timedelta64[D]")  # (quarters,)
PAIRED_QUARTERS = 4
PRIOR_QUARTERS = 2.0  # of surprise 0, in `usual`
PRIOR_PAIRS, TYPICAL_PAIR = 2.0, 0.05  # pairs and logs, in `repeated` and `due`
JUST_PUBLISHED = 20  # sessions
# Sessions until the surprise of a session and of the one after it are known.
SESSIONS_UNTIL_KNOWN = MONTH + 1


def report_inputs(series: DailySeries, targets: DateArray) -> FloatArray:
    """Compute the inputs of `NAMES`, (sessions, horizon, inputs).

    targets   (sessions, horizon), the sessions to forecast after each session; NaT if unknown
    """
    exact = series.surprise
    around = np.fmax.reduce([lagged(exact, 1), exact, leading(exact, 1)])
    rows = _quarterly_rows(series.session, targets)
    of_day, of_days_around = (
        np.where(rows >= 0, values[rows], np.nan) for values in (exact, around)
    )
    return np.stack(
        [
            _usual(of_day),
            _agreement(of_day[..., :PAIRED_QUARTERS]),
            _agreement(of_days_around[..., :PAIRED_QUARTERS]) * _unpublished(series)[:, None],
        ],
        axis=2,
    )


def _quarterly_rows(session: DateArray, targets: DateArray) -> npt.NDArray[np.intp]:
    """Find the session of each quarter, (sessions, horizon, quarters); -1 if it is unknown.

    It is unknown if it is before the history. It is also unknown if its surprise is: after a long
    pause in trading, the first session on or after the day can be just before the origin.
    """
    days = targets[:, :, None] - DAYS_BEFORE
    rows = np.searchsorted(session, days)
    newest = np.arange(len(session)) - SESSIONS_UNTIL_KNOWN
    known = (days >= session[0]) & (rows <= newest[:, None, None])
    return np.where(known, rows, -1)


def _usual(surprises: FloatArray) -> FloatArray:
    """Average the known quarters and the prior: (…, quarters) -> (…)."""
    known = np.sum(~np.isnan(surprises), axis=-1)
    means: FloatArray = np.nansum(surprises, axis=-1) / (known + PRIOR_QUARTERS)
    return means


def _agreement(surprises: FloatArray) -> FloatArray:
    """Average the smaller surprise of the known pairs and of the prior: (…, quarters) -> (…).

    In ascending order, value k (from 0) of n is the smaller one of n - 1 - k pairs.
    """
    ordered = np.sort(np.maximum(surprises, 0), axis=-1)  # NaNs come last
    known = np.sum(~np.isnan(ordered), axis=-1, keepdims=True)
    pairs = np.maximum(known - 1 - np.arange(ordered.shape[-1]), 0)
    sums = np.sum(np.nan_to_num(ordered) * pairs, axis=-1)
    means: FloatArray = (sums + PRIOR_PAIRS * TYPICAL_PAIR) / (pairs.sum(axis=-1) + PRIOR_PAIRS)
    return means


def _unpublished(series: DailySeries) -> npt.NDArray[np.bool_]:
    """Return whether none of the last 20 sessions was a spike, (sessions,)."""
    unpublished: npt.NDArray[np.bool_] = (
        rolling_mean(series.spike.astype(np.float64), JUST_PUBLISHED, fewest=1) == 0
    )
    return unpublished
