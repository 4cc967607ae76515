"""The exported network, as the stages after training use it: without Keras, whose import takes seconds."""

import os
from pathlib import Path

# Set before the import: from then on the runtime would collect usage data, keep a device id in the home directory and
# send both to its maker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnxruntime

from model_contract.errors import BundleError
from model_contract.forecasting import Network
from model_contract.scaling import Float32Array


def onnx_network(path: Path) -> Network:
    """Give the ONNX file as a function of scaled windows and their calendar.

    Raises `BundleError`, as does the function, for a file that the runtime cannot use, such as another program's.
    """
    try:
        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors have no base of their own
        raise BundleError(f"{path} cannot be loaded: {error}") from error

    def network(window: Float32Array, calendar: Float32Array) -> Float32Array:
        try:
            return np.asarray(session.run(None, {"window": window, "calendar": calendar})[0])
        except Exception as error:
            raise BundleError(f"{path} cannot be run: {error}") from error

    return network
