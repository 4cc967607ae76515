"""What /predict answers: the fields of its JSON, and its predictions as a CSV."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any, TypedDict

from model_contract.csv_values import DateArray, FloatArray
from model_contract.intervals import Bands

# A spreadsheet would run such a cell as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Prediction(TypedDict):
    """The forecast of one session's volume, in shares."""

    ticker: str | None
    session: str | None  # ISO 8601
    step: int  # sessions after the forecast origin, from 1
    volume: float
    lower_80: float
    upper_80: float
    lower_95: float
    upper_95: float


class Point(TypedDict):
    """One past forecast beside what then happened, in shares."""

    session: str
    actual: float
    predicted: float
    lower_80: float
    upper_80: float


class TrackRecord(TypedDict):
    """How good the model's one-step forecasts were over the last sessions of one ticker."""

    ticker: str | None
    sessions: int
    mae: float  # shares
    mape: float  # fraction
    skill_vs_naive: float
    skill_vs_har: float
    coverage_80: float  # fraction
    coverage_95: float
    points: list[Point]


class ModelName(TypedDict):
    """Which model answered."""

    version: str
    trained_at: str


class InputSummary(TypedDict):
    """What was read of the posted file."""

    kind: str  # history, windows
    rows: int
    tickers: int
    warnings: list[str]


class Answer(TypedDict):
    """The whole answer."""

    model: ModelName
    input: InputSummary
    predictions: list[Prediction]
    track_record: list[TrackRecord]


def prediction_rows(forecasts: FloatArray, bands: Bands, tickers: Sequence[str | None], sessions: DateArray) -> list[Prediction]:
    """Name the forecasts, (samples, steps), by the tickers (samples,) and the sessions (samples, steps) that they are of.

    A session that is NaT has no name: null.
    """
    bounds = {level: [bound.tolist() for bound in band] for level, band in bands.items()}
    days = [[day.isoformat() if day else None for day in row] for row in sessions.tolist()]
    return [
        {
            "ticker": tickers[sample],
            "session": days[sample][step],
            "step": step + 1,
            "volume": volume,
            "lower_80": bounds["80"][0][sample][step],
            "upper_80": bounds["80"][1][sample][step],
            "lower_95": bounds["95"][0][sample][step],
            "upper_95": bounds["95"][1][sample][step],
        }
        for sample, volumes in enumerate(forecasts.tolist())
        for step, volume in enumerate(volumes)
    ]


def to_csv(predictions: Sequence[Prediction]) -> str:
    """Write predictions as a CSV that is safe to open in a spreadsheet."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Prediction.__annotations__)
    writer.writerows([_cell(value) for value in prediction.values()] for prediction in predictions)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
