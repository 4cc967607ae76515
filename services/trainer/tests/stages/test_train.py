import json
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from model_contract.model.calendar import effects_in_logs
from model_contract.model.error_metrics import errors
from model_contract.model.forecasting import network_arguments
from model_contract.model.onnx_network import CONTRIBUTIONS, OnnxNetwork
from model_contract.model.scaling import Scalers
from training.network.lstm import as_network
from training.paths import (
    CALENDAR_EFFECTS,
    FEATURES,
    KERAS_MODEL,
    ONNX_MODEL,
    SCALERS,
    SERVED_CALENDAR_EFFECTS,
    SERVED_ONNX_MODEL,
    TRAINING_CURVES,
    TRAINING_METRICS,
)
from training.scoring.forecasts import forecast_all
from training.split import TEST, TRAIN, VALIDATION
from training.stages import engineer_features, preprocess, train
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


def test_the_recorded_effects_are_those_of_the_inputs(in_finished):
    recorded = json.loads(TRAINING_METRICS.read_text())["calendar_effects"]
    assert recorded == json.loads(CALENDAR_EFFECTS.read_text())


@pytest.mark.parametrize("split", [TRAIN, VALIDATION])
def test_the_recorded_errors_are_those_of_the_exported_model_in_shares(in_finished, split):
    data = WindowData.read((split,), 22, 3)
    forecast = forecast_all(
        data, Scalers.from_json(SCALERS.read_text()), OnnxNetwork(ONNX_MODEL.read_bytes())
    ).volumes
    expected = errors(np.exp(data.future_log_volumes()[:, 0]), forecast[:, 0])
    assert json.loads(TRAINING_METRICS.read_text())[split] == pytest.approx(expected)


def test_the_saved_network_forecasts_like_the_exported_one(in_finished):
    network = keras.models.load_model(KERAS_MODEL, compile=False)
    data, scalers = WindowData.read((VALIDATION,), 22, 3), Scalers.from_json(SCALERS.read_text())
    kept, exported = (
        forecast_all(data, scalers, one).volumes
        for one in (as_network(network), OnnxNetwork(ONNX_MODEL.read_bytes()))
    )
    np.testing.assert_allclose(kept, exported, rtol=1e-4)


def test_the_forecast_in_logs_is_the_level_the_calendar_and_the_contributions(in_finished):
    """The level is that of the window without its calendar effects."""
    data, scalers = WindowData.read((VALIDATION,), 22, 3), Scalers.from_json(SCALERS.read_text())
    windows, onnx = data.windows(), OnnxNetwork(ONNX_MODEL.read_bytes())
    effect = windows.calendar @ effects_in_logs(json.loads(CALENDAR_EFFECTS.read_text()))
    level = (windows.log_volume - effect[:, :22]).mean(axis=1, keepdims=True)
    arguments, _ = network_arguments(windows, scalers)
    keras_model = keras.models.load_model(KERAS_MODEL, compile=False)
    for network, contributions in (
        (onnx, onnx.contributions(*arguments)),
        (as_network(keras_model), np.asarray(keras_model(list(arguments))[CONTRIBUTIONS])),
    ):
        added = contributions.astype(np.float64).sum(axis=2) * scalers.target.scale[0]
        found = np.log(forecast_all(data, scalers, network).volumes)
        np.testing.assert_allclose(found, level + effect[:, 22:] + added, atol=1e-6)


def volumes(network: Path, data: WindowData) -> np.ndarray:
    scalers = Scalers.from_json(SCALERS.read_text())
    return forecast_all(data, scalers, OnnxNetwork(network.read_bytes())).volumes


def test_only_the_served_network_learns_from_the_test_sessions(own):
    test = WindowData.read((TEST,), 22, 3)
    scored, served = (volumes(network, test) for network in (ONNX_MODEL, SERVED_ONNX_MODEL))
    metrics = json.loads(TRAINING_METRICS.read_text())
    assert metrics["refit"]["epochs"] == metrics["best_epoch"]
    assert metrics["refit"]["last_session"] == str(pd.read_parquet(FEATURES)["session"].max())[:10]
    panel = pd.read_parquet(FEATURES)
    # Windows of the test sessions that end much higher than they begin.
    later = panel["split"] == TEST
    panel.loc[later, "log_volume"] += np.linspace(0, 3, later.sum())
    panel.to_parquet(FEATURES)
    train.main()
    np.testing.assert_allclose(volumes(ONNX_MODEL, test), scored, rtol=1e-5)
    assert volumes(SERVED_ONNX_MODEL, test).mean() > 1.02 * served.mean()


def test_without_a_refit_the_scored_network_is_served(own):
    own.write_params(train={"refit": False, "epochs": 1})
    train.main()
    test = WindowData.read((TEST,), 22, 3)
    np.testing.assert_array_equal(volumes(SERVED_ONNX_MODEL, test), volumes(ONNX_MODEL, test))
    assert json.loads(SERVED_CALENDAR_EFFECTS.read_text()) == json.loads(
        CALENDAR_EFFECTS.read_text()
    )
    assert json.loads(TRAINING_METRICS.read_text())["refit"] is None


@pytest.mark.parametrize(("window", "horizon"), [(22, 1), (66, 1)])
def test_another_window_and_a_horizon_of_one_session_are_trained_and_exported(
    own, monkeypatch, window, horizon
):
    own.write_params(
        preprocess={"validation_fraction": 0.3, "test_fraction": 0.3},
        engineer_features={"window": window, "horizon": horizon},
        train={"epochs": 1},
    )
    monkeypatch.setattr(train, "keep_if_significant", lambda network, *_: (network, 0.0))
    for stage in (preprocess, engineer_features, train):
        stage.main()
    data = WindowData.read((TEST,), window, horizon)
    scalers = Scalers.from_json(SCALERS.read_text())
    forecast = forecast_all(data, scalers, OnnxNetwork(ONNX_MODEL.read_bytes())).volumes
    assert forecast.shape == (len(data), horizon)
    errors_in_logs = np.log(forecast) - data.future_log_volumes()
    assert np.abs(errors_in_logs).mean() < 0.4  # the noise alone is 0.3 * sqrt(2 / pi)
