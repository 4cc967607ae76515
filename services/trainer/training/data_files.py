"""Reads and writes JSON and CSV files in a fixed format, which keeps diffs readable."""

import json
from pathlib import Path
from typing import Any

import pandas as pd


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write `content` to `path`, creating its folder. Raises `ValueError` for NaN or infinity."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table to `path` without its index, creating its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n")
