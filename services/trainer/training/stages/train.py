"""Stage `train`: fit the network, export it as one ONNX file, and write the training metrics."""

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

from model_contract.model.error_metrics import errors
from model_contract.model.forecasting import forecast_volumes
from model_contract.model.onnx_network import load_network
from model_contract.model.scaling import Scalers
from training.data_files import write_json
from training.network.checkpoints import Checkpoints
from training.network.fitting import Batches, fit
from training.network.keras_archive import make_reproducible
from training.network.linear_path import calendar_effects, relative_effects
from training.network.lstm import CALENDAR, WINDOW
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
from training.scoring.lstm_significance import keep_if_significant
from training.split import TRAIN, VALIDATION
from training.window_data import WindowData

log = logging.getLogger(__name__)

PARITY_WINDOWS = 256
# What a checkpoint depends on: the data, and the code and libraries that turn them into weights.
DATA = (FEATURES, SCALERS, WINDOWS)
CODE = (
    "model_contract.model.calendar",
    "model_contract.model.features",
    "model_contract.model.har",
    "model_contract.model.scaling",
    "model_contract.model.windows",
    "training.network.checkpoints",
    "training.network.early_stopping",
    "training.network.fitting",
    "training.network.linear_path",
    "training.network.lstm",
    "training.stages.train",
    "training.window_data",
)
LIBRARIES = (keras, np, tf)


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
        trained, losses = fit(effects, train, validation, scalers, params, curves, checkpoints)
    network, p_value = keep_if_significant(trained, effects, train, validation, scalers, params)
    export(network, validation, scalers)
    kept = network is trained
    metrics = {
        **loss_metrics(losses, kept),
        "lstm_kept": kept,
        "lstm_p_value": p_value,
        "calendar_effects": relative_effects(effects),
        "train": first_step_errors(train, scalers),
        "validation": first_step_errors(validation, scalers),
    }
    write_json(TRAINING_METRICS, metrics)
    log.info("best epoch: %d of %d", metrics["best_epoch"], metrics["epochs"])
    if not kept:
        log.warning(
            "the LSTM doesn't significantly improve the validation forecasts (p = %.2f); "
            "the model uses only the linear path",
            p_value,
        )


def training_key(params: TrainParams, windows: EngineerFeaturesParams) -> str:
    """Hash everything that the weights depend on."""
    modules = (name.rpartition(".") for name in CODE)
    code = (files(package) / f"{module}.py" for package, _, module in modules)
    facts = {
        "files": [hashlib.sha256(path.read_bytes()).hexdigest() for path in (*DATA, *code)],
        "params": asdict(params),
        "windows": [windows.window, windows.horizon],
        "libraries": [library.__version__ for library in LIBRARIES],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def loss_metrics(losses: pd.DataFrame, kept: bool) -> dict[str, float]:
    """Return the losses of the best epoch, or of the linear path if the LSTM isn't kept."""
    best = int(losses["validation_loss"].to_numpy().argmin()) if kept else 0
    return {
        "epochs": len(losses) - 1,
        "best_epoch": best,
        "loss": float(losses["loss"][best]),
        "validation_loss": float(losses["validation_loss"][best]),
        "validation_loss_without_lstm": float(losses["validation_loss"][0]),
    }


def export(network: keras.Model, validation: WindowData, scalers: Scalers) -> None:
    """Write the network as a Keras archive and as an ONNX file with the same forecasts."""
    KERAS_MODEL.parent.mkdir(parents=True, exist_ok=True)
    network.save(KERAS_MODEL)
    make_reproducible(KERAS_MODEL)
    examples = Batches(validation, scalers, PARITY_WINDOWS)[0][0]
    difference = export_onnx(network, ONNX_MODEL, examples[WINDOW], examples[CALENDAR])
    log.info("ONNX and Keras differ by at most %.1e", difference)


def first_step_errors(data: WindowData, scalers: Scalers) -> dict[str, float]:
    """Compute the errors of the exported model's first step, in shares."""
    network = load_network(ONNX_MODEL.read_bytes())
    forecast = [
        forecast_volumes(data.windows(batch), scalers, network)[:, 0] for batch in data.batches()
    ]
    return errors(np.exp(data.future_log_volumes()[:, 0]), np.concatenate(forecast))
