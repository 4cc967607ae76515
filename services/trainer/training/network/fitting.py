"""Fits the network: solves its linear path, then trains the LSTM with early stopping.

After a kill, training resumes after the last completed epoch and produces the same bytes as an
uninterrupted run.
"""

import logging

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from dvclive.live import Live

from model_contract.arrays import Float32Array, FloatArray
from model_contract.model.scaling import Scalers, model_inputs, targets
from training.network.checkpoints import Checkpoints
from training.network.early_stopping import EarlyStopping
from training.network.linear_path import build_linear_network
from training.network.lstm import CALENDAR, WINDOW
from training.params import TrainParams
from training.running.progress import Curves, Progress, shows_a_bar
from training.window_data import BATCH, WindowData

log = logging.getLogger(__name__)


class Batches(keras.utils.PyDataset):
    """Batches of scaled windows and targets, in time order until `shuffle` is called."""

    def __init__(self, data: WindowData, scalers: Scalers, batch_size: int) -> None:
        super().__init__()
        self.data, self.scalers, self.batch_size = data, scalers, batch_size
        self.order = np.arange(len(data))

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, batch: int) -> tuple[dict[str, Float32Array], Float32Array]:
        samples = self.order[batch * self.batch_size : (batch + 1) * self.batch_size]
        windows = self.data.windows(samples)
        inputs, level = model_inputs(windows.features, self.scalers)
        wanted = targets(self.data.future_log_volumes(samples), level, self.scalers)
        return {WINDOW: inputs, CALENDAR: windows.calendar.astype(np.float32)}, wanted

    def shuffle(self, seed: int, epoch: int) -> None:
        """Shuffle the windows, but not the sessions within them.

        The order depends only on `seed` and `epoch`.
        """
        self.order = np.random.default_rng((seed, epoch)).permutation(len(self.data))


def fit(
    effects: FloatArray,
    train: WindowData,
    validation: WindowData,
    scalers: Scalers,
    params: TrainParams,
    curves: Live | None = None,
    checkpoints: Checkpoints | None = None,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train until the validation loss stops improving, and keep the best weights.

    The best weights may be the initial ones, before the first epoch.

    effects       (flags,) from `calendar_effects`
    curves        if given, logs the losses, and the page and the terminal show progress
    checkpoints   if given, a killed training run resumes from them

    Returns the network and the losses by epoch (loss, validation_loss), in scaled logs; row 0 is
    the linear path alone.
    """
    keras.utils.set_random_seed(params.seed)
    tf.config.experimental.enable_op_determinism()
    network = build_linear_network(effects, train, scalers, params)
    sizes = len(train), len(validation), network.count_params()
    log.info("%d training windows, %d validation windows, %d weights", *sizes)
    linear = linear_losses(network, train, validation, scalers)
    stopping = EarlyStopping(network, params.patience, linear)
    if checkpoints and (state := checkpoints.newest()):
        stopping.restore(state)
        log.info("resumed after epoch %d of %d", stopping.epochs, params.epochs)
    reports = _reports(curves, stopping, params)
    batches = Batches(train, scalers, params.batch_size)
    if not stopping.is_over:  # the killed process may have completed the last epoch
        network.fit(
            batches,
            validation_data=Batches(validation, scalers, BATCH),
            initial_epoch=stopping.epochs,
            epochs=params.epochs,
            callbacks=[*reports, *_callbacks(batches, stopping, params, checkpoints)],
            shuffle=False,  # Keras would use Python's random state, which isn't saved
            verbose=1 if shows_a_bar() else 0,
        )
    network.set_weights(stopping.best_weights)
    return network, pd.DataFrame(stopping.losses, columns=["loss", "validation_loss"])


def linear_losses(
    network: keras.Model, train: WindowData, validation: WindowData, scalers: Scalers
) -> tuple[float, float]:
    """Return the linear path's training and validation losses, before the first epoch."""
    loss, validation_loss = (
        network.evaluate(Batches(data, scalers, BATCH), verbose=0) for data in (train, validation)
    )
    return loss, validation_loss


def _reports(
    curves: Live | None, stopping: EarlyStopping, params: TrainParams
) -> list[keras.callbacks.Callback]:
    """Log the losses known so far and return the callbacks that report later epochs."""
    if curves is None:
        return []
    return [Progress(params.epochs, stopping.epochs), Curves(curves, stopping.losses)]


def _callbacks(
    batches: Batches,
    stopping: EarlyStopping,
    params: TrainParams,
    checkpoints: Checkpoints | None,
) -> list[keras.callbacks.Callback]:
    """Create the callbacks. Early stopping comes before the checkpoints, which save its state."""
    callbacks: list[keras.callbacks.Callback] = [
        keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, _: batches.shuffle(params.seed, epoch)
        ),
        stopping,
    ]
    if checkpoints:
        callbacks.append(
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda *_: checkpoints.save(stopping.epochs, stopping.state())
            )
        )
    return callbacks
