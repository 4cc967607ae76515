#!/usr/bin/env python3
"""Posts files and their canonical twins to a running API, and compares the forecasts.

    scripts/compare_twins.py FOLDER [URL]

FOLDER/same_as/NAME.csv is the twin of FOLDER/NAME.*: the same prices in the canonical form. Prints
a line for each file: whether its forecasts are those of its twin, or why it is refused, and its
warnings. Exits with 1 if a file with a twin gets other forecasts.
"""

import sys
from pathlib import Path
from typing import Any

import requests

ADDRESS = "http://localhost:5001"
TOLERANCE = 1e-6  # relative, for rounded prices
UNTYPED = {"Content-Type": "application/octet-stream"}


def main() -> None:
    """Compare all files of the folder."""
    folder, url = Path(sys.argv[1]), (sys.argv[2] if len(sys.argv) > 2 else ADDRESS)
    counts = {"same": 0, "DIFFERENT": 0, "without a twin": 0}
    for file in sorted(path for path in folder.iterdir() if path.is_file()):
        if file.suffix == ".md":
            continue
        twin = folder / "same_as" / f"{file.stem}.csv"
        answer = post(url, file)
        if not twin.exists():
            result = "without a twin"
        else:
            result = "same" if are_same(answer, post(url, twin)) else "DIFFERENT"
        counts[result] += 1
        sys.stdout.write(f"{file.name:28} {result:15} {summary(answer)}\n")
    sys.stdout.write(", ".join(f"{count} {result}" for result, count in counts.items()) + "\n")
    sys.exit(1 if counts["DIFFERENT"] else 0)


def post(url: str, file: Path) -> dict[str, Any]:
    """Forecast from a file; returns the response or the problem document."""
    response = requests.post(f"{url}/predict", file.read_bytes(), headers=UNTYPED, timeout=60)
    found: dict[str, Any] = response.json()
    return found


def are_same(answer: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two responses have the same sessions and volumes; tickers may be named or not."""
    pairs = [part.get("predictions") for part in (answer, other)]
    if not all(pairs) or len(pairs[0]) != len(pairs[1]):
        return False
    return all(
        one["session"] == two["session"] and abs(one["volume"] / two["volume"] - 1) <= TOLERANCE
        for one, two in zip(*pairs, strict=True)
    )


def summary(answer: dict[str, Any]) -> str:
    """The first forecast and the warnings, or the problem."""
    if "predictions" not in answer:
        return f"refused: {answer['detail']}"
    first, warnings = answer["predictions"][0], answer["input"]["warnings"]
    codes = ", ".join(warning["code"] for warning in warnings) or "no warnings"
    return f"{first['session']} {first['volume']:,.0f}; {codes}"


if __name__ == "__main__":
    main()
