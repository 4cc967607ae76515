"""Fits the network: solves its linear path, then trains the LSTMs.

`fit` keeps the best epoch by the validation windows; `refit` learns from all windows for a number
of epochs. After a kill, either resumes after the last completed epoch and produces the same bytes
as an uninterrupted run.
"""

import logging
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from dvclive.live import Live

from model_contract.arrays import Float32Array, FloatArray
from model_contract.model.forecasting import network_arguments
from model_contract.model.onnx_network import CALENDAR, INPUTS, VOLUME, WINDOW
from model_contract.model.scaling import Scalers, targets
from training.network.best_weights import BestWeights
from training.network.checkpoints import Checkpoints
from training.network.linear_path import build_linear_network
from training.network.lstm import MEMBERS
from training.params import TrainParams
from training.running.progress import LOSS, Curves, Progress, shows_a_bar
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

    def __getitem__(self, batch: int) -> tuple[dict[str, Float32Array], dict[str, Float32Array]]:
        samples = self.order[batch * self.batch_size : (batch + 1) * self.batch_size]
        arguments, level = network_arguments(self.data.windows(samples), self.scalers)
        wanted = targets(self.data.future_log_volumes(samples), level, self.scalers)
        named = dict(zip((WINDOW, CALENDAR, INPUTS), arguments, strict=True))
        return named, {VOLUME: wanted, MEMBERS: wanted[:, None]}

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
    """Train for `params.epochs` epochs, and keep the weights with the lowest validation loss.

    The best weights may be the initial ones, before the first epoch.

    effects       (flags,) from `calendar_effects`
    curves        if given, logs the losses, and the page and the terminal show progress
    checkpoints   if given, a killed training run resumes from them

    Returns the network and the losses by epoch (loss, validation_loss), in scaled logs; row 0 is
    the linear path alone.
    """
    network = _new_network(effects, train, scalers, params)
    sizes = len(train), len(validation), network.count_params()
    log.info("%d training windows, %d validation windows, %d weights", *sizes)
    best = BestWeights(network, linear_losses(network, train, validation, scalers))
    _resume(best, checkpoints, params.epochs)
    reports = _reports(curves, best, params)
    checked = Batches(validation, scalers, BATCH)
    _train(best, Batches(train, scalers, params.batch_size), checked, params, checkpoints, reports)
    network.set_weights(best.best_weights)
    return network, pd.DataFrame(best.losses, columns=["loss", "validation_loss"])


def refit(
    effects: FloatArray,
    data: WindowData,
    scalers: Scalers,
    params: TrainParams,
    epochs: int,
    checkpoints: Checkpoints | None = None,
) -> keras.Model:
    """Fit a network to `data` as `fit` does, but for a number of epochs, without validation.

    The learning rate falls as if there were `params.epochs`. With 0 epochs, the network is the
    linear path alone.
    """
    network = _new_network(effects, data, scalers, params)
    log.info("refitting on %d windows, epochs: %d", len(data), epochs)
    newest = BestWeights(network, (float("nan"), float("nan")))
    _resume(newest, checkpoints, epochs)
    batches = Batches(data, scalers, params.batch_size)
    _train(newest, batches, None, replace(params, epochs=epochs), checkpoints, [])
    network.set_weights(newest.best_weights)
    return network


def linear_losses(
    network: keras.Model, train: WindowData, validation: WindowData, scalers: Scalers
) -> tuple[float, float]:
    """Return the linear path's training and validation losses, before the first epoch."""
    loss, validation_loss = (
        network.evaluate(Batches(data, scalers, BATCH), verbose=0, return_dict=True)[LOSS]
        for data in (train, validation)
    )
    return loss, validation_loss


def _new_network(
    effects: FloatArray, train: WindowData, scalers: Scalers, params: TrainParams
) -> keras.Model:
    keras.utils.set_random_seed(params.seed)
    tf.config.experimental.enable_op_determinism()
    return build_linear_network(effects, train, scalers, params)


def _resume(best: BestWeights, checkpoints: Checkpoints | None, epochs: int) -> None:
    if checkpoints and (state := checkpoints.newest()):
        best.restore(state)
        log.info("resumed after epoch %d of %d", best.epochs, epochs)


def _train(
    best: BestWeights,
    batches: Batches,
    validation: Batches | None,
    params: TrainParams,
    checkpoints: Checkpoints | None,
    reports: list[keras.callbacks.Callback],
) -> None:
    """Train the network of `best` for the epochs that it lacks."""
    if best.epochs >= params.epochs:  # a killed process may have completed the last epoch
        return
    best.network.fit(
        batches,
        validation_data=validation,
        initial_epoch=best.epochs,
        epochs=params.epochs,
        callbacks=[*reports, *_callbacks(batches, best, params, checkpoints)],
        shuffle=False,  # Keras would use Python's random state, which isn't saved
        verbose=1 if shows_a_bar() else 0,
    )


def _reports(
    curves: Live | None, best: BestWeights, params: TrainParams
) -> list[keras.callbacks.Callback]:
    """Log the losses known so far and return the callbacks that report later epochs."""
    if curves is None:
        return []
    return [Progress(params.epochs, best.epochs), Curves(curves, best.losses)]


def _callbacks(
    batches: Batches,
    best: BestWeights,
    params: TrainParams,
    checkpoints: Checkpoints | None,
) -> list[keras.callbacks.Callback]:
    """Create the callbacks. The best weights come before the checkpoints, which save them."""
    callbacks: list[keras.callbacks.Callback] = [
        keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, _: batches.shuffle(params.seed, epoch)
        ),
        best,
    ]
    if checkpoints:
        callbacks.append(
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda *_: checkpoints.save(best.epochs, best.state())
            )
        )
    return callbacks
