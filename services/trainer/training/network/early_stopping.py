"""Early stopping whose state can be saved and restored between epochs, unlike Keras' version."""

from typing import Any

import keras
import numpy as np

from model_contract.arrays import Float32Array
from training.network.checkpoints import Arrays


class EarlyStopping(keras.callbacks.Callback):
    """Stops after `patience` epochs without improvement; keeps the losses and the best weights.

    losses         (loss, validation loss) by epoch; row 0 is the linear path alone, before the
                   first epoch
    best_weights   weights at the lowest validation loss, possibly those of row 0
    """

    def __init__(self, network: keras.Model, patience: int, linear: tuple[float, float]) -> None:
        super().__init__()
        self.network, self.patience, self.losses = network, patience, [linear]
        self.best_weights: list[Float32Array] = network.get_weights()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Record the epoch's losses, and its weights if they are the best so far."""
        if logs["val_loss"] < np.nanmin([validation for _, validation in self.losses]):
            self.best_weights = self.network.get_weights()
        self.losses.append((float(logs["loss"]), float(logs["val_loss"])))
        self.network.stop_training = self.is_over

    @property
    def epochs(self) -> int:
        """The number of completed epochs."""
        return len(self.losses) - 1

    @property
    def is_over(self) -> bool:
        """True if the last `patience` epochs brought no improvement.

        Row 0 doesn't count, because the first epochs may be worse than the linear path.
        """
        trained = np.nan_to_num([validation for _, validation in self.losses[1:]], nan=np.inf)
        return (
            self.epochs > self.patience
            and self.epochs - (int(trained.argmin()) + 1) >= self.patience
        )

    def state(self) -> Arrays:
        """Return everything that later epochs depend on.

        The random state of dropout is one of the network's variables.
        """
        parts = {
            "network": self.network.variables,
            "optimizer": self.network.optimizer.variables,
            "best": self.best_weights,
        }
        arrays = {
            f"{name}/{number}": np.asarray(value)
            for name, values in parts.items()
            for number, value in enumerate(values)
        }
        return arrays | {"losses": np.array(self.losses)}

    def restore(self, state: Arrays) -> None:
        """Restore a state returned by `state`; the network must be newly built."""
        self.network.optimizer.build(self.network.trainable_variables)
        for name, variables in (
            ("network", self.network.variables),
            ("optimizer", self.network.optimizer.variables),
        ):
            for number, variable in enumerate(variables):
                variable.assign(state[f"{name}/{number}"])
        self.best_weights = [state[f"best/{number}"] for number in range(len(self.best_weights))]
        self.losses = [(loss, validation) for loss, validation in state["losses"].tolist()]
