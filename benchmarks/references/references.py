"""Lower bounds for 10,000 windows: the network alone, and each CSV parser alone.

    references.py FILE.csv     a windows CSV

Prints one line of JSON with seconds, each the fastest of three runs under the API's limits.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import polars
from pyarrow import csv

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES

BATCH = 256  # the fastest size


def main() -> None:
    """Measure and print all lower bounds."""
    path = Path(sys.argv[1])
    store = Path(os.environ["MODEL_STORE"])
    bundle = store / (store / "CURRENT").read_text().strip()
    manifest = json.loads((bundle / "manifest.json").read_text())
    window, horizon = manifest["window"], manifest["horizon"]
    rows = path.read_bytes().count(b"\n") - 1
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(bundle / "model.onnx", options)
    features = (
        np.random.default_rng(1).normal(size=(rows, window, len(FEATURE_NAMES))).astype(np.float32)
    )
    calendar = np.zeros((rows, window + horizon, len(CALENDAR_FLAGS)), dtype=np.float32)
    inputs = np.zeros((rows, horizon, len(INPUT_NAMES)), dtype=np.float32)

    def network() -> None:
        for start in range(0, rows, BATCH):
            batch = slice(start, start + BATCH)
            parts = {"window": features, "calendar": calendar, "inputs": inputs}
            session.run(["volume"], {name: part[batch] for name, part in parts.items()})

    measured = {
        "onnxruntime": best_of_three(network),
        "pyarrow": best_of_three(lambda: csv.read_csv(path)),
        "pyarrow_one_thread": best_of_three(
            lambda: csv.read_csv(path, read_options=csv.ReadOptions(use_threads=False))
        ),
        "polars": best_of_three(lambda: polars.read_csv(path, try_parse_dates=True)),
    }
    sys.stdout.write(json.dumps(measured) + "\n")


def best_of_three(work: Callable[[], object]) -> float:
    """Return the seconds of the fastest of three runs, after a warm-up."""
    work()
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


if __name__ == "__main__":
    main()
