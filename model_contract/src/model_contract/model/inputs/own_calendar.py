"""Own calendar: what the flags of the session to forecast have meant for this very ticker, in logs.

own_effect    sum over the flags of the session to forecast of the flag's own effect, where
              own effect = sum of surprises, between -1 and 1, / (their number + 15)
              over the ticker's past sessions with the flag whose surprise is known

The calendar effects are shared by all tickers; the own effects are what they leave. They need no
ticker name. They were found on validation sessions.
"""

import numpy as np
import numpy.typing as npt

from model_contract.arrays import FloatArray
from model_contract.model.inputs.series import MONTH, DailySeries

NAMES = ("own_effect",)
LARGEST_SURPRISE = 1.0  # logs
PRIOR_SESSIONS = 15.0  # without an own effect
SESSIONS_UNTIL_KNOWN = MONTH  # until the surprise of a session is known


def own_calendar_inputs(
    series: DailySeries, flags: FloatArray, target_flags: FloatArray
) -> FloatArray:
    """Compute the inputs of `NAMES` for the last sessions.

    flags          (sessions, flags)
    target_flags   (samples, horizon, flags), of the sessions to forecast after each of the last
                   `samples` sessions

    Returns (samples, horizon, inputs).
    """
    known = ~np.isnan(series.surprise)
    surprise = np.where(known, np.clip(series.surprise, -LARGEST_SURPRISE, LARGEST_SURPRISE), 0.0)
    origins = np.arange(len(surprise) - len(target_flags), len(surprise))
    newest = origins - SESSIONS_UNTIL_KNOWN  # negative if no surprise is known
    until = np.maximum(newest, 0)
    sums = _running_sums(flags, surprise, until)
    counts = _running_sums(flags, known.astype(np.float64), until)
    effects = sums / (counts + PRIOR_SESSIONS)
    effects[newest < 0] = 0.0
    own_effects: FloatArray = np.einsum("shf,sf->sh", target_flags, effects)
    return own_effects[:, :, None]


def _running_sums(
    flags: FloatArray, values: FloatArray, until: npt.NDArray[np.integer]
) -> FloatArray:
    """Sum the values of the sessions with each flag, (samples, flags).

    until   (samples,), ascending, the last session of each sum

    Both steps add the sessions in their order, so the digits don't depend on `until`.
    """
    first, stop = until[0], until[-1] + 1
    before = np.einsum("s,sf->f", values[:first], flags[:first])
    later = flags[first:stop] * values[first:stop, None]
    sums: FloatArray = np.cumsum(np.vstack([before, later]), axis=0)[until - first + 1]
    return sums
