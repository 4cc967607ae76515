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

from itertools import combinations

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
IF_UNKNOWN = (0.0, TYPICAL_PAIR, TYPICAL_PAIR)  # the inputs if no surprise is known
# Sessions until the surprise of a session and of the one after it are known.
SESSIONS_UNTIL_KNOWN = MONTH + 1


def report_inputs(series: DailySeries, targets: DateArray) -> FloatArray:
    """Compute the inputs of `NAMES` for the last sessions.

    targets   (samples, horizon), the sessions to forecast after each of the last `samples`
              sessions; NaT if unknown

    Returns (samples, horizon, inputs).
    """
    exact = series.surprise
    around = np.fmax(np.fmax(lagged(exact, 1), exact), leading(exact, 1))
    rows = _quarterly_rows(series.session, targets)
    # Row -1 stands for sessions that are unknown.
    of_day, of_days_around = (np.append(values, np.nan)[rows] for values in (exact, around))
    unpublished = _unpublished(series)[len(series.session) - len(targets) :, None]
    return np.stack(
        [_usual(of_day), _agreement(of_day), _agreement(of_days_around) * unpublished], axis=2
    )


def _quarterly_rows(session: DateArray, targets: DateArray) -> npt.NDArray[np.intp]:
    """Find the session of each quarter, (quarters, samples, horizon); -1 if it is unknown.

    It is unknown if it is before the history. It is also unknown if its surprise is: after a long
    pause in trading, the first session on or after the day can be just before the origin.
    """
    days = targets - DAYS_BEFORE[:, None, None]
    rows = np.searchsorted(session, days)
    newest = np.arange(len(session) - len(targets), len(session)) - SESSIONS_UNTIL_KNOWN
    known = (days >= session[0]) & (rows <= newest[:, None])
    return np.where(known, rows, -1)


def _usual(surprises: FloatArray) -> FloatArray:
    """Average the known quarters and the prior: (quarters, …) -> (…)."""
    known = ~np.isnan(surprises)
    sums = np.where(known, surprises, 0.0).sum(axis=0)
    means: FloatArray = sums / (known.sum(axis=0) + PRIOR_QUARTERS)
    return means


def _agreement(surprises: FloatArray) -> FloatArray:
    """Average the smaller surprise of the known pairs and of the prior: (quarters, …) -> (…)."""
    positive = np.maximum(surprises, 0)  # NaN stays NaN
    smaller = np.stack(
        [
            np.minimum(positive[one], positive[other])
            for one, other in combinations(range(PAIRED_QUARTERS), 2)
        ]
    )
    known = ~np.isnan(smaller)
    sums = np.where(known, smaller, 0.0).sum(axis=0) + PRIOR_PAIRS * TYPICAL_PAIR
    means: FloatArray = sums / (known.sum(axis=0) + PRIOR_PAIRS)
    return means


def _unpublished(series: DailySeries) -> npt.NDArray[np.bool_]:
    """Return whether none of the last 20 sessions was a spike, (sessions,)."""
    unpublished: npt.NDArray[np.bool_] = (
        rolling_mean(series.spike.astype(np.float64), JUST_PUBLISHED, fewest=1) == 0
    )
    return unpublished
