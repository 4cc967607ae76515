"""Recorded inputs and forecasts of a model. Replaying them detects wrong scalers."""

import json
from dataclasses import dataclass

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.errors import BundleError
from model_contract.model.forecasting import Network, forecast_volumes
from model_contract.model.scaling import Scalers
from model_contract.model.windows import Windows

GOLDEN = "golden.json"
# Another CPU may add float32 numbers in a different order. A wrong scaler or model is far off.
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Golden:
    """Recorded inputs and their forecasts."""

    windows: Windows  # not scaled
    volumes: FloatArray  # (samples, horizon), shares

    def to_json(self) -> str:
        """Return the inputs and forecasts as nested lists in JSON."""
        parts = {
            "features": self.windows.features.tolist(),
            "calendar": self.windows.calendar.tolist(),
            "inputs": self.windows.inputs.tolist(),
            "volumes": self.volumes.tolist(),
        }
        return json.dumps(parts, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Golden":
        """Read what `to_json` wrote. Raises `BundleError` for anything else."""
        try:
            recorded = json.loads(text)
            features, calendar, inputs, volumes = (
                np.array(recorded[name], dtype=np.float64)
                for name in ("features", "calendar", "inputs", "volumes")
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BundleError(f"{GOLDEN} is malformed: {error!r}") from error
        return cls(Windows(features, calendar, inputs), volumes)

    def verify(self, scalers: Scalers, network: Network, version: str) -> None:
        """Replay the inputs through `network`, the model of `version`.

        Raises `BundleError` if a forecast differs from the recorded one, or the network can't run.
        """
        answers = self._replay(scalers, network, version)
        worst = float(np.max(np.abs(answers / self.volumes - 1)))
        if not worst <= TOLERANCE:  # also true of NaN
            raise BundleError(
                f"{version}: a forecast is {worst:.2%} off the recorded one; "
                f"rounding explains at most {TOLERANCE:.2%}"
            )

    def require_forecasts(self, scalers: Scalers, scored: Network, version: str) -> None:
        """Raise `BundleError` if the scored network of `version` can't forecast from the inputs.

        Its own forecasts aren't recorded.
        """
        if not np.all(np.isfinite(self._replay(scalers, scored, version))):
            raise BundleError(f"{version}: a forecast of the scored network is not a number")

    def _replay(self, scalers: Scalers, network: Network, version: str) -> FloatArray:
        try:
            answers = forecast_volumes(self.windows, scalers, network)
        except BundleError as error:
            raise BundleError(f"{version}: {error}") from error
        if answers.shape != self.volumes.shape:
            raise BundleError(
                f"{version}: the forecasts have the shape {answers.shape} "
                f"instead of the recorded {self.volumes.shape}"
            )
        return answers
