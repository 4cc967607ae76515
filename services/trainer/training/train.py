"""Stage `train`: solve the linear path, fit the LSTM, export both as one ONNX file, and write how it went."""

import logging

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from dvclive.keras import DVCLiveCallback
from dvclive.live import Live

from model_contract.csv_values import FloatArray
from model_contract.forecasting import errors, forecast_volumes
from model_contract.scaling import Float32Array, Scalers, model_inputs, targets
from training import stage
from training.json_files import write_json
from training.keras_archive import make_reproducible
from training.linear_path import calendar_effects, fit_linear_path, relative_effects
from training.network import CALENDAR, WINDOW, build_network
from training.onnx_export import export_onnx
from training.onnx_network import onnx_network
from training.params import EngineerFeaturesParams, TrainParams, load_params
from training.paths import FEATURES, KERAS_MODEL, ONNX_MODEL, SCALERS, TRAINING_CURVES, TRAINING_METRICS
from training.preprocess import TRAIN, VALIDATION
from training.progress import Progress, shows_a_bar
from training.window_data import WindowData

log = logging.getLogger(__name__)

PARITY_WINDOWS = 256


class Batches(keras.utils.PyDataset):
    """Scaled windows and targets, cut and scaled a batch at a time, in a new order each epoch."""

    def __init__(self, data: WindowData, scalers: Scalers, batch_size: int, seed: int | None = None) -> None:
        super().__init__()
        self.data, self.scalers, self.batch_size = data, scalers, batch_size
        self.random = None if seed is None else np.random.default_rng(seed)
        self.order = np.arange(len(data))
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, batch: int) -> tuple[dict[str, Float32Array], Float32Array]:
        samples = self.order[batch * self.batch_size : (batch + 1) * self.batch_size]
        windows = self.data.windows(samples)
        inputs, level = model_inputs(windows.features, self.scalers)
        wanted = targets(self.data.future_log_volumes(samples), level, self.scalers)
        return {WINDOW: inputs, CALENDAR: windows.calendar.astype(np.float32)}, wanted

    def on_epoch_end(self) -> None:
        """Shuffle whole windows, never the sessions in them. Without a seed the order stays."""
        if self.random is not None:
            self.random.shuffle(self.order)


def main() -> None:
    """Train the network."""
    params, windows = load_params(TrainParams), load_params(EngineerFeaturesParams)
    scalers = Scalers.from_json(SCALERS.read_text(encoding="utf-8"))
    train, validation = (WindowData.read((split,), windows.window, windows.horizon) for split in (TRAIN, VALIDATION))
    panel = pd.read_parquet(FEATURES)
    effects = calendar_effects(panel[panel["split"] == TRAIN], windows.window, params.ridge)
    with Live(str(TRAINING_CURVES), save_dvc_exp=False, dvcyaml=None) as curves:
        network, losses = fit(effects, train, validation, scalers, params, curves)
    KERAS_MODEL.parent.mkdir(parents=True, exist_ok=True)
    network.save(KERAS_MODEL)
    make_reproducible(KERAS_MODEL)
    examples = Batches(validation, scalers, PARITY_WINDOWS)[0][0]
    difference = export_onnx(network, ONNX_MODEL, examples[WINDOW], examples[CALENDAR])
    best = int(losses["validation_loss"].to_numpy().argmin())
    write_json(
        TRAINING_METRICS,
        {
            "epochs": len(losses) - 1,
            "best_epoch": best,
            "loss": float(losses["loss"][best]),
            "validation_loss": float(losses["validation_loss"][best]),
            "validation_loss_without_lstm": float(losses["validation_loss"][0]),
            "calendar_effects": relative_effects(effects),
            "train": real_scale_errors(train, scalers),
            "validation": real_scale_errors(validation, scalers),
        },
    )
    log.info("best epoch %d of %d; ONNX and Keras differ by at most %.1e", best, len(losses) - 1, difference)


def fit(
    effects: FloatArray,
    train: WindowData,
    validation: WindowData,
    scalers: Scalers,
    params: TrainParams,
    curves: Live | None = None,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train until validation stops improving, and keep the best weights, be they those before the first epoch.

    effects (flags,) as `calendar_effects` gives them. Gives the network, and the losses by epoch: loss, validation_loss, in
    logs as the scalers scale them; row 0 is the linear path alone. With `curves`, the losses are logged as they come, and the
    page and the terminal are told of them.
    """
    keras.utils.set_random_seed(params.seed)
    tf.config.experimental.enable_op_determinism()
    network = build_network(train.window, train.horizon, params)
    fit_linear_path(network, effects, train, scalers, params.ridge)
    log.info("%d windows to learn from, %d to validate on, %d weights", len(train), len(validation), network.count_params())
    linear = [network.evaluate(Batches(data, scalers, 4096), verbose=0) for data in (train, validation)]
    weights = network.get_weights()
    callbacks = [keras.callbacks.EarlyStopping("val_loss", patience=params.patience, restore_best_weights=True)]
    if curves:
        for name, loss in zip(("train/loss", "eval/loss"), linear, strict=True):
            curves.log_metric(name, loss)
        curves.next_step()
        callbacks += [Progress(params.epochs), DVCLiveCallback(live=curves)]
    history = network.fit(
        Batches(train, scalers, params.batch_size, params.seed),
        validation_data=Batches(validation, scalers, 4096),
        epochs=params.epochs,
        callbacks=callbacks,
        verbose=1 if shows_a_bar() else 0,
    ).history
    losses = pd.DataFrame({"loss": [linear[0], *history["loss"]], "validation_loss": [linear[1], *history["val_loss"]]})
    if losses["validation_loss"].idxmin() == 0:
        network.set_weights(weights)
    return network, losses


def real_scale_errors(data: WindowData, scalers: Scalers) -> dict[str, float]:
    """Errors of the exported model's first step, in shares."""
    network = onnx_network(ONNX_MODEL)
    forecast = [forecast_volumes(data.windows(batch), scalers, network)[:, 0] for batch in data.batches(4096)]
    return errors(np.exp(data.future_log_volumes()[:, 0]), np.concatenate(forecast))


if __name__ == "__main__":
    stage.run("train", main)
