"""Stage `train`: solve the linear path, fit the LSTM, export both as one ONNX file, and write how it went.

A training that was killed goes on after the last epoch that it completed, and ends with the very bytes that it would have
ended with.
"""

import hashlib
import json
import logging
from dataclasses import asdict
from importlib.resources import files

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from dvclive.live import Live

from model_contract.arrays import Float32Array, FloatArray
from model_contract.model.error_metrics import errors
from model_contract.model.forecasting import forecast_volumes
from model_contract.model.onnx_network import load_network
from model_contract.model.scaling import Scalers, model_inputs, targets
from training.json_files import write_json
from training.network.checkpoints import Checkpoints
from training.network.early_stopping import EarlyStopping
from training.network.keras_archive import make_reproducible
from training.network.linear_path import calendar_effects, fit_linear_path, relative_effects
from training.network.lstm import CALENDAR, WINDOW, build_network
from training.network.onnx_export import export_onnx
from training.params import EngineerFeaturesParams, TrainParams, load_params
from training.paths import (
    FEATURES,
    KERAS_MODEL,
    ONNX_MODEL,
    SCALERS,
    TRAINING_CURVES,
    TRAINING_METRICS,
    WINDOWS,
)
from training.running import stage
from training.running.progress import Curves, Progress, shows_a_bar
from training.scoring.lstm_significance import agreed
from training.split import TRAIN, VALIDATION
from training.window_data import WindowData

log = logging.getLogger(__name__)

PARITY_WINDOWS = 256
# What a checkpoint depends on: data, and the code and libraries between them and the weights.
DATA = (FEATURES, SCALERS, WINDOWS)
CODE = (
    "model_contract.model.features",
    "model_contract.model.calendar",
    "model_contract.model.scaling",
    "model_contract.model.windows",
    "training.network.checkpoints",
    "training.network.early_stopping",
    "training.network.linear_path",
    "training.network.lstm",
    "training.stages.train",
    "training.window_data",
)
LIBRARIES = (keras, np, tf)


class Batches(keras.utils.PyDataset):
    """Scaled windows and targets, cut and scaled a batch at a time; in order of time until `shuffle` is called."""

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
        """Shuffle whole windows, never the sessions in them. The order depends on nothing but the two numbers."""
        self.order = np.random.default_rng((seed, epoch)).permutation(len(self.data))


def main() -> None:
    """Train the network."""
    params, windows = load_params(TrainParams), load_params(EngineerFeaturesParams)
    scalers = Scalers.from_json(SCALERS.read_text(encoding="utf-8"))
    train, validation = (
        WindowData.read((split,), windows.window, windows.horizon) for split in (TRAIN, VALIDATION)
    )
    panel = pd.read_parquet(FEATURES)
    effects = calendar_effects(panel[panel["split"] == TRAIN], windows.window, params.ridge)
    checkpoints = Checkpoints(training_key(params, windows))
    checkpoints.remove_others()
    with Live(str(TRAINING_CURVES), save_dvc_exp=False, dvcyaml=None) as curves:
        network, losses = fit(effects, train, validation, scalers, params, curves, checkpoints)
    trained, (network, p_value) = (
        network,
        agreed(network, effects, train, validation, scalers, params),
    )
    KERAS_MODEL.parent.mkdir(parents=True, exist_ok=True)
    network.save(KERAS_MODEL)
    make_reproducible(KERAS_MODEL)
    examples = Batches(validation, scalers, PARITY_WINDOWS)[0][0]
    difference = export_onnx(network, ONNX_MODEL, examples[WINDOW], examples[CALENDAR])
    best = int(losses["validation_loss"].to_numpy().argmin()) if network is trained else 0
    write_json(
        TRAINING_METRICS,
        {
            "epochs": len(losses) - 1,
            "best_epoch": best,
            "loss": float(losses["loss"][best]),
            "validation_loss": float(losses["validation_loss"][best]),
            "validation_loss_without_lstm": float(losses["validation_loss"][0]),
            "lstm_kept": network is trained,
            "lstm_p_value": p_value,
            "calendar_effects": relative_effects(effects),
            "train": real_scale_errors(train, scalers),
            "validation": real_scale_errors(validation, scalers),
        },
    )
    if network is not trained:
        log.warning(
            "the validation sessions do not agree that the LSTM helps (p %.2f): the linear path stays without it",
            p_value,
        )
    log.info(
        "best epoch %d of %d; ONNX and Keras differ by at most %.1e",
        best,
        len(losses) - 1,
        difference,
    )


def training_key(params: TrainParams, windows: EngineerFeaturesParams) -> str:
    """Hash all that the weights depend on."""
    code = (
        files(package) / f"{module}.py" for package, module in (name.split(".") for name in CODE)
    )
    facts = {
        "files": [hashlib.sha256(path.read_bytes()).hexdigest() for path in (*DATA, *code)],
        "params": asdict(params),
        "windows": [windows.window, windows.horizon],
        "libraries": [library.__version__ for library in LIBRARIES],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def fit(
    effects: FloatArray,
    train: WindowData,
    validation: WindowData,
    scalers: Scalers,
    params: TrainParams,
    curves: Live | None = None,
    checkpoints: Checkpoints | None = None,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train until validation stops improving, and keep the best weights, be they those before the first epoch.

    effects (flags,) as `calendar_effects` gives them. Gives the network, and the losses by epoch: loss, validation_loss, in
    logs as the scalers scale them; row 0 is the linear path alone. With `curves`, the losses are logged as they come, and the
    page and the terminal are told of them. With `checkpoints`, training goes on where it was killed.
    """
    keras.utils.set_random_seed(params.seed)
    tf.config.experimental.enable_op_determinism()
    network = build_network(train.window, train.horizon, params)
    fit_linear_path(network, effects, train, scalers, params.ridge)
    log.info(
        "%d windows to learn from, %d to validate on, %d weights",
        len(train),
        len(validation),
        network.count_params(),
    )
    linear = [
        network.evaluate(Batches(data, scalers, 4096), verbose=0) for data in (train, validation)
    ]
    stopping = EarlyStopping(network, params.patience, (linear[0], linear[1]))
    if checkpoints and (state := checkpoints.newest()):
        stopping.restore(state)
        log.info("resumed after epoch %d of %d", stopping.epochs, params.epochs)
    batches = Batches(train, scalers, params.batch_size)
    callbacks = [
        keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, _: batches.shuffle(params.seed, epoch)
        )
    ]
    if curves:
        callbacks += [Progress(params.epochs, stopping.epochs), Curves(curves, stopping.losses)]
    callbacks.append(stopping)
    if checkpoints:
        callbacks.append(
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda *_: checkpoints.save(stopping.epochs, stopping.state())
            )
        )
    if (
        not stopping.is_over
    ):  # a process that is killed after its last epoch leaves nothing to train
        network.fit(
            batches,
            validation_data=Batches(validation, scalers, 4096),
            initial_epoch=stopping.epochs,
            epochs=params.epochs,
            callbacks=callbacks,
            shuffle=False,  # of batches, by Python's generator, whose state would have to be restored as well
            verbose=1 if shows_a_bar() else 0,
        )
    network.set_weights(stopping.best_weights)
    return network, pd.DataFrame(stopping.losses, columns=["loss", "validation_loss"])


def real_scale_errors(data: WindowData, scalers: Scalers) -> dict[str, float]:
    """Errors of the exported model's first step, in shares."""
    network = load_network(ONNX_MODEL.read_bytes())
    forecast = [
        forecast_volumes(data.windows(batch), scalers, network)[:, 0]
        for batch in data.batches(4096)
    ]
    return errors(np.exp(data.future_log_volumes()[:, 0]), np.concatenate(forecast))


if __name__ == "__main__":
    stage.run("train", main)
