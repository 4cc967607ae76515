"""The Keras model: forecasts the sessions after a window from the window and its inputs.

To try a different forecaster, replace this module.

The log volume of each session ahead, scaled and relative to the window, is the sum of three paths:

    calendar    the effect of a session's flags on its log volume, subtracted from the sessions in
                the window and added to the forecasts of the sessions ahead
    linear      the inputs of the ticker's history (`model_contract.model.inputs`), with one set of
                coefficients for each session ahead; a second set is for windows whose ticker has no
                others to show what the market did
    residual    a share of the mean forecast of several LSTMs, the members of an ensemble. Each sees
                the last sessions of the window without their calendar effects, the prices, all
                inputs and the effects of the sessions ahead

The first two are solved (`linear_path`) and not trained. The residual starts at zero, so training
begins with the forecast of a good linear model. The members differ in their random initial weights
and in their dropout. Averaging forecasts and adding only a share of what remains reduces their
error (Bates and Granger 1969, "The combination of forecasts").
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from model_contract.arrays import Float32Array
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import Network
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES, MARKET_POSITIONS
from model_contract.model.onnx_network import CALENDAR, CONTRIBUTIONS, INPUTS, VOLUME, WINDOW
from training.params import TrainParams

MAX_GRADIENT_NORM = 1.0
LARGEST_CONTEXT = 5.0  # standard deviations
RECENT = 10  # sessions that the LSTMs see; what matters of older ones is in the inputs
STEPS_AT_ONCE = 8  # without returning to Python, which takes a tenth of the time of a step
MEMBERS = "members"  # an output for training: the residual of each member on its own
# The part of the network that is trained, and the layers that it needs.
RESIDUALS, SERIES, CONTEXT, WITHOUT_RESIDUAL = "residuals", "series", "context", "without_residual"
SERIES_COLUMNS = 4
# Layers that `linear_path` fills or reads.
CALENDAR_EFFECT, WITHOUT_LINEAR = "calendar_effect", "without_linear"
WITH_MARKET, WITHOUT_MARKET = "with_market", "without_market"


def build_network(window: int, horizon: int, params: TrainParams) -> keras.Model:
    """Build the network. The linear path's weights and the residual start at zero.

    The inputs are `window` (samples, window, features), `calendar` (samples, window + horizon,
    flags) and `inputs` (samples, horizon, inputs). The outputs are `volume` (samples, horizon) and
    `contributions` (samples, horizon, `CONTRIBUTIONS_OF`).
    """
    features = keras.Input((window, len(FEATURE_NAMES)), name=WINDOW)
    calendar = keras.Input((window + horizon, len(CALENDAR_FLAGS)), name=CALENDAR)
    inputs = keras.Input((horizon, len(INPUT_NAMES)), name=INPUTS)
    log_volume, log_return, log_range = (
        features[:, :, column] for column in range(len(FEATURE_NAMES))
    )

    effect = keras.layers.Dense(
        1, use_bias=False, kernel_initializer="zeros", trainable=False, name=CALENDAR_EFFECT
    )(calendar)[:, :, 0]
    adjusted = log_volume - effect[:, :window]
    level = ops.mean(adjusted, axis=1, keepdims=True)
    adjusted = adjusted - level
    ahead = effect[:, window:]
    without_linear = keras.layers.Add(name=WITHOUT_LINEAR)([level, ahead])

    linear = _linear(inputs, horizon)
    series = ops.stack([adjusted, log_return, ops.absolute(log_return), log_range], axis=2)
    series = keras.layers.Identity(name=SERIES)(series[:, -RECENT:])
    context = ops.concatenate(
        [ops.reshape(inputs, (-1, horizon * len(INPUT_NAMES))), ahead], axis=1
    )
    context = ops.clip(context, -LARGEST_CONTEXT, LARGEST_CONTEXT)
    context = keras.layers.Identity(name=CONTEXT)(context)
    residuals = _build_residuals(horizon, params)([series, context])
    residual = params.residual_share * ops.mean(residuals, axis=1)
    without_residual = keras.layers.Add(name=WITHOUT_RESIDUAL)(
        [without_linear, ops.sum(linear, axis=2)]
    )
    outputs = {
        VOLUME: without_residual + residual,
        CONTRIBUTIONS: ops.concatenate([linear, residual[:, :, None]], axis=2),
    }
    return keras.Model([features, calendar, inputs], outputs, name="volume")


def build_learner(horizon: int, params: TrainParams, training_steps: int) -> keras.Model:
    """Build and compile a copy of the network's residuals that learns what its other paths leave.

    The inputs are `series` (samples, RECENT, SERIES_COLUMNS) and `context` (samples, horizon x
    (inputs + 1)). The outputs are `members` (samples, members, horizon) and `volume` (samples,
    horizon), the share of their mean. Its weights are in the order of those of the network's layer
    `RESIDUALS`.

    The loss is the mean absolute error of log volumes, which the median minimises. Monotone
    transformations preserve the median, so the forecast is also the median of the volume itself,
    and a few extreme days don't move it.

    training_steps   the number of batches after which the learning rate has fallen to zero
    """
    residuals = _build_residuals(horizon, params, unroll=True)
    outputs = {
        MEMBERS: residuals.output,
        VOLUME: params.residual_share * ops.mean(residuals.output, axis=1),
    }
    learner = keras.Model(residuals.inputs, outputs, name=RESIDUALS)
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(params.learning_rate, max(training_steps, 1)),
        weight_decay=params.weight_decay,
        clipnorm=MAX_GRADIENT_NORM,  # of each weight matrix, so the members stay independent
    )
    learner.compile(
        optimizer=optimizer,
        # Each member learns the whole residual; the loss of the volume is only measured.
        loss={MEMBERS: "mean_absolute_error", VOLUME: "mean_absolute_error"},
        loss_weights={MEMBERS: 1.0, VOLUME: 0.0},
        steps_per_execution=STEPS_AT_ONCE,
    )
    return learner


def as_network(model: keras.Model) -> Network:
    """Return the model's forecast as a plain function of arrays."""

    def network(window: Float32Array, calendar: Float32Array, inputs: Float32Array) -> Float32Array:
        return np.asarray(model([window, calendar, inputs])[VOLUME])

    return network


def _linear(inputs: Any, horizon: int) -> Any:
    """What each input and the constant add: (samples, horizon, inputs) -> (…, inputs + 1)."""
    regressors = ops.concatenate([inputs, ops.ones_like(inputs[:, :, :1])], axis=2)
    with_market, without_market = (
        keras.layers.EinsumDense(
            "bhk,hk->bhk",
            output_shape=(horizon, len(INPUT_NAMES) + 1),
            kernel_initializer="zeros",
            trainable=False,
            name=name,
        )(regressors)
        for name in (WITH_MARKET, WITHOUT_MARKET)
    )
    of_market = ops.stack([inputs[:, :, position] for position in MARKET_POSITIONS], axis=2)
    known = ops.any(ops.not_equal(of_market, 0.0), axis=(1, 2), keepdims=True)
    return ops.where(known, with_market, without_market)


def _build_residuals(horizon: int, params: TrainParams, unroll: bool = False) -> keras.Model:
    """Build the members: series and context -> (samples, members, horizon).

    unroll   whether each session has operations of its own in the graph, which makes training a
             third faster, but the exported file larger and slower
    """
    series = keras.Input((RECENT, SERIES_COLUMNS), name=SERIES)
    context = keras.Input((horizon * (len(INPUT_NAMES) + 1),), name=CONTEXT)
    members = [_member(series, context, horizon, params, unroll) for _ in range(params.members)]
    return keras.Model([series, context], ops.stack(members, axis=1), name=RESIDUALS)


def _member(series: Any, context: Any, horizon: int, params: TrainParams, unroll: bool) -> Any:
    """(samples, window, series) and (samples, context) -> (samples, horizon)."""
    state = keras.layers.LSTM(params.units, unroll=unroll)(series)
    state = keras.layers.Dropout(params.dropout)(state)
    known = keras.layers.Dense(params.units, activation="silu")(context)
    joined = keras.layers.Dropout(params.dropout)(ops.concatenate([state, known], axis=1))
    joined = keras.layers.Dense(params.units, activation="silu")(joined)
    return keras.layers.Dense(horizon, kernel_initializer="zeros")(joined)
