from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest

from model_contract.features import FEATURE_NAMES
from model_contract.forecasting import forecast_volumes
from model_contract.scaling import Scaler, Scalers, window_level
from training.errors import TrainingError
from training.network import build_network
from training.progress import Progress
from training.status import model_store
from training.train import Batches, fit

WINDOW, FEATURES, HORIZON = 22, len(FEATURE_NAMES), 3
SCALERS = Scalers(Scaler(FEATURE_NAMES, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), Scaler(("log_volume",), (0.0,), (1.0,)))


@pytest.fixture
def learnable(make_windows):
    """Windows whose future volumes follow from their past: a slow wave."""
    rows = np.arange(200)
    return make_windows(np.column_stack([14 + np.sin(rows / 3), np.cos(rows / 3) / 10, np.zeros(200)]))


def test_an_untrained_network_answers_zero_at_every_step(train_params):
    inputs = np.random.default_rng(1).normal(size=(5, WINDOW, FEATURES)).astype(np.float32)
    np.testing.assert_array_equal(build_network(WINDOW, FEATURES, HORIZON, train_params)(inputs), np.zeros((5, HORIZON)))


def test_an_untrained_network_forecasts_the_level_of_the_window(train_params, learnable):
    network = build_network(WINDOW, FEATURES, HORIZON, train_params)
    windows = learnable.windows()
    forecast = forecast_volumes(windows, SCALERS, lambda inputs: np.asarray(network(inputs)))
    np.testing.assert_allclose(forecast, np.exp(window_level(windows))[:, None].repeat(HORIZON, axis=1))


def test_it_overfits_a_small_batch(train_params):
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(1)
    inputs = random.normal(size=(16, WINDOW, FEATURES)).astype(np.float32)
    wanted = random.normal(size=(16, HORIZON)).astype(np.float32)
    network = build_network(WINDOW, FEATURES, HORIZON, train_params)
    losses = [float(network.train_on_batch(inputs, wanted)) for _ in range(300)]
    assert losses[-1] < losses[0] / 10


def test_training_lowers_the_validation_loss(workspace, train_params, learnable):
    keras.utils.set_random_seed(1)
    network = build_network(WINDOW, FEATURES, HORIZON, train_params)
    history = fit(network, learnable, learnable, SCALERS, train_params)
    assert history["validation_loss"].min() < history["validation_loss"].iloc[0] / 2


def test_the_same_seed_gives_the_same_weights(workspace, train_params, learnable):
    weights = []
    for _ in range(2):
        keras.utils.set_random_seed(train_params.seed)
        network = build_network(WINDOW, FEATURES, HORIZON, train_params)
        network.fit(Batches(learnable, SCALERS, 32, train_params.seed), epochs=2, verbose=0)
        weights.append(network.get_weights())
    for once, again in zip(*weights, strict=True):
        np.testing.assert_array_equal(once, again)


def test_another_seed_gives_other_weights(train_params):
    weights = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        weights.append(build_network(WINDOW, FEATURES, HORIZON, train_params).get_weights()[0])
    assert not np.array_equal(*weights)


@pytest.fixture
def unlearnable(make_windows):
    """Windows of noise to train and to validate on: validation gets worse while training gets better."""
    return [make_windows(np.random.default_rng(seed).normal(size=(120, FEATURES))) for seed in (1, 2)]


def test_the_weights_of_the_best_epoch_are_kept_and_not_the_last(workspace, train_params, unlearnable):
    keras.utils.set_random_seed(1)
    network = build_network(WINDOW, FEATURES, HORIZON, train_params)
    losses = fit(network, *unlearnable, SCALERS, train_params)["validation_loss"]
    kept = network.evaluate(Batches(unlearnable[1], SCALERS, 4096), verbose=0)
    assert kept == pytest.approx(losses.min(), rel=1e-5) != pytest.approx(losses.iloc[-1], rel=1e-5)


def test_training_stops_when_validation_no_longer_improves(workspace, train_params, unlearnable):
    params = replace(train_params, patience=3, epochs=50)
    keras.utils.set_random_seed(1)
    losses = fit(build_network(WINDOW, FEATURES, HORIZON, params), *unlearnable, SCALERS, params)["validation_loss"]
    assert len(losses) == losses.argmin() + 1 + params.patience


def test_an_epoch_visits_every_window_once_in_an_order_of_its_own(learnable):
    batches = Batches(learnable, SCALERS, 32, seed=1)
    first = batches.order.copy()
    batches.on_epoch_end()
    assert sorted(batches.order) == sorted(first) == list(range(len(learnable)))
    assert batches.order.tolist() != first.tolist()


def test_without_a_seed_windows_stay_in_order(learnable):
    batches = Batches(learnable, SCALERS, 32)
    batches.on_epoch_end()
    np.testing.assert_array_equal(batches.order, np.arange(len(learnable)))


def test_the_last_batch_holds_the_rest(learnable):
    batches = Batches(learnable, SCALERS, 50)
    assert [len(batches[batch][0]) for batch in range(len(batches))] == [50, 50, 50, 26]


def test_inputs_and_targets_of_a_batch_belong_to_one_window(learnable):
    inputs, wanted = Batches(learnable, SCALERS, 8, seed=3)[1]
    order = Batches(learnable, SCALERS, 8, seed=3).order[8:16]
    level = window_level(learnable.windows(order))[:, None]
    np.testing.assert_allclose(inputs[:, :, 0], learnable.windows(order)[:, :, 0] - level, atol=1e-6)
    np.testing.assert_allclose(wanted, learnable.future_log_volumes(order) - level, atol=1e-6)


def test_progress_is_reported_after_each_epoch(workspace):
    progress = Progress(10)
    progress.on_train_begin()
    progress.on_epoch_end(3, {"loss": 0.5, "val_loss": 0.25})
    status = model_store().status()
    assert (status.state, status.stage, status.epoch, status.epochs) == ("running", "train", 4, 10)
    assert (status.loss, status.validation_loss) == (0.5, 0.25)


@pytest.mark.parametrize(
    "logs", [{"loss": float("nan"), "val_loss": 1.0}, {"loss": 1.0, "val_loss": float("inf")}], ids=["loss", "validation loss"]
)
def test_training_that_diverges_ends_with_advice(workspace, logs):
    progress = Progress(10)
    progress.on_train_begin()
    with pytest.raises(TrainingError, match=r"the loss is no number any more in epoch 1; lower train\.learning_rate"):
        progress.on_epoch_end(0, logs)


def test_the_stage_writes_a_loss_per_epoch(in_finished):
    losses = pd.read_csv("metrics/plots/loss.csv")
    assert list(losses.columns) == ["epoch", "loss", "validation_loss"]
    assert losses["epoch"].tolist() == [1, 2]
