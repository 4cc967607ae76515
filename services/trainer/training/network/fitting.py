"""Fits the network: solves its linear path, then trains its residuals on what that leaves.

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

from model_contract.arrays import FloatArray
from model_contract.model.onnx_network import VOLUME
from model_contract.model.scaling import Scalers
from training.network.best_weights import BestWeights
from training.network.checkpoints import Checkpoints
from training.network.linear_path import build_linear_network
from training.network.lstm import MEMBERS, RESIDUALS, build_learner
from training.network.residual_data import ResidualData
from training.params import TrainParams
from training.running.progress import Curves, Progress, shows_a_bar
from training.window_data import BATCH, WindowData

log = logging.getLogger(__name__)

PREFETCHED = 4  # batches that are cut while the network learns from an earlier one


class Batches:
    """Batches of windows and targets, in time order until `shuffle` is called.

    dataset   the batches of one epoch, which TensorFlow cuts in the background
    """

    def __init__(self, data: ResidualData, batch_size: int) -> None:
        self._samples = len(data)
        with tf.device("CPU"):  # where the dataset runs
            self._order = tf.Variable(np.arange(len(data)), trainable=False)
            series, context, wanted = map(tf.constant, (data.series, data.context, data.wanted))

        def cut(places: tf.Tensor) -> tuple[tuple[tf.Tensor, ...], dict[str, tf.Tensor]]:
            rows = tf.gather(self._order, places)
            targets = tf.gather(wanted, rows)
            given = tf.gather(series, rows), tf.gather(context, rows)
            return given, {VOLUME: targets, MEMBERS: targets[:, None]}

        places = tf.data.Dataset.range(len(data)).batch(batch_size)
        self.dataset = places.map(cut).prefetch(PREFETCHED)

    def shuffle(self, seed: int, epoch: int) -> None:
        """Shuffle the windows, but not the sessions within them.

        The order depends only on `seed` and `epoch`.
        """
        self._order.assign(np.random.default_rng((seed, epoch)).permutation(self._samples))


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
    network, learner = _new_network(effects, train, scalers, params)
    sizes = len(train), len(validation), network.count_params()
    log.info("%d training windows, %d validation windows, %d weights", *sizes)
    learned, checked = (ResidualData.of(network, data, scalers) for data in (train, validation))
    best = BestWeights(learner, (learned.linear_loss(), checked.linear_loss()))
    _resume(best, checkpoints, params.epochs)
    reports = _reports(curves, best, params)
    batches = Batches(learned, params.batch_size)
    _train(best, batches, Batches(checked, BATCH), params, checkpoints, reports)
    network.get_layer(RESIDUALS).set_weights(best.best_weights)
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
    network, learner = _new_network(effects, data, scalers, params)
    log.info("refitting on %d windows, epochs: %d", len(data), epochs)
    newest = BestWeights(learner, (float("nan"), float("nan")))
    _resume(newest, checkpoints, epochs)
    batches = Batches(ResidualData.of(network, data, scalers), params.batch_size)
    _train(newest, batches, None, replace(params, epochs=epochs), checkpoints, [])
    network.get_layer(RESIDUALS).set_weights(newest.best_weights)
    return network


def _new_network(
    effects: FloatArray, train: WindowData, scalers: Scalers, params: TrainParams
) -> tuple[keras.Model, keras.Model]:
    """Build the network with a solved linear path, and the learner of its residuals."""
    keras.utils.set_random_seed(params.seed)
    tf.config.experimental.enable_op_determinism()
    network = build_linear_network(effects, train, scalers, params)
    batches = -(-len(train) // params.batch_size)
    learner = build_learner(train.horizon, params, batches * params.epochs)
    learner.set_weights(network.get_layer(RESIDUALS).get_weights())
    return network, learner


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
    """Train the learner of `best` for the epochs that it lacks."""
    if best.epochs >= params.epochs:  # a killed process may have completed the last epoch
        return
    best.learner.fit(
        batches.dataset,
        validation_data=validation.dataset if validation else None,
        initial_epoch=best.epochs,
        epochs=params.epochs,
        callbacks=[*reports, *_callbacks(batches, best, params, checkpoints)],
        shuffle=False,  # `Batches` does it
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
