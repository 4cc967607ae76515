"""Runs `dvc repro` in copies of this repository in the same way as the trainer's container."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import yaml

from model_contract.errors import BundleError
from model_contract.store.bundle import load_bundle
from model_contract.store.model_store import ModelStore

REPOSITORY = Path(__file__).parents[2]
COPIED = (
    "dvc.yaml",
    "params.yaml",
    "data/raw",
    "services/trainer/training",
    "services/trainer/entrypoint.sh",
    "model_contract/src",
)
DVC_CONFIG = "[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n"
# Parameters of the model served before the first test: one epoch, and a gate that it passes.
FORMER_MODEL = {
    "train": {"seed": 2, "epochs": 1},
    "publish": {
        "minimum_skill_vs_naive": -1,
        "maximum_mae_vs_har_calendar": 100,
        "maximum_coverage_error": 1,
    },
}
VERSION = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
# These files contain times and run counts, so only their names are compared.
CONTENT_DIFFERS = (".dvc/tmp", "models")


def untouched_tree(folder: Path) -> Path:
    """Copy the repository and publish `FORMER_MODEL` to the copy's store."""
    origin, other = folder / "origin", folder / "other"
    for name in COPIED:
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        (origin / name).parent.mkdir(parents=True, exist_ok=True)
        copy(REPOSITORY / name, origin / name)
    (origin / "models").mkdir()
    (origin / ".dvc").mkdir()
    (origin / ".dvc/config").write_text(DVC_CONFIG)
    params = yaml.safe_load((copy_tree(origin, other) / "params.yaml").read_text())
    for section, values in FORMER_MODEL.items():
        params[section].update(values)
    (other / "params.yaml").write_text(yaml.safe_dump(params))
    run(other)
    shutil.rmtree(origin / "models")
    (other / "models").rename(origin / "models")
    return origin


def copy_tree(origin: Path, tree: Path) -> Path:
    """Replace `tree` with a fresh copy of `origin`."""
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(origin, tree)
    return tree


def start(tree: Path) -> subprocess.Popen[bytes]:
    """Start `dvc repro`. Its output goes to the file `log` next to the tree."""
    packages = (tree / "model_contract/src", tree / "services/trainer")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(map(str, packages)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MODEL_STORE": str(tree / "models"),
        "DVC_SITE_CACHE_DIR": str(tree.parent / "dvc-site"),
    }
    command = [tree / "services/trainer/entrypoint.sh", "dvc", "repro"]
    with log_of(tree).open("wb") as log:
        return subprocess.Popen(
            command, cwd=tree, env=environment, stdout=log, stderr=log, start_new_session=True
        )


def log_of(tree: Path) -> Path:
    return tree.parent / "log"


def run(tree: Path) -> tuple[float, str]:
    """Run to the end. Returns the duration in seconds and the output."""
    started = time.monotonic()
    code = start(tree).wait()
    output = log_of(tree).read_text()
    assert code == 0, f"the run exited with {code}:\n{output}"
    return time.monotonic() - started, output


def run_and_kill(tree: Path, seconds: float) -> str:
    """Start a run, kill it after `seconds`, and return its output."""
    process = start(tree)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for lock in (tree / "models/.trainer.lock", tree / ".dvc/tmp/trainer.lock"):
        if lock.exists():
            with lock.open() as held:  # waits until the kernel has ended every process in the group
                fcntl.flock(held, fcntl.LOCK_EX)
    return log_of(tree).read_text()


def last_step(output: str) -> str:
    """Find the last step that a killed run logged."""
    steps = (
        r"Running stage '\w+'|epoch \d+ of \d+|best epoch|published \S+|Updating lock file"
        r"|didn't change"
    )
    found = re.findall(steps, output)
    return found[-1] if found else "before its first line"


class StoreWatch:
    """Loads the served bundle repeatedly while runs start and end, and collects the errors."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.errors: list[str] = []
        self.ended, self.watcher = threading.Event(), threading.Thread(target=self.watch)

    def __enter__(self) -> "StoreWatch":
        self.watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.watcher.join()

    def watch(self) -> None:
        while not self.ended.wait(0.1):
            try:
                load_bundle(self.store / str(ModelStore(self.store).current()))
            except (BundleError, OSError) as error:
                self.errors.append(str(error))


def files_of(tree: Path) -> dict[str, bytes | None]:
    """Read every file in a tree. The content is None if only the name is compared."""
    found = {
        str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file()
    }
    return {
        VERSION.sub("VERSION", name): None if name.startswith(CONTENT_DIFFERS) else content
        for name, content in found.items()
        if not name.startswith(".dvc/tmp/dvc.lock.")
    }
