"""A small price history, and a bundle of a model that anyone can work out by hand."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

# pytest names this module model_contract.tests.conftest, and makes a package of the folder for that; the installed one must win.
if getattr(sys.modules.get("model_contract"), "__file__", "") is None:
    del sys.modules["model_contract"]

from model_contract.bundle import CONTRACT_VERSION, GOLDEN, MODEL, SCALERS, SESSIONS, Golden, Manifest, content_hash, sha256, write_sessions
from model_contract.csv_table import read_table
from model_contract.features import FEATURE_NAMES
from model_contract.forecasting import Interval, Network, forecast_volumes
from model_contract.scaling import Scaler, Scalers
from model_contract.schema import History, Prices, read_history
from model_contract.store import ModelStore

WINDOW, HORIZON = 3, 2
NOON = "20261122T120000Z"


@pytest.fixture
def read() -> Callable[[str], History]:
    """Reads a price history from the text of its CSV."""
    return lambda text: read_history(read_table(text.encode()))


@pytest.fixture
def bars() -> Prices:
    """Twelve sessions of one ticker."""
    random = np.random.default_rng(5)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.02, 12)))
    opened = close * np.exp(random.normal(0, 0.005, 12))
    return Prices(
        ticker=np.full(12, "AAPL"),
        session=np.arange("2024-01-01", "2024-01-13", dtype="datetime64[D]"),
        open=opened,
        high=np.maximum(opened, close) * 1.01,
        low=np.minimum(opened, close) * 0.98,
        close=close,
        volume=np.round(1e6 * np.exp(random.normal(0, 0.3, 12))),
        line=np.arange(2, 14),
    )


@pytest.fixture
def scalers() -> Scalers:
    """Scalers with numbers that no short decimal writes exactly."""
    return Scalers(
        features=Scaler(FEATURE_NAMES, (0.1, 1 / 3, 0.02), (0.4, 0.7, 1e-3)),
        target=Scaler(("log_volume",), (-0.05,), (2 / 3,)),
    )


@pytest.fixture
def network() -> Network:
    """Answers the last scaled log volume at every step."""
    return lambda inputs: np.repeat(inputs[:, -1, :1], HORIZON, axis=1)


@pytest.fixture
def windows() -> np.ndarray:
    """Five windows, (5, WINDOW, features), of about three million shares a day."""
    values = np.random.default_rng(9).normal(0, 0.1, (5, WINDOW, len(FEATURE_NAMES)))
    values[:, :, 0] += 15
    return values


@dataclass(frozen=True)
class Publication:
    """What `ModelStore.publish` takes."""

    manifest: Manifest
    files: dict[str, bytes]


@pytest.fixture
def make_publication(scalers: Scalers, network: Network, windows: np.ndarray) -> Callable[..., Publication]:
    """Makes a publishable model; `model` stands for its weights, so that another `model` is another content."""

    def make(model: bytes = b"weights", time: str = NOON) -> Publication:
        golden = Golden(windows, forecast_volumes(windows, scalers, network))
        files = {
            MODEL: model,
            SCALERS: scalers.to_json().encode(),
            SESSIONS: write_sessions(np.array(["2024-01-02", "2024-01-03"], dtype="datetime64[D]")),
            GOLDEN: golden.to_json().encode(),
        }
        content = content_hash(files, {"window": WINDOW})
        manifest = Manifest(
            contract_version=CONTRACT_VERSION,
            version=f"{time}-{content[:8]}",
            content_hash=content,
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
            baselines={"har": [[0.0, 0.0]] * 4},
            metrics={"mae": 1 / 3},
            files={name: sha256(data) for name, data in files.items()},
        )
        return Publication(manifest, files)

    return make


@pytest.fixture
def store(tmp_path) -> ModelStore:
    """An empty model store whose directory does not exist yet."""
    return ModelStore(tmp_path / "models")
