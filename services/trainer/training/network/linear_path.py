"""Fits the network's linear part, the calendar effects and HAR, by ridge regression.

Both use training rows only.
"""

import keras
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from model_contract.arrays import FloatArray
from model_contract.model.calendar import CALENDAR_FLAGS, WEEKDAYS
from model_contract.model.features import LOG_VOLUME
from model_contract.model.scaling import Scalers, model_inputs, targets
from training.network.lstm import CALENDAR_EFFECT, HAR, WITHOUT_HAR, build_network
from training.params import TrainParams
from training.window_data import WindowData


def calendar_effects(rows: pd.DataFrame, sessions: int, ridge: float) -> FloatArray:
    """Return each flag's effect on log volume, relative to an average session: (flags,).

    rows   features and flags of training rows, sorted by ticker and session

    One regression over all tickers uses the flags to predict log volume relative to its centred
    mean over about `sessions` sessions. The average session's effect is subtracted from the weekday
    flags, because every session has exactly one of them. A date outside the calendar has no flags,
    so it counts as average.
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


def fit_linear_path(
    network: keras.Model, effects: FloatArray, train: WindowData, scalers: Scalers, ridge: float
) -> None:
    """Set the calendar effects, (flags,) in logs, and solve HAR on training windows."""
    unit = scalers.target.scale[0]
    network.get_layer(CALENDAR_EFFECT).set_weights([effects[:, None] / unit])
    solvable = keras.Model(
        network.inputs, [network.get_layer(HAR).input, network.get_layer(WITHOUT_HAR).output]
    )
    means, rest = [], []
    for batch in train.batches():
        windows = train.windows(batch)
        inputs, level = model_inputs(windows.features, scalers)
        of_batch, without_har = (
            np.asarray(part) for part in solvable([inputs, windows.calendar.astype(np.float32)])
        )
        means.append(of_batch)
        rest.append(targets(train.future_log_volumes(batch), level, scalers) - without_har)
    har = Ridge(alpha=ridge).fit(
        np.concatenate(means).astype(np.float64), np.concatenate(rest).astype(np.float64)
    )
    # For a single step, scikit-learn returns a vector.
    network.get_layer(HAR).set_weights([np.atleast_2d(har.coef_).T, har.intercept_])


def build_linear_network(
    effects: FloatArray, train: WindowData, scalers: Scalers, params: TrainParams
) -> keras.Model:
    """Build a network with a solved linear path and an LSTM that doesn't contribute yet."""
    network = build_network(train.window, train.horizon, params)
    fit_linear_path(network, effects, train, scalers, params.ridge)
    return network


def relative_effects(effects: FloatArray) -> dict[str, float]:
    """Convert effects in logs, (flags,), to relative volume changes: -0.48 means 48 % less."""
    return dict(zip(CALENDAR_FLAGS, np.expm1(effects).tolist(), strict=True))
