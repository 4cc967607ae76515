import json

import keras
import numpy as np
import pandas as pd
import pytest

from model_contract.model.error_metrics import errors
from model_contract.model.onnx_network import load_network
from model_contract.model.scaling import Scalers
from training.network.linear_path import calendar_effects, relative_effects
from training.paths import (
    FEATURES,
    KERAS_MODEL,
    ONNX_MODEL,
    SCALERS,
    TRAINING_CURVES,
    TRAINING_METRICS,
)
from training.scoring.forecast_table import forecast_all
from training.split import TRAIN, VALIDATION
from training.window_data import WindowData


@pytest.mark.parametrize("side", ["train", "eval"])
def test_the_stage_writes_the_loss_of_the_linear_path_and_of_each_epoch(in_finished, side):
    losses = pd.read_csv(TRAINING_CURVES / f"plots/metrics/{side}/loss.tsv", sep="\t")
    assert losses["step"].tolist() == [0, 1, 2]
    assert np.isfinite(losses["loss"]).all()


def test_the_curve_begins_with_the_linear_path(in_finished):
    losses = pd.read_csv(TRAINING_CURVES / "plots/metrics/eval/loss.tsv", sep="\t")["loss"]
    metrics = json.loads(TRAINING_METRICS.read_text())
    assert losses[0] == pytest.approx(metrics["validation_loss_without_lstm"])
    assert (
        losses[metrics["best_epoch"]] == pytest.approx(metrics["validation_loss"]) == losses.min()
    )


def test_the_stage_records_the_training_metrics(in_finished):
    metrics = json.loads(TRAINING_METRICS.read_text())
    assert metrics["epochs"] == 2
    assert metrics["best_epoch"] in (0, 1, 2)
    assert metrics["validation_loss"] <= metrics["validation_loss_without_lstm"]


def test_the_recorded_effects_are_those_of_training_rows(in_finished):
    panel = pd.read_parquet(FEATURES)
    expected = relative_effects(calendar_effects(panel[panel["split"] == TRAIN], 22, 10))
    assert json.loads(TRAINING_METRICS.read_text())["calendar_effects"] == expected


@pytest.mark.parametrize("split", [TRAIN, VALIDATION])
def test_the_recorded_errors_are_those_of_the_exported_model_in_shares(in_finished, split):
    data = WindowData.read((split,), 22, 3)
    forecast = forecast_all(
        data, Scalers.from_json(SCALERS.read_text()), load_network(ONNX_MODEL.read_bytes())
    )
    expected = errors(np.exp(data.future_log_volumes()[:, 0]), forecast[:, 0])
    assert json.loads(TRAINING_METRICS.read_text())[split] == pytest.approx(expected)


def test_the_saved_network_forecasts_like_the_exported_one(in_finished):
    network = keras.models.load_model(KERAS_MODEL, compile=False)
    data, scalers = WindowData.read((VALIDATION,), 22, 3), Scalers.from_json(SCALERS.read_text())
    kept = forecast_all(
        data, scalers, lambda window, calendar: np.asarray(network([window, calendar]))
    )
    np.testing.assert_allclose(
        kept, forecast_all(data, scalers, load_network(ONNX_MODEL.read_bytes())), rtol=1e-4
    )
