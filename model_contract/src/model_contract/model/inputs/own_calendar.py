"""Own calendar: what the flags of the session to forecast have meant for this very ticker, in logs.

own_effect    sum over the flags of the session to forecast of the flag's own effect, where
              own effect = sum of surprises, between -1 and 1, / (their number + 15)
              over the ticker's past sessions with the flag whose surprise is known

The calendar effects are shared by all tickers; the own effects are what they leave. They need no
ticker name. They were found on validation sessions.
"""

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.inputs.rolling import lagged
from model_contract.model.inputs.series import MONTH, DailySeries

NAMES = ("own_effect",)
LARGEST_SURPRISE = 1.0  # logs
PRIOR_SESSIONS = 15.0  # without an own effect
SESSIONS_UNTIL_KNOWN = MONTH  # until the surprise of a session is known


def own_calendar_inputs(
    series: DailySeries, flags: FloatArray, target_flags: FloatArray
) -> FloatArray:
    """Compute the inputs of `NAMES`, (sessions, horizon, inputs).

    flags          (sessions, flags)
    target_flags   (sessions, horizon, flags), of the sessions to forecast after each session
    """
    known = ~np.isnan(series.surprise)
    surprise = np.where(known, np.clip(series.surprise, -LARGEST_SURPRISE, LARGEST_SURPRISE), 0.0)
    sums = np.cumsum(flags * surprise[:, None], axis=0)
    counts = np.cumsum(flags * known[:, None], axis=0)
    effects = np.nan_to_num(lagged(sums / (counts + PRIOR_SESSIONS), SESSIONS_UNTIL_KNOWN))
    own_effects: FloatArray = np.einsum("shf,sf->sh", target_flags, effects)
    return own_effects[:, :, None]
