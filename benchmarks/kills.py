"""What a kill costs, and that it costs nothing else: kills a full `dvc repro` at 30 random moments.

    .venv/bin/python benchmarks/kills.py [KILLS]     in the root

In copies of the tree, with a model store of their own in which another model is served. An undisturbed run tells how long one
takes and what it writes. Each kill hits a run from nothing, with SIGKILL to all of its processes, at a moment of its own part
of that time; the next run must end well and leave the same files as the undisturbed one, no more and no fewer, and whenever
one looks, the served model must load. Exits with 1 where anything differs.
"""

import fcntl
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import yaml

from model_contract.errors import BundleError
from model_contract.store.bundle import load_bundle
from model_contract.store.model_store import ModelStore

TREE = Path(__file__).resolve().parents[1]
COPIED = (
    "dvc.yaml",
    "params.yaml",
    "data/raw",
    "services/trainer/training",
    "services/trainer/entrypoint.sh",
    "model_contract/src",
)
SEED = 4
# Another model, trained in seconds and past a gate that is open, is served before the first kill.
FORMER = {
    "train": {"seed": 2, "epochs": 1},
    "publish": {
        "minimum_skill_vs_naive": -1,
        "maximum_mae_vs_har_calendar": 100,
        "maximum_coverage_error": 1,
    },
}
VERSION = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
# What runs write down about themselves: it differs with their times, and with how many there were.
OWN_WORDS = (".dvc/tmp", "models")


def main() -> None:
    """Print a line for each kill, then the sum."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    moments = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        origin, tree = prepare(Path(folder)), Path(folder, "tree")
        whole, _ = run(copy_of(origin, tree))
        wanted = files_of(tree)
        say(f"an undisturbed run takes {whole:.0f} s")
        say(f"{'killed at':>10}  {'next run':>9}  after, and how the next one went on")
        costs, failures = [], 0
        for kill in range(kills):
            moment = whole * (kill + moments.random()) / kills
            copy_of(origin, tree)
            with Watch(tree / "models") as watch:
                said = run_killed(tree, moment)
                seconds, next_said = run(tree)
            problems = watch.problems + differences(wanted, files_of(tree))
            failures += bool(problems)
            costs.append(moment + seconds - whole)
            went_on = ", ".join(
                re.findall(
                    r"resumed after epoch \d+ of \d+|removed [^ ,]+|DVC cannot read [^ ,]+|training starts anew",
                    next_said,
                )
            )
            say(
                f"{moment:>8.1f} s  {seconds:>7.1f} s  {last_words(said)}{'; ' + went_on if went_on else ''}"
            )
            for problem in problems:
                say(f"    {problem}")
    costs.sort()
    say(
        f"{kills} kills, {failures} with a difference; a kill costs {costs[len(costs) // 2]:.0f} s (median), {costs[-1]:.0f} s (worst)"
    )
    sys.exit(1 if failures else 0)


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def prepare(folder: Path) -> Path:
    """A tree from which nothing has run, with a store in which another model is served."""
    origin, other = folder / "origin", folder / "other"
    for name in COPIED:
        copy = shutil.copytree if (TREE / name).is_dir() else shutil.copy
        (origin / name).parent.mkdir(parents=True, exist_ok=True)
        copy(TREE / name, origin / name)
    (origin / "models").mkdir()
    (origin / ".dvc").mkdir()
    (origin / ".dvc/config").write_text(
        "[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n"
    )
    params = yaml.safe_load((copy_of(origin, other) / "params.yaml").read_text())
    for section, values in FORMER.items():
        params[section].update(values)
    (other / "params.yaml").write_text(yaml.safe_dump(params))
    run(other)
    shutil.rmtree(origin / "models")
    (other / "models").rename(origin / "models")
    return origin


def copy_of(origin: Path, tree: Path) -> Path:
    """A fresh copy of `origin` in the place of `tree`."""
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(origin, tree)
    return tree


def start(tree: Path) -> subprocess.Popen[bytes]:
    """Start `dvc repro` as the trainer's container does; its words go to a file."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(
            str(tree / name) for name in ("model_contract/src", "services/trainer")
        ),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MODEL_STORE": str(tree / "models"),
        "DVC_SITE_CACHE_DIR": str(tree.parent / "dvc-site"),
    }
    with (tree.parent / "said").open("wb") as said:
        command = [tree / "services/trainer/entrypoint.sh", "dvc", "repro"]
        return subprocess.Popen(
            command, cwd=tree, env=environment, stdout=said, stderr=said, start_new_session=True
        )


def run(tree: Path) -> tuple[float, str]:
    """Let a run end; give its seconds and its words. Exits where it fails."""
    started = time.monotonic()
    code = start(tree).wait()
    said = (tree.parent / "said").read_text()
    if code:
        sys.exit(f"a run that nothing disturbed ended with {code}:\n{said}")
    return time.monotonic() - started, said


def run_killed(tree: Path, seconds: float) -> str:
    """Kill a run after so long; give its words."""
    process = start(tree)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for lock in (tree / "models/.trainer.lock", tree / ".dvc/tmp/trainer.lock"):
        if lock.exists():
            with lock.open() as held:  # by processes that the kernel has not yet cleared away
                fcntl.flock(held, fcntl.LOCK_EX)
    return (tree.parent / "said").read_text()


def last_words(said: str) -> str:
    """Where a killed run was."""
    found = re.findall(
        r"Running stage '\w+'|epoch \d+ of \d+|best epoch|published \S+|Updating lock file|didn't change",
        said,
    )
    return found[-1] if found else "nothing was said"


class Watch:
    """Loads the served bundle again and again while runs come and go."""

    def __init__(self, store: Path) -> None:
        self.store, self.problems = store, []
        self.ended, self.watcher = threading.Event(), threading.Thread(target=self.look)

    def __enter__(self) -> "Watch":
        self.watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.watcher.join()

    def look(self) -> None:
        """Note what is wrong with the served bundle, every tenth of a second."""
        while not self.ended.wait(0.1):
            try:
                load_bundle(self.store / str(ModelStore(self.store).current()))
            except (BundleError, OSError) as error:
                self.problems.append(f"the served model was not whole: {error}")


def files_of(tree: Path) -> dict[str, bytes | None]:
    """Every file of a tree, by name; None for those whose content is a run's own words. Versions are named by their content."""
    found = {path.relative_to(tree): path for path in tree.rglob("*") if path.is_file()}
    texts = {
        VERSION.sub("VERSION", str(name)): None
        if str(name).startswith(OWN_WORDS)
        else path.read_bytes()
        for name, path in found.items()
    }
    return {
        name: content
        for name, content in texts.items()
        if not name.startswith(".dvc/tmp/dvc.lock.")
    }


def differences(wanted: dict[str, bytes | None], found: dict[str, bytes | None]) -> list[str]:
    """What a tree holds that it should not, lacks, or holds otherwise."""
    lines = [f"{name} should not be there" for name in found.keys() - wanted.keys()]
    lines += [f"{name} is missing" for name in wanted.keys() - found.keys()]
    return sorted(
        lines
        + [
            f"{name} is another"
            for name in found.keys() & wanted.keys()
            if found[name] != wanted[name]
        ]
    )


if __name__ == "__main__":
    main()
