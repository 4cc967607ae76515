"""Parses the body of an inference request into windows, and builds the body of the response.

Both bodies are JSON. With the binary tensor extension, the tensors follow the JSON as little-endian
bytes, and the Inference-Header-Content-Length header gives the length of the JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from model_contract.arrays import FloatArray
from model_contract.deadline import Check, never
from model_contract.messages import open_inference as codes
from model_contract.model.intervals import bands_around
from model_contract.model.onnx_network import CALENDAR, INPUTS, WINDOW
from model_contract.model.windows import Windows
from model_contract.store.bundle import Manifest
from prediction_api.forecast.predictor import Predictor
from prediction_api.http.errors import BadRequest, TooLarge
from prediction_api.open_inference.json_fields import field, flag, tensor_name, type_of
from prediction_api.open_inference.metadata import MODEL, input_shapes
from prediction_api.open_inference.schemas import (
    OUTPUTS,
    VOLUME,
    InferenceAnswer,
    OutputName,
    OutputTensor,
)
from prediction_api.open_inference.tensors import DATATYPES, read_inputs
from prediction_api.responses import require_finite

# While it is parsed, a JSON number takes about 30 bytes of memory; a binary number takes no more
# than its size.
MAX_JSON_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Inference:
    """A valid inference request."""

    id: str | None
    windows: Windows
    outputs: tuple[tuple[OutputName, bool], ...]  # names, and whether to send them as bytes


def read_request(
    body: bytes, json_bytes: int | None, manifest: Manifest, max_samples: int
) -> Inference:
    """Read a request for the model of `manifest`.

    json_bytes   length of the JSON at the start of the body; None if the body is only JSON

    Raises `BadRequest`, or `TooLarge` for more than `max_samples`.
    """
    size = len(body) if json_bytes is None else json_bytes
    if size > len(body):
        raise BadRequest(codes.JSON_LENGTH_TOO_LARGE(length=size, body=len(body)))
    if size > MAX_JSON_BYTES:
        raise TooLarge(codes.JSON_TOO_LARGE(limit=MAX_JSON_BYTES, found=size))
    request = _json(body[:size])
    name, parameters = field(request, "id", str, None), field(request, "parameters", dict, {})
    as_bytes = flag(parameters, "binary_data_output", default=False)
    outputs = _outputs(field(request, "outputs", list, []), as_bytes)
    binary, shapes = memoryview(body)[size:], input_shapes(manifest)
    tensors = read_inputs(field(request, "inputs", list), binary, shapes, max_samples)
    calendar = tensors[CALENDAR]
    if not np.all((calendar == 0) | (calendar == 1)):
        raise BadRequest(codes.CALENDAR_FLAG_EXPECTED())
    window, inputs = (tensors[name].astype(np.float64, copy=False) for name in (WINDOW, INPUTS))
    return Inference(name, Windows(window, calendar, inputs), outputs)


def infer(
    predictor: Predictor, request: Inference, check: Check = never
) -> dict[OutputName, FloatArray]:
    """Return the requested outputs by name, each (n, horizon), in shares.

    check   called between batches; raises once the deadline has passed
    """
    found, intervals = predictor.forecast(request.windows, check), predictor.manifest.intervals
    outputs: dict[str, FloatArray] = {VOLUME: found.volumes}
    for level, (lower, upper) in bands_around(found.volumes, intervals, found.sizes).items():
        outputs |= {f"lower_{level}": lower, f"upper_{level}": upper}
    return {name: outputs[name] for name, _ in request.outputs}


def answer_parts(
    request: Inference, volumes: Mapping[OutputName, FloatArray], version: str
) -> tuple[InferenceAnswer, bytes]:
    """Return the JSON of the response, and the bytes that follow it."""
    outputs: list[OutputTensor] = []
    binary = bytearray()
    for name, as_bytes in request.outputs:
        values = volumes[name]
        require_finite(values)
        output: OutputTensor = {"name": name, "shape": list(values.shape), "datatype": "FP64"}
        if as_bytes:
            data = values.astype(DATATYPES["FP64"][0]).tobytes()
            output["parameters"] = {"binary_data_size": len(data)}
            binary += data
        else:
            output["data"] = values.ravel().tolist()
        outputs.append(output)
    answer: InferenceAnswer = {"model_name": MODEL, "model_version": version, "outputs": outputs}
    if request.id is not None:
        answer["id"] = request.id
    return answer, bytes(binary)


def _json(text: bytes) -> dict[str, Any]:
    try:
        request = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequest(
            codes.JSON_INVALID(reason=error.msg, line=error.lineno, column=error.colno)
        ) from error
    if not isinstance(request, dict):
        raise BadRequest(codes.JSON_NOT_OBJECT(found=type_of(request)))
    return request


def _outputs(outputs: Sequence[Any], as_bytes: bool) -> tuple[tuple[OutputName, bool], ...]:
    requested: dict[OutputName, bool] = {}
    for output in outputs or [{"name": VOLUME}]:
        name: OutputName = tensor_name(output, OUTPUTS, "output")
        if name in requested:
            raise BadRequest(codes.TENSOR_TWICE(kind="output", name=name))
        parameters = field(output, "parameters", dict, {})
        if "classification" in parameters:
            raise BadRequest(codes.CLASSIFICATION_UNSUPPORTED())
        requested[name] = flag(parameters, "binary_data", default=as_bytes)
    return tuple(requested.items())
