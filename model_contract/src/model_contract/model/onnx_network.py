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
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES

# The runtime's exceptions have no common base class; unknown inputs raise a ValueError.
RUNTIME_ERRORS = (
    ValueError,
    runtime.Fail, runtime.InvalidArgument, runtime.InvalidGraph,
    runtime.InvalidProtobuf, runtime.NotImplemented, runtime.RuntimeException,
)  # fmt: skip
ERRORS_ONLY = 3
WINDOW, CALENDAR, INPUTS = "window", "calendar", "inputs"  # what the model takes
VOLUME, CONTRIBUTIONS = "volume", "contributions"  # what it gives
# The last axis of the contributions: each input, the constant of the linear path, and the LSTM.
LSTM = "lstm"
CONTRIBUTIONS_OF = (*INPUT_NAMES, "constant", LSTM)


class OnnxNetwork:
    """An ONNX model: a `Network` that can also give the contributions to its forecasts."""

    def __init__(self, model: bytes) -> None:
        """Load the model. Raises `BundleError`."""
        options = ort.SessionOptions()
        # One thread: requests run in parallel, and the runtime doesn't know a container's quota.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = ERRORS_ONLY
        # The arena would keep memory for each thread's largest batch, and malloc is just as fast.
        options.enable_cpu_mem_arena = False
        try:
            self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except RUNTIME_ERRORS as error:
            raise BundleError(f"the model cannot be loaded: {error}") from error
        _require_names(self._session)

    def __call__(
        self, window: Float32Array, calendar: Float32Array, inputs: Float32Array
    ) -> Float32Array:
        """Forecast scaled log volumes relative to the window's level: (samples, horizon).

        Raises `BundleError`.
        """
        return self._run(VOLUME, 2, window, calendar, inputs)

    def contributions(
        self, window: Float32Array, calendar: Float32Array, inputs: Float32Array
    ) -> Float32Array:
        """Return what each of `CONTRIBUTIONS_OF` adds: (samples, horizon, contributions).

        They are in the unit of the forecast. Raises `BundleError`.
        """
        found = self._run(CONTRIBUTIONS, 3, window, calendar, inputs)
        if found.shape[2] != len(CONTRIBUTIONS_OF):
            raise BundleError(
                f"the model gives {found.shape[2]} contributions to each forecast; "
                f"expected {len(CONTRIBUTIONS_OF)}"
            )
        return found

    def _run(
        self,
        output: str,
        dimensions: int,
        window: Float32Array,
        calendar: Float32Array,
        inputs: Float32Array,
    ) -> Float32Array:
        values = {WINDOW: window, CALENDAR: calendar, INPUTS: inputs}
        try:
            (answer,) = self._session.run([output], values)
        except RUNTIME_ERRORS as error:
            raise BundleError(f"the model cannot be run: {error}") from error
        found: Float32Array = answer
        if found.ndim != dimensions or len(found) != len(window):
            raise BundleError(
                f"the model's output has the shape {found.shape} for {len(window)} windows"
            )
        return found


def _require_names(session: ort.InferenceSession) -> None:
    shapes = {value.name: value.shape for value in session.get_inputs()}
    outputs = {value.name for value in session.get_outputs()}
    if set(shapes) != {WINDOW, CALENDAR, INPUTS} or outputs != {VOLUME, CONTRIBUTIONS}:
        raise BundleError(
            f"the model takes {sorted(shapes)} and gives {sorted(outputs)}; expected "
            f"{[CALENDAR, INPUTS, WINDOW]} and {[CONTRIBUTIONS, VOLUME]}; retrain the model"
        )
    if any(isinstance(size, int) for size in (shape[0] for shape in shapes.values() if shape)):
        raise BundleError(
            f"the model takes inputs with the shapes {shapes}; "
            "expected any number of samples as the first dimension"
        )
