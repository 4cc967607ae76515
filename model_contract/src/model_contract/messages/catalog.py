"""All codes by name, for tests, the API documentation and the page's translations."""

from types import ModuleType

from model_contract.messages import cells, forecasting, open_inference, reading, requests
from model_contract.messages.message import Code


def codes_of(module: ModuleType) -> dict[str, Code]:
    """Return the codes that a module declares, by name, in declaration order."""
    return {code.name: code for code in vars(module).values() if isinstance(code, Code)}


# The codes that the page can show. The page has text for each code in every language.
PAGE_CODES = codes_of(reading) | codes_of(cells) | codes_of(forecasting) | codes_of(requests)
CODES = PAGE_CODES | codes_of(open_inference)
