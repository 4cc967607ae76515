"""What requests and answers of the Open Inference Protocol hold: the fields of their JSON.

`openapi` makes the contract's schemas from these types; the text below a field describes it there.
"""

from typing import Annotated, Any, Literal, NotRequired, get_args

from annotated_types import Ge, Len
from typing_extensions import TypedDict

OutputName = Literal["volume", "lower_80", "upper_80", "lower_95", "upper_95"]
VOLUME: OutputName = "volume"
OUTPUTS: tuple[OutputName, ...] = get_args(OutputName)


class InputParameters(TypedDict):
    """Where the numbers of an input are."""

    binary_data_size: NotRequired[int | None]
    """How many bytes after the JSON are this tensor's."""


class InputTensor(TypedDict):
    """A tensor that is sent."""

    name: Literal["window", "calendar"]
    shape: Annotated[list[Annotated[int, Ge(1)]], Len(3, 3)]
    datatype: Literal["FP64", "FP32", "INT64", "BOOL"]
    """`window` takes FP64 and FP32; `calendar` takes each of them."""
    parameters: NotRequired[InputParameters | None]
    data: NotRequired[list[Any] | None]
    """The numbers, row by row, in one list or nested. Absent where they follow the JSON as bytes."""


class OutputParameters(TypedDict):
    """How an output is wanted."""

    binary_data: NotRequired[bool | None]
    """As bytes after the JSON."""


class WantedOutput(TypedDict):
    """A tensor that is asked for."""

    name: OutputName
    parameters: NotRequired[OutputParameters | None]


class RequestParameters(TypedDict):
    """What holds for all outputs. Others are ignored."""

    binary_data_output: NotRequired[bool | None]
    """Give every output as bytes, unless it says otherwise itself."""


class InferenceRequest(TypedDict):
    """What POST /v2/models/volume/infer takes."""

    id: NotRequired[str | None]
    """Given back with the answer."""
    parameters: NotRequired[RequestParameters | None]
    inputs: Annotated[list[InputTensor], Len(2, 2)]
    """`window`, (n, window, features): the features before scaling, in the order of GET /model, oldest session first.
    `calendar`, (n, window + horizon, flags): 0 or 1, of the window's sessions and of those to forecast."""
    outputs: NotRequired[list[WantedOutput] | None]
    """`volume` alone where none is asked for."""


class BinarySize(TypedDict):
    """Where the numbers of an output are."""

    binary_data_size: int
    """How many bytes after the JSON are this tensor's."""


class OutputTensor(TypedDict):
    """A tensor of the answer: (n, horizon), in shares."""

    name: OutputName
    shape: list[int]
    datatype: Literal["FP64"]
    parameters: NotRequired[BinarySize]
    data: NotRequired[list[float]]
    """The numbers, row by row. Absent where they follow the JSON as bytes."""


class InferenceAnswer(TypedDict):
    """What POST /v2/models/volume/infer answers."""

    model_name: str
    model_version: str
    id: NotRequired[str]
    outputs: list[OutputTensor]


class TensorFacts(TypedDict):
    """A tensor that the model takes or gives; -1 stands for any number."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(TypedDict):
    """What GET /v2/models/volume answers."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorFacts]
    outputs: list[TensorFacts]


class ServerMetadata(TypedDict):
    """What GET /v2 answers."""

    name: str
    version: str
    extensions: list[str]


class Live(TypedDict):
    """What GET /v2/health/live answers."""

    live: Literal[True]


class ServerReady(TypedDict):
    """What GET /v2/health/ready answers."""

    ready: Literal[True]


class ModelReady(TypedDict):
    """What GET /v2/models/volume/ready answers."""

    name: str
    ready: Literal[True]
