"""The network of a bundle, run by ONNX Runtime."""

import os

# Set before the import: from then on the runtime would collect usage data, keep a device id in the home directory and
# send both to its maker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

from model_contract.errors import BundleError
from model_contract.forecasting import Network
from model_contract.scaling import Float32Array

# The runtime's exceptions have no base of their own; a ValueError tells of inputs that the model does not have.
RUNTIME_ERRORS = (
    ValueError,
    runtime.Fail, runtime.InvalidArgument, runtime.InvalidGraph,
    runtime.InvalidProtobuf, runtime.NotImplemented, runtime.RuntimeException,
)  # fmt: skip
ERRORS_ONLY = 3


def load_network(model: bytes) -> Network:
    """Make the ONNX `model` a function, (samples, window, features) -> (samples, horizon). Raises `BundleError`."""
    options = ort.SessionOptions()
    # One thread each: requests already run beside one another, and a container's quota is not seen by the runtime.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = ERRORS_ONLY
    try:
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except RUNTIME_ERRORS as error:
        raise BundleError(f"the model cannot be loaded: {error}") from error
    source, target = session.get_inputs()[0].name, session.get_outputs()[0].name

    def network(inputs: Float32Array) -> Float32Array:
        try:
            (outputs,) = session.run([target], {source: inputs})
        except RUNTIME_ERRORS as error:
            raise BundleError(f"the model cannot be run: {error}") from error
        answer: Float32Array = outputs
        if answer.ndim != 2 or len(answer) != len(inputs):
            raise BundleError(f"the model answers {len(inputs)} windows with the shape {answer.shape}")
        return answer

    return network
