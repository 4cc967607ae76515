"""The contract's schemas, which pydantic generates from the types of requests and responses."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from model_contract.messages.catalog import CODES
from model_contract.messages.message import Code
from prediction_api.http.problems import ProblemDocument, ProtocolError
from prediction_api.ledger.fields import Forecasts, Scorecard
from prediction_api.open_inference.schemas import (
    InferenceAnswer,
    InferenceRequest,
    Live,
    ModelMetadata,
    ModelReady,
    ServerMetadata,
    ServerReady,
)
from prediction_api.responses import REASONS, Alive, Answer, Ready, ServedModel

TYPES = (
    Answer, ServedModel, Alive, Ready, Forecasts, Scorecard, ProblemDocument, ProtocolError,
    ServerMetadata, Live, ServerReady, ModelMetadata, ModelReady, InferenceRequest, InferenceAnswer,
)  # fmt: skip
MESSAGE_CODE = "MessageCode"
PLACEHOLDER = re.compile(r"{(\w+):?([^}]*)}")


def schemas() -> dict[str, Any]:
    """Return every schema in the contract by name."""
    # The configuration applies to typed dictionaries only if one tuple contains them all.
    adapter = TypeAdapter(tuple[TYPES], config=ConfigDict(use_attribute_docstrings=True))  # type: ignore[valid-type]
    schema = adapter.json_schema(
        ref_template="#/components/schemas/{model}",
        schema_generator=_WithoutTitles,
        mode="serialization",
    )
    found: dict[str, Any] = schema["$defs"]
    for part in found.values():
        if "code" in part["properties"]:
            part["properties"]["code"] = reference(MESSAGE_CODE)
    found["Reason"]["properties"]["of"]["enum"] = [*REASONS]
    return found | {MESSAGE_CODE: message_codes(CODES)}


def reference(schema: str) -> dict[str, str]:
    """Return a reference to a schema in the contract."""
    return {"$ref": f"#/components/schemas/{schema}"}


def message_codes(codes: Mapping[str, Code]) -> dict[str, Any]:
    """Return a schema of all message codes, with the meaning of each."""
    return {
        "type": "string",
        "enum": list(codes),
        "description": "The code of a problem, warning or note. `x-messages` describes each code.",
        "x-messages": {
            name: {
                "severity": code.severity,
                "params": sorted(code.parameters),
                "text": plain(code.text),
                "remedy": plain(code.remedy) or None,
            }
            for name, code in codes.items()
        },
    }


def plain(template: str) -> str:
    """Return a message template with plain placeholders, such as {count}."""
    return PLACEHOLDER.sub(_plain_placeholder, template)


def _plain_placeholder(match: re.Match[str]) -> str:
    name, form = match.groups()
    if "|" in form:  # singular|plural
        plural: str = form.split("|")[1]
        return plural
    return "" if form.startswith("?") or form == "of" else f"{{{name}}}"


class _WithoutTitles(GenerateJsonSchema):
    """Omits the titles of fields, which would only repeat their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
