"""Fits the effect of each calendar flag on log volume, on training rows only."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from model_contract.arrays import FloatArray
from model_contract.model.calendar import CALENDAR_FLAGS, WEEKDAYS
from model_contract.model.features import LOG_VOLUME


def calendar_effects(rows: pd.DataFrame, sessions: int, ridge: float) -> FloatArray:
    """Return each flag's effect on log volume, relative to an average session: (flags,).

    rows    features and flags of training rows, sorted by ticker and session
    ridge   shrinks the effects towards zero, in rows

    One ridge regression over all tickers uses the flags to predict log volume relative to its
    centred mean over about `sessions` sessions. The average session's effect is subtracted from the
    weekday flags, because every session has exactly one of them. A date outside the calendar has no
    flags, so it counts as average.
    """
    volume = rows.groupby("ticker")[LOG_VOLUME]
    trend = volume.transform(
        lambda values: values.rolling(sessions, center=True, min_periods=sessions // 2).mean()
    )
    known = trend.notna()
    flags, deviation = (
        rows.loc[known, list(CALENDAR_FLAGS)].to_numpy(),
        (rows[LOG_VOLUME] - trend)[known].to_numpy(),
    )
    effects: FloatArray = Ridge(alpha=ridge).fit(flags, deviation).coef_
    weekdays = [CALENDAR_FLAGS.index(day) for day in WEEKDAYS]
    effects[weekdays] -= flags.mean(axis=0) @ effects
    return effects


def relative_effects(effects: FloatArray) -> Mapping[str, float]:
    """Convert effects in logs, (flags,), to relative volume changes: -0.48 means 48 % less."""
    return dict(zip(CALENDAR_FLAGS, np.expm1(effects).tolist(), strict=True))
