"""Show where the time of one forecast goes: reading the file, the network, everything else.

    .venv/bin/python benchmarks/where_time_goes.py [--calls]     from the repository root

It forecasts with the model in MODEL_STORE (default: models/) and prints CPU milliseconds of
`Predictor.predict`, without HTTP. --calls also lists the functions that take the most time.
"""

import cProfile
import os
import pstats
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import bodies

from model_contract.store.model_store import ModelStore
from prediction_api.forecast import predictor as predictor_module
from prediction_api.forecast.predictor import Predictor

FILES = {
    "one window": bodies.one_window,
    "250-row history": lambda: bodies.history(250),
    "5,000-row history": lambda: bodies.history(5000),
    "100 tickers of 300": lambda: bodies.history(300, tickers=100),
    "10,000 windows": bodies.many_windows,
}
READING = ("read_table", "read_history", "read_windows")
SECONDS = 1.5  # for each file
CALLS = 25


def main() -> None:
    """Print one row for each file."""
    store = ModelStore(Path(os.environ.get("MODEL_STORE") or "models"))
    version = store.current()
    if version is None:
        sys.exit(
            f"{store.directory} has no published model: "
            "run the pipeline, or set MODEL_STORE to another folder"
        )
    predictor = Predictor(store.load(version))
    spent: dict[str, float] = defaultdict(float)
    for name in READING:
        setattr(predictor_module, name, timed(getattr(predictor_module, name), "reading", spent))
    for name in ("_served", "_scored"):
        found = getattr(predictor, name)
        setattr(predictor, name, replace(found, network=timed(found.network, "network", spent)))
    sys.stdout.write(
        f"{'CPU ms of':<20}{'reading':>10}{'network':>10}{'the rest':>10}{'all':>10}\n"
    )
    for name, make in FILES.items():
        report(name, partial(predictor.predict, make()), spent)


def timed(function: Callable[..., Any], part: str, spent: dict[str, float]) -> Callable[..., Any]:
    """Wrap a function so its CPU time is added to `spent[part]`."""

    def measured(*arguments: Any, **options: Any) -> Any:
        began = time.process_time()
        try:
            return function(*arguments, **options)
        finally:
            spent[part] += time.process_time() - began

    return measured


def report(name: str, predict: Callable[[], object], spent: dict[str, float]) -> None:
    """Measure one file; print its fastest run."""
    predict()
    runs = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until or len(runs) < 3:
        spent.clear()
        began = time.process_time()
        predict()
        runs.append((time.process_time() - began, spent["reading"], spent["network"]))
    whole, reading, network = min(runs)
    parts = (reading, network, whole - reading - network, whole)
    sys.stdout.write(f"{name:<20}" + "".join(f"{part * 1000:>10.2f}" for part in parts) + "\n")
    if "--calls" in sys.argv:
        with cProfile.Profile() as profile:
            for _ in range(max(1, int(0.5 / whole))):
                predict()
        pstats.Stats(profile).sort_stats("tottime").print_stats(CALLS)


if __name__ == "__main__":
    main()
