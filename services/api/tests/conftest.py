"""The application with a small model, and gunicorn to serve it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from gunicorn_server import Server
from linear_model import (
    CALENDAR,
    EFFECTS,
    FIRST,
    HAR,
    HORIZON,
    INTERVALS,
    SCALERS,
    SECOND,
    WINDOW,
    bundle,
    linear_network,
    onnx_model,
    second_bundle,
)
from model_contract.store.model_store import ModelStore
from prediction_api import create_app
from price_files import Day, comma_csv, prices_of, semicolon_csv, trading_days, windows_csv


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def published(store: ModelStore) -> ModelStore:
    store.publish(*bundle())
    return store


@pytest.fixture
def client(published: ModelStore) -> FlaskClient:
    """The application with a model; it reads the store only at startup."""
    return create_app({"MODEL_STORE": published.directory, "MODEL_POLL_SECONDS": 0}).test_client()


@pytest.fixture
def empty_client(store: ModelStore) -> FlaskClient:
    """The application before the first training."""
    return create_app({"MODEL_STORE": store.directory, "MODEL_POLL_SECONDS": 0}).test_client()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """gunicorn with the first bundle. When stopped at the end, it must exit with status 0."""
    server = Server(tmp_path_factory.mktemp("gunicorn"))
    server.store.publish(*bundle())
    server.wait_for_version(FIRST)
    yield server
    assert server.stop() == 0


class Make:
    """Makes CSVs and bundles."""

    first, second, window, horizon = FIRST, SECOND, WINDOW, HORIZON
    calendar, har, intervals, scalers, effects = CALENDAR, HAR, INTERVALS, SCALERS, EFFECTS
    day, replace, days = Day, staticmethod(replace), staticmethod(trading_days)
    comma, semicolon = staticmethod(comma_csv), staticmethod(semicolon_csv)
    prices = staticmethod(prices_of)
    windows, network = staticmethod(windows_csv), staticmethod(linear_network)
    model, bundle = staticmethod(onnx_model), staticmethod(bundle)
    second_bundle = staticmethod(second_bundle)


@pytest.fixture(scope="session")
def make() -> type[Make]:
    return Make
