"""The contract's examples: requests that the model which serves accepts, answers, and refusals."""

from importlib import resources
from typing import Any

from model_contract.model.features import (
    LOG_RANGE,
    LOG_RETURN,
    LOG_VOLUME,
    SESSIONS_BEFORE_FIRST_FEATURES,
)
from model_contract.store.bundle import Manifest
from prediction_api.open_inference.tensors import input_shapes

EXAMPLE_ROWS = 60  # of the CSV, where no model tells how many it needs
REQUEST_ID = "4f1d0c3a9b7e4c55a1b2c3d4e5f60718"
# Status: description, and examples of what is told: in a problem document, and below /v2.
REFUSALS = {
    400: (
        "The request cannot be understood.",
        "The query parameter 'points' takes a whole number from 0 to 250; found '-1'.",
        "Missing inputs calendar; the model takes window and calendar.",
    ),
    404: (
        "This version is not served.",
        "",
        "The version '1' is not served; 20261122T101500Z-1a2b3c4d is.",
    ),
    406: (
        "The header Accept allows no type of the answer.",
        "The answer is application/json or text/csv; the header Accept allows only 'text/html'.",
        "",
    ),
    413: (
        "Too large.",
        "A file may hold at most 64 MB, and a form at most 20 parts. Send fewer sessions or fewer tickers.",
        "The JSON may have at most 8388608 bytes, found 9000000. Send the tensors as binary data.",
    ),
    414: (
        "The address is too long; answered by the proxy.",
        *["The address of the request is too long."] * 2,
    ),
    415: (
        "A body of another type, or compressed.",
        "The body is compressed ('gzip'); send it uncompressed.",
        "The body is compressed ('gzip'); send it uncompressed.",
    ),
    422: (
        "The content of the CSV cannot be used.",
        "line 3, column Close: expected a number, found 'abc'",
        "",
    ),
    429: (
        "Too many requests of one client; answered by the proxy.",
        *["Too many requests. Try again in a few seconds."] * 2,
    ),
    431: (
        "The headers are too large; answered by the proxy.",
        *["The headers of the request are too large."] * 2,
    ),
    500: (
        "A mistake of this service.",
        *[f"Something went wrong here. The log tells more under {REQUEST_ID}."] * 2,
    ),
    502: (
        "The connection to the API was lost; answered by the proxy.",
        *["The API closed the connection before it had answered."] * 2,
    ),
    503: (
        "No model is published yet, or too many requests wait.",
        *["No model is published yet."] * 2,
    ),
    504: (
        "It took too long.",
        *["The forecast took too long. Send fewer sessions or fewer tickers."] * 2,
    ),
}
PREDICTION = {
    "ticker": "AAPL",
    "session": "2013-03-04",
    "step": 1,
    "volume": 17198710.5,
    "lower_80": 12574764.2,
    "upper_80": 27120655.4,
    "lower_95": 10501758.1,
    "upper_95": 36513902.7,
    "calendar": [],
}
ANSWER = {
    "model": {"version": "20261122T101500Z-1a2b3c4d", "trained_at": "2026-11-22T10:15:00Z"},
    "input": {"kind": "history", "rows": 300, "tickers": 1, "warnings": []},
    "predictions": [PREDICTION],
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
    """The last rows of the sample, as many as the model needs."""
    rows = manifest.window + SESSIONS_BEFORE_FIRST_FEATURES if manifest else EXAMPLE_ROWS
    header, *lines = resources.files("prediction_api").joinpath("sample.csv").read_text().splitlines()
    return "\n".join([header, *lines[-rows:], ""])


def example_tensors(manifest: Manifest) -> dict[str, Any]:
    """One window of average sessions: 10 million shares a day, an unchanged price, a range of 2 %."""
    shapes = input_shapes(manifest)
    session = {LOG_VOLUME: 16.1, LOG_RETURN: 0.0, LOG_RANGE: 0.02}
    data = {
        "window": [session[name] for name in manifest.features] * manifest.window,
        "calendar": [0] * (shapes["calendar"][0] * shapes["calendar"][1]),
    }
    return {
        "id": "example",
        "inputs": [
            {"name": name, "shape": [1, *shape], "datatype": "FP64", "data": data[name]}
            for name, shape in shapes.items()
        ],
        "outputs": [{"name": "volume"}, {"name": "lower_80"}, {"name": "upper_80"}],
    }
