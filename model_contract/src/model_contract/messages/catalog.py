"""All codes by name, for the contract, the documentation and the texts in other languages."""

from types import ModuleType

from model_contract.messages import cells, forecasting, open_inference, reading, requests
from model_contract.messages.message import Code


def codes_of(module: ModuleType) -> dict[str, Code]:
    """The codes that a module declares, by name, in the order of their declaration."""
    return {code.name: code for code in vars(module).values() if isinstance(code, Code)}


# What people may see on the page, and thus has a text in each of its languages.
PAGE_CODES = codes_of(reading) | codes_of(cells) | codes_of(forecasting) | codes_of(requests)
CODES = PAGE_CODES | codes_of(open_inference)
