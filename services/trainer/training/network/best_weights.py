"""Keeps losses and the best weights, with a state that can be saved between epochs."""

from typing import Any

import keras
import numpy as np

from model_contract.arrays import Float32Array
from training.network.checkpoints import Arrays
from training.running.progress import LOSS, VALIDATION_LOSS


class BestWeights(keras.callbacks.Callback):
    """Keeps the losses of all epochs and the weights of the best one.

    losses         (loss, validation loss) by epoch; row 0 is the linear path alone, before the
                   first epoch
    best_weights   weights at the lowest validation loss, possibly those of row 0; without a
                   validation loss, those of the last epoch
    """

    def __init__(self, learner: keras.Model, linear: tuple[float, float]) -> None:
        super().__init__()
        self.learner, self.losses = learner, [linear]
        self.best_weights: list[Float32Array] = learner.get_weights()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Record the epoch's losses, and its weights if they are the best so far."""
        loss = logs.get(VALIDATION_LOSS)
        if loss is None or loss < np.nanmin([validation for _, validation in self.losses]):
            self.best_weights = self.learner.get_weights()
        self.losses.append((float(logs[LOSS]), float("nan" if loss is None else loss)))

    @property
    def epochs(self) -> int:
        """The number of completed epochs."""
        return len(self.losses) - 1

    def state(self) -> Arrays:
        """Return everything that later epochs depend on.

        The random state of dropout is one of the learner's variables.
        """
        parts = {
            "learner": self.learner.variables,
            "optimizer": self.learner.optimizer.variables,
            "best": self.best_weights,
        }
        arrays = {
            f"{name}/{number}": np.asarray(value)
            for name, values in parts.items()
            for number, value in enumerate(values)
        }
        return arrays | {"losses": np.array(self.losses)}

    def restore(self, state: Arrays) -> None:
        """Restore a state returned by `state`; the learner must be newly built."""
        self.learner.optimizer.build(self.learner.trainable_variables)
        for name, variables in (
            ("learner", self.learner.variables),
            ("optimizer", self.learner.optimizer.variables),
        ):
            for number, variable in enumerate(variables):
                variable.assign(state[f"{name}/{number}"])
        self.best_weights = [state[f"best/{number}"] for number in range(len(self.best_weights))]
        self.losses = [(loss, validation) for loss, validation in state["losses"].tolist()]
