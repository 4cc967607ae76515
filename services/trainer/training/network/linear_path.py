"""Fits the network's linear path: the calendar effects, and the inputs fitted to the median.

Both use training rows only.
"""

import keras
import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.forecasting import network_arguments
from model_contract.model.inputs.memory import HAR_NAMES
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES, MARKET_POSITIONS
from model_contract.model.scaling import Scalers, targets
from training.network.lstm import (
    CALENDAR_EFFECT,
    WITH_MARKET,
    WITHOUT_LINEAR,
    WITHOUT_MARKET,
    build_network,
)
from training.network.median_regression import fit_to_median
from training.params import TrainParams
from training.window_data import WindowData

# Volume always depends on the means of the last 1, 5 and 22 sessions, so these are hardly shrunk.
HAR_RIDGE = 1.0


def build_linear_network(
    effects: FloatArray, train: WindowData, scalers: Scalers, params: TrainParams
) -> keras.Model:
    """Build a network with a solved linear path and LSTMs that don't contribute yet."""
    network = build_network(train.window, train.horizon, params)
    fit_linear_path(network, effects, train, scalers, params.input_ridge)
    return network


def fit_linear_path(
    network: keras.Model, effects: FloatArray, train: WindowData, scalers: Scalers, ridge: float
) -> None:
    """Set the calendar effects, (flags,) in logs, and fit the inputs on training windows."""
    unit = scalers.target.scale[0]
    network.get_layer(CALENDAR_EFFECT).set_weights([effects[:, None] / unit])
    inputs, rest = _training_rows(network, train, scalers)
    alone = inputs.copy()
    alone[:, :, MARKET_POSITIONS] = 0
    for layer, regressors in ((WITH_MARKET, inputs), (WITHOUT_MARKET, alone)):
        coefficients = np.stack(
            [
                np.append(*fit_to_median(regressors[:, step], rest[:, step], _ridges(ridge)))
                for step in range(train.horizon)
            ]
        )
        network.get_layer(layer).set_weights([coefficients])


def _training_rows(
    network: keras.Model, train: WindowData, scalers: Scalers
) -> tuple[FloatArray, FloatArray]:
    """Return scaled inputs, (samples, horizon, inputs), and what they forecast, per step."""
    without_linear = keras.Model(network.inputs, network.get_layer(WITHOUT_LINEAR).output)
    inputs, rest = [], []
    for batch in train.batches():
        arguments, level = network_arguments(train.windows(batch), scalers)
        inputs.append(arguments[-1])
        wanted = targets(train.future_log_volumes(batch), level, scalers)
        rest.append(wanted - np.asarray(without_linear(list(arguments))))
    return np.concatenate(inputs).astype(np.float64), np.concatenate(rest).astype(np.float64)


def _ridges(ridge: float) -> FloatArray:
    return np.where(np.isin(INPUT_NAMES, HAR_NAMES), HAR_RIDGE, ridge)
