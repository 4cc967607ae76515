"""Scaling of the network's inputs and outputs. Scalers are stored as JSON, never as pickles."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from model_contract.arrays import Float32Array, FloatArray
from model_contract.errors import BundleError

# No company trades 1e15 shares a day; the cap keeps a wild extrapolation finite.
MAX_LOG_VOLUME = float(np.log(1e15))
# Standard deviations. The network's gates saturate far below this; float32 overflows far above it.
MAX_INPUT = 1e4
# Every column is a logarithm: a deviation below this is the rounding error of a constant.
SMALLEST_SCALE = 1e-9


@dataclass(frozen=True)
class Scaler:
    """Standardises named columns: (x - mean) / scale."""

    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    @classmethod
    def fit(cls, values: FloatArray, names: Sequence[str]) -> "Scaler":
        """Fit mean and population standard deviation to (rows, columns); constants get scale 1."""
        scale = values.std(axis=0)
        scale[scale < SMALLEST_SCALE] = 1.0
        return cls(tuple(names), tuple(values.mean(axis=0).tolist()), tuple(scale.tolist()))

    def without_means(self) -> "Scaler":
        """Return a scaler that only divides by the scale, so that 0 stays 0."""
        return replace(self, mean=(0.0,) * len(self.mean))

    def transform(self, values: FloatArray) -> FloatArray:
        """Standardise (rows, …, columns)."""
        # A wide table, because numpy takes three times as long along a last axis of length three.
        table = values.reshape(len(values), math.prod(values.shape[1:]))
        times = table.shape[1] // len(self.mean)
        scaled: FloatArray = table - np.array(self.mean * times)
        scaled /= np.array(self.scale * times)
        return scaled.reshape(values.shape)

    def inverse(self, values: npt.NDArray[np.floating]) -> FloatArray:
        """Undo `transform`, in double precision."""
        restored: FloatArray = values.astype(np.float64) * np.array(self.scale) + np.array(
            self.mean
        )
        return restored


@dataclass(frozen=True)
class Scalers:
    """The scalers of a model, fitted on training rows only.

    features   scales the window's features, with log volume relative to the window's level
    inputs     scales the inputs of a ticker's history; its means are 0, because an input of 0 says
               that there is nothing unusual, or nothing known
    target     scales the log volume to forecast, relative to the window's level; one column

    The first and the last scale log volume in the same way (`of`), so a change in volume has the
    same scaled size in the window and in the forecast.
    """

    features: Scaler
    inputs: Scaler
    target: Scaler

    @classmethod
    def of(cls, features: Scaler, inputs: Scaler) -> "Scalers":
        """Use the scaler of the first feature, the log volume, for the target as well."""
        target = Scaler(features.names[:1], features.mean[:1], features.scale[:1])
        return cls(features, inputs, target)

    def to_json(self) -> str:
        """Return both scalers as JSON."""
        return json.dumps(asdict(self), indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Scalers":
        """Read what `to_json` wrote. Raises `BundleError` for anything else."""
        try:
            parts = {
                key: Scaler(
                    tuple(part["names"]),
                    tuple(map(float, part["mean"])),
                    tuple(map(float, part["scale"])),
                )
                for key, part in json.loads(text).items()
            }
            return cls(**parts)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BundleError(f"scalers.json is malformed: {error}") from error


def window_level(windows: FloatArray) -> FloatArray:
    """Average the first feature, the log volume: (samples, window, features) -> (samples,)."""
    level: FloatArray = windows[:, :, 0].mean(axis=1)
    return level


def model_inputs(windows: FloatArray, scalers: Scalers) -> tuple[Float32Array, FloatArray]:
    """Scale windows for the network: (samples, window, features) -> float32, and levels (samples,).

    Subtracts the level from the window's log volume. One model then works for tickers of any size,
    and stays within the range of the training data if a ticker's volume changes permanently.
    """
    # Infinite and absurd values would make the level NaN.
    relative = np.clip(windows, -MAX_INPUT, MAX_INPUT)
    level = window_level(relative)
    relative[:, :, 0] -= level[:, None]
    scaled = scalers.features.transform(relative)
    return np.clip(scaled, -MAX_INPUT, MAX_INPUT, out=scaled).astype(np.float32), level


def scaled_inputs(inputs: FloatArray, scalers: Scalers) -> Float32Array:
    """Scale the inputs of histories for the network: (samples, horizon, inputs) -> float32."""
    scaled = scalers.inputs.transform(np.clip(inputs, -MAX_INPUT, MAX_INPUT))
    return np.clip(scaled, -MAX_INPUT, MAX_INPUT, out=scaled).astype(np.float32)


def volumes(outputs: npt.NDArray[np.floating], level: FloatArray, scalers: Scalers) -> FloatArray:
    """Convert the network's outputs, (samples, horizon), to shares; `level`: (samples,)."""
    log_volume = scalers.target.inverse(outputs) + level[:, None]
    return np.exp(np.minimum(log_volume, MAX_LOG_VOLUME))


def targets(log_volume: FloatArray, level: FloatArray, scalers: Scalers) -> Float32Array:
    """Scale the log volumes that the network learns, (samples, horizon); `level`: (samples,)."""
    return scalers.target.transform(log_volume - level[:, None]).astype(np.float32)
