"""How training shows that it moves: a bar in a terminal, a line per epoch elsewhere, and the status for the page."""

import logging
import math
import sys
import time
from typing import Any

import keras

from training.errors import TrainingError
from training.status import report_epoch

log = logging.getLogger(__name__)


class Progress(keras.callbacks.Callback):
    """Reports each epoch. The time left assumes that all epochs run, so early stopping can only beat it."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs
        self.started = 0.0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start the clock."""
        self.started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report the epoch that ended, counted from 0. Raises `TrainingError` where training has diverged."""
        scores = logs or {}
        done = epoch + 1
        if not all(map(math.isfinite, (scores["loss"], scores["val_loss"]))):
            raise TrainingError(f"the loss is no number any more in epoch {done}; lower train.learning_rate")
        eta = (time.monotonic() - self.started) / done * (self.epochs - done)
        report_epoch(done, self.epochs, float(scores["loss"]), float(scores["val_loss"]), round(eta, 1))
        if not shows_a_bar():
            log.info(
                "epoch %d of %d: loss %.4f, validation loss %.4f, at most %.0f s left",
                done,
                self.epochs,
                scores["loss"],
                scores["val_loss"],
                eta,
            )


def shows_a_bar() -> bool:
    """Whether Keras draws its progress bar: only a terminal can redraw a line."""
    return sys.stdout.isatty()
