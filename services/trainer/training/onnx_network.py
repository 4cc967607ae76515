"""The exported network, as the stages after training use it: without Keras, whose import takes seconds."""

import os
from pathlib import Path

# Set before the import: from then on the runtime would collect usage data, keep a device id in the home directory and
# send both to its maker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnxruntime

from model_contract.forecasting import Network


def onnx_network(path: Path) -> Network:
    """Give the ONNX file as a function of scaled windows and their calendar."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    return lambda window, calendar: np.asarray(session.run(None, {"window": window, "calendar": calendar})[0])
