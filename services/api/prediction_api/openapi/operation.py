"""An operation: the parts that its view doesn't define."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TEXT = {"schema": {"type": "string"}}


@dataclass(frozen=True)
class Operation:
    """The parts of an operation that cannot be derived from its view."""

    tag: str
    responses: Mapping[int, Mapping[str, Any]]
    rejections: tuple[int, ...] = ()  # in addition to the statuses that every endpoint returns
    description: str = ""
    parameters: tuple[Mapping[str, Any], ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)


def response(description: str, content: Mapping[str, Any], *headers: str) -> dict[str, Any]:
    """Return a response with these headers and X-Request-ID."""
    return {
        "description": description,
        "headers": {name: name for name in ("X-Request-ID", *headers)},
        "content": content,
    }


def parameter(name: str, place: str, description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter in the path, the query or a header."""
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": schema,
    }
