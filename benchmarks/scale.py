"""Measures how time and memory of the first stages grow with the panel; `make bench-scale` runs it.

    benchmarks/scale.py [ROWS …]

Each stage is a process of its own in a copy of the tree. The memory is the largest resident set of
that process. By default, the panels have 12 thousand to 12 million rows; the largest needs 15 GB of
disk.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import yaml
from market_panel import write_panel
from pipeline_stages import copy_tree

SIZES = (12_000, 120_000, 1_200_000, 12_000_000)
STAGES = ("load_data", "preprocess", "engineer_features")
PANEL = Path("data/raw/panel.csv")


def main() -> None:
    """Print a line for each panel."""
    sizes = tuple(map(int, sys.argv[1:])) or SIZES
    names = "".join(f"{name:>20}" for name in STAGES)
    write(f"{'rows':>12}{'tickers':>9}{names}{'sum':>10}{'ratio':>8}{'bytes a row':>13}")
    before = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            tree = copy_tree(Path(folder) / "tree")
            tickers, rows = write_panel(tree / PANEL, size, seed=1)
            set_params(tree)
            found = [measure(tree, stage) for stage in STAGES]
        seconds, most = sum(time for time, _ in found), max(memory for _, memory in found)
        parts = "".join(f"{f'{time:.1f} s, {memory / 1e6:,.0f} MB':>20}" for time, memory in found)
        ratio = "" if before is None else f"{seconds / before:.1f}"
        write(f"{rows:>12,}{tickers:>9,}{parts}{seconds:>8.1f} s{ratio:>8}{most / rows:>13,.0f}")
        before = seconds


def set_params(tree: Path) -> None:
    """Train on the panel."""
    params = yaml.safe_load((tree / "params.yaml").read_text(encoding="utf-8"))
    params["load_data"] |= {"path": str(PANEL), "market": "XNYS"}
    (tree / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")


def measure(tree: Path, stage: str) -> tuple[float, int]:
    """Run a stage. Returns its wall-clock seconds and the largest resident set in bytes."""
    paths = os.pathsep.join(str(tree / name) for name in ("model_contract/src", "services/trainer"))
    started = time.perf_counter()
    process = os.fork()
    if process == 0:
        os.chdir(tree)
        quiet = os.open(tree / f"{stage}.log", os.O_WRONLY | os.O_CREAT)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        settings = {"PYTHONPATH": paths, "MODEL_STORE": str(tree / "models")}
        command = [sys.executable, "-m", "training", stage]
        os.execve(sys.executable, command, os.environ | settings)
    _, status, used = os.wait4(process, 0)
    if status:
        sys.exit((tree / f"{stage}.log").read_text(encoding="utf-8")[-2000:])
    return time.perf_counter() - started, peak(used)


def peak(used: resource.struct_rusage) -> int:
    """Return the largest resident set in bytes; Linux counts in kibibytes."""
    return used.ru_maxrss * 1024


def write(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
