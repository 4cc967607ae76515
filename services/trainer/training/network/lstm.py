"""The Keras model: forecasts the sessions after a window from the window and its calendar.

To try a different forecaster, replace this module.

The log volume of each session ahead, scaled and relative to the window, is the sum of three paths:

    calendar    the effect of a session's flags on its log volume, subtracted from the sessions in
                the window and added to the forecasts of the sessions ahead
    linear      the heterogeneous autoregression (HAR, Corsi 2009) of the window without its
                calendar effects
    residual    an LSTM over the same window and its prices, for patterns that a linear model
                cannot capture

The first two are solved in closed form (`linear_path`) and not trained. The residual starts at
zero, so training begins with the forecast of a good linear model and keeps only changes that lower
the validation loss. The LSTM doesn't see the calendar, because it would memorise the few dates that
all tickers share.
"""

from typing import Any

import keras
from keras import ops

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.har import HAR_SESSIONS
from training.params import TrainParams

MAX_GRADIENT_NORM = 1.0
WINDOW, CALENDAR = "window", "calendar"  # the inputs
# Layers that `linear_path` fills or reads.
CALENDAR_EFFECT, HAR, WITHOUT_HAR = "calendar_effect", "har", "without_har"


def build_network(window: int, horizon: int, params: TrainParams) -> keras.Model:
    """Build and compile the network. The linear path's weights and the residual start at zero.

    The inputs are `window` (samples, window, features) and `calendar` (samples, window + horizon,
    flags), the output is (samples, horizon). The loss is the mean absolute error of log volumes,
    which the median minimises. Monotone transformations preserve the median, so the forecast is
    also the median of the volume itself, and a few extreme days don't move it.
    """
    features = keras.Input((window, len(FEATURE_NAMES)), name=WINDOW)
    calendar = keras.Input((window + horizon, len(CALENDAR_FLAGS)), name=CALENDAR)
    log_volume, log_return, log_range = (
        features[:, :, column] for column in range(len(FEATURE_NAMES))
    )

    effect = keras.layers.Dense(
        1, use_bias=False, kernel_initializer="zeros", trainable=False, name=CALENDAR_EFFECT
    )(calendar)[:, :, 0]
    adjusted = log_volume - effect[:, :window]
    level = ops.mean(adjusted, axis=1, keepdims=True)
    adjusted = adjusted - level
    without_har = keras.layers.Add(name=WITHOUT_HAR)([level, effect[:, window:]])

    linear = _har(adjusted, horizon)
    series = ops.stack([adjusted, log_return, ops.absolute(log_return), log_range], axis=2)
    residual = _residual(series, horizon, params)
    network = keras.Model([features, calendar], without_har + linear + residual, name="volume")
    optimizer = keras.optimizers.AdamW(
        params.learning_rate, weight_decay=params.weight_decay, clipnorm=MAX_GRADIENT_NORM
    )
    network.compile(optimizer=optimizer, loss="mean_absolute_error")
    return network


def _har(adjusted: Any, horizon: int) -> Any:
    """(samples, window) -> (samples, horizon)."""
    means = [ops.mean(adjusted[:, -sessions:], axis=1) for sessions in HAR_SESSIONS]
    layer = keras.layers.Dense(horizon, kernel_initializer="zeros", trainable=False, name=HAR)
    return layer(ops.stack(means, axis=1))


def _residual(series: Any, horizon: int, params: TrainParams) -> Any:
    """(samples, window, series) -> (samples, horizon)."""
    state = keras.layers.LSTM(params.units)(series)
    state = keras.layers.Dropout(params.dropout)(state)
    state = keras.layers.Dense(params.units, activation="silu")(state)
    return keras.layers.Dense(horizon, kernel_initializer="zeros")(state)
