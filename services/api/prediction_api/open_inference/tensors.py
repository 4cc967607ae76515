"""Reads the input tensors of an inference request, from JSON or from the bytes that follow it.

Each function raises `BadRequest`, or `TooLarge` for too many samples.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model_contract.messages import open_inference as codes
from model_contract.model.onnx_network import CALENDAR, INPUTS, WINDOW
from prediction_api.http.errors import BadRequest, TooLarge
from prediction_api.open_inference.json_fields import field, tensor_name, type_of

# By datatype: the type of the bytes (little-endian), and the Python types of JSON numbers.
DATATYPES: dict[str, tuple[np.dtype[Any], set[type]]] = {
    "FP64": (np.dtype("<f8"), {int, float}),
    "FP32": (np.dtype("<f4"), {int, float}),
    "INT64": (np.dtype("<i8"), {int}),
    "BOOL": (np.dtype("u1"), {int, bool}),
}
SUPPORTED = {
    WINDOW: ["FP64", "FP32"],
    CALENDAR: list(DATATYPES),
    INPUTS: ["FP64", "FP32"],
}
MAX_DIMENSIONS_SHOWN = 9

Array = npt.NDArray[Any]


def read_inputs(
    inputs: Sequence[Any],
    binary: memoryview,
    shapes: Mapping[str, tuple[int, int]],
    max_samples: int,
) -> dict[str, Array]:
    """Return all inputs by name, each (n, …) with the same n.

    binary   the bytes after the JSON
    shapes   the shape of one sample, by input
    """
    tensors: dict[str, Array] = {}
    used = 0
    for tensor in inputs:
        name = tensor_name(tensor, tuple(shapes), "input")
        if name in tensors:
            raise BadRequest(codes.TENSOR_TWICE(kind="input", name=name))
        shape = _shape(tensor, name, shapes[name], max_samples)
        # Keep the request's datatype; forecasting converts one-byte flags batch by batch.
        tensors[name], size = _values(tensor, name, shape, binary[used:])
        used += size
    missing = [name for name in shapes if name not in tensors]
    if missing:
        raise BadRequest(codes.INPUTS_MISSING(missing=missing, needed=list(shapes)))
    if used != len(binary):
        raise BadRequest(codes.BINARY_LENGTH_WRONG(expected=used, found=len(binary)))
    samples = {name: len(values) for name, values in tensors.items()}
    if len(set(samples.values())) > 1:
        raise BadRequest(codes.SAMPLES_DIFFER(**samples))
    return tensors


def _shape(
    tensor: Mapping[str, Any], name: str, sample: tuple[int, int], max_samples: int
) -> tuple[int, ...]:
    shape = field(tensor, "shape", list)
    whole = all(type(size) is int for size in shape)
    if not whole or shape[1:] != list(sample) or shape[0] < 1:
        found = str(shape) if whole and len(shape) <= MAX_DIMENSIONS_SHOWN else "another list"
        raise BadRequest(codes.SHAPE_WRONG(name=name, sample=list(sample), found=found))
    if shape[0] > max_samples:
        raise TooLarge(codes.TOO_MANY_WINDOWS(limit=max_samples, found=shape[0]))
    return tuple(shape)


def _values(
    tensor: Mapping[str, Any], name: str, shape: tuple[int, ...], binary: memoryview
) -> tuple[Array, int]:
    """Return the values of one input, and how many bytes of `binary` they used."""
    datatype = field(tensor, "datatype", str)
    if datatype not in SUPPORTED[name]:
        raise BadRequest(codes.DATATYPE_WRONG(name=name, found=datatype, supported=SUPPORTED[name]))
    size = field(field(tensor, "parameters", dict, {}), "binary_data_size", int, None)
    if size is None:
        values = _from_json(field(tensor, "data", list), datatype, shape, name)
    else:
        values = _from_bytes(binary, size, datatype, shape, name)
        if tensor.get("data") is not None:
            raise BadRequest(codes.DATA_TWICE(name=name))
    finite = np.isfinite(values)
    if not finite.all():
        index = np.argwhere(~finite)[0].tolist()
        found = str(values[tuple(index)])
        raise BadRequest(codes.NUMBER_NOT_FINITE(found=found, name=name, index=index))
    return values, size or 0


def _from_json(data: list[Any], datatype: str, shape: tuple[int, ...], name: str) -> Array:
    """Read JSON numbers, nested like `shape` or in one flat list, row by row."""
    flat = data
    if any(type(part) is list for part in data):
        _require_length(data, shape[0], name, shape)
        for size in shape[1:]:
            for part in flat:
                _require_length(part, size, name, shape)
            flat = [number for part in flat for number in part]
    _require_length(flat, math.prod(shape), name, shape)
    if not set(map(type, flat)) <= DATATYPES[datatype][1]:  # numpy would parse strings as numbers
        raise BadRequest(codes.DATA_TYPE_WRONG(name=name, datatype=datatype))
    return np.array(flat, dtype=np.float64).reshape(shape)


def _require_length(part: Any, length: int, name: str, shape: tuple[int, ...]) -> None:
    if type(part) is not list or len(part) != length:
        found = f"a list of {len(part)}" if type(part) is list else type_of(part)
        raise BadRequest(
            codes.DATA_SHAPE_WRONG(
                name=name, count=math.prod(shape), shape=list(shape), found=found, length=length
            )
        )


def _from_bytes(
    binary: memoryview, size: int, datatype: str, shape: tuple[int, ...], name: str
) -> Array:
    dtype = DATATYPES[datatype][0]
    expected = math.prod(shape) * dtype.itemsize
    if size != expected:
        raise BadRequest(
            codes.BINARY_SIZE_WRONG(
                name=name, shape=list(shape), datatype=datatype, expected=expected, found=size
            )
        )
    if len(binary) < size:
        raise BadRequest(codes.BINARY_TOO_SHORT(name=name, expected=size, found=len(binary)))
    return np.frombuffer(binary[:size], dtype).reshape(shape)
