"""Training on your own data: it is cleaned, versioned by DVC, pushed and pulled."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from model_contract.messages.forecasting import (
    ROWS_DROPPED_CONTRADICTORY,
    ROWS_DROPPED_EMPTY,
    ROWS_DROPPED_ZERO_VOLUME,
)
from pipeline_outputs import keep_results_in_git, outputs, stages_run, train_quickly
from running_stack import Stack, commit_all, run_git

DROPPED = {
    ROWS_DROPPED_EMPTY: [51, 71, 131],
    ROWS_DROPPED_ZERO_VOLUME: [901, 1001],
    ROWS_DROPPED_CONTRADICTORY: [301],
}


@dataclass(frozen=True)
class OwnData:
    """A clone that was trained on different data."""

    stack: Stack
    remote: Path
    added: str  # the output of `make data-add`
    trained: str  # the output of `make train`


@pytest.fixture(scope="module")
def own_data(make_stack, dirty_csv, tmp_path_factory) -> OwnData:
    stack, remote = make_stack("own-data"), tmp_path_factory.mktemp("remote")
    stack.settings["DVC_REMOTE_DIR"] = str(remote)
    train_quickly(stack)
    keep_results_in_git(stack.tree)
    stack.set_param("path: data/raw/stocks.csv", "path: data/raw/mine.csv")
    mine = tmp_path_factory.mktemp("elsewhere") / "mine.csv"
    mine.write_bytes(dirty_csv)
    added = stack.make("data-add", f"FILE={mine}")
    return OwnData(stack, remote, added, stack.make("train"))


def test_a_dirty_file_is_cleaned_reported_and_served(own_data, sample_csv):
    stack, output = own_data.stack, own_data.trained
    for rows_dropped, lines in DROPPED.items():
        assert rows_dropped(count=len(lines), lines=lines, more=False).text in output
    assert "epoch 1 of 2: loss" in output
    assert "\b" not in output
    dropped = {"empty": 3, "zero_volume": 2, "contradictory": 1}
    assert stack.metrics("data_quality")["dropped"] == dropped
    stack.compose("up", "--detach", "--build", "api", "frontend")
    stack.await_status("/readyz", 200)
    model = requests.get(f"{stack.url}/model", timeout=10).json()["model"]
    assert model["data"]["tickers"] == ["MINE"]
    assert stack.predict(sample_csv).status_code == 200


def test_data_is_pushed_and_pulled_with_everything_made_from_it(own_data, make_stack, dirty_csv):
    """A second clone gets the same bytes, with nothing to run. An old commit restores old data."""
    first = own_data.stack
    assert "DVC now tracks data/raw/mine.csv" in own_data.added
    commit_all(first.tree, "Train on my data")
    first.make("data-push")
    tracked = run_git(first.tree, "ls-files").split()
    assert "data/raw/mine.csv.dvc" in tracked
    assert "data/raw/mine.csv" not in tracked

    second = make_stack("second", tree=first.tree.parent / "second-clone")
    second.settings["DVC_REMOTE_DIR"] = str(own_data.remote)
    subprocess.run(["git", "clone", "--quiet", str(first.tree), str(second.tree)], check=True)
    second.make("data-pull")
    mine = second.tree / "data/raw/mine.csv"
    assert mine.read_bytes() == dirty_csv
    assert outputs(second.tree) == outputs(first.tree)
    assert stages_run(second.make("train")) == ["publish"]

    former = outputs(second.tree)
    second.set_param("epochs: 2", "epochs: 1")
    mine.chmod(0o644)
    mine.write_bytes(dirty_csv[: len(dirty_csv) * 9 // 10].rsplit(b"\n", 1)[0])
    second.make("data-add", "FILE=data/raw/mine.csv")
    second.make("train", "ACCEPT_DATA=yes")  # it has fewer rows than the served model's data
    assert outputs(second.tree) != former
    commit_all(second.tree, "Train on fewer rows")
    run_git(second.tree, "checkout", "--quiet", "HEAD~1")
    second.compose("run", "--rm", "trainer", "dvc", "checkout")
    assert mine.read_bytes() == dirty_csv
    assert outputs(second.tree) == former


def test_data_add_does_not_overwrite_data(stack, tmp_path):
    before = (stack.tree / "data/raw/stocks.csv").read_bytes()
    (tmp_path / "stocks.csv").write_bytes(b"Date,Open\n")
    refused = stack.run("make", "data-add", f"FILE={tmp_path}/stocks.csv", check=False)
    assert refused.returncode != 0
    assert "data/raw/stocks.csv exists with different content" in refused.stderr
    assert (stack.tree / "data/raw/stocks.csv").read_bytes() == before


def test_data_add_accepts_names_with_spaces(stack, tmp_path, dirty_csv):
    (tmp_path / "My Folder").mkdir()
    (tmp_path / "My Folder" / "my prices.csv").write_bytes(dirty_csv)
    stack.make("data-add", f"FILE={tmp_path}/My Folder/my prices.csv")
    added = stack.tree / "data/raw/my prices.csv"
    assert added.read_bytes() == dirty_csv
    added.with_suffix(".csv.dvc").unlink()
    added.unlink()
