"""A stage fails if what it depends on changes while it runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from training.errors import TrainingError
from training.running.dependencies import fingerprint, require_unchanged

DVC_YAML = """
vars:
  - code: src
stages:
  fit:
    cmd: python fit.py
    deps: ["${load_data.path}", "${code}/fit.py", data/old.csv]
    params: [fit, other.seed]
"""
PARAMS = "load_data: {path: data/raw}\nfit: {epochs: 5}\nother: {seed: 1, name: a}\n"


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path, text in {
        "dvc.yaml": DVC_YAML,
        "params.yaml": PARAMS,
        "src/fit.py": "fit()",
        "src/other.py": "pass",
        "data/raw/a.csv": "1",
        "data/old.csv": "2",
    }.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)


def write(path: str, text: str) -> Callable[[], object]:
    return lambda: Path(path).write_text(text)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (write("data/raw/a.csv", "9"), "data/raw"),
        (write("data/raw/b.csv", "1"), "data/raw"),
        (lambda: Path("data/raw/a.csv").rename("data/raw/c.csv"), "data/raw"),
        (write("src/fit.py", "fit(2)"), "src/fit.py"),
        (lambda: Path("data/old.csv").unlink(), "data/old.csv"),
        (write("params.yaml", PARAMS.replace("5", "6")), "params.yaml: fit"),
        (write("params.yaml", PARAMS.replace("seed: 1", "seed: 7")), "params.yaml: other.seed"),
    ],
)
def test_a_change_is_named(change: Callable[[], object], named: str):
    before = fingerprint("fit")
    change()
    with pytest.raises(TrainingError, match=rf"^{named} changed while this stage ran"):
        require_unchanged(before, fingerprint("fit"))


@pytest.mark.parametrize(
    "change",
    [
        write("src/other.py", "fail"),
        write("params.yaml", PARAMS.replace("name: a", "name: b") + "# a comment\n"),
        write("data/raw/a.csv", "1"),
    ],
)
def test_what_a_stage_does_not_depend_on_may_change(change: Callable[[], object]):
    before = fingerprint("fit")
    change()
    require_unchanged(before, fingerprint("fit"))


def test_a_changed_path_of_the_data_is_a_change():
    before = fingerprint("fit")
    write("params.yaml", PARAMS.replace("data/raw", "data/old.csv"))()
    with pytest.raises(TrainingError, match="data/raw changed"):
        require_unchanged(before, fingerprint("fit"))


def test_damaged_files_are_named():
    write("params.yaml", "fit: [")()
    with pytest.raises(TrainingError, match=r"^params\.yaml can't be read"):
        fingerprint("fit")
    write("params.yaml", "")()
    with pytest.raises(TrainingError, match=r"^params\.yaml is empty"):
        fingerprint("fit")
