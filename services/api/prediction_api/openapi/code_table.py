"""Writes the table of all message codes to docs/api.md.

python -m prediction_api.openapi.code_table docs/api.md
"""

import sys
from pathlib import Path

from model_contract.messages.catalog import CODES
from prediction_api.openapi.schemas import plain

BEGIN, END = "<!-- codes: made by prediction_api.openapi.code_table -->", "<!-- end of codes -->"


def code_table() -> str:
    """Return a Markdown table of all codes."""
    rows = [
        f"| `{name}` | {code.severity} | {', '.join(f'`{p}`' for p in sorted(code.parameters))} "
        f"| {plain(code.text)} | {plain(code.remedy)} |"
        for name, code in CODES.items()
    ]
    header = ["| code | severity | params | text | remedy |", "|---|---|---|---|---|"]
    return "\n".join([*header, *rows])


def with_table(text: str) -> str:
    """Return `text` with an up-to-date table of codes."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{code_table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(with_table(file.read_text(encoding="utf-8")), encoding="utf-8")
