"""`dvc repro` through the trainer's entrypoint, as its container runs it, killed as `docker kill`, a power cut or a full memory do.

`benchmarks/kills.py` does the same with the default data, at 30 random moments.
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
# Enough epochs for a kill to come between them; other golden windows make it another bundle than the one that is served.
PARAMS = {"train": {"epochs": 12, "patience": 12, "dropout": 0.2}, "publish": {"golden_windows": 5}}
# A run is killed so many seconds after it has said this: any number from 0 to the last.
MOMENTS = (
    ("Running stage 'preprocess'", 1.0),
    ("train: epoch 4 of 12", 0.5),
    ("Running stage 'evaluate'", 2.0),
    ("Running stage 'publish'", 2.0),
)
LONG = "echo begun; sleep 60"
LITTLE_PIPELINE = "stages:\n  copy:\n    cmd: cp in out\n    deps: [in]\n    outs: [out]\n"


class Trainer:
    """A working tree with a model store, and the trainer's container without the container."""

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
        """Let it end with the exit status `code`; give all that it says."""
        process = self.start(*command, store=store)
        output, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == code, output
        return output

    def kill(self, line: str, seconds: float) -> str:
        """Run `dvc repro` and kill all of its processes so long after it has said `line`; give what it had said."""
        process = self.start("dvc", "repro")
        assert process.stdout is not None
        said = []
        for said_now in process.stdout:
            said.append(said_now)
            if line in said_now:
                time.sleep(seconds)
                os.killpg(process.pid, signal.SIGKILL)
        process.stdout.close()
        assert process.wait(SECONDS) == -signal.SIGKILL, "".join(said)
        for lock in (self.store / ".trainer.lock", self.tree / ".dvc/tmp/trainer.lock"):
            with lock.open() as held:  # by processes that the kernel has not yet cleared away
                fcntl.flock(held, fcntl.LOCK_EX)
        return "".join(said)


@contextmanager
def watching(store: Path) -> Iterator[set[str]]:
    """Load the served bundle again and again; gives the versions that were served. Fails if one could not be loaded."""
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
    """All that training and evaluation write."""
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
def undisturbed(finished, tmp_path_factory) -> dict[str, bytes]:
    """What training and evaluation write where nothing disturbs them, each in a process of its own, as DVC runs them."""
    tree = tmp_path_factory.mktemp("undisturbed")
    shutil.copytree(finished.root, tree, dirs_exist_ok=True)
    replace(finished, root=tree).write_params(**PARAMS)
    for stage in ("train", "evaluate"):
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "MODEL_STORE": str(tree / "models"),
        }
        subprocess.run(
            [sys.executable, "-m", f"training.{stage}"],
            cwd=tree,
            env=environment,
            capture_output=True,
            check=True,
        )
    return written(tree)


@pytest.fixture
def trainer(finished, repository, tmp_path) -> Trainer:
    """The whole pipeline in a tree of its own, with a model that is served, and new parameters."""
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


def test_runs_that_are_killed_again_and_again_end_as_if_undisturbed_and_the_served_model_stays_whole(
    trainer, undisturbed
):
    moments = random.Random(4)
    (former,) = {ModelStore(trainer.store).current()}
    with watching(trainer.store) as served:
        said = [trainer.kill(line, moments.uniform(0, most)) for line, most in MOMENTS]
        said.append(trainer.run("dvc", "repro"))
        time.sleep(0.3)
    assert re.search(r"train: resumed after epoch ([3-9]|1[012]) of 12\n", said[2])
    assert written(trainer.tree) == undisturbed
    assert served == {former, ModelStore(trainer.store).current()}
    assert json.loads((trainer.store / "status.json").read_text())["state"] == "done"
    assert litter(trainer.tree) == []


def litter(tree: Path) -> list[str]:
    """What no undisturbed run leaves."""
    known = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}(\.dir)?")
    cache = [path for path in (tree / ".dvc/cache/files/md5").rglob("*") if path.is_file()]
    strange = [path for path in cache if not known.fullmatch("/".join(path.parts[-2:]))]
    return list(
        map(
            str,
            [
                *strange,
                *tree.glob("checkpoints"),
                *(tree / "models").glob(".tmp*"),
                *tree.glob("*.tmp"),
            ],
        )
    )


@pytest.fixture
def little(repository, workspace) -> Trainer:
    """A pipeline of one short stage."""
    made = Trainer(repository, workspace.root, repository)
    for folder in (made.tree / "data/raw", made.store):
        folder.mkdir(parents=True)
    (made.tree / "dvc.yaml").write_text(LITTLE_PIPELINE)
    (made.tree / "in").write_text("1")
    return made


def test_what_a_killed_dvc_has_left_is_mended_before_dvc_runs(little):
    little.run("dvc", "repro")
    files = little.tree / ".dvc/tmp"
    (files / "rwlock").write_text(
        json.dumps({"write": {str(little.tree / "out"): {"pid": os.getpid(), "cmd": "dvc repro"}}})
    )
    for name in ("lock", "rwlock.lock"):
        (files / name).write_text(f" {os.getpid()}\n")
    (little.tree / "dvc.lock").write_text("schema: '2.")
    (little.tree / "in").write_text("2")
    output = little.run("dvc", "repro")
    assert "trainer: removed .dvc/tmp/rwlock" in output
    assert "trainer: DVC cannot read dvc.lock" in output
    assert "Running stage 'copy'" in output


@pytest.fixture
def running(little) -> Iterator[Trainer]:
    """A trainer that works on a long stage."""
    (little.tree / "dvc.yaml").write_text(LITTLE_PIPELINE.replace("cp in out", LONG))
    process = little.start("dvc", "repro")
    assert process.stdout is not None
    assert any("begun" in line for line in process.stdout)
    yield little
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
def test_a_second_trainer_of_a_store_says_who_holds_it_and_ends(running, command):
    status = (running.store / "status.json").read_bytes()
    output = running.run(*command, code=3)
    assert re.search(
        r"already running: 'dvc repro' in \S+ since [0-9-]+ [0-9:]+ UTC holds this model store",
        output,
    )
    assert (running.store / "status.json").read_bytes() == status


def test_a_second_trainer_of_a_tree_says_who_holds_it_and_ends_though_its_store_is_another(running):
    (running.tree / "another").mkdir()
    output = running.run("dvc", "repro", store="another", code=3)
    assert re.search(
        r"already running: 'dvc repro' in \S+ since [0-9-]+ [0-9:]+ UTC holds this working tree",
        output,
    )


def test_the_locks_of_a_trainer_that_was_killed_are_free(little):
    (little.tree / "dvc.yaml").write_text(LITTLE_PIPELINE.replace("cp in out", LONG))
    little.kill("begun", 0)
    (little.tree / "dvc.yaml").write_text(LITTLE_PIPELINE)
    assert "Running stage 'copy'" in little.run("dvc", "repro")
