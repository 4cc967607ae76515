"""What the API answers: the fields of its JSON, and predictions as a CSV.

`openapi` makes the contract's schemas from these types; the text below a field describes it there.
"""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from typing_extensions import TypedDict

from model_contract.arrays import DateArray, FloatArray
from model_contract.model.intervals import Bands
from model_contract.store.model_store import TrainerStatus

# A spreadsheet would run such a cell as a formula.
FORMULA_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # the last four as East Asian keyboards write them
NOTHING_SPECIAL: list[str] = []

Shares = Annotated[float, Ge(0)]
Fraction = Annotated[float, Ge(0), Le(1)]
Kind = Literal["history", "windows"]


class Prediction(TypedDict):
    """The forecast of one session's volume, in shares."""

    ticker: str | None
    """As in the file; null where it names none."""
    session: str | None
    """The date forecast, ISO 8601; null where the model's calendar does not reach."""
    step: Annotated[int, Ge(1)]
    """Sessions after the forecast origin."""
    volume: Shares
    lower_80: Shares
    upper_80: Shares
    lower_95: Shares
    upper_95: Shares
    calendar: list[str]
    """What the exchange's calendar says of the session, beside its weekday: half_day, options_expiry and the like."""


class Point(TypedDict):
    """One past forecast beside what then happened, in shares."""

    session: str
    actual: Shares
    predicted: Shares
    lower_80: Shares
    upper_80: Shares


class TrackRecord(TypedDict):
    """How good the model's one-step forecasts were over the last sessions of one ticker."""

    ticker: str | None
    sessions: Annotated[int, Ge(1)]
    """How many were scored, at most 250."""
    mae: Shares
    """Mean absolute error, in shares."""
    mape: Annotated[float, Ge(0)]
    """Mean absolute error as a fraction of the volume."""
    skill_vs_naive: Annotated[float, Le(1)] | None
    """By how much the MAE is smaller than that of yesterday's volume: 1 is perfect, 0 no better, negative worse; null where
    yesterday's volume was always right."""
    skill_vs_har: Annotated[float, Le(1)] | None
    """The same against a linear model of past volumes (HAR)."""
    coverage_80: Fraction
    """Fraction of the sessions whose volume fell into the 80 % range."""
    coverage_95: Fraction
    points: list[Point]
    """The last past forecasts, as many as `points` asks for."""


class ModelName(TypedDict):
    """Which model answered."""

    version: str
    trained_at: str
    """UTC, ISO 8601."""


class InputSummary(TypedDict):
    """What was read of the posted file."""

    kind: Kind
    rows: int
    tickers: int
    warnings: list[str]
    """What was ignored, dropped or mended, and how far to trust the answer."""


class Answer(TypedDict):
    """What POST /predict answers."""

    model: ModelName
    input: InputSummary
    predictions: list[Prediction]
    track_record: list[TrackRecord]


class DataFacts(TypedDict):
    """What a model was trained on."""

    rows: int | None
    tickers: list[str] | None
    first_session: str | None
    last_session: str | None


class ModelFacts(TypedDict):
    """The public part of a model's manifest."""

    version: str
    trained_at: str
    """UTC, ISO 8601."""
    contract_version: int
    window: int
    """Sessions that a forecast is made from."""
    horizon: int
    """Sessions that are forecast."""
    features: list[str]
    """What a window holds of each session, in this order."""
    market: str
    """ISO 10383 market identifier code of the calendar."""
    data: DataFacts
    calendar_effects: dict[str, float]
    """Relative change of volume against an average session, by calendar flag, in the order that tensors have them."""
    metrics: dict[str, Any]
    """As in metrics/evaluation.json."""
    gate: dict[str, Any]
    """What was demanded of the model before it was published."""


class RefusedModel(TypedDict):
    """A published version that is not served, and why."""

    version: str | None
    """Null where what is published cannot even be named."""
    reason: str
    since: str
    """UTC, ISO 8601."""


class ServedModel(TypedDict):
    """What GET /model answers."""

    model: ModelFacts | None
    """Null before the first training."""
    refused: RefusedModel | None
    trainer: TrainerStatus | None
    """What the trainer is doing now, or how it ended."""


class Alive(TypedDict):
    """What GET /healthz answers."""

    status: Literal["alive"]


class Ready(TypedDict):
    """What GET /readyz answers."""

    status: Literal["ready"]
    version: str


def prediction_rows(
    forecasts: FloatArray,
    bands: Bands,
    tickers: Sequence[str | None],
    sessions: DateArray,
    special: Mapping[str, list[str]],
) -> list[Prediction]:
    """Name the forecasts, (samples, steps), by the tickers (samples,) and the sessions (samples, steps) that they are of.

    A session that is NaT has no name: null. `special` are the flags of sessions that have some (`Calendar.special`).
    """
    samples, steps = forecasts.shape
    (lower_80, upper_80), (lower_95, upper_95) = (
        [bound.ravel().tolist() for bound in bands[level]] for level in ("80", "95")
    )
    names = [ticker for ticker in tickers for _ in range(steps)]
    days = [None if day == "NaT" else day for day in sessions.astype("U10").ravel().tolist()]
    columns = (
        names,
        days,
        [*range(1, steps + 1)] * samples,
        forecasts.ravel().tolist(),
        lower_80,
        upper_80,
        lower_95,
        upper_95,
    )
    return [
        {
            "ticker": ticker,
            "session": day,
            "step": step,
            "volume": volume,
            "lower_80": a,
            "upper_80": b,
            "lower_95": c,
            "upper_95": d,
            "calendar": special.get(day or "", NOTHING_SPECIAL),
        }
        for ticker, day, step, volume, a, b, c, d in zip(*columns, strict=True)
    ]


def to_csv(predictions: Sequence[Prediction]) -> str:
    """Write predictions as a CSV that is safe to open in a spreadsheet."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Prediction.__annotations__)
    writer.writerows([_cell(value) for value in prediction.values()] for prediction in predictions)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(value)
    if not isinstance(value, str):
        return value
    text = "".join(
        character if character.isprintable() else "?" for character in value
    )  # a terminal would obey the others
    return "'" + text if value.startswith(FORMULA_STARTS) else text
