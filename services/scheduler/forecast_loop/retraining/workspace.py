"""A copy of the pipeline in which the loop trains.

The code, the parameters and the prices in it don't change during a training, whatever happens to
the repository or the price store, so DVC records what was trained. What the training writes
(dvc.lock, metrics, data) stays in the copy: the repository remains as it is, and a new version can
be pulled without conflicts.
"""

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from forecast_loop.errors import LoopError
from forecast_loop.price_store.snapshot import write_snapshot
from forecast_loop.price_store.store import PriceStore
from model_contract.store.durable import flush_directory, write_flushed
from training.params import AUTO
from training.paths import PARAMS

log = logging.getLogger(__name__)

CODE = (Path("model_contract/src/model_contract"), Path("services/trainer/training"))
FILES = (Path("dvc.yaml"), Path(".dvc/config"))
PRICES = Path("data/raw/prices.parquet")
# Choices about the files of the operator; the snapshot leaves nothing open.
CHOICES = ("dates", "decimal", "volume", "volume_unit")
TRAIN = ("-m", "training", "run", "dvc", "repro")
# Removes what only earlier trainings used. Their models are in the model store.
TIDY = ("-m", "training", "run", "dvc", "gc", "--workspace", "--force", "--quiet")


def prepare(tree: Path, workspace: Path, store: PriceStore) -> int:
    """Copy the pipeline and the store's prices. Returns the number of rows.

    Raises `LoopError` without prices, `OSError` if the disk is full.
    """
    markets = {market for market, _ in store.last_sessions().values()}
    if not markets:
        raise LoopError("the price store is empty, so there is nothing to train on")
    for folder in CODE:
        shutil.rmtree(workspace / folder, ignore_errors=True)
        shutil.copytree(
            tree / folder, workspace / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    for file in FILES:
        (workspace / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree / file, workspace / file)
    params = yaml.safe_load((tree / PARAMS).read_text(encoding="utf-8"))
    text = yaml.safe_dump(_params(params, markets), sort_keys=False)
    write_flushed(workspace / PARAMS, text.encode())
    flush_directory(workspace)
    return write_snapshot(store, workspace / PRICES)


def train(tree: Path, workspace: Path) -> int:
    """Run the pipeline in the workspace, log its lines, and return its exit status."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(workspace / folder.parent) for folder in CODE),
        "GIT_REVISION": _revision(tree),
    }
    status = _run(TRAIN, workspace, environment)
    if status == 0:
        _run(TIDY, workspace, environment)
    return status


def _params(params: Mapping[str, Any], markets: set[str]) -> dict[str, Any]:
    """Return the parameters with the snapshot as the data."""
    data = {name: value for name, value in params["load_data"].items() if name not in CHOICES}
    market = next(iter(markets)) if len(markets) == 1 else AUTO
    return {**params, "load_data": {**data, "path": str(PRICES), "market": market}}


def _revision(tree: Path) -> str:
    """Return the commit of the repository, or nothing outside a git clone."""
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=tree, capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def _run(arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> int:
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        for line in process.stdout or ():
            log.info("%s", line.rstrip())
    return process.returncode
