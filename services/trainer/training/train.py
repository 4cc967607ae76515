"""Stage `train`: fit the LSTM, export it to ONNX, and write how it went."""

import logging

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from model_contract.features import FEATURE_NAMES
from model_contract.forecasting import errors, forecast_volumes
from model_contract.scaling import Float32Array, Scalers, model_inputs, targets
from training import stage
from training.json_files import write_json
from training.keras_archive import make_reproducible
from training.network import build_network
from training.onnx_export import export_onnx
from training.onnx_network import onnx_network
from training.params import EngineerFeaturesParams, TrainParams, load_params
from training.paths import KERAS_MODEL, LOSS_PLOT, ONNX_MODEL, SCALERS, TRAINING_METRICS
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

    def __getitem__(self, batch: int) -> tuple[Float32Array, Float32Array]:
        samples = self.order[batch * self.batch_size : (batch + 1) * self.batch_size]
        inputs, level = model_inputs(self.data.windows(samples), self.scalers)
        return inputs, targets(self.data.future_log_volumes(samples), level, self.scalers)

    def on_epoch_end(self) -> None:
        """Shuffle whole windows, never the sessions in them. Without a seed the order stays."""
        if self.random is not None:
            self.random.shuffle(self.order)


def main() -> None:
    """Train the network."""
    params, windows = load_params(TrainParams), load_params(EngineerFeaturesParams)
    scalers = Scalers.from_json(SCALERS.read_text(encoding="utf-8"))
    train, validation = (WindowData.read(split, windows.window, windows.horizon) for split in (TRAIN, VALIDATION))
    keras.utils.set_random_seed(params.seed)
    tf.config.experimental.enable_op_determinism()
    network = build_network(windows.window, len(FEATURE_NAMES), windows.horizon, params)
    log.info("%d windows to learn from, %d to validate on, %d weights", len(train), len(validation), network.count_params())
    history = fit(network, train, validation, scalers, params)
    KERAS_MODEL.parent.mkdir(parents=True, exist_ok=True)
    LOSS_PLOT.parent.mkdir(parents=True, exist_ok=True)
    network.save(KERAS_MODEL)
    make_reproducible(KERAS_MODEL)
    inputs, _ = model_inputs(validation.windows(slice(PARITY_WINDOWS)), scalers)
    difference = export_onnx(network, ONNX_MODEL, inputs)
    history.to_csv(LOSS_PLOT, index=False, lineterminator="\n")
    best = history.iloc[int(history["validation_loss"].to_numpy().argmin())]
    write_json(
        TRAINING_METRICS,
        {
            "epochs": len(history),
            "best_epoch": int(best["epoch"]),
            "loss": float(best["loss"]),
            "validation_loss": float(best["validation_loss"]),
            "train": real_scale_errors(train, scalers),
            "validation": real_scale_errors(validation, scalers),
        },
    )
    log.info("best epoch %d of %d; ONNX and Keras differ by at most %.1e", best["epoch"], len(history), difference)


def fit(network: keras.Model, train: WindowData, validation: WindowData, scalers: Scalers, params: TrainParams) -> pd.DataFrame:
    """Train until validation stops improving, and keep the best weights. One row per epoch: epoch, loss, validation_loss."""
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=params.patience, restore_best_weights=True)
    history = network.fit(
        Batches(train, scalers, params.batch_size, params.seed),
        validation_data=Batches(validation, scalers, 4096),
        epochs=params.epochs,
        callbacks=[stopping, Progress(params.epochs)],
        verbose=1 if shows_a_bar() else 0,
    )
    losses = pd.DataFrame({"loss": history.history["loss"], "validation_loss": history.history["val_loss"]})
    losses.insert(0, "epoch", np.arange(1, len(losses) + 1))
    return losses


def real_scale_errors(data: WindowData, scalers: Scalers) -> dict[str, float]:
    """Errors of the exported model's first step, in shares."""
    network = onnx_network(ONNX_MODEL)
    forecast = [forecast_volumes(data.windows(batch), scalers, network)[:, 0] for batch in data.batches(4096)]
    return errors(np.exp(data.future_log_volumes()[:, 0]), np.concatenate(forecast))


if __name__ == "__main__":
    stage.run("train", main)
