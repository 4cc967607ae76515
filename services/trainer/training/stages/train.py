"""Stage `train`: fit the network that is scored and the one that is served, and export both.

The scored network learns from the training sessions only. Its settings and its number of epochs are
then fixed, and the served network learns from all sessions in the same way. Its forecasts can't be
scored, because no session is left; the scored network's errors stand for them. Both are made here,
because no other stage loads TensorFlow. The inputs and scalers are the same for both.
"""

import hashlib
import json
import logging
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from dvclive.live import Live

from model_contract.arrays import FloatArray
from model_contract.model.calendar import effects_in_logs
from model_contract.model.error_metrics import errors
from model_contract.model.forecasting import forecast_volumes, network_arguments
from model_contract.model.onnx_network import OnnxNetwork
from model_contract.model.scaling import Scalers
from training.calendar_effects import calendar_effects, relative_effects
from training.data_files import read_json, write_json
from training.network.checkpoints import Checkpoints
from training.network.fitting import fit, refit
from training.network.keras_archive import make_reproducible
from training.network.onnx_export import export_onnx
from training.params import EngineerFeaturesParams, PreprocessParams, TrainParams, load_params
from training.paths import (
    CALENDAR_EFFECTS,
    FEATURES,
    KERAS_MODEL,
    ONNX_MODEL,
    SCALERS,
    SERVED_CALENDAR_EFFECTS,
    SERVED_KERAS_MODEL,
    SERVED_ONNX_MODEL,
    TRAINING_CURVES,
    TRAINING_METRICS,
    WINDOWS,
)
from training.scoring.lstm_significance import keep_if_significant
from training.split import TRAIN, VALIDATION
from training.window_data import WindowData, window_index

log = logging.getLogger(__name__)

PARITY_WINDOWS = 256
# What a checkpoint depends on: the data, and the code and libraries that turn them into weights.
DATA = (CALENDAR_EFFECTS, FEATURES, SCALERS, WINDOWS)
CODE = (
    "model_contract.model.calendar",
    "model_contract.model.features",
    "model_contract.model.forecasting",
    "model_contract.model.inputs.market",
    "model_contract.model.inputs.memory",
    "model_contract.model.inputs.news",
    "model_contract.model.inputs.own_calendar",
    "model_contract.model.inputs.reports",
    "model_contract.model.inputs.rolling",
    "model_contract.model.inputs.series",
    "model_contract.model.inputs.ticker_inputs",
    "model_contract.model.onnx_network",
    "model_contract.model.scaling",
    "model_contract.model.windows",
    "training.calendar_effects",
    "training.network.best_weights",
    "training.network.checkpoints",
    "training.network.fitting",
    "training.network.linear_path",
    "training.network.lstm",
    "training.network.median_regression",
    "training.network.residual_data",
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
    relative = read_json(CALENDAR_EFFECTS)
    effects = effects_in_logs(relative)
    key = training_key(params, windows)
    checkpoints, refitting = Checkpoints(key), Checkpoints(f"{key}-refit")
    checkpoints.remove_others(refitting)
    with Live(str(TRAINING_CURVES), save_dvc_exp=False, dvcyaml=None) as curves:
        trained, losses = fit(effects, train, validation, scalers, params, curves, checkpoints)
    network, p_value = keep_if_significant(trained, effects, train, validation, scalers, params)
    export(network, validation, scalers, KERAS_MODEL, ONNX_MODEL)
    kept = network is trained
    found = loss_metrics(losses, kept)
    metrics = {
        **found,
        "lstm_kept": kept,
        "lstm_p_value": p_value,
        "calendar_effects": relative,
        "refit": serve(network, effects, scalers, int(found["best_epoch"]), refitting),
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
        "calendar_ridge": load_params(PreprocessParams).calendar_ridge,
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


def serve(
    scored: keras.Model,
    effects: FloatArray,
    scalers: Scalers,
    epochs: int,
    checkpoints: Checkpoints,
) -> dict[str, Any] | None:
    """Export the network to serve: refitted on all sessions, or the scored one.

    Returns the refit's windows, epochs and last session, or None without a refit.
    """
    params, windows = load_params(TrainParams), load_params(EngineerFeaturesParams)
    panel = pd.read_parquet(FEATURES).assign(split=TRAIN)
    index = window_index(panel, windows.window, windows.horizon, (TRAIN,))
    data = WindowData.of(panel, index, (TRAIN,), windows.window, windows.horizon)
    own = read_json(CALENDAR_EFFECTS)  # not computed from `effects`, which would be rounded
    if params.refit:
        ridge = load_params(PreprocessParams).calendar_ridge
        effects = calendar_effects(panel, windows.window, ridge)
        scored = refit(effects, data, scalers, params, epochs, checkpoints)
        own = dict(relative_effects(effects))
    export(scored, data, scalers, SERVED_KERAS_MODEL, SERVED_ONNX_MODEL)
    write_json(SERVED_CALENDAR_EFFECTS, own)
    last = str(panel["session"].max().date())
    return {"windows": len(data), "epochs": epochs, "last_session": last} if params.refit else None


def export(
    network: keras.Model, data: WindowData, scalers: Scalers, archive: Path, onnx: Path
) -> None:
    """Write the network as a Keras archive and as an ONNX file with the same forecasts."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    network.save(archive)
    make_reproducible(archive)
    examples, _ = network_arguments(data.windows(slice(PARITY_WINDOWS)), scalers)
    difference = export_onnx(network, onnx, examples)
    log.info("ONNX and Keras differ by at most %.1e", difference)


def first_step_errors(data: WindowData, scalers: Scalers) -> dict[str, float]:
    """Compute the errors of the exported model's first step, in shares."""
    network = OnnxNetwork(ONNX_MODEL.read_bytes())
    forecast = [
        forecast_volumes(data.windows(batch), scalers, network)[:, 0] for batch in data.batches()
    ]
    return errors(np.exp(data.future_log_volumes()[:, 0]), np.concatenate(forecast))
