"""The model's name, inputs and outputs in the Open Inference Protocol.

https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol
"""

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.model.onnx_network import CALENDAR, INPUTS, WINDOW
from model_contract.store.bundle import Manifest
from prediction_api.open_inference.schemas import OUTPUTS, ModelMetadata

MODEL, PLATFORM = "volume", "onnxruntime_onnx"
SERVER, SERVER_VERSION = "stock-volume-predictor", "1"
EXTENSIONS = ["binary_tensor_data"]
JSON_LENGTH = "Inference-Header-Content-Length"


def metadata(manifest: Manifest) -> ModelMetadata:
    """Return the inputs and outputs of the model."""
    inputs = input_shapes(manifest)
    return {
        "name": MODEL,
        "versions": [manifest.version],
        "platform": PLATFORM,
        "inputs": [
            {"name": name, "datatype": "FP64", "shape": [-1, *shape]}
            for name, shape in inputs.items()
        ],
        "outputs": [
            {"name": name, "datatype": "FP64", "shape": [-1, manifest.horizon]} for name in OUTPUTS
        ],
    }


def input_shapes(manifest: Manifest) -> dict[str, tuple[int, int]]:
    """Return each input's shape for one sample."""
    return {
        WINDOW: (manifest.window, len(manifest.features)),
        CALENDAR: (manifest.window + manifest.horizon, len(CALENDAR_FLAGS)),
        INPUTS: (manifest.horizon, len(INPUT_NAMES)),
    }
