"""A small real model (a linear network in ONNX), CSVs for it, and gunicorn to serve it."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
import pytest
from flask.testing import FlaskClient
from onnx import TensorProto, helper, numpy_helper

from model_contract.model.calendar import CALENDAR_FLAGS, WEEKDAYS, Calendar
from model_contract.model.features import FEATURE_NAMES, daily_features
from model_contract.model.forecasting import Network, forecast_volumes
from model_contract.model.intervals import Interval
from model_contract.model.scaling import Scaler, Scalers
from model_contract.model.windows import Windows, sliding_windows
from model_contract.reading.csv_file import read_table
from model_contract.reading.price_history import read_history
from model_contract.reading.windows_csv import column_names
from model_contract.store.bundle import CONTRACT_VERSION, MODEL, SCALERS, SESSIONS, Manifest
from model_contract.store.golden import GOLDEN, Golden
from model_contract.store.model_store import ModelStore
from prediction_api import create_app

WINDOW, HORIZON = 22, 2
SCALED = Scalers.of_features(Scaler(FEATURE_NAMES, (0.05, 0.0, 0.03), (0.4, 0.02, 0.02)))
INTERVALS = {"80": Interval((-0.3, -0.4), (0.35, 0.45)), "95": Interval((-0.6, -0.8), (0.7, 0.9))}
HAR = [[0.1, 0.2], [0.4, 0.3], [0.3, 0.3], [0.3, 0.4]]


def market_calendar() -> Calendar:
    """Weekdays of thirty years without three holidays, with the flags that are easy to compute."""
    weekdays = np.arange("2000-01-03", "2030-01-01", dtype="datetime64[D]")
    weekdays = weekdays[np.is_busday(weekdays)]
    presidents = np.busday_offset(
        np.arange("2000-02", "2030-02", 12, dtype="datetime64[M]"),
        2,
        roll="forward",
        weekmask="Mon",
    )
    fixed = [f"{year}-{day}" for year in range(2000, 2030) for day in ("07-04", "12-25")]
    closed = np.isin(weekdays, np.concatenate([presidents, np.array(fixed, dtype="datetime64[D]")]))
    month = weekdays.astype("datetime64[M]")
    known = {
        "before_holiday": np.append(closed[1:], False),
        "after_holiday": np.insert(closed[:-1], 0, False),
        "month_end": np.append(month[1:] != month[:-1], True),
        **{day: np.is_busday(weekdays, weekmask=day[:3].capitalize()) for day in WEEKDAYS},
    }
    flags = np.column_stack(
        [known.get(flag, np.zeros(len(weekdays))) for flag in CALENDAR_FLAGS]
    ).astype(float)
    return Calendar(weekdays[~closed], flags[~closed])


CALENDAR = market_calendar()
CALENDAR_CSV = CALENDAR.to_csv()
RANDOM = np.random.default_rng(7)
WEIGHTS = RANDOM.normal(0, 0.05, (WINDOW * len(FEATURE_NAMES), HORIZON)).astype(np.float32)
CALENDAR_WEIGHTS = RANDOM.normal(0, 0.05, (WINDOW + HORIZON, len(CALENDAR_FLAGS), HORIZON)).astype(
    np.float32
)
# As in the trained network, a step sees the flags of the window and of its own session.
CALENDAR_WEIGHTS[WINDOW:] *= np.eye(HORIZON, dtype=np.float32)[:, None]
CALENDAR_WEIGHTS = CALENDAR_WEIGHTS.reshape(-1, HORIZON)
EFFECTS = dict.fromkeys(CALENDAR_FLAGS, 0.25)
SERVICE = Path(__file__).resolve().parent.parent


def linear_network(bias: float = 0.0) -> Network:
    def network(window, calendar):
        return (
            window.reshape(len(window), -1) @ WEIGHTS
            + calendar.reshape(len(calendar), -1) @ CALENDAR_WEIGHTS
            + np.float32(bias)
        )

    return network


def onnx_model(bias: float = 0.0, samples: str | int = "samples", **names: str) -> bytes:
    """The same network in ONNX.

    samples            the number of windows, if it is fixed
    window, calendar   other names of these inputs
    """
    window, calendar = names.get("window", "window"), names.get("calendar", "calendar")
    nodes = [
        helper.make_node("Flatten", [window], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "bias"], ["without_calendar"]),
        helper.make_node("Flatten", [calendar], ["flags"]),
        helper.make_node("Gemm", ["flags", "effects", "without_calendar"], ["forecast"]),
    ]
    shapes = {
        window: (WINDOW, len(FEATURE_NAMES)),
        calendar: (WINDOW + HORIZON, len(CALENDAR_FLAGS)),
    }
    constants = {
        "weights": WEIGHTS,
        "effects": CALENDAR_WEIGHTS,
        "bias": np.full(HORIZON, bias, dtype=np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "linear",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [samples, *shape])
            for name, shape in shapes.items()
        ],
        [helper.make_tensor_value_info("forecast", TensorProto.FLOAT, [samples, HORIZON])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    return onnx.helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10
    ).SerializeToString()


def golden_windows() -> Windows:
    random = np.random.default_rng(3)
    features = random.normal(0, 0.02, (4, WINDOW, len(FEATURE_NAMES)))
    features[:, :, 0] += 15
    return Windows(
        features, random.integers(0, 2, (4, WINDOW + HORIZON, len(CALENDAR_FLAGS))).astype(float)
    )


def bundle(
    bias: float = 0.0, published: str = "20261122T101500Z", **facts: Any
) -> tuple[Manifest, dict[str, bytes]]:
    """A whole bundle whose network adds `bias`; `facts` replace those in its manifest."""
    windows = golden_windows()
    files = {
        MODEL: onnx_model(bias),
        SCALERS: SCALED.to_json().encode(),
        SESSIONS: CALENDAR_CSV,
        GOLDEN: Golden(windows, forecast_volumes(windows, SCALED, linear_network(bias)))
        .to_json()
        .encode(),
    }
    manifest = Manifest(
        contract_version=CONTRACT_VERSION,
        version=published,
        content_hash="",
        created_at="2026-11-22T10:15:00Z",
        git_revision=None,
        dvc_lock_sha256=None,
        data={
            "sha256": "0" * 64,
            "rows": 12154,
            "tickers": ["AAPL"],
            "first_session": "2000-03-01",
            "last_session": "2013-03-01",
        },
        params={},
        libraries={},
        window=WINDOW,
        horizon=HORIZON,
        features=FEATURE_NAMES,
        market="XNYS",
        intervals=INTERVALS,
        baselines={"har": HAR},
        calendar_effects=EFFECTS,
        metrics={"mae": 1.5e6, "skill": {"naive": {"value": 0.2}}},
        gate={"passed": True},
        files={},
    )
    return replace(manifest, **facts).sealed(files), files


def second_bundle(**facts: Any) -> tuple[Manifest, dict[str, bytes]]:
    """A bundle published a day later, with other forecasts."""
    return bundle(bias=0.5, published="20261123T101500Z", **facts)


FIRST, SECOND = bundle()[0].version, second_bundle()[0].version


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


def trading_days(
    count: int, ticker: str = "AAPL", seed: int = 1, last: str = "2013-03-01"
) -> list[Day]:
    """Sessions up to `last` of a share at about 1,200, with a volume of some millions."""
    random = np.random.default_rng(seed)
    stop = int(np.searchsorted(CALENDAR.sessions, np.datetime64(last), side="right"))
    days, close = [], 1200.0
    for session in CALENDAR.sessions[stop - count : stop].tolist():
        opened, close = close, round(close * float(np.exp(random.normal(0, 0.01))), 2)
        high, low = round(max(opened, close) * 1.004, 2), round(min(opened, close) * 0.996, 2)
        days.append(
            Day(session, opened, high, low, close, int(3e6 * np.exp(random.normal(0, 0.3))), ticker)
        )
    return days


def comma_csv(days: list[Day], header: str = "Ticker,Date,Open,High,Low,Close,Volume") -> bytes:
    lines = [
        f"{d.ticker},{d.session},{d.open:.2f},{d.high:.2f},{d.low:.2f},{d.close:.2f},{d.volume}"
        for d in days
    ]
    return "\n".join([header, *lines, ""]).encode()


def semicolon_csv(days: list[Day]) -> bytes:
    def number(value: float) -> str:
        return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))

    lines = [
        f"{d.ticker};{d.session:%d/%m/%Y};{number(d.open)};{number(d.high)};{number(d.low)};{number(d.close)};{number(d.volume)}"
        for d in days
    ]
    return "\r\n".join(["Ticker;Date;Open;High;Low;Close;Volume", *lines, ""]).encode()


def windows_csv(
    days: list[Day], extra: Mapping[str, Callable[[int], str]] = MappingProxyType({})
) -> bytes:
    """Every window of one ticker's `days`; `extra` columns are functions of the row."""
    prices = read_history(read_table(comma_csv(days)), today=CALENDAR.sessions[-1]).prices
    windows = sliding_windows(daily_features(prices), WINDOW)
    lines = [",".join([*extra, *column_names(FEATURE_NAMES, WINDOW)])]
    for row, window in enumerate(windows):
        sessions = prices.session[row + 1 : row + 1 + WINDOW]
        cells = [
            cell
            for session, values in zip(sessions, window.tolist(), strict=True)
            for cell in (str(session), *map(repr, values))
        ]
        lines.append(",".join([*(column(row) for column in extra.values()), *cells]))
    return "\n".join(lines).encode()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def published(store: ModelStore) -> ModelStore:
    store.publish(*bundle())
    return store


@pytest.fixture
def client(published: ModelStore) -> FlaskClient:
    """The application with a model; it reads its store only at start."""
    return create_app({"MODEL_STORE": published.directory, "MODEL_POLL_SECONDS": 0}).test_client()


@pytest.fixture
def empty_client(store: ModelStore) -> FlaskClient:
    """The application before the first training."""
    return create_app({"MODEL_STORE": store.directory, "MODEL_POLL_SECONDS": 0}).test_client()


class Server:
    """gunicorn on loopback, with the configuration of the image."""

    def __init__(self, folder: Path, workers: int = 1, **settings: str) -> None:
        """Serve the store `folder`/models; `settings` are environment variables."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.store, self.log = ModelStore(folder / "models"), folder / "log"
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TMPDIR": str(folder),
            "MODEL_STORE": str(self.store.directory),
            "MAX_UPLOAD_MB": "1",
            "WEB_CONCURRENCY": str(workers),
            "LOG_FORMAT": "json",
            "MALLOC_ARENA_MAX": "1",
            **settings,
        }
        address = f"127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "prediction_api", "--bind", address]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=SERVICE, env=environment, stdout=output, stderr=output
            )

    def wait_for(
        self, good: Callable[[int, bytes], bool], path: str = "/metrics", seconds: float = 30
    ) -> None:
        """Send requests until a response is good. Fails with the last one after `seconds`."""
        deadline, last = time.monotonic() + seconds, "no answer"
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                status, _, body = self.request("GET", path)
                if good(status, body):
                    return
                last = f"{status} {body.decode()}"
            time.sleep(0.05)
        pytest.fail(
            f"not within {seconds:.0f} s; last: {last}; the log:\n{self.log.read_text()[-3000:]}"
        )

    def wait_for_version(self, version: str) -> None:
        """Wait until all workers that have a model serve `version`."""
        self.wait_for(
            lambda _, body: (
                re.findall(rb'^model_info{version="(.*)"} 1', body, re.MULTILINE)
                == [version.encode()]
            )
        )

    def stop(self) -> int:
        """Stop it like `docker stop`; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        return [
            int(name)
            for name in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            .read_text()
            .split()
        ]

    def metric(self, name: str) -> float:
        """A value of /metrics."""
        _, _, body = self.request("GET", "/metrics")
        return next(
            float(line.split()[-1])
            for line in body.decode().splitlines()
            if line.startswith(f"{name} ")
        )

    def worker(self) -> int:
        """The process id of the only worker."""
        (worker,) = self.workers()
        return worker

    def megabytes(self, worker: int, kind: str = "VmRSS") -> float:
        """Memory of a worker: resident now (VmRSS) or at its peak (VmHWM)."""
        status = Path(f"/proc/{worker}/status").read_text()
        return (
            next(int(line.split()[1]) for line in status.splitlines() if line.startswith(kind))
            / 1024
        )

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        chunked: bool = False,
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send a request on a new connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers), encode_chunked=chunked)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def send(self, *parts: bytes, half_close: bool = False) -> bytes:
        """Send raw bytes, as far as the server accepts them; returns the raw response."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for part in parts:
                    connection.sendall(part)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while received := connection.recv(65536):
                    answer += received
            return answer


@pytest.fixture(scope="session")
def gunicorn() -> type[Server]:
    return Server


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, gunicorn: type[Server], make: "type[Make]"
) -> Iterator[Server]:
    """A gunicorn that serves the first bundle and exits with status 0."""
    server = gunicorn(tmp_path_factory.mktemp("gunicorn"))
    server.store.publish(*make.bundle())
    server.wait_for_version(make.first)
    yield server
    assert server.stop() == 0


class Make:
    """Functions that make CSVs and bundles for tests."""

    first, second, window, horizon, har, intervals, scalers = (
        FIRST,
        SECOND,
        WINDOW,
        HORIZON,
        HAR,
        INTERVALS,
        SCALED,
    )
    day, replace = Day, staticmethod(replace)
    days, comma, semicolon = (
        staticmethod(trading_days),
        staticmethod(comma_csv),
        staticmethod(semicolon_csv),
    )
    windows, calendar = staticmethod(windows_csv), CALENDAR
    bundle, second_bundle = staticmethod(bundle), staticmethod(second_bundle)
    network, model = staticmethod(linear_network), staticmethod(onnx_model)


@pytest.fixture(scope="session")
def make() -> type[Make]:
    return Make
