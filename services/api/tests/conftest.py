"""A small real bundle (a linear network in ONNX), published into a store, and CSVs to ask it with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import onnx
import pytest
from flask.testing import FlaskClient
from onnx import TensorProto, helper, numpy_helper

from model_contract.bundle import CONTRACT_VERSION, GOLDEN, MODEL, SCALERS, SESSIONS, Golden, Manifest, sha256, write_sessions
from model_contract.features import FEATURE_NAMES
from model_contract.forecasting import Interval, forecast_volumes
from model_contract.scaling import Scaler, Scalers
from model_contract.store import ModelStore
from prediction_api import create_app

WINDOW, HORIZON = 22, 2
SCALED = Scalers(
    features=Scaler(FEATURE_NAMES, (0.0, 0.0, 0.03), (0.4, 0.02, 0.02)),
    target=Scaler(("log_volume",), (0.05,), (0.5,)),
)
INTERVALS = {"80": Interval((-0.3, -0.4), (0.35, 0.45)), "95": Interval((-0.6, -0.8), (0.7, 0.9))}
HAR = [[0.1, 0.2], [0.4, 0.3], [0.3, 0.3], [0.3, 0.4]]
CALENDAR = np.arange("2000-01-03", "2030-01-01", dtype="datetime64[D]")
CALENDAR = CALENDAR[np.is_busday(CALENDAR)]
WEIGHTS = np.random.default_rng(7).normal(0, 0.05, (WINDOW * len(FEATURE_NAMES), HORIZON)).astype(np.float32)
FIRST, SECOND = "20261122T101500Z-1a2b3c4d", "20261123T101500Z-5e6f7a8b"


def linear_network(bias: float = 0.0) -> Callable[[np.ndarray], np.ndarray]:
    return lambda inputs: inputs.reshape(len(inputs), -1) @ WEIGHTS + np.float32(bias)


def onnx_model(bias: float = 0.0) -> bytes:
    graph = helper.make_graph(
        [helper.make_node("Flatten", ["window"], ["flat"]), helper.make_node("Gemm", ["flat", "weights", "bias"], ["forecast"])],
        "linear",
        [helper.make_tensor_value_info("window", TensorProto.FLOAT, ["samples", WINDOW, len(FEATURE_NAMES)])],
        [helper.make_tensor_value_info("forecast", TensorProto.FLOAT, ["samples", HORIZON])],
        [numpy_helper.from_array(WEIGHTS, "weights"), numpy_helper.from_array(np.full(HORIZON, bias, dtype=np.float32), "bias")],
    )
    return onnx.helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10).SerializeToString()


def bundle(version: str = FIRST, bias: float = 0.0, golden_bias: float | None = None) -> tuple[Manifest, dict[str, bytes]]:
    windows = np.random.default_rng(3).normal(0, 0.02, (4, WINDOW, len(FEATURE_NAMES)))
    windows[:, :, 0] += 15
    golden = Golden(windows, forecast_volumes(windows, SCALED, linear_network(bias if golden_bias is None else golden_bias)))
    files = {
        MODEL: onnx_model(bias),
        SCALERS: SCALED.to_json().encode(),
        SESSIONS: write_sessions(CALENDAR),
        GOLDEN: golden.to_json().encode(),
    }
    manifest = Manifest(
        contract_version=CONTRACT_VERSION, version=version, content_hash="1a2b3c4d" * 8, created_at="2026-11-22T10:15:00Z",
        git_revision=None, dvc_lock_sha256=None,
        data={"sha256": "0" * 64, "rows": 12154, "tickers": ["AAPL"], "first_session": "2000-03-01", "last_session": "2013-03-01"},
        params={}, libraries={}, window=WINDOW, horizon=HORIZON, features=FEATURE_NAMES, market="XNYS", intervals=INTERVALS,
        baselines={"har": HAR}, metrics={"mae": 1.5e6}, files={name: sha256(data) for name, data in files.items()},
    )  # fmt: skip
    return manifest, files


@dataclass(frozen=True)
class Day:
    """One daily bar."""

    session: date
    open: float
    high: float
    low: float
    close: float
    volume: int
    ticker: str = "AAPL"


def trading_days(count: int, ticker: str = "AAPL", seed: int = 1, last: str = "2013-03-01") -> list[Day]:
    """Sessions up to `last`, of a share at about 1,200 with some millions traded a day."""
    random = np.random.default_rng(seed)
    stop = int(np.searchsorted(CALENDAR, np.datetime64(last), side="right"))
    days, close = [], 1200.0
    for session in CALENDAR[stop - count : stop].tolist():
        opened, close = close, round(close * float(np.exp(random.normal(0, 0.01))), 2)
        high, low = round(max(opened, close) * 1.004, 2), round(min(opened, close) * 0.996, 2)
        days.append(Day(session, opened, high, low, close, int(3e6 * np.exp(random.normal(0, 0.3))), ticker))
    return days


def comma_csv(days: list[Day], header: str = "Ticker,Date,Open,High,Low,Close,Volume") -> bytes:
    lines = [f"{d.ticker},{d.session},{d.open:.2f},{d.high:.2f},{d.low:.2f},{d.close:.2f},{d.volume}" for d in days]
    return "\n".join([header, *lines, ""]).encode()


def semicolon_csv(days: list[Day]) -> bytes:
    def number(value: float) -> str:
        return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))

    lines = [
        f"{d.ticker};{d.session:%d/%m/%Y};{number(d.open)};{number(d.high)};{number(d.low)};{number(d.close)};{number(d.volume)}"
        for d in days
    ]
    return "\r\n".join(["Ticker;Date;Open;High;Low;Close;Volume", *lines, ""]).encode()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def published(store: ModelStore) -> ModelStore:
    store.publish(*bundle())
    return store


@pytest.fixture
def client(published: ModelStore) -> FlaskClient:
    """The application with a model, looking at its store only at start."""
    return create_app({"MODEL_STORE": published.directory, "MODEL_POLL_SECONDS": 0}).test_client()


@pytest.fixture
def empty_client(store: ModelStore) -> FlaskClient:
    """The application before the first training."""
    return create_app({"MODEL_STORE": store.directory, "MODEL_POLL_SECONDS": 0}).test_client()


class Make:
    """What tests make CSVs and bundles with."""

    first, second, window, horizon, har, intervals, scalers = FIRST, SECOND, WINDOW, HORIZON, HAR, INTERVALS, SCALED
    day, replace = Day, staticmethod(replace)
    days, comma, semicolon = staticmethod(trading_days), staticmethod(comma_csv), staticmethod(semicolon_csv)
    bundle, network, store = staticmethod(bundle), staticmethod(linear_network), ModelStore

    @staticmethod
    def publish(directory: Path, version: str = FIRST) -> None:
        ModelStore(directory).publish(*bundle(version))


@pytest.fixture(scope="session")
def make() -> type[Make]:
    return Make
