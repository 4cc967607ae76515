"""Data that cannot be used for training, and a working tree with an unusual owner."""

import os
import re

import pytest
import requests

from pipeline_outputs import outputs, train_quickly
from running_stack import Stack

ANOTHER_ID = 4321
BAD_CSV = """Date,Open,High,Low,Close,Volume
2020-01-02,1,2,1,x,5
2020-01-03,1,2,3,1,-5
2020-13-01,1,2,1,1,5
"""


def test_bad_data_stops_training_and_every_problem_is_listed(stack):
    """Nothing is written, the page can show the reason, and the previous model is still served."""
    served, before = stack.store_file("CURRENT"), outputs(stack.tree)
    bad = stack.tree / "data/raw/bad.csv"
    bad.write_text(BAD_CSV)
    with stack.changed_params(("path: data/raw/stocks.csv", "path: data/raw/bad.csv")):
        failed = stack.run("make", "train", check=False)
        status = requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]
    bad.unlink()
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    for problem in ("line 2, column Close: .*'x'", "line 4, column Date: .*'2020-13-01'"):
        assert re.search(f"data/raw/bad.csv: {problem}", output)
    assert "Traceback" not in output
    assert (status["state"], status["stage"]) == ("failed", "load_data")
    assert "column Close" in status["error"]
    assert stack.store_file("CURRENT") == served
    stack.make("train")
    assert outputs(stack.tree) == before


def test_prices_that_lost_a_ticker_are_held_back_until_they_are_accepted(stack):
    """Publishing a model of them would be a silent loss. Here, a later stage stops the training."""
    served, before = stack.store_file("CURRENT"), outputs(stack.tree)
    prices = stack.tree / "data/raw/stocks.csv"
    whole = prices.read_text()
    rows = whole.splitlines(keepends=True)
    prices.write_text("".join(row for row in rows if not row.startswith("IBM,")))
    held_back = stack.run("make", "train", check=False)
    status = requests.get(f"{stack.url}/model", timeout=10).json()["trainer"]
    with stack.changed_params(("window: 44", "window: 500")):
        accepted = stack.run("make", "train", "ACCEPT_DATA=yes", check=False)
    prices.write_text(whole)
    assert held_back.returncode != 0
    assert (status["state"], status["stage"]) == ("failed", "load_data")
    assert "1 of 5 tickers (IBM)" in status["error"]
    assert "accepted, because ACCEPT_DATA is set" in accepted.stdout
    assert "Running stage 'preprocess'" in accepted.stdout
    assert stack.store_file("CURRENT") == served
    stack.make("train")
    assert outputs(stack.tree) == before


def test_missing_dvc_data_is_reported_with_the_command_to_get_it(make_stack):
    stack = make_stack("missing", git=False)
    (stack.tree / "data/raw/mine.csv.dvc").write_text(
        f"outs:\n- md5: {'0' * 32}\n  size: 1\n  path: mine.csv\n"
    )
    stack.set_param("path: data/raw/stocks.csv", "path: data/raw/mine.csv")
    failed = stack.run("make", "train", check=False)
    assert failed.returncode != 0
    advice = "data/raw/mine.csv is missing; run 'make data-pull' to fetch it"
    assert advice in failed.stdout + failed.stderr


@pytest.fixture
def foreign_tree(make_stack, dirty_csv):
    """A clone made with a strict umask by a user whose id is not 1000."""
    stack = make_stack("another-id")
    train_quickly(stack)
    stack.set_param("path: data/raw/stocks.csv", "path: data/raw/mine.csv")
    (stack.tree / "data/raw/mine.csv").write_bytes(dirty_csv)
    stack.run("chmod", "-R", "go-rwx", "services")
    # Only root reads this file, while the image is built. A different mode would invalidate the
    # cached layer and reinstall everything.
    stack.run("chmod", "go+r", "services/trainer/requirements-cpu.txt")
    give_tree_to(stack, ANOTHER_ID)
    yield stack
    give_tree_to(stack, os.getuid())


def give_tree_to(stack: Stack, owner: int) -> None:
    """Change the owner as root in a container, because ordinary users may not give files away."""
    options = ("--rm", "--user", "0", "--volume", f"{stack.tree}:/tree")
    image = "python:3.13-slim-trixie"
    stack.run("docker", "run", *options, image, "chown", "-R", str(owner), "/tree")


def test_files_belong_to_any_user_id_even_under_a_strict_umask(foreign_tree):
    foreign_tree.compose("run", "--rm", "--build", "trainer", "dvc", "repro")
    tree = foreign_tree.tree
    for name in ("dvc.lock", "metrics/evaluation.json", "artifacts/model.onnx", ".dvc/cache/files"):
        assert (tree / name).stat().st_uid == ANOTHER_ID
    assert {path.lstat().st_uid for path in tree.rglob("*")} == {ANOTHER_ID}
