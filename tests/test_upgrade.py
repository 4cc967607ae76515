"""`make upgrade`: pulls a new version under an operator's settings, or leaves all as it was.

Docker is replaced by a script that notes its commands.
"""

import fcntl
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCKER = """#!/bin/bash
echo "$*" >> "$DOCKER_CALLS"
case "$*" in
  *"ps --quiet"*) [[ " $RUNNING " == *" ${@: -1} "* ]] && echo 0123abcd; exit 0 ;;
  "compose ps api") echo "Up 1 second (healthy)"; exit 0 ;;
  *"training served") grep -Eq "(retrain|ensure-model)$" "$DOCKER_CALLS" && exit 0 ;;&
  *"$FAILING"*) exit 3 ;;
esac
exit 0
"""
SERVED = "compose run --rm trainer python -m training served"
NOTHING_FAILS = "no such command"


@dataclass(frozen=True)
class Clone:
    """An operator's clone of a small repository that has the script."""

    origin: Path
    tree: Path
    calls: Path

    def upgrade(self, running: str = "api", failing: str = NOTHING_FAILS) -> tuple[int, str]:
        """Run the script; return its exit status and output."""
        path = f"{self.calls.parent / 'bin'}:{os.environ['PATH']}"
        variables = {"DOCKER_CALLS": str(self.calls), "RUNNING": running, "FAILING": failing}
        done = subprocess.run(
            ["scripts/upgrade.sh"], cwd=self.tree, env={**os.environ, "PATH": path, **variables},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def commands(self) -> list[str]:
        """Return the docker commands that change something."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [line for line in lines if " ps " not in line]

    def state(self) -> tuple[str, str, str, dict[str, bytes]]:
        """Return the commit, git's status and stashes, and all files."""
        files = {
            str(path.relative_to(self.tree)): path.read_bytes()
            for path in self.tree.rglob("*")
            if path.is_file() and ".git" not in path.parts
        }
        status, stashes = git(self.tree, "status", "--porcelain"), git(self.tree, "stash", "list")
        return git(self.tree, "rev-parse", "HEAD"), status, stashes, files


def git(tree: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True).stdout


def write(tree: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)


def release(origin: Path, files: dict[str, str]) -> None:
    """Publish a new version with these files."""
    write(origin, files)
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message", "Release")


@pytest.fixture
def clone(tmp_path) -> Clone:
    """A clone with own settings, results of training and a file of prices; a release is out."""
    origin, tree, tools = (tmp_path / name for name in ("origin", "tree", "bin"))
    origin.mkdir()
    git(origin, "init", "--quiet", "--initial-branch=main")
    params, reference = "seed: 1\n\n\n\nkeep: 5\n", "metrics/reference/evaluation.json"
    for name in (".gitignore", "scripts/upgrade.sh", ".dvcignore"):
        write(origin, {name: (ROOT / name).read_text()})
    (origin / "scripts/upgrade.sh").chmod(0o755)
    release(origin, {"params.yaml": params, reference: "1", "dvc.yaml": "1"})
    git(tmp_path, "clone", "--quiet", str(origin), str(tree))
    write(tree, {"params.yaml": params.replace("seed: 1", "seed: 7")})
    write(tree, {"dvc.lock": "own", "metrics/evaluation.json": "own", "data/raw/own.csv": "own"})
    write(tree, {"metrics/plots/skill.csv": "own", "artifacts/model.onnx": "own", ".env": "own"})
    release(origin, {"params.yaml": params.replace("5", "6"), reference: "2", "dvc.yaml": "2"})
    write(tools, {"docker": DOCKER})
    (tools / "docker").chmod(0o755)
    return Clone(origin, tree, tmp_path / "calls")


def test_settings_and_results_survive_a_new_version(clone):
    status, output = clone.upgrade()
    assert (status, "Release" in output) == (0, True)
    commit, changed, stashes, files = clone.state()
    assert commit == git(clone.origin, "rev-parse", "HEAD")
    assert (changed, stashes) == (" M params.yaml\n", "")
    assert files["params.yaml"] == b"seed: 7\n\n\n\nkeep: 6\n"
    assert {files["dvc.lock"], files["metrics/evaluation.json"], files["data/raw/own.csv"]} == {
        b"own"
    }
    assert files["metrics/reference/evaluation.json"] == b"2"
    assert clone.commands() == ["compose build", SERVED, "compose up --detach"]


@pytest.mark.parametrize(
    ("loop", "training"),
    [
        ("", "compose run --rm trainer ensure-model"),
        (
            "scheduler prometheus",
            "compose --profile loop run --rm scheduler python -m forecast_loop retrain",
        ),
    ],
    ids=["alone", "with-the-loop"],
)
def test_a_model_is_trained_before_the_restart_if_the_new_version_refuses_it(clone, loop, training):
    assert clone.upgrade(f"api {loop}", failing=SERVED)[0] == 0
    *_, served, trained, again, restarted = clone.commands()
    profiles = "--profile monitoring --profile loop " if loop else ""
    assert (served, trained, again) == (SERVED, training, SERVED)
    assert restarted == f"compose {profiles}up --detach"


# The last one: the check and the training.
@pytest.mark.parametrize("failing", ["stop scheduler", "build", "run --rm"])
def test_a_version_that_fails_changes_nothing(clone, failing):
    before = clone.state()
    status, output = clone.upgrade("api scheduler", failing)
    assert (status, clone.state()) == (3, before)
    assert "the code and your settings are as before" in output
    assert clone.commands()[-1] == "compose --profile loop start scheduler"


def test_settings_that_conflict_are_named_and_kept(clone):
    release(clone.origin, {"params.yaml": "seed: 2\n\n\n\nkeep: 6\n"})
    before = clone.state()
    status, output = clone.upgrade()
    assert (status, clone.state()) == (1, before)
    assert "your changes of params.yaml don't fit the new version" in output
    assert clone.commands() == []


def test_a_version_that_does_not_start_says_how_to_go_back(clone):
    before = clone.state()[0].strip()
    status, output = clone.upgrade(failing="up --detach")
    assert status == 1
    assert f"git reset --hard {before}" in output
    assert clone.state()[1:3] == (" M params.yaml\n", "")


def begin_a_merge(clone: Clone) -> None:
    git(clone.tree, "stash")
    git(clone.tree, "fetch", "--quiet")
    git(clone.tree, "merge", "--no-commit", "--no-ff", "origin/main")
    git(clone.tree, "stash", "pop")


def leave_the_branch(clone: Clone) -> None:
    git(clone.tree, "checkout", "--quiet", "--detach")


def lose_the_remote(clone: Clone) -> None:
    clone.origin.rename(clone.origin.with_name("elsewhere"))


def own_an_ignored_file(clone: Clone) -> None:
    write(clone.origin, {"data/raw/own.csv": "theirs"})
    git(clone.origin, "add", "--force", "data/raw/own.csv")
    git(clone.origin, "commit", "--quiet", "--message", "Add prices")


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (begin_a_merge, "a merge or a rebase isn't finished"),
        (leave_the_branch, "'git checkout main' brings it there"),
        (lose_the_remote, "the new version can't be fetched"),
        (own_an_ignored_file, "the new version has a file data/raw/own.csv, and so do you"),
    ],
)
def test_an_upgrade_that_cannot_work_is_refused_before_anything_changes(clone, prepare, reason):
    prepare(clone)
    before = clone.state()
    status, output = clone.upgrade("api scheduler")
    assert (status, clone.state(), clone.commands()) == (1, before, [])
    assert reason in output


def test_a_second_upgrade_at_the_same_time_is_refused(clone):
    with (clone.tree / ".git/upgrade.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = clone.state()
        status, output = clone.upgrade()
    assert (status, clone.state()) == (1, before)
    assert "another 'make upgrade' is running" in output


def test_an_upgrade_that_was_killed_must_be_cleared_up_first(clone):
    settings = git(clone.tree, "stash", "create").strip()
    git(clone.tree, "stash", "store", "--message", "make upgrade", settings)
    git(clone.tree, "reset", "--quiet", "--hard")
    before = clone.state()
    status, output = clone.upgrade()
    assert (status, clone.state(), clone.commands()) == (1, before, [])
    assert "git stash pop" in output
    git(clone.tree, "stash", "pop")
    assert clone.upgrade()[0] == 0
    assert b"seed: 7" in clone.state()[3]["params.yaml"]


def test_without_a_new_version_the_stack_is_only_restarted(clone):
    clone.upgrade()
    status, output = clone.upgrade()
    assert (status, "already the newest version" in output) == (0, True)
    assert clone.state()[1:3] == (" M params.yaml\n", "")
