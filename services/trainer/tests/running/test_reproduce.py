"""Runs `dvc repro` through the trainer's entrypoint and kills it at various points.

`tests/acceptance/test_kills.py` does this with the default data.
"""

import fcntl
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from model_contract.errors import BundleError
from model_contract.store.bundle import load_bundle
from model_contract.store.model_store import ModelStore

SECONDS = 300
# There are enough epochs for a kill between two of them. A different number of golden windows makes
# the bundle differ from the served one.
PARAMS = {"train": {"epochs": 12, "dropout": 0.2}, "publish": {"golden_windows": 5}}
# (line, seconds): each run is killed at a random time, at most that many seconds after the line.
MOMENTS = (
    ("Running stage 'preprocess'", 1.0),
    ("train: epoch 4 of 12", 0.5),
    ("Running stage 'evaluate'", 2.0),
    ("Running stage 'publish'", 2.0),
)
LONG = "echo begun; sleep 60"
SMALL_PIPELINE = "stages:\n  copy:\n    cmd: cp in out\n    deps: [in]\n    outs: [out]\n"


class Trainer:
    """A working tree with a model store, and the trainer's entrypoint without a container."""

    def __init__(self, repository: Path, tree: Path, code: Path) -> None:
        self.entrypoint, self.tree, self.code = (
            repository / "services/trainer/entrypoint.sh",
            tree,
            code,
        )
        (tree / ".dvc").mkdir()
        (tree / ".dvc/config").write_text(
            "[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n"
        )

    @property
    def store(self) -> Path:
        return self.tree / "models"

    def start(self, *command: str, store: str = "models") -> subprocess.Popen[str]:
        packages = (self.code / "model_contract/src", self.code / "services/trainer")
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(map(str, packages)),
            "PYTHONUNBUFFERED": "1",
            "MODEL_STORE": str(self.tree / store),
            "DVC_SITE_CACHE_DIR": str(self.tree.parent / "dvc-site"),
        }
        return subprocess.Popen(
            [self.entrypoint, *command],
            cwd=self.tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, store: str = "models", code: int = 0) -> str:
        """Run a command, check that its exit status is `code`, and return its output."""
        process = self.start(*command, store=store)
        output, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == code, output
        return output

    def kill(self, line: str, seconds: float) -> str:
        """Run `dvc repro`, kill all its processes `seconds` after `line`, and return its output."""
        process = self.start("dvc", "repro")
        assert process.stdout is not None
        output = []
        for text in process.stdout:
            output.append(text)
            if line in text:
                time.sleep(seconds)
                os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        assert process.wait(SECONDS) == -signal.SIGKILL, "".join(output)
        for lock in (self.store / ".trainer.lock", self.tree / ".dvc/tmp/trainer.lock"):
            with lock.open() as held:  # processes that the kernel hasn't removed yet hold the lock
                fcntl.flock(held, fcntl.LOCK_EX)
        return "".join(output)


@contextmanager
def watching(store: Path) -> Iterator[set[str]]:
    """Load the served bundle repeatedly. Yields the versions seen; fails if loading fails."""
    served: set[str] = set()
    problems: list[Exception] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.1):
            try:
                served.add(load_bundle(store / str(ModelStore(store).current())).manifest.version)
            except (BundleError, OSError) as problem:
                problems.append(problem)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield served
    finally:
        ended.set()
        watcher.join()
    assert problems == []


def written(tree: Path) -> dict[str, bytes]:
    """Read everything that training and evaluation write."""
    files = (
        path
        for folder in ("artifacts", "metrics", "data/processed")
        for path in (tree / folder).rglob("*")
        if path.is_file()
    )
    return {
        str(path.relative_to(tree)): path.read_bytes() for path in files if path.name != "gate.json"
    }


@pytest.fixture(scope="module")
def uninterrupted(finished, tmp_path_factory) -> dict[str, bytes]:
    """The files that training and evaluation write without interruption, in separate processes."""
    tree = tmp_path_factory.mktemp("uninterrupted")
    shutil.copytree(finished.root, tree, dirs_exist_ok=True)
    replace(finished, root=tree).write_params(**PARAMS)
    for stage in ("train", "evaluate"):
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "MODEL_STORE": str(tree / "models"),
        }
        subprocess.run(
            [sys.executable, "-m", "training", stage],
            cwd=tree,
            env=environment,
            capture_output=True,
            check=True,
        )
    return written(tree)


@pytest.fixture
def trainer(finished, repository, tmp_path) -> Trainer:
    """The whole pipeline in a separate tree, with a served model and new parameters."""
    tree = tmp_path / "tree"
    for folder in ("data/raw", "models"):
        shutil.copytree(finished.root / folder, tree / folder)
    for folder in ("services/trainer/training", "model_contract/src"):
        shutil.copytree(
            repository / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(repository / "dvc.yaml", tree)
    replace(finished, root=tree).write_params(**PARAMS)
    return Trainer(repository, tree, tree)


@pytest.mark.long
def test_repeatedly_killed_runs_end_with_the_same_files(trainer, uninterrupted):
    moments = random.Random(4)
    (former,) = {ModelStore(trainer.store).current()}
    with watching(trainer.store) as served:
        outputs = [trainer.kill(line, moments.uniform(0, most)) for line, most in MOMENTS]
        outputs.append(trainer.run("dvc", "repro"))
        time.sleep(0.3)
    assert re.search(r"train: resumed after epoch ([3-9]|1[012]) of 12\n", outputs[2])
    assert written(trainer.tree) == uninterrupted
    assert served == {former, ModelStore(trainer.store).current()}
    assert json.loads((trainer.store / "status.json").read_text())["state"] == "done"
    assert leftover_files(trainer.tree) == []


def leftover_files(tree: Path) -> list[str]:
    """Find files that an uninterrupted run doesn't leave behind."""
    known = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}(\.dir)?")
    cache = [path for path in (tree / ".dvc/cache/files/md5").rglob("*") if path.is_file()]
    unknown = [path for path in cache if not known.fullmatch("/".join(path.parts[-2:]))]
    temporary = [*(tree / "models").glob(".tmp*"), *tree.glob("*.tmp")]
    return [str(path) for path in (*unknown, *temporary, *tree.glob("checkpoints"))]


@pytest.fixture
def small(repository, workspace) -> Trainer:
    """A pipeline with one short stage."""
    made = Trainer(repository, workspace.root, repository)
    for folder in (made.tree / "data/raw", made.store):
        folder.mkdir(parents=True)
    (made.tree / "dvc.yaml").write_text(SMALL_PIPELINE)
    (made.tree / "in").write_text("1")
    return made


def test_what_a_killed_dvc_left_behind_is_repaired_before_dvc_runs(small):
    small.run("dvc", "repro")
    files = small.tree / ".dvc/tmp"
    (files / "rwlock").write_text(
        json.dumps({"write": {str(small.tree / "out"): {"pid": os.getpid(), "cmd": "dvc repro"}}})
    )
    for name in ("lock", "rwlock.lock"):
        (files / name).write_text(f" {os.getpid()}\n")
    (small.tree / "dvc.lock").write_text("schema: '2.")
    (small.tree / "in").write_text("2")
    output = small.run("dvc", "repro")
    assert "trainer: removed .dvc/tmp/rwlock" in output
    assert "trainer: DVC cannot read dvc.lock" in output
    assert "Running stage 'copy'" in output


@pytest.fixture
def running(small) -> Iterator[Trainer]:
    """A trainer that is running a long stage."""
    (small.tree / "dvc.yaml").write_text(SMALL_PIPELINE.replace("cp in out", LONG))
    process = small.start("dvc", "repro")
    assert process.stdout is not None
    assert any("begun" in line for line in process.stdout)
    yield small
    os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    process.wait()


@pytest.mark.parametrize(
    "command",
    [
        ("dvc", "repro"),
        ("dvc", "exp", "run"),
        ("dvc", "--verbose", "repro"),
        ("dvc", "-q", "experiments", "run", "--name", "x"),
    ],
    ids=" ".join,
)
def test_a_second_trainer_of_a_store_names_the_holder_and_ends(running, command):
    status = (running.store / "status.json").read_bytes()
    output = running.run(*command, code=3)
    assert re.search(
        r"already running: 'dvc repro' in \S+ since [0-9-]+ [0-9:]+ UTC is using this model store",
        output,
    )
    assert (running.store / "status.json").read_bytes() == status


def test_a_second_trainer_of_a_tree_names_the_holder_and_ends(running):
    (running.tree / "another").mkdir()
    output = running.run("dvc", "repro", store="another", code=3)
    assert re.search(
        r"already running: 'dvc repro' in \S+ since [0-9-]+ [0-9:]+ UTC is using this working tree",
        output,
    )


def test_a_killed_trainer_releases_its_locks(small):
    (small.tree / "dvc.yaml").write_text(SMALL_PIPELINE.replace("cp in out", LONG))
    small.kill("begun", 0)
    (small.tree / "dvc.yaml").write_text(SMALL_PIPELINE)
    assert "Running stage 'copy'" in small.run("dvc", "repro")


def test_an_unusable_key_ends_a_run_before_its_first_stage(small, monkeypatch):
    (small.tree / "key").write_text("short")
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(small.tree / "key"))
    output = small.run("dvc", "repro", code=1)
    assert "has 5 bytes but needs 16 or more" in output
    assert "Running stage" not in output
    status = json.loads((small.store / "status.json").read_text())
    assert (status["state"], status["stage"]) == ("failed", "load_data")
    assert "the signing key in" in status["error"]


def test_a_new_run_clears_the_last_failure(small):
    (small.tree / "dvc.yaml").write_text(SMALL_PIPELINE.replace("cp in out", "false"))
    small.run("dvc", "repro", code=255)
    status = json.loads((small.store / "status.json").read_text())
    assert "dvc repro ended with exit status 255" in status["error"]
    (small.tree / "dvc.yaml").write_text(SMALL_PIPELINE)
    small.run("dvc", "repro")
    status = json.loads((small.store / "status.json").read_text())
    assert (status["state"], status["error"]) == ("done", None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_is_reported_as_stopped(small, number):
    (small.tree / "dvc.yaml").write_text(SMALL_PIPELINE.replace("cp in out", LONG))
    process = small.start("dvc", "repro")
    assert process.stdout is not None
    assert any("begun" in line for line in process.stdout)
    os.killpg(process.pid, number)
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode != 0, output
    status = json.loads((small.store / "status.json").read_text())
    assert status["state"] == "failed"
    assert "the run was stopped" in status["error"]


def test_a_store_that_is_not_writable_ends_a_run_with_4(small):
    assert "is not writable" in small.run("dvc", "repro", store="missing", code=4)


@pytest.mark.parametrize(
    ("command", "code", "output"),
    [
        (["sh", "-c", "echo $0 $1; exit 7", "--", "-x"], 7, "-- -x\n"),
        (["sh", "-c", "trap"], 0, ""),  # the command inherits no ignored signals
        (["python", "-c", "print(1)"], 0, "1\n"),
    ],
    ids=["options", "signals", "python"],
)
def test_other_commands_run_unchanged(small, command, code, output):
    assert small.run(*command, code=code) == output


def test_an_unknown_command_ends_with_127(small):
    assert "no-such-program: No such file" in small.run("no-such-program", code=127)


def test_a_published_model_is_not_trained_again(trainer):
    assert "is published" in trainer.run("ensure-model")


def test_a_tree_without_dvc_yaml_ends_with_2(small):
    (small.tree / "dvc.yaml").unlink()
    assert "has no dvc.yaml" in small.run("dvc", "repro", code=2)
