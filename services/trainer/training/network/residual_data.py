"""What the residuals learn from, computed once before training.

The calendar effects and the linear path don't change while the residuals are trained. So the
network's other paths are computed only once for each window, and not again in every epoch.
"""

from dataclasses import dataclass

import keras
import numpy as np

from model_contract.arrays import Float32Array
from model_contract.model.forecasting import network_arguments
from model_contract.model.scaling import Scalers, targets
from training.network.lstm import CONTEXT, SERIES, WITHOUT_RESIDUAL
from training.window_data import WindowData


@dataclass(frozen=True)
class ResidualData:
    """The inputs and targets of a network's layer `RESIDUALS`.

    series    (samples, RECENT, SERIES_COLUMNS)
    context   (samples, horizon x (inputs + 1))
    wanted    (samples, horizon), scaled log volumes without the network's other paths
    """

    series: Float32Array
    context: Float32Array
    wanted: Float32Array

    @classmethod
    def of(cls, network: keras.Model, data: WindowData, scalers: Scalers) -> "ResidualData":
        """Compute the data of all windows."""
        names = (SERIES, CONTEXT, WITHOUT_RESIDUAL)
        paths = keras.Model(network.inputs, [network.get_layer(name).output for name in names])
        parts = []
        for batch in data.batches():
            arguments, level = network_arguments(data.windows(batch), scalers)
            series, context, known = map(np.asarray, paths(list(arguments)))
            wanted = targets(data.future_log_volumes(batch), level, scalers)
            parts.append((series, context, wanted - known))
        return cls(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def __len__(self) -> int:
        return len(self.wanted)

    def linear_loss(self) -> float:
        """Return the mean absolute error of the other paths alone: the residuals start at zero."""
        return float(np.mean(np.abs(self.wanted), dtype=np.float64))
