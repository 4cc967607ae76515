"""Tests whether the LSTM significantly beats the linear path on the validation sessions.

Training keeps the weights with the lowest validation loss. With a short history, the lowest
of many noisy losses can easily be lower than the linear path's loss by chance.
"""

import keras
import numpy as np
import pandas as pd

from model_contract.arrays import FloatArray
from model_contract.model.forecasting import network_arguments
from model_contract.model.scaling import Scalers, targets
from training.network.linear_path import build_linear_network
from training.network.lstm import as_network
from training.params import TrainParams
from training.scoring.diebold_mariano import diebold_mariano
from training.window_data import WindowData

SIGNIFICANCE = 0.05


def keep_if_significant(
    network: keras.Model,
    effects: FloatArray,
    train: WindowData,
    validation: WindowData,
    scalers: Scalers,
    params: TrainParams,
) -> tuple[keras.Model, float]:
    """Return `network` if it is significantly better than its linear path, else the linear path.

    Also returns the one-sided p-value from `diebold_mariano` on each session's mean loss.

    effects   (flags,) from `calendar_effects`
    """
    linear = build_linear_network(effects, train, scalers, params)
    gains = losses(linear, validation, scalers) - losses(network, validation, scalers)
    sessions = validation.index["session"].to_numpy()
    by_session = pd.Series(gains).groupby(sessions).mean().to_numpy().astype(np.float64)
    two_sided = diebold_mariano(by_session)
    p_value = two_sided / 2 if by_session.mean() > 0 else 1 - two_sided / 2
    return (network if p_value < SIGNIFICANCE else linear), p_value


def losses(model: keras.Model, data: WindowData, scalers: Scalers) -> FloatArray:
    """Return the mean absolute error of each window's scaled log volumes: (samples,)."""
    parts, network = [], as_network(model)
    for batch in data.batches():
        arguments, level = network_arguments(data.windows(batch), scalers)
        forecast = network(*arguments)
        parts.append(
            np.abs(forecast - targets(data.future_log_volumes(batch), level, scalers)).mean(axis=1)
        )
    return np.concatenate(parts).astype(np.float64)
