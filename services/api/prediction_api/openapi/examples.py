"""Example requests that the served model accepts, and example responses."""

import math
from importlib import resources
from typing import Any

from model_contract.errors import Problem
from model_contract.messages.cells import NUMBER_MISSING
from model_contract.messages.forecasting import COLUMNS_IGNORED
from model_contract.model.features import (
    LOG_RANGE,
    LOG_RETURN,
    LOG_VOLUME,
    SESSIONS_BEFORE_FIRST_FEATURES,
)
from model_contract.store.bundle import Manifest
from prediction_api.open_inference.metadata import input_shapes
from prediction_api.responses import warning_fields

EXAMPLE_ROWS = 60  # of the example CSV before the first model is published
REQUEST_ID = "4f1d0c3a9b7e4c55a1b2c3d4e5f60718"
CSV_PROBLEM = Problem(NUMBER_MISSING(found="NA"), 3, "Close")
NOTE = COLUMNS_IGNORED(count=1, columns=["Dividends"], more=False)
READING = {
    "encoding": "utf-8",
    "separator": ";",
    "header_line": 1,
    "sheet": None,
    "columns": {
        "Date": "Data",
        "Open": "Abertura",
        "High": "Máxima",
        "Low": "Mínima",
        "Close": "Fechamento",
        "Volume": "Quantidade",
    },
    "dates": "day-first",
    "decimal": "comma",
    "markets": ["XNYS"],
    "volume_unit": "shares",
    "splits": None,
    "options": {
        "volume_unit": ["shares", "lots-10", "lots-100", "lots-1000", "lots-10000", "lots-1000000"],
        "market": [
            "24/7",
            "BVMF",
            "XASX",
            "XBOM",
            "XETR",
            "XHKG",
            "XLON",
            "XNYS",
            "XPAR",
            "XTKS",
            "XTSE",
        ],
    },
}
VOLUME = 17198710.5
PREDICTION = {
    "ticker": "AAPL",
    "session": "2013-03-04",
    "step": 1,
    "volume": VOLUME,
    "lower_80": 12574764.2,
    "upper_80": 27120655.4,
    "lower_95": 10501758.1,
    "upper_95": 36513902.7,
    "calendar": [],
}
PARTS = {
    "monday": -0.0834,
    "memory": 0.0705,
    "news": 0.0,
    "market": 0.0,
    "reports": 0.0031,
    "own_calendar": 0.0066,
    "lstm": -0.0004,
}
REASONS = {
    "usual_volume": VOLUME / math.exp(sum(PARTS.values())),
    "parts": [{"of": part, "log": log, "change": math.expm1(log)} for part, log in PARTS.items()],
}
ANSWER = {
    "model": {"version": "20261122T101500Z-1a2b3c4d", "trained_at": "2026-11-22T10:15:00Z"},
    "input": {
        "kind": "history",
        "rows": 300,
        "tickers": 1,
        "reading": READING,
        "warnings": [warning_fields(NOTE)],
    },
    "predictions": [PREDICTION | {"reasons": REASONS}],
    "track_record": [
        {
            "ticker": "AAPL",
            "sessions": 250,
            "mae": 3712345.6,
            "mape": 0.217,
            "skill_vs_naive": 0.0985,
            "skill_vs_har": 0.021,
            "coverage_80": 0.776,
            "coverage_95": 0.944,
            "points": [
                {
                    "session": "2013-03-01",
                    "actual": 19722100.0,
                    "predicted": 16894211.3,
                    "lower_80": 12400931.2,
                    "upper_80": 26500112.9,
                }
            ],
        }
    ],
}
CSV_ANSWER = ",".join(PREDICTION) + "\n" + ",".join(map(str, PREDICTION.values())) + "\n"


def example_csv(manifest: Manifest | None) -> str:
    """Return the last rows of the sample, as many as the model needs."""
    rows = manifest.window + SESSIONS_BEFORE_FIRST_FEATURES if manifest else EXAMPLE_ROWS
    header, *lines = (
        resources.files("prediction_api").joinpath("sample.csv").read_text().splitlines()
    )
    return "\n".join([header, *lines[-rows:], ""])


def example_tensors(manifest: Manifest) -> dict[str, Any]:
    """Make one window of average sessions: 10 million shares, unchanged price, a range of 2 %.

    Nothing is known of the history before it.
    """
    shapes = input_shapes(manifest)
    session = {LOG_VOLUME: 16.1, LOG_RETURN: 0.0, LOG_RANGE: 0.02}
    data = {
        "window": [session[name] for name in manifest.features] * manifest.window,
        **{name: [0] * math.prod(shapes[name]) for name in ("calendar", "inputs")},
    }
    return {
        "id": "example",
        "inputs": [
            {"name": name, "shape": [1, *shape], "datatype": "FP64", "data": data[name]}
            for name, shape in shapes.items()
        ],
        "outputs": [{"name": "volume"}, {"name": "lower_80"}, {"name": "upper_80"}],
    }
