"""The fields of the API's JSON responses.

`openapi` generates schemas from these types; the string below a field is its description.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Le
from typing_extensions import TypedDict

from model_contract.arrays import DateArray, FloatArray
from model_contract.messages.message import Message, Parameter, Severity
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.inputs.ticker_inputs import GROUPS, INPUT_NAMES
from model_contract.model.intervals import Bands
from model_contract.model.onnx_network import LSTM
from model_contract.reading.formats.date_format import DateOrder
from model_contract.reading.interpret.reading import VolumeUnit
from model_contract.share_splits import SplitTreatment
from model_contract.store.bundle import Manifest
from model_contract.store.trainer_status import TrainerStatus

NO_FLAGS: list[str] = []

Shares = Annotated[float, Ge(0)]
Fraction = Annotated[float, Ge(0), Le(1)]
Kind = Literal["history", "windows"]
REASONS = (*CALENDAR_FLAGS, *GROUPS, LSTM)  # the parts of a forecast, in this order


class Reason(TypedDict):
    """What one part of the model adds to the forecast."""

    of: str
    """A calendar flag of the session, or: memory (past volumes), news (a surge after an overnight
    gap), market (prices of the other tickers), reports (earlier quarterly reports), own_calendar
    (what such days meant for this ticker), lstm."""
    log: float
    """The part of ln(volume / usual_volume); the parts add up to it."""
    change: Annotated[float, Ge(-1)]
    """The same as a fraction: 0.22 is 22 % more."""


class Reasons(TypedDict):
    """Why a forecast differs from the usual volume."""

    usual_volume: Shares
    """The mean volume of the last 22 sessions."""
    parts: list[Reason]


class Prediction(TypedDict):
    """The forecast of one session's volume, in shares."""

    ticker: str | None
    """As in the file; null if the file has no tickers."""
    session: str | None
    """The date of the session, ISO 8601; null if the model's calendar ends before it."""
    step: Annotated[int, Ge(1)]
    """Number of sessions after the forecast origin."""
    volume: Shares
    lower_80: Shares
    upper_80: Shares
    lower_95: Shares
    upper_95: Shares
    calendar: list[str]
    """The session's calendar flags other than the weekday: half_day, options_expiry, …"""
    reasons: NotRequired[Reasons]
    """Only with the parameter `explain=1`, and not if absurd numbers make a part impossible."""


class Point(TypedDict):
    """One past forecast and the actual volume, in shares."""

    session: str
    actual: Shares
    predicted: Shares
    lower_80: Shares
    upper_80: Shares


class TrackRecord(TypedDict):
    """The errors of the model's one-step forecasts over one ticker's last sessions."""

    ticker: str | None
    sessions: Annotated[int, Ge(1)]
    """Number of scored sessions, at most 250."""
    mae: Shares
    """Mean absolute error, in shares."""
    mape: Annotated[float, Ge(0)]
    """Mean absolute error as a fraction of the volume."""
    skill_vs_naive: Annotated[float, Le(1)] | None
    """1 - MAE / MAE of the naive forecast (the previous session's volume): 1 is perfect, 0 is no
    better, negative is worse; null if the naive forecast was always right."""
    skill_vs_har: Annotated[float, Le(1)] | None
    """Skill relative to a linear model of past volumes (HAR)."""
    coverage_80: Fraction
    """Fraction of the sessions whose volume was inside the 80 % interval."""
    coverage_95: Fraction
    points: list[Point]
    """The latest past forecasts; the `points` parameter sets how many."""


class ModelName(TypedDict):
    """The model that made the forecast."""

    version: str
    trained_at: str
    """UTC, ISO 8601."""


class ForecastWarning(TypedDict):
    """A reason to treat the forecast with caution, or a note about how the file was read."""

    code: str
    severity: Severity
    params: Mapping[str, Parameter]
    """The values in the text, by name."""
    text: str


class ReadingFields(TypedDict):
    """How a history was read. Each value of `options` can be chosen with a query parameter."""

    encoding: str
    separator: str
    """Between columns: a comma, a semicolon, a tab, …; empty for columns of fixed width."""
    header_line: int
    """The line of the column names, starting at 1."""
    sheet: str | None
    """The sheet of a workbook; null for other files."""
    columns: Mapping[str, str]
    """By the name that this service uses (Date, Open, …, Volume), the name in the file."""
    dates: DateOrder
    decimal: str
    """point or comma."""
    volume_unit: VolumeUnit
    splits: SplitTreatment | None
    """What was restated at share splits; null if nothing looks like one."""
    markets: list[str]
    """The exchanges whose sessions were used, as ISO 10383 codes."""
    options: Mapping[str, list[str]]
    """By query parameter, the values that fit the file, if there are several."""


class InputSummary(TypedDict):
    """What was read from the posted file."""

    kind: Kind
    rows: int
    tickers: int
    """Number of tickers that were forecast."""
    reading: ReadingFields | None
    """Null for a windows CSV, which has only one form."""
    warnings: list[ForecastWarning]
    """Reasons for caution, and notes on what was ignored, dropped or changed in the file."""


class Answer(TypedDict):
    """The response to POST /predict."""

    model: ModelName
    input: InputSummary
    predictions: list[Prediction]
    track_record: list[TrackRecord]


class DataFacts(TypedDict):
    """The training data of a model."""

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
    """Number of sessions that a forecast is based on."""
    horizon: int
    """Number of sessions that are forecast."""
    features: list[str]
    """The values of each session in a window, in this order."""
    inputs: list[str]
    """The inputs of each session to forecast, from the ticker's whole history, in this order."""
    market: str
    """The model's own market, as an ISO 10383 code: most of its training rows are from there."""
    markets: list[str]
    """The markets that the model was trained on, its own first."""
    data: DataFacts
    calendar_effects: dict[str, float]
    """Change in volume relative to an average session, by flag, in the tensors' order."""
    input_effects: dict[str, float]
    """The same effects as the inputs are computed with, from the training sessions alone."""
    metrics: dict[str, Any]
    """The content of metrics/evaluation.json: the errors of the scored network."""
    gate: dict[str, Any]
    """The checks that the model passed before it was published."""


class RefusedModel(TypedDict):
    """A published version that the API refuses to serve, and why."""

    version: str | None
    """Null if the store's current version is unknown."""
    reason: str
    since: str
    """UTC, ISO 8601."""


class ServedModel(TypedDict):
    """The response to GET /model."""

    model: ModelFacts | None
    """Null before the first training."""
    refused: RefusedModel | None
    trainer: TrainerStatus | None
    """What the trainer is doing, or how its last run ended."""


class Alive(TypedDict):
    """The response to GET /healthz."""

    status: Literal["alive"]


class Ready(TypedDict):
    """The response to GET /readyz."""

    status: Literal["ready"]
    version: str


def warning_fields(message: Message) -> ForecastWarning:
    """Return a warning or note as it appears in a response."""
    return {
        "code": message.code.name,
        "severity": message.code.severity,
        "params": message.params,
        "text": message.text,
    }


def model_facts(manifest: Manifest) -> ModelFacts:
    """Return the public part of a manifest."""
    data = manifest.data
    return {
        "version": manifest.version,
        "trained_at": manifest.created_at,
        "contract_version": manifest.contract_version,
        "window": manifest.window,
        "horizon": manifest.horizon,
        "features": list(manifest.features),
        "inputs": list(INPUT_NAMES),
        "market": manifest.market,
        "markets": list(manifest.trained_markets),
        "data": {
            "rows": data.get("rows"),
            "tickers": data.get("tickers"),
            "first_session": data.get("first_session"),
            "last_session": data.get("last_session"),
        },
        # In the order of the tensors; the manifest sorts the flags by name.
        "calendar_effects": {flag: manifest.calendar_effects[flag] for flag in CALENDAR_FLAGS},
        "input_effects": {flag: manifest.input_effects[flag] for flag in CALENDAR_FLAGS},
        "metrics": manifest.metrics,
        "gate": manifest.gate,
    }


def prediction_rows(
    forecasts: FloatArray,
    bands: Bands,
    tickers: Sequence[str | None],
    sessions: DateArray,
    special: Mapping[str, list[str]],
) -> list[Prediction]:
    """Convert the forecasts, (samples, steps), to rows.

    tickers   (samples,)
    sessions  (samples, steps); NaT becomes null
    special   flags by session, without weekdays (`Calendar.special`)
    """
    samples, steps = forecasts.shape
    volumes = np.stack([forecasts, *bands["80"], *bands["95"]])  # (5, samples, steps)
    require_finite(volumes)
    names = [ticker for ticker in tickers for _ in range(steps)]
    days = [None if day == "NaT" else day for day in sessions.astype("U10").ravel().tolist()]
    step_numbers = [*range(1, steps + 1)] * samples
    columns = volumes.reshape(len(volumes), -1).tolist()
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
            "calendar": special.get(day or "", NO_FLAGS),
        }
        for ticker, day, step, volume, a, b, c, d in zip(
            names, days, step_numbers, *columns, strict=True
        )
    ]


def require_finite(values: npt.ArrayLike) -> None:
    """Raise `ValueError` if a value is NaN or infinite, which JSON cannot express."""
    if not np.isfinite(values).all():
        raise ValueError("the response contains a number that is not finite")
