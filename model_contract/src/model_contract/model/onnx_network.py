"""The network of a bundle, run by ONNX Runtime.

The trainer and the API share this code, so the API runs the network exactly as it was evaluated.
"""

import os

# Set this before the import. Otherwise the runtime collects usage data, stores a device id in the
# home directory and sends both to its vendor.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

from model_contract.arrays import Float32Array
from model_contract.errors import BundleError
from model_contract.model.forecasting import Network

# The runtime's exceptions have no common base class; unknown inputs raise a ValueError.
RUNTIME_ERRORS = (
    ValueError,
    runtime.Fail, runtime.InvalidArgument, runtime.InvalidGraph,
    runtime.InvalidProtobuf, runtime.NotImplemented, runtime.RuntimeException,
)  # fmt: skip
ERRORS_ONLY = 3
WINDOW, CALENDAR = "window", "calendar"  # the model's inputs


def load_network(model: bytes) -> Network:
    """Load an ONNX model. Returns a function of windows and their calendar.

    Raises `BundleError`.
    """
    options = ort.SessionOptions()
    # One thread: requests run in parallel, and the runtime doesn't know a container's quota.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = ERRORS_ONLY
    # The arena would keep memory for each thread's largest batch, and malloc is just as fast.
    options.enable_cpu_mem_arena = False
    try:
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except RUNTIME_ERRORS as error:
        raise BundleError(f"the model cannot be loaded: {error}") from error
    _require_inputs(session)
    target = session.get_outputs()[0].name

    def network(window: Float32Array, calendar: Float32Array) -> Float32Array:
        try:
            (outputs,) = session.run([target], {WINDOW: window, CALENDAR: calendar})
        except RUNTIME_ERRORS as error:
            raise BundleError(f"the model cannot be run: {error}") from error
        answer: Float32Array = outputs
        if answer.ndim != 2 or len(answer) != len(window):
            raise BundleError(
                f"the model's output has the shape {answer.shape} for {len(window)} windows"
            )
        return answer

    return network


def _require_inputs(session: ort.InferenceSession) -> None:
    shapes = {value.name: value.shape for value in session.get_inputs()}
    if set(shapes) != {WINDOW, CALENDAR}:
        raise BundleError(
            f"the model takes the inputs {sorted(shapes)} instead of {CALENDAR!r} and {WINDOW!r}; "
            "retrain the model"
        )
    if any(isinstance(size, int) for size in (shape[0] for shape in shapes.values() if shape)):
        raise BundleError(
            f"the model takes inputs with the shapes {shapes}; "
            "expected any number of samples as the first dimension"
        )
