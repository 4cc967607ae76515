"""The page has a text for every message that the API can send it.

services/frontend/tests/ compares the page's messages with a list of codes. This test checks that
the list matches the contract. To update the list, run `python tests/test_page_messages.py`.
"""

import json
from pathlib import Path

from model_contract.messages.catalog import PAGE_CODES

LIST = Path(__file__).parents[1] / "services" / "frontend" / "tests" / "message_codes.json"


def parameters_by_code() -> dict[str, list[str]]:
    """Return the sorted parameter names of each code."""
    return {name: sorted(code.parameters) for name, code in PAGE_CODES.items()}


def test_the_page_is_tested_with_the_codes_of_the_contract():
    assert json.loads(LIST.read_text(encoding="utf-8")) == parameters_by_code()


if __name__ == "__main__":
    LIST.write_text(json.dumps(parameters_by_code(), indent=2) + "\n", encoding="utf-8")
