"""A small price history, and a bundle of a model that you can compute by hand."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

# pytest imports this module as model_contract.tests.conftest and creates an empty package
# model_contract for it, which would hide the installed one.
if getattr(sys.modules.get("model_contract"), "__file__", "") is None:
    del sys.modules["model_contract"]

from model_contract.model.calendar import CALENDAR_FLAGS, WEEKDAYS, Calendar
from model_contract.model.dispersion import REGRESSORS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import Network, forecast_volumes
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES
from model_contract.model.intervals import Interval
from model_contract.model.scaling import Scaler, Scalers
from model_contract.model.windows import Windows, sliding_windows
from model_contract.prices import Prices
from model_contract.reading.apply.price_history import History, read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.store.bundle import (
    CONTRACT_VERSION,
    MODEL,
    SCALERS,
    SCORED,
    SESSIONS,
    Manifest,
)
from model_contract.store.golden import GOLDEN, Golden
from model_contract.store.model_store import ModelStore

WINDOW, HORIZON = 3, 2
INPUT_SCALES = tuple((0.3 + np.arange(len(INPUT_NAMES)) / 7).tolist())
NOON = "20261122T120000Z"
HOLIDAYS = ("2023-12-25", "2024-01-01", "2024-01-15", "2024-02-19")
# Those of the New York Stock Exchange, except for the half day.
SPECIAL_SESSIONS = {
    "half_day": ("2023-12-22",),
    "year_end": ("2023-12-26", "2023-12-27", "2023-12-28", "2023-12-29"),
    "options_expiry": ("2023-12-15", "2024-01-19", "2024-02-16"),
    "futures_expiry": ("2023-12-15",),
    "month_end": ("2023-12-29", "2024-01-31", "2024-02-29"),
    "before_holiday": ("2023-12-22", "2023-12-29", "2024-01-12", "2024-02-16"),
    "after_holiday": ("2023-12-26", "2024-01-02", "2024-01-16", "2024-02-20"),
    "christmas_week": ("2023-12-21", "2023-12-22"),
    "new_york_closed": (),
    "london_closed": ("2023-12-26",),
}


@pytest.fixture
def read() -> Callable[..., History]:
    """Reads a price history from the text of its CSV: (text, limits, today)."""
    return lambda text, limits=None, today=None: read_history(
        read_table(text.encode(), limits), today
    )


@pytest.fixture
def calendar() -> Calendar:
    """The sessions of December 2023 to February 2024, with their flags."""
    days = np.arange("2023-12-01", "2024-03-01", dtype="datetime64[D]")
    sessions = days[np.is_busday(days, holidays=np.array(HOLIDAYS, dtype="datetime64[D]"))]
    weekday = (sessions.astype(int) + 3) % 7  # 1 January 1970 was a Thursday
    marked = [
        np.isin(sessions, np.array(dates, dtype="datetime64[D]"))
        for dates in SPECIAL_SESSIONS.values()
    ]
    return Calendar(
        sessions,
        np.column_stack([*marked, *(weekday == day for day in range(len(WEEKDAYS)))]).astype(
            np.float64
        ),
    )


@pytest.fixture
def bars(calendar: Calendar) -> Prices:
    """Twelve sessions of one ticker, from 2 January 2024."""
    random = np.random.default_rng(5)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.02, 12)))
    opened = close * np.exp(random.normal(0, 0.005, 12))
    return Prices(
        ticker=np.full(12, "AAPL"),
        session=calendar.after(np.datetime64("2024-01-01"), 12),
        open=opened,
        high=np.maximum(opened, close) * 1.01,
        low=np.minimum(opened, close) * 0.98,
        close=close,
        volume=np.round(1e6 * np.exp(random.normal(0, 0.3, 12))),
        line=np.arange(2, 14),
    )


@pytest.fixture
def changed_after() -> Callable[[Prices, int], Prices]:
    """Multiplies each price and volume after the given row of a history by its own factor."""

    def change(prices: Prices, row: int) -> Prices:
        factors = np.exp(np.random.default_rng(row).normal(0, 1, (5, len(prices))))
        factors[:, : row + 1] = 1
        fields = ("open", "high", "low", "close", "volume")
        return replace(
            prices,
            **{
                name: getattr(prices, name) * factor
                for name, factor in zip(fields, factors, strict=True)
            },
        )

    return change


@pytest.fixture
def scalers() -> Scalers:
    """Scalers with numbers that have no short decimal form."""
    return Scalers(
        features=Scaler(FEATURE_NAMES, (0.1, 1 / 3, 0.02), (0.4, 0.7, 1e-3)),
        inputs=Scaler(INPUT_NAMES, (0.0,) * len(INPUT_NAMES), INPUT_SCALES),
        target=Scaler(("log_volume",), (-0.05,), (2 / 3,)),
    )


@pytest.fixture
def network() -> Network:
    """Returns the last scaled log volume, plus half a unit for a Friday and a part of each input.

    The parts differ, so the network detects inputs in a wrong order, step or scale.
    """
    friday = CALENDAR_FLAGS.index("friday")
    parts = np.linspace(0.02, 0.05, len(INPUT_NAMES), dtype=np.float32)
    return lambda window, calendar, inputs: (
        window[:, -1, :1] + np.float32(0.5) * calendar[:, -HORIZON:, friday] + inputs @ parts
    )


@pytest.fixture
def windows(calendar: Calendar) -> Windows:
    """Five windows of about three million shares a day; the first covers 2 to 4 January 2024."""
    values = np.random.default_rng(9).normal(0, 0.1, (5, WINDOW, len(FEATURE_NAMES)))
    values[:, :, 0] += 15
    sessions = calendar.after(np.datetime64("2024-01-01"), 5 + WINDOW + HORIZON - 1)
    inputs = np.random.default_rng(10).normal(0, 0.3, (5, HORIZON, len(INPUT_NAMES)))
    return Windows(values, sliding_windows(calendar.flags_of(sessions), WINDOW + HORIZON), inputs)


@dataclass(frozen=True)
class Publication:
    """The arguments of `ModelStore.publish`."""

    manifest: Manifest
    files: dict[str, bytes]


@pytest.fixture
def make_publication(
    scalers: Scalers, network: Network, windows: Windows, calendar: Calendar
) -> Callable[..., Publication]:
    """Makes a publishable model. Different weights (`model`) give different content."""

    def make(model: bytes = b"weights", time: str = NOON) -> Publication:
        golden = Golden(windows, forecast_volumes(windows, scalers, network))
        files = {
            MODEL: model,
            SCORED: b"scored " + model,
            SCALERS: scalers.to_json().encode(),
            SESSIONS: calendar.to_csv(),
            GOLDEN: golden.to_json().encode(),
        }
        draft = Manifest(
            contract_version=CONTRACT_VERSION,
            version=time,
            content_hash="",
            created_at="2026-11-22T12:00:00Z",
            git_revision=None,
            dvc_lock_sha256=None,
            data={"rows": 7},
            params={"train": {"seed": 1}},
            libraries={"numpy": "2.0"},
            window=WINDOW,
            horizon=HORIZON,
            features=FEATURE_NAMES,
            market="XNYS",
            intervals={"80": Interval((-0.1, -0.2), (0.1, 0.3))},
            dispersion=np.zeros((HORIZON, len(REGRESSORS))).tolist(),
            baselines={"har": [[0.0, 0.0]] * 4},
            calendar_effects={"half_day": -0.5, "options_expiry": 1 / 7},
            input_effects={"half_day": -0.4},
            metrics={"mae": 1 / 3},
            gate={"passed": True, "demands": {"minimum_skill_vs_naive": 0.0}},
            files={},
        )
        return Publication(draft.sealed(files), files)

    return make


@pytest.fixture
def store(tmp_path) -> ModelStore:
    """An empty model store whose directory does not exist yet."""
    return ModelStore(tmp_path / "models")
