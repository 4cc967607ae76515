import keras
import numpy as np
import pytest

from model_contract.model.features import FEATURE_NAMES
from model_contract.model.scaling import Scaler, Scalers
from training.errors import TrainingError
from training.network.fitting import Batches
from training.running.progress import Progress
from training.store.open import model_store
from training.window_data import WindowData

PLAIN = Scalers.of_features(Scaler(FEATURE_NAMES, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))


@pytest.fixture(scope="module")
def data(make_windows) -> tuple[WindowData, WindowData]:
    """A few windows in which a large return, up or down, makes the next volume large."""
    made = []
    for seed in (1, 2):
        random = np.random.default_rng(seed)
        returns = random.normal(0, 1, 150)
        log_volume = 14 + np.concatenate([[0], np.abs(returns[:-1])]) + random.normal(0, 0.3, 150)
        made.append(make_windows(np.column_stack([log_volume, returns, np.zeros(150)])))
    return made[0], made[1]


def loss(network: keras.Model, data: WindowData) -> float:
    inputs, wanted = Batches(data, PLAIN, 4096)[0]
    return float(np.abs(np.asarray(network(inputs)) - wanted).mean())


def test_progress_is_reported_after_each_epoch(workspace):
    progress = Progress(10)
    progress.on_train_begin()
    progress.on_epoch_end(3, {"loss": 0.5, "val_loss": 0.25})
    status = model_store().status()
    assert (status.state, status.stage, status.epoch, status.epochs) == ("running", "train", 4, 10)
    assert (status.loss, status.validation_loss) == (0.5, 0.25)


def test_the_time_left_counts_only_this_process_s_epochs(workspace, monkeypatch):
    now = iter((100.0, 104.0))
    monkeypatch.setattr("training.running.progress.time.monotonic", lambda: next(now))
    progress = Progress(10, before=6)
    progress.on_train_begin()
    progress.on_epoch_end(7, {"loss": 0.5, "val_loss": 0.25})
    assert model_store().status().eta_seconds == 4.0  # two epochs took 4 s, two are left


@pytest.mark.parametrize(
    "logs",
    [{"loss": float("nan"), "val_loss": 1.0}, {"loss": 1.0, "val_loss": float("inf")}],
    ids=["loss", "validation loss"],
)
def test_training_that_diverges_ends_with_advice(workspace, logs):
    progress = Progress(10)
    progress.on_train_begin()
    with pytest.raises(
        TrainingError, match=r"the loss is not a number in epoch 1; lower train\.learning_rate"
    ):
        progress.on_epoch_end(0, logs)
