"""The Keras model. A better forecaster goes here: whatever maps (samples, window, features) to (samples, horizon)."""

import keras

from training.params import TrainParams

MAX_GRADIENT_NORM = 1.0


def build_network(window: int, features: int, horizon: int, params: TrainParams) -> keras.Model:
    """An LSTM over scaled windows, with a dense head that forecasts every step at once.

    The output layer starts at zero, so that an untrained network forecasts the level of its window and training departs
    from there. The loss is the mean absolute error of scaled log volumes: its minimiser is the median, which a few
    extreme days do not move.
    """
    network = keras.Sequential(
        [
            keras.Input((window, features)),
            keras.layers.LSTM(params.units),
            keras.layers.Dropout(params.dropout),
            keras.layers.Dense(params.units, activation="silu"),
            keras.layers.Dense(horizon, kernel_initializer="zeros"),
        ],
        name="volume",
    )
    optimizer = keras.optimizers.AdamW(params.learning_rate, weight_decay=params.weight_decay, clipnorm=MAX_GRADIENT_NORM)
    network.compile(optimizer=optimizer, loss="mean_absolute_error")
    return network
