"""Swaps models under load: no request fails, and no response mixes two models.

SWAPS sets the number of swaps: 20 by default, 200 before a release (a few minutes).
"""

import logging
import os
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from importlib import resources
from pathlib import Path

import pytest

import prediction_api
from model_contract.model.forecasting import forecast_volumes
from model_contract.model.onnx_network import OnnxNetwork
from model_contract.store.bundle import FILES, SCALERS
from model_contract.store.golden import GOLDEN, Golden
from model_contract.store.model_store import ModelStore
from prediction_api.forecast.predictor import Predictor
from swap_report import Run, report
from swap_server import Server, load, predict, running_server, swaps_in

pytestmark = pytest.mark.long
logger = logging.getLogger(__name__)
SWAPS = int(os.environ.get("SWAPS", "20"))
MEMORY_AFTER = (10, 20, 60, 100, 200)  # swaps
MEMORY_GROWTH = 10  # MB; a worker must free a model that it no longer serves


@pytest.fixture
def store(origin: Path, tmp_path: Path) -> tuple[ModelStore, tuple[str, str]]:
    """A store with two models, and their versions. The second model is current."""
    trained, store = ModelStore(origin / "models"), ModelStore(tmp_path / "models")
    return store, publish_two(trained, store)


def publish_two(trained: ModelStore, store: ModelStore) -> tuple[str, str]:
    """Publish the trained model, then a copy whose scaler gives different forecasts."""
    version = str(trained.current())
    bundle = trained.load(version)
    files = {name: (trained.path(version) / name).read_bytes() for name in FILES}
    target = bundle.scalers.target
    scalers = replace(bundle.scalers, target=replace(target, mean=(target.mean[0] + 0.05,)))
    windows = bundle.golden.windows
    golden = Golden(windows, forecast_volumes(windows, scalers, OnnxNetwork(bundle.model)))
    others = files | {SCALERS: scalers.to_json().encode(), GOLDEN: golden.to_json().encode()}
    first, second = (bundle.manifest.sealed(each) for each in (files, others))
    store.publish(first, files)
    store.publish(second, others)
    return first.version, second.version


@pytest.mark.parametrize(
    ("swaps", "poll_seconds"),
    [(SWAPS, 0.2), (max(SWAPS * 3 // 10, 1), 2.0)],
    ids=["polling every 0.2 s", "default polling"],
)
def test_swaps_under_load_fail_no_request_and_mix_no_models(
    store: tuple[ModelStore, tuple[str, str]], tmp_path: Path, swaps: int, poll_seconds: float
) -> None:
    models, versions = store
    data = resources.files(prediction_api).joinpath("sample.csv").read_bytes()
    expected = {
        version: Predictor(models.load(version)).predict(data)["predictions"]
        for version in versions
    }
    run, log = Run(), tmp_path / "log"
    with running_server(models, poll_seconds, log) as server:
        server.await_version(versions[1])
        with load(partial(predict, server, data, expected), run.requests) as paused:
            for swap in range(1, swaps + 1):
                # The change should come at a random time between two polls.
                time.sleep(random.uniform(0, poll_seconds))
                change_model(models, versions, swap, server, run, paused)
            time.sleep(1)
    run.swaps.extend(swaps_in(log))
    for line in report(run):
        logger.info(line)
    assert [request for request in run.requests if request.version is None] == []
    assert [request for request in run.requests if not request.right] == []
    if len(run.memory) > 1:
        first, *_, last = run.memory.values()
        assert max(last) - max(first) < MEMORY_GROWTH


def change_model(
    models: ModelStore,
    versions: tuple[str, str],
    swap: int,
    server: Server,
    run: Run,
    paused: Callable[[], AbstractContextManager[None]],
) -> None:
    """Make the other model current, and measure the workers' memory after some of the swaps."""
    version = versions[(swap + 1) % 2]
    run.changes.append((time.time(), version))
    models.make_current(version)
    server.await_version(version)
    time.sleep(0.5)
    if swap in MEMORY_AFTER:
        with paused():  # excludes memory that requests in flight use
            for again in (versions[swap % 2], version):
                models.make_current(again)
                server.await_version(again)
            run.memory[swap] = server.worker_megabytes()
