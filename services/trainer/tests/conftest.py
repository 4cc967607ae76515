"""A synthetic panel of three tickers, and one pipeline run on it that all tests share."""

import logging
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from input_columns import har_columns
from model_contract.model.calendar import Calendar
from training.calendar_effects import calendar_effects
from training.calendar_flags import exchange_sessions
from training.panel import panel_features, panel_inputs
from training.params import TrainParams
from training.split import TRAIN, label_splits, split_bounds
from training.window_data import WindowData

REPOSITORY = Path(__file__).parents[3]
STAGES = ("load_data", "preprocess", "engineer_features", "train", "evaluate", "publish")
PARAMS = {
    "load_data": {"path": "data/raw", "market": "XNYS"},
    "preprocess": {"validation_fraction": 0.25, "test_fraction": 0.25, "calendar_ridge": 10},
    "engineer_features": {"window": 22, "horizon": 3, "sample_windows": 4},
    "train": {
        "seed": 1,
        "input_ridge": 10,
        "members": 1,
        "residual_share": 0.5,
        "units": 4,
        "dropout": 0.0,
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "batch_size": 64,
        "epochs": 2,
        "refit": True,
    },
    "evaluate": {"plot_sessions": 20, "bootstrap_samples": 200},
    # A gate that every model passes.
    "publish": {
        "markets": "XNYS XLON",
        "calendar_years_ahead": 1,
        "golden_windows": 6,
        "keep": 3,
        "challenger_sessions": 0,
        "minimum_skill_vs_naive": -1.0,
        "maximum_mae_vs_har_calendar": 100,
        "maximum_coverage_error": 1,
        "maximum_mae_vs_served": 100,
        "maximum_mae_vs_anchor": 100,
        "maximum_refit_difference": 100,
    },
    "backtest": {"folds": 2, "seeds": 2},
}


def history(ticker: str, sessions: int, seed: int) -> pd.DataFrame:
    """Daily bars, even on holidays. Volume reverts to its mean, so a forecast can beat naive."""
    random = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.01, sessions)))
    log_volume = np.empty(sessions)
    log_volume[0] = 14 + seed
    for row in range(1, sessions):
        log_volume[row] = (
            14 + seed + 0.5 * (log_volume[row - 1] - 14 - seed) + random.normal(0, 0.3)
        )
    return pd.DataFrame(
        {
            "Ticker": ticker,
            "Date": pd.bdate_range("2020-01-01", periods=sessions).strftime("%Y-%m-%d"),
            "Open": close,
            "High": close * np.exp(random.uniform(0.002, 0.02, sessions)),
            "Low": close * np.exp(-random.uniform(0.002, 0.02, sessions)),
            "Close": close,
            "Volume": np.round(np.exp(log_volume)),
        }
    )


@pytest.fixture
def restored_process() -> Iterator[None]:
    """Restores the signals and logging that `run_stage` and `run_command` change."""
    handler, level = signal.getsignal(signal.SIGTERM), logging.getLogger().level
    yield
    signal.signal(signal.SIGTERM, handler)
    logging.getLogger().setLevel(level)


@dataclass(frozen=True)
class Workspace:
    """A folder with raw data and params.yaml, in which a stage can run."""

    root: Path

    @property
    def store(self) -> Path:
        return self.root / "models"

    def write_params(self, **changes: dict[str, object]) -> None:
        sections = {name: {**values, **changes.get(name, {})} for name, values in PARAMS.items()}
        (self.root / "params.yaml").write_text(yaml.safe_dump(sections))

    def write_raw(self, name: str, frame: pd.DataFrame) -> None:
        (self.root / "data/raw").mkdir(parents=True, exist_ok=True)
        frame.to_csv(self.root / "data/raw" / name, index=False)


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Workspace:
    """An empty workspace. It is the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODEL_STORE", str(tmp_path / "models"))
    made = Workspace(tmp_path)
    made.write_params()
    return made


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Workspace:
    """A workspace in which every stage has run once. Tests must not change it.

    It has three tickers and 500 sessions, starting in 2020. CCC was listed later and has too few
    windows for its own baselines.
    """
    made = Workspace(tmp_path_factory.mktemp("pipeline"))
    made.write_params()
    for seed, ticker in enumerate(("AAA", "BBB", "CCC")):
        bars = history(ticker, 500, seed)
        made.write_raw(f"{ticker.lower()}.csv", bars.iloc[100:] if ticker == "CCC" else bars)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.root)
        patch.setenv("MODEL_STORE", str(made.store))
        for stage in STAGES:
            import_module(f"training.stages.{stage}").main()
    return made


@pytest.fixture
def in_finished(finished, monkeypatch) -> Workspace:
    """The finished workspace as the current folder. Tests must not change it."""
    monkeypatch.chdir(finished.root)
    monkeypatch.setenv("MODEL_STORE", str(finished.store))
    return finished


@pytest.fixture(scope="session")
def make_panel() -> Callable[[int], pd.DataFrame]:
    """Makes prices of three tickers, as written by `load_data`."""

    def make(sessions: int) -> pd.DataFrame:
        frame = pd.concat(
            [history(ticker, sessions, seed) for seed, ticker in enumerate(("AAA", "BBB", "CCC"))],
            ignore_index=True,
        )
        frame.columns = ["ticker", "session", "open", "high", "low", "close", "volume"]
        return frame.assign(session=pd.to_datetime(frame["session"]), market="XNYS")

    return make


@pytest.fixture
def panel(make_panel) -> pd.DataFrame:
    """Prices of three tickers, 400 sessions each."""
    return make_panel(400)


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    """New York's sessions in the synthetic years."""
    return exchange_sessions("XNYS", date(2020, 1, 1), date(2022, 12, 31))


@pytest.fixture(scope="session")
def new_york() -> Calendar:
    """New York's sessions from 2007 to 2026."""
    return exchange_sessions("XNYS", date(2007, 1, 1), date(2026, 12, 31))


@pytest.fixture(scope="session")
def sao_paulo() -> Calendar:
    """Sao Paulo's sessions from 2012 to 2026."""
    return exchange_sessions("BVMF", date(2012, 1, 1), date(2026, 12, 31))


@pytest.fixture
def split_features(calendar) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Makes features with flags, splits and inputs, as written by `preprocess`.

    The inputs are for windows of 22 sessions and 3 sessions ahead.
    """

    def split(prices: pd.DataFrame) -> pd.DataFrame:
        features = panel_features(prices, {"XNYS": calendar})
        sessions = np.sort(prices["session"].unique())
        features["split"] = label_splits(
            features["session"], sessions, split_bounds(len(sessions), 0.25, 0.25, 25)
        )
        effects = calendar_effects(features[features["split"] == TRAIN], 22, ridge=10)
        inputs = panel_inputs(prices, {"XNYS": calendar}, effects, 22, 3)
        return pd.concat([features, inputs], axis=1)

    return split


@pytest.fixture(scope="session")
def train_params() -> TrainParams:
    """Parameters of a small network that learns fast."""
    return TrainParams(
        seed=1,
        input_ridge=10,
        members=2,
        residual_share=0.5,
        units=16,
        dropout=0.0,
        learning_rate=0.02,
        weight_decay=0.0,
        batch_size=32,
        epochs=15,
        refit=True,
    )


@pytest.fixture(scope="session")
def make_windows(calendar) -> Callable[..., WindowData]:
    """Makes all windows of one ticker from features, (rows, features), on weekdays since 2020.

    `flags`, (rows, flags), come from the calendar by default. `inputs`, (rows, columns), are those
    of HAR by default.
    """

    def make(
        features: np.ndarray,
        window: int = 22,
        horizon: int = 3,
        flags: np.ndarray | None = None,
        inputs: np.ndarray | None = None,
    ) -> WindowData:
        starts = np.arange(len(features) - window - horizon + 1)
        sessions = np.busday_offset("2020-01-01", np.arange(len(features)))
        index = pd.DataFrame(
            {
                "ticker": "AAA",
                "split": "test",
                "start": starts,
                "session": sessions[starts + window].astype("datetime64[s]"),
            }
        )
        return WindowData(
            index,
            features,
            calendar.flags_of(sessions) if flags is None else flags,
            sessions,
            har_columns(features[:, 0], window, horizon) if inputs is None else inputs,
            window,
            horizon,
        )

    return make


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture
def data(make_windows) -> WindowData:
    """Windows of a random history."""
    features = np.random.default_rng(4).normal(0, 0.3, (120, 3))
    features[:, 0] += 14
    return make_windows(features)
