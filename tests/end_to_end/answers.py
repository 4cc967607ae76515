"""Checks of responses, and small files to send."""

from typing import Any

import requests

HEADER = "Date,Open,High,Low,Close,Volume"
MEGABYTE = 2**20


def assert_problem(
    answer: requests.Response, status: int, code: str | None = None, **params: Any
) -> dict[str, Any]:
    """Check that the response is a problem document with this message and no private data.

    Returns the document's first error with the code, or the document itself.
    """
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "code", "params", "detail", "request_id", "errors"} <= problem.keys()
    for private in ("Traceback", "/app", "<"):
        assert private not in answer.text
    found = [each for each in (*problem["errors"], problem) if code in (None, each["code"])]
    assert found, f"no {code} in {answer.text}"
    assert params.items() <= found[0]["params"].items()
    return found[0]


def predictions(answer: requests.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["predictions"]
    return found


def warnings(answer: requests.Response) -> dict[str, dict[str, Any]]:
    """Return the parameters of each warning, by code."""
    assert answer.status_code == 200, answer.text
    return {each["code"]: each["params"] for each in answer.json()["input"]["warnings"]}


def rows(*lines: str) -> bytes:
    """Make a CSV of prices with these lines."""
    return "\n".join([HEADER, *lines]).encode()


def with_cells(data: bytes, **cells: str) -> bytes:
    """Change the cells of these columns on line 10."""
    lines = [line.split(",") for line in data.decode().splitlines()]
    for name, cell in cells.items():
        lines[9][lines[0].index(name)] = cell
    return "\n".join(map(",".join, lines)).encode()
