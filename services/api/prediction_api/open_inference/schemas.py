"""The JSON fields of the Open Inference Protocol.

`openapi` generates schemas from these types; the string below a field is its description.
"""

from typing import Annotated, Any, Literal, NotRequired, get_args

from annotated_types import Ge, Len
from typing_extensions import TypedDict

OutputName = Literal["volume", "lower_80", "upper_80", "lower_95", "upper_95"]
VOLUME: OutputName = "volume"
OUTPUTS: tuple[OutputName, ...] = get_args(OutputName)


class InputParameters(TypedDict):
    """Where to find an input's numbers."""

    binary_data_size: NotRequired[int | None]
    """Number of bytes after the JSON that belong to this tensor."""


class InputTensor(TypedDict):
    """An input tensor."""

    name: Literal["window", "calendar"]
    shape: Annotated[list[Annotated[int, Ge(1)]], Len(3, 3)]
    datatype: Literal["FP64", "FP32", "INT64", "BOOL"]
    """FP64 or FP32 for `window`; any of these for `calendar`."""
    parameters: NotRequired[InputParameters | None]
    data: NotRequired[list[Any] | None]
    """The numbers, row by row, flat or nested. Absent if they follow the JSON as bytes."""


class OutputParameters(TypedDict):
    """How to send an output."""

    binary_data: NotRequired[bool | None]
    """Whether to send the output as bytes after the JSON."""


class RequestedOutput(TypedDict):
    """An output tensor to return."""

    name: OutputName
    parameters: NotRequired[OutputParameters | None]


class RequestParameters(TypedDict):
    """Parameters for all outputs. Unknown parameters are ignored."""

    binary_data_output: NotRequired[bool | None]
    """Whether to send outputs as bytes, unless an output has its own `binary_data`."""


class InferenceRequest(TypedDict):
    """The body of POST /v2/models/volume/infer."""

    id: NotRequired[str | None]
    """Returned in the response."""
    parameters: NotRequired[RequestParameters | None]
    inputs: Annotated[list[InputTensor], Len(3, 3)]
    """`window`, (n, window, features): the unscaled features, in the order of GET /model, oldest
    session first. `calendar`, (n, window + horizon, flags): 0 or 1 for each session of the
    window and each session to forecast. `inputs`, (n, horizon, inputs): the unscaled inputs of each
    session to forecast, in the order of GET /model; 0 if unknown."""
    outputs: NotRequired[list[RequestedOutput] | None]
    """By default, only `volume`."""


class BinarySize(TypedDict):
    """Where to find an output's numbers."""

    binary_data_size: int
    """Number of bytes after the JSON that belong to this tensor."""


class OutputTensor(TypedDict):
    """An output tensor: (n, horizon), in shares."""

    name: OutputName
    shape: list[int]
    datatype: Literal["FP64"]
    parameters: NotRequired[BinarySize]
    data: NotRequired[list[float]]
    """The numbers, row by row. Absent if they follow the JSON as bytes."""


class InferenceAnswer(TypedDict):
    """The response to POST /v2/models/volume/infer."""

    model_name: str
    model_version: str
    id: NotRequired[str]
    outputs: list[OutputTensor]


class TensorFacts(TypedDict):
    """An input or output of the model; -1 means any size."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(TypedDict):
    """The response to GET /v2/models/volume."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorFacts]
    outputs: list[TensorFacts]


class ServerMetadata(TypedDict):
    """The response to GET /v2."""

    name: str
    version: str
    extensions: list[str]


class Live(TypedDict):
    """The response to GET /v2/health/live."""

    live: Literal[True]


class ServerReady(TypedDict):
    """The response to GET /v2/health/ready."""

    ready: Literal[True]


class ModelReady(TypedDict):
    """The response to GET /v2/models/volume/ready."""

    name: str
    ready: Literal[True]
