"""Reads fields of a JSON object. Raises `BadRequest` if one is missing or has the wrong type."""

from collections.abc import Mapping, Sequence
from typing import Any

from model_contract.messages import open_inference as codes
from prediction_api.http.errors import BadRequest

REQUIRED = object()
TYPES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "an integer",
    bool: "true or false",
}


def field(value: Mapping[str, Any], name: str, kind: type, default: Any = REQUIRED) -> Any:
    """Return the field `name`, of type `kind`; `default` if it is absent or null."""
    found = value.get(name)
    if found is None:
        if default is REQUIRED:
            raise BadRequest(codes.FIELD_MISSING(name=name, expected=TYPES[kind]))
        return default
    if type(found) is not kind:  # isinstance would accept true as an integer
        raise BadRequest(
            codes.FIELD_TYPE_WRONG(name=name, expected=TYPES[kind], found=type_of(found))
        )
    return found


def flag(parameters: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Return the boolean field `name`; `default` if it is absent or null."""
    value: bool = field(parameters, name, bool, default)
    return value


def tensor_name(tensor: Any, supported: Sequence[str], kind: str) -> Any:
    """Return the name of an input or output. Raises `BadRequest` if it is not in `supported`."""
    if not isinstance(tensor, dict):
        raise BadRequest(codes.TENSOR_NOT_OBJECT(kind=kind, found=type_of(tensor)))
    name = field(tensor, "name", str)
    if name not in supported:
        raise BadRequest(codes.TENSOR_UNKNOWN(kind=kind, name=name, supported=list(supported)))
    return name


def type_of(value: Any) -> str:
    """Return the type of a JSON value, for messages."""
    return TYPES.get(type(value), "null" if value is None else "a number")
