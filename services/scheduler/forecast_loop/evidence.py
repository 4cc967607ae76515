"""Evidence from paired errors that may be looked at every night.

One bets on every session that the second model has the smaller error, with a stake that only
earlier sessions decide. If it isn't better, the wealth is a nonnegative supermartingale, so it ever
reaches 1 / a with a probability of at most a (Ville's inequality), however often one looks and
whenever one stops. (Shafer 2021, "Testing by betting"; Waudby-Smith and Ramdas 2024, "Estimating
means of bounded random variables by betting".)

A session's outcome is the relative difference of both errors, in units of its usual size so far,
cut at `BOUND`. "It isn't better" therefore means: the expected cut outcome isn't above 0. That
holds for two equally good models, whose differences are as often and as far on either side.
"""

import math

import numpy as np

from model_contract.arrays import FloatArray

FALSE_ALARMS = 0.05  # the largest probability of ever finding a difference that isn't there
ENOUGH = 1 / FALSE_ALARMS  # wealth
BOUND = 3.0  # usual sizes
FIRST_BET = 10  # sessions that only show the usual size
# The wealth is the mean over gamblers with these stakes, as fractions of what can be lost.
STAKES = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9])


def wealth(errors: FloatArray, others: FloatArray) -> FloatArray:
    """Return the wealth after each session of betting that the others' errors are smaller.

    errors, others    (sessions,), >= 0, oldest first, of two models on the same sessions

    Starts at 1; `ENOUGH` is reached with a probability of at most `FALSE_ALARMS` if they aren't.
    """
    total = errors + others
    outcome = np.divide(errors - others, total, out=np.zeros_like(total), where=total > 0)
    each, squares, found = np.ones(len(STAKES)), 0.0, []
    for number, value in enumerate(outcome.tolist()):
        if number >= FIRST_BET and squares > 0:
            usual = math.sqrt(squares / number)
            each = each * (1 + STAKES * np.clip(value / usual, -BOUND, BOUND) / BOUND)
        squares += value**2
        found.append(float(each.mean()))
    return np.array(found)


def sessions_until_sure(errors: FloatArray, others: FloatArray) -> int | None:
    """Return after how many sessions the others are known to be better, or None."""
    reached = np.flatnonzero(wealth(errors, others) >= ENOUGH)
    return int(reached[0]) + 1 if len(reached) else None
