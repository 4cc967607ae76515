"""The JSON fields of /forecasts and /scorecard.

`openapi` generates schemas from these types; the string below a field is its description.
"""

from typing import Annotated, Literal

from annotated_types import Ge
from typing_extensions import TypedDict

from prediction_api.responses import Fraction, Shares


class MarketState(TypedDict):
    """What the loop knows of a market."""

    market: str
    """ISO 10383 code."""
    last_session: str | None
    """The newest session with prices of a followed ticker."""
    awaited_session: str | None
    """A session that has closed, but whose prices haven't all come; null if none is awaited."""
    awaited_since: str | None
    """When the first session closed whose prices haven't all come: UTC, ISO 8601."""
    next_session: str | None
    next_open: str | None
    """When that session opens: UTC, ISO 8601."""


class Objection(TypedDict):
    """Why a delivery of prices was held back or can't be read."""

    code: str
    text: str


class HeldDelivery(TypedDict):
    """A delivery of prices that isn't used and waits for an operator."""

    id: int
    name: str
    """Of the file."""
    received_at: str
    """UTC, ISO 8601."""
    reasons: list[Objection]


class Sizes(TypedDict):
    """What the loop's files take, in bytes."""

    prices: int
    """The price store, without the deliveries."""
    deliveries: int
    """The files of prices as they came."""
    ledger: int
    dvc_cache: int
    """All versions of the data and models that DVC keeps in the working tree."""
    workspace: int
    """The copy of the pipeline in which the loop trains."""


class Trial(TypedDict):
    """How a challenger does next to the served model."""

    challenger: str
    """Its version."""
    since: str
    """UTC, ISO 8601."""
    sessions: int
    """Scored sessions that both models forecast."""
    wealth: float
    """Of bets that the challenger is better; it is promoted at 20."""
    error_ratio: float | None
    """Its mean error over the served model's; null before the first scored session."""


class Decision(TypedDict):
    """A change of the served model or of the challenger."""

    at: str
    """UTC, ISO 8601."""
    event: str
    """published, promoted, rolled back, challenges or dropped."""
    version: str
    replaced: str | None
    """The version that was served until then."""
    reason: str


class LoopState(TypedDict):
    """What the loop does, and what it waits for."""

    updated_at: str
    """When the loop last worked: UTC, ISO 8601."""
    next_due: str | None
    """When it has something to do next, apart from files that come in."""
    inbox: str
    """The folder that files come into."""
    watchlist: str | None
    """Size and time of watchlist.yaml when it was read."""
    unknown_tickers: list[str]
    """Tickers on the watch-list that have no prices."""
    markets: list[MarketState]
    held: list[HeldDelivery]
    """Deliveries that raised objections; accept or refuse them."""
    unreadable: list[HeldDelivery]
    """Deliveries that can't be read; deliver them in another form, or refuse them."""
    missed: int
    """How many sessions of followed tickers opened without a forecast."""
    trial: Trial | None
    """Null if no challenger is on trial."""
    last_decision: Decision | None
    """The last one about a model; null if there was none."""
    retrain_because: str | None
    """Why a new model should be trained now; null if it needn't."""
    sizes: Sizes


class ScoredForecast(TypedDict):
    """A ticker's last forecast whose session has a volume."""

    session: str
    volume: Shares
    lower_80: Shares
    upper_80: Shares
    actual: Shares


class LedgerForecast(TypedDict):
    """A forecast that was written before its session opened, and never changed since."""

    ticker: str
    market: str
    origin: str
    """The ticker's last known session at that time."""
    session: str
    step: Annotated[int, Ge(1)]
    opens_at: str
    """When the session opens: UTC, ISO 8601."""
    volume: Shares
    """In the shares of the origin, as are all volumes here."""
    lower_80: Shares
    upper_80: Shares
    lower_95: Shares
    upper_95: Shares
    usual: Shares
    """The mean volume of the last 22 sessions."""
    naive: Shares
    """A forecast made at the same time: the last volume."""
    har: Shares
    """A forecast made at the same time by a heterogeneous autoregression of the volume."""
    calendar: list[str]
    """The session's calendar flags other than weekdays."""
    model: str
    role: Literal["champion", "challenger"]
    """The served model is the champion; a challenger forecasts next to it."""
    inputs: str
    """SHA-256 of the history that the forecast was made from."""
    written_at: str
    """UTC, ISO 8601."""
    actual: Shares | None
    """Null until the session has a volume."""
    scored_at: str | None
    """When that volume came: UTC, ISO 8601."""
    previous: ScoredForecast | None
    """In a ticker's first row of the latest forecasts, its last scored forecast. Otherwise null."""


class Forecasts(TypedDict):
    """The response to GET /forecasts."""

    state: LoopState | None
    """Null if the loop has never run."""
    forecasts: list[LedgerForecast]


class Score(TypedDict):
    """The errors of some scored forecasts. Of the first four fields, only one isn't null."""

    version: str | None
    month: str | None
    ticker: str | None
    calendar: str | None
    """The session's flags other than weekdays, separated by spaces, or ordinary."""
    step: Annotated[int, Ge(1)]
    first_session: str
    last_session: str
    forecasts: Annotated[int, Ge(1)]
    mae: Shares
    mape: Annotated[float, Ge(0)]
    bias: float
    """The sum of forecast - actual over the sum of actual."""
    skill_vs_naive: float | None
    """1 - MAE / MAE of the naive forecast; null if that has no error."""
    skill_vs_har: float | None
    coverage_80: Fraction
    coverage_95: Fraction
    width_80: Annotated[float, Ge(0)]
    """The mean width of the 80% interval, relative to the forecast."""


class Scorecard(TypedDict):
    """The response to GET /scorecard."""

    state: LoopState | None
    """Null if the loop has never run."""
    scores: list[Score]
