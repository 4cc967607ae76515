import pytest

from training.errors import TrainingError
from training.running.progress import LOSS, VALIDATION_LOSS, Progress
from training.store.open import model_store


def test_progress_is_reported_after_each_epoch(workspace):
    progress = Progress(10)
    progress.on_train_begin()
    progress.on_epoch_end(3, {LOSS: 0.5, VALIDATION_LOSS: 0.25})
    status = model_store().status()
    assert (status.state, status.stage, status.epoch, status.epochs) == ("running", "train", 4, 10)
    assert (status.loss, status.validation_loss) == (0.5, 0.25)


def test_the_time_left_counts_only_this_process_s_epochs(workspace, monkeypatch):
    now = iter((100.0, 104.0))
    monkeypatch.setattr("training.running.progress.time.monotonic", lambda: next(now))
    progress = Progress(10, before=6)
    progress.on_train_begin()
    progress.on_epoch_end(7, {LOSS: 0.5, VALIDATION_LOSS: 0.25})
    assert model_store().status().eta_seconds == 4.0  # two epochs took 4 s, two are left


@pytest.mark.parametrize(
    "logs",
    [
        {LOSS: float("nan"), VALIDATION_LOSS: 1.0},
        {LOSS: 1.0, VALIDATION_LOSS: float("inf")},
    ],
    ids=["loss", "validation loss"],
)
def test_training_that_diverges_ends_with_advice(workspace, logs):
    progress = Progress(10)
    progress.on_train_begin()
    with pytest.raises(
        TrainingError, match=r"the loss in epoch 1 is not a number; lower train\.learning_rate"
    ):
        progress.on_epoch_end(0, logs)
