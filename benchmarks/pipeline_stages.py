"""Measure the CPU seconds of each stage and of the whole `dvc repro`; `make bench-stages` runs it.

It works in a copy of the tree with its own model store, and changes neither the served model nor
the working tree. A stage's time includes starting Python and importing modules. To compare
machines, use the shares, not the seconds.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

TREE = Path(__file__).resolve().parents[1]
COPIED = (
    "dvc.yaml",
    "params.yaml",
    ".dvc/config",
    "data/raw",
    "services/trainer/training",
    "model_contract/src",
)
STAGES = ("load_data", "preprocess", "engineer_features", "train", "evaluate", "publish")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as by_stage, tempfile.TemporaryDirectory() as whole:
        rows = [
            (
                stage,
                *measure([sys.executable, "-m", "training", stage], copy_tree(Path(by_stage))),
            )
            for stage in STAGES
        ]
        all_stages = sum(cpu for _, cpu, _ in rows)
        repro_cpu, repro_wall = measure(["dvc", "repro", "--quiet"], copy_tree(Path(whole)))
    lines = [f"{'stage':<20}{'CPU s':>8}{'wall s':>8}{'share':>8}"]
    lines += [
        f"{stage:<20}{cpu:>8.1f}{wall:>8.1f}{cpu / all_stages:>8.0%}" for stage, cpu, wall in rows
    ]
    lines += [
        f"{'all stages':<20}{all_stages:>8.1f}{sum(wall for *_, wall in rows):>8.1f}{1:>8.0%}"
    ]
    lines += [f"{'dvc repro':<20}{repro_cpu:>8.1f}{repro_wall:>8.1f}{repro_cpu / all_stages:>8.0%}"]
    sys.stdout.write("\n".join(lines) + "\n")


def copy_tree(target: Path) -> Path:
    """Copy the files that the pipeline needs, unless they are already there."""
    for name in COPIED:
        if not (target / name).exists():
            copy = shutil.copytree if (TREE / name).is_dir() else shutil.copy
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            copy(TREE / name, target / name)
    return target


def measure(command: Sequence[str], tree: Path) -> tuple[float, float]:
    """CPU seconds (user and system) of `command` and its children, and wall-clock seconds."""
    paths = os.pathsep.join(str(tree / name) for name in ("model_contract/src", "services/trainer"))
    environment = os.environ | {"MODEL_STORE": str(tree / "models"), "PYTHONPATH": paths}
    without_git = Path("/etc/dvc-without-git")  # from the trainer's image; the copy has no .git
    if without_git.exists():
        environment["DVC_GLOBAL_CONFIG_DIR"] = str(without_git)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        command,
        cwd=tree,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} exited with {done.returncode}:\n{done.stdout[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        time.monotonic() - started,
    )


if __name__ == "__main__":
    main()
