"""Shows training progress: a bar or a log line per epoch, the page's status, and loss curves."""

import logging
import math
import sys
import time
from collections.abc import Iterable
from typing import Any

import keras
from dvclive.live import Live

from model_contract.model.onnx_network import VOLUME
from training.errors import TrainingError
from training.running.status import report_epoch

log = logging.getLogger(__name__)

# Keras' names of the losses of the forecast; other losses are of single members of the ensemble.
LOSS, VALIDATION_LOSS = f"{VOLUME}_loss", f"val_{VOLUME}_loss"


class Progress(keras.callbacks.Callback):
    """Reports each epoch.

    epochs   number of epochs
    before   number of epochs that an earlier process completed
    """

    def __init__(self, epochs: int, before: int = 0) -> None:
        super().__init__()
        self.epochs, self.before = epochs, before
        self.started = 0.0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start the clock."""
        self.started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report a completed epoch, counted from 0.

        Raises `TrainingError` if training has diverged.
        """
        scores = logs or {}
        done = epoch + 1
        if not all(map(math.isfinite, (scores[LOSS], scores[VALIDATION_LOSS]))):
            raise TrainingError(
                f"the loss in epoch {done} is not a number; lower train.learning_rate"
            )
        eta = (time.monotonic() - self.started) / (done - self.before) * (self.epochs - done)
        report_epoch(
            done, self.epochs, float(scores[LOSS]), float(scores[VALIDATION_LOSS]), round(eta, 1)
        )
        if not shows_a_bar():
            log.info(
                "epoch %d of %d: loss %.4f, validation loss %.4f, about %.0f s left",
                done,
                self.epochs,
                scores[LOSS],
                scores[VALIDATION_LOSS],
                eta,
            )


class Curves(keras.callbacks.Callback):
    """Logs each epoch's losses to DVCLive, starting with the losses that are already known."""

    def __init__(self, live: Live, known: Iterable[tuple[float, float]]) -> None:
        super().__init__()
        self.live = live
        for loss, validation_loss in known:
            self._log(loss, validation_loss)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Log a completed epoch."""
        self._log(float(logs[LOSS]), float(logs[VALIDATION_LOSS]))

    def _log(self, loss: float, validation_loss: float) -> None:
        self.live.log_metric("train/loss", loss)
        self.live.log_metric("eval/loss", validation_loss)
        self.live.next_step()


def shows_a_bar() -> bool:
    """Return True if Keras draws its progress bar, which only a terminal can redraw."""
    return sys.stdout.isatty()
