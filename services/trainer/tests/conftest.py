"""A synthetic panel of three tickers, and one run of the whole pipeline on it that all tests share."""

import logging
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from training import engineer_features, evaluate, load_data, preprocess, publish, train
from training.params import TrainParams
from training.preprocess import label_splits, split_bounds
from training.window_data import WindowData

REPOSITORY = Path(__file__).parents[3]
STAGES = (load_data, preprocess, engineer_features, train, evaluate, publish)
PARAMS = {
    "load_data": {"path": "data/raw"},
    "preprocess": {"validation_fraction": 0.25, "test_fraction": 0.25},
    "engineer_features": {"window": 22, "horizon": 3, "sample_windows": 4},
    "train": {
        "seed": 1,
        "units": 4,
        "dropout": 0.0,
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "batch_size": 64,
        "epochs": 2,
        "patience": 2,
    },
    "evaluate": {"plot_sessions": 20},
    "publish": {"market": "XNYS", "calendar_years_ahead": 1, "golden_windows": 6, "minimum_skill_vs_naive": -1.0},
}


def history(ticker: str, sessions: int, seed: int) -> pd.DataFrame:
    """Daily bars whose log volume returns to its mean, so that a forecast can beat the naive one."""
    random = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.01, sessions)))
    log_volume = np.empty(sessions)
    log_volume[0] = 14 + seed
    for row in range(1, sessions):
        log_volume[row] = 14 + seed + 0.5 * (log_volume[row - 1] - 14 - seed) + random.normal(0, 0.3)
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
def as_a_stage() -> Iterator[None]:
    """Lets a test call `stage.run`, which sets up signals and logging for its process; here that process is pytest."""
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
    """An own workspace without data, entered."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODEL_STORE", str(tmp_path / "models"))
    made = Workspace(tmp_path)
    made.write_params()
    return made


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Workspace:
    """A workspace in which every stage has run once. Tests read it and change nothing."""
    made = Workspace(tmp_path_factory.mktemp("pipeline"))
    made.write_params()
    for seed, ticker in enumerate(("AAA", "BBB", "CCC")):
        made.write_raw(f"{ticker.lower()}.csv", history(ticker, 400, seed))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.root)
        patch.setenv("MODEL_STORE", str(made.store))
        for stage in STAGES:
            stage.main()
    return made


@pytest.fixture
def in_finished(finished, monkeypatch) -> Workspace:
    """The finished workspace, entered. Tests read it and change nothing."""
    monkeypatch.chdir(finished.root)
    monkeypatch.setenv("MODEL_STORE", str(finished.store))
    return finished


@pytest.fixture
def panel() -> pd.DataFrame:
    """Prices as `load_data` writes them: three tickers, 400 sessions each."""
    frame = pd.concat([history(ticker, 400, seed) for seed, ticker in enumerate(("AAA", "BBB", "CCC"))], ignore_index=True)
    frame.columns = ["ticker", "session", "open", "high", "low", "close", "volume"]
    return frame.assign(session=pd.to_datetime(frame["session"]))


@pytest.fixture
def split_features() -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Gives features with their splits, as `preprocess` writes them."""

    def split(prices: pd.DataFrame) -> pd.DataFrame:
        features = preprocess.features_of_panel(prices)
        sessions = np.sort(prices["session"].unique())
        features["split"] = label_splits(features["session"], sessions, split_bounds(len(sessions), 0.25, 0.25, 25))
        return features

    return split


@pytest.fixture
def train_params() -> TrainParams:
    """Parameters of a small network that learns fast."""
    return TrainParams(seed=1, units=16, dropout=0.0, learning_rate=0.02, weight_decay=0.0, batch_size=32, epochs=15, patience=15)


@pytest.fixture
def make_windows() -> Callable[..., WindowData]:
    """Makes windows of one ticker from its features, (rows, features): all that fit."""

    def make(features: np.ndarray, window: int = 22, horizon: int = 3) -> WindowData:
        starts = np.arange(len(features) - window - horizon + 1)
        sessions = np.arange(len(features)) + np.datetime64("2020-01-01", "D")
        index = pd.DataFrame(
            {"ticker": "AAA", "split": "test", "start": starts, "session": sessions[starts + window].astype("datetime64[s]")}
        )
        return WindowData(index, features, sessions, window, horizon)

    return make


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY
