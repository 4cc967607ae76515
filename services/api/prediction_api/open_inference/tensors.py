"""The Open Inference Protocol's tensors: the body of a request to windows, forecasts to the body of an answer.

A request and an answer are JSON; with the binary tensor extension the JSON is followed by the tensors' bytes, little-endian,
and the header Inference-Header-Content-Length tells where it ends.
https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from model_contract.arrays import FloatArray
from model_contract.deadline import Check, never
from model_contract.messages.message import shown
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.intervals import bands_around
from model_contract.model.windows import Windows
from model_contract.store.bundle import Manifest
from prediction_api.forecast.predictor import Predictor
from prediction_api.http.errors import NotUnderstood, TooMuch
from prediction_api.open_inference.schemas import (
    OUTPUTS,
    VOLUME,
    InferenceAnswer,
    ModelMetadata,
    OutputName,
    OutputTensor,
)

MODEL, PLATFORM = "volume", "onnxruntime_onnx"
SERVER, SERVER_VERSION = "stock-volume-predictor", "1"
EXTENSIONS = ["binary_tensor_data"]
JSON_LENGTH = "Inference-Header-Content-Length"
WINDOW, CALENDAR = "window", "calendar"
# Each number of JSON takes some 30 bytes while it is read; what is sent as bytes takes its own size.
MAX_JSON_BYTES = 8 * 1024 * 1024
# Of the bytes, and of the numbers in JSON.
DATATYPES: dict[str, tuple[np.dtype[Any], set[type]]] = {
    "FP64": (np.dtype("<f8"), {int, float}),
    "FP32": (np.dtype("<f4"), {int, float}),
    "INT64": (np.dtype("<i8"), {int}),
    "BOOL": (np.dtype("u1"), {int, bool}),
}
TAKEN = {WINDOW: ("FP64", "FP32"), CALENDAR: tuple(DATATYPES)}

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Inference:
    """A request that was understood."""

    id: str | None
    windows: Windows
    outputs: tuple[tuple[OutputName, bool], ...]  # names, and whether as bytes


def metadata(manifest: Manifest) -> ModelMetadata:
    """Tell what the model takes and gives."""
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
    """Shapes of one sample of each input."""
    return {
        WINDOW: (manifest.window, len(manifest.features)),
        CALENDAR: (manifest.window + manifest.horizon, len(CALENDAR_FLAGS)),
    }


def read_request(
    body: bytes, json_bytes: int | None, manifest: Manifest, max_samples: int
) -> Inference:
    """Understand a request to the model of `manifest`, whose first `json_bytes` are JSON (None: all of it).

    Raises `NotUnderstood`, and `TooMuch` for more than `max_samples`.
    """
    size = len(body) if json_bytes is None else json_bytes
    if size > len(body):
        raise NotUnderstood(
            f"Inference-Header-Content-Length says that {size} bytes are JSON, but the body has {len(body)}."
        )
    if size > MAX_JSON_BYTES:
        raise TooMuch(
            f"The JSON may have at most {MAX_JSON_BYTES} bytes, found {size}. Send the tensors as binary data."
        )
    request = _json(body[:size])
    name, parameters = _part(request, "id", str, None), _part(request, "parameters", dict, {})
    as_bytes = _flag(parameters, "binary_data_output", default=False)
    outputs = _wanted(_part(request, "outputs", list, []), as_bytes)
    tensors = _inputs(
        _part(request, "inputs", list), memoryview(body)[size:], input_shapes(manifest), max_samples
    )
    calendar = tensors[CALENDAR]
    if not np.all((calendar == 0) | (calendar == 1)):
        raise NotUnderstood(f"Expected each number of {CALENDAR!r} to be 0 or 1.")
    return Inference(
        name, Windows(tensors[WINDOW].astype(np.float64, copy=False), calendar), outputs
    )


def infer(
    predictor: Predictor, request: Inference, check: Check = never
) -> dict[OutputName, FloatArray]:
    """Forecast what was asked for: by name, (n, horizon), in shares. `check` is called as `Predictor.forecast` does."""
    volumes = predictor.forecast(request.windows, check)
    every: dict[str, FloatArray] = {VOLUME: volumes}
    for level, (lower, upper) in bands_around(volumes, predictor.manifest.intervals).items():
        every |= {f"lower_{level}": lower, f"upper_{level}": upper}
    return {name: every[name] for name, _ in request.outputs}


def answer_parts(
    request: Inference, volumes: Mapping[OutputName, FloatArray], version: str
) -> tuple[InferenceAnswer, bytes]:
    """Give the JSON of the answer, and the bytes that follow it."""
    outputs: list[OutputTensor] = []
    binary = bytearray()
    for name, as_bytes in request.outputs:
        values = volumes[name]
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
        raise NotUnderstood(f"The request is not JSON: {error}.") from error
    if not isinstance(request, dict):
        raise NotUnderstood(f"Expected a JSON object, found {_kind(request)}.")
    return request


def _wanted(outputs: Sequence[Any], as_bytes: bool) -> tuple[tuple[OutputName, bool], ...]:
    wanted: dict[OutputName, bool] = {}
    for output in outputs or [{"name": VOLUME}]:
        name: OutputName = _name(output, OUTPUTS, "output")
        if name in wanted:
            raise NotUnderstood(f"The output {name!r} is asked for twice.")
        parameters = _part(output, "parameters", dict, {})
        if "classification" in parameters:
            raise NotUnderstood(
                "The outputs are volumes; the parameter 'classification' has no meaning here."
            )
        wanted[name] = _flag(parameters, "binary_data", default=as_bytes)
    return tuple(wanted.items())


def _inputs(
    inputs: Sequence[Any],
    binary: memoryview,
    shapes: Mapping[str, tuple[int, int]],
    max_samples: int,
) -> dict[str, Array]:
    """Read every input: (n, …), of one n."""
    tensors: dict[str, Array] = {}
    used = 0
    for tensor in inputs:
        name = _name(tensor, tuple(shapes), "input")
        if name in tensors:
            raise NotUnderstood(f"The input {name!r} is sent twice.")
        shape = _shape(tensor, name, shapes[name], max_samples)
        datatype = _part(tensor, "datatype", str)
        if datatype not in TAKEN[name]:
            raise NotUnderstood(
                f"The input {name!r} takes {', '.join(TAKEN[name])}; found the datatype {shown(datatype)}."
            )
        size = _part(_part(tensor, "parameters", dict, {}), "binary_data_size", int, None)
        if size is None:
            values = _numbers(_part(tensor, "data", list), datatype, shape, name)
        else:
            values = _binary(binary[used:], size, datatype, shape, name)
            used += size
            if tensor.get("data") is not None:
                raise NotUnderstood(f"The input {name!r} has both 'data' and 'binary_data_size'.")
        if not np.isfinite(values).all():
            where = np.argwhere(~np.isfinite(values))[0].tolist()
            raise NotUnderstood(
                f"Expected finite numbers, found {values[tuple(where)]} in {name!r} at {where}."
            )
        tensors[name] = (
            values  # as it was sent: flags of one byte are cast batch by batch, when they are computed
        )
    missing = [name for name in shapes if name not in tensors]
    if missing:
        raise NotUnderstood(
            f"Missing inputs {', '.join(missing)}; the model takes {' and '.join(shapes)}."
        )
    if used != len(binary):
        raise NotUnderstood(
            f"The inputs' binary_data_size add up to {used} bytes, but {len(binary)} follow the JSON."
        )
    samples = {name: len(values) for name, values in tensors.items()}
    if len(set(samples.values())) > 1:
        raise NotUnderstood(f"Expected as many samples in every input, found {samples}.")
    return tensors


def _shape(
    tensor: Mapping[str, Any], name: str, sample: tuple[int, int], max_samples: int
) -> tuple[int, ...]:
    shape = _part(tensor, "shape", list)
    expected = f"the input {name!r} in the shape [n, {sample[0]}, {sample[1]}] with n at least 1"
    if not all(type(size) is int for size in shape) or shape[1:] != list(sample) or shape[0] < 1:
        found = (
            str(shape)
            if len(shape) < 10 and all(type(size) is int for size in shape)
            else "something else"
        )
        raise NotUnderstood(f"Expected {expected}, found {found}.")
    if shape[0] > max_samples:
        raise TooMuch(
            f"At most {max_samples} windows are forecast at once, found {shape[0]}. Send them in parts."
        )
    return tuple(shape)


def _numbers(data: list[Any], datatype: str, shape: tuple[int, ...], name: str) -> Array:
    """Read the numbers of JSON, nested as the shape is or in one list, row by row."""
    flat = data
    if any(type(part) is list for part in data):
        _require_length(data, shape[0], name, shape)
        for size in shape[1:]:
            for part in flat:
                _require_length(part, size, name, shape)
            flat = [number for part in flat for number in part]
    _require_length(flat, math.prod(shape), name, shape)
    if not set(map(type, flat)) <= DATATYPES[datatype][1]:  # numpy would read texts as numbers, too
        raise NotUnderstood(
            f"The data of {name!r} hold something else than numbers of the datatype {datatype}."
        )
    return np.array(flat, dtype=np.float64).reshape(shape)


def _require_length(part: Any, length: int, name: str, shape: tuple[int, ...]) -> None:
    if type(part) is not list or len(part) != length:
        found = f"a list of {len(part)}" if type(part) is list else _kind(part)
        expected = f"{math.prod(shape)} numbers in one list, or nested in the shape {list(shape)}"
        raise NotUnderstood(
            f"Expected the data of {name!r} to be {expected}; found {found} in place of a list of {length}."
        )


def _binary(
    binary: memoryview, size: int, datatype: str, shape: tuple[int, ...], name: str
) -> Array:
    dtype = DATATYPES[datatype][0]
    expected = math.prod(shape) * dtype.itemsize
    if size != expected:
        raise NotUnderstood(
            f"The shape {list(shape)} of {datatype} takes {expected} bytes; binary_data_size of {name!r} is {size}."
        )
    if len(binary) < size:
        raise NotUnderstood(
            f"The bytes of {name!r} end early: expected {size}, found {len(binary)}."
        )
    return np.frombuffer(binary[:size], dtype).reshape(shape)


def _name(tensor: Any, known: Sequence[str], what: str) -> Any:
    if not isinstance(tensor, dict):
        raise NotUnderstood(f"Expected each {what} to be a JSON object, found {_kind(tensor)}.")
    name = _part(tensor, "name", str)
    if name not in known:
        raise NotUnderstood(f"There is no {what} {shown(name)}; there is {', '.join(known)}.")
    return name


def _flag(parameters: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value: bool = _part(parameters, name, bool, default)
    return value


REQUIRED = object()
KINDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a whole number",
    bool: "true or false",
}


def _part(value: Mapping[str, Any], name: str, kind: type, default: Any = REQUIRED) -> Any:
    """Give a field of a JSON object, which must be of this kind, or `default` where there is none or null."""
    found = value.get(name)
    if found is None:
        if default is REQUIRED:
            raise NotUnderstood(f"Missing {name!r}, {KINDS[kind]}.")
        return default
    if type(found) is not kind:  # not isinstance: true is no whole number
        raise NotUnderstood(f"Expected {name!r} to be {KINDS[kind]}, found {_kind(found)}.")
    return found


def _kind(value: Any) -> str:
    return KINDS.get(type(value), "null" if value is None else "a number")
