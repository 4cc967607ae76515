"""Each test first checks whether the damage stops DVC, and then that it is repaired."""

import fcntl
import json
import logging
import os
from pathlib import Path

import pytest
from dvc.exceptions import DvcException
from dvc.repo import Repo

from training.running import dvc_recovery

# DVC 3.67 uses a deprecated feature of pygtrie.
pytestmark = pytest.mark.filterwarnings("ignore:_NoneStep.value will soon raise:DeprecationWarning")

RWLOCK, LOCK = Path(".dvc/tmp/rwlock"), Path("dvc.lock")


@pytest.fixture
def tree(tmp_path, monkeypatch, caplog) -> Path:
    """A pipeline with one short stage in the current folder. It has run once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    Path(".dvc/tmp").mkdir(parents=True)
    Path(".dvc/config").write_text(
        "[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n"
    )
    Path("dvc.yaml").write_text(
        "stages:\n  copy:\n    cmd: cp in out\n    deps: [in]\n    outs: [out]\n"
    )
    Path("in").write_text("1")
    run_dvc()
    dvc_recovery.recover()
    assert logged(caplog) == []
    return tmp_path


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The log lines, without DVC's own."""
    return [
        record.getMessage() for record in caplog.records if record.name == dvc_recovery.__name__
    ]


def run_dvc() -> list[str]:
    """Run `dvc repro` and return the stages that it ran."""
    with Repo() as repo:
        return [stage.name for stage in repo.reproduce()]


def rwlock(**users: object) -> bytes:
    """The content of the rwlock while processes use files."""
    return json.dumps(users).encode()


ALIVE, GONE = {"pid": os.getppid(), "cmd": "dvc repro"}, {"pid": 999_999_999, "cmd": "dvc repro"}


@pytest.mark.parametrize(
    "left",
    [
        b"",
        b'{"write": {"/x',
        b"\0\0\0\0",
        b"\xff\xfe",
        b"[1]",
        b'{"write": 1}',
        rwlock(write={"out": ALIVE}),
        rwlock(read={"out": [GONE, ALIVE]}, write={"in": GONE}),
    ],
    ids=[
        "empty",
        "truncated",
        "zeros",
        "not text",
        "a list",
        "a different structure",
        "a live process",
        "a live reader",
    ],
)
def test_an_rwlock_that_stops_dvc_is_removed_and_logged(tree, left, caplog):
    RWLOCK.write_bytes(left.replace(b'"out"', json.dumps(str(tree / "out")).encode()))
    Path("in").write_text("2")
    with pytest.raises((DvcException, UnicodeDecodeError)):
        run_dvc()
    dvc_recovery.recover()
    assert logged(caplog) == ["removed .dvc/tmp/rwlock, left behind by a killed DVC process"]
    assert run_dvc() == ["copy"]
    assert Path("out").read_text() == "2"


def test_an_rwlock_of_experiments_is_removed_too(tree, caplog):
    of_experiments = Path(".dvc/tmp/exps/rwlock")
    of_experiments.parent.mkdir(exist_ok=True)
    of_experiments.write_bytes(b"")
    dvc_recovery.recover()
    assert logged(caplog) == ["removed .dvc/tmp/exps/rwlock, left behind by a killed DVC process"]


@pytest.mark.parametrize("left", [b"{}", b'{"write": {}}', b'{"read": {}, "write": {}}'])
def test_an_rwlock_that_names_no_process_is_kept(tree, left, caplog):
    RWLOCK.write_bytes(left)
    dvc_recovery.recover()
    assert RWLOCK.read_bytes() == left
    assert logged(caplog) == []


@pytest.mark.parametrize("name", ["lock", "rwlock.lock"])
@pytest.mark.parametrize(
    "left", [b"", b" 1\n", b"\xff{"], ids=["empty", "a live process", "truncated"]
)
def test_other_locks_of_a_killed_dvc_do_no_harm(tree, name, left):
    Path(".dvc/tmp", name).write_bytes(left)
    Path("in").write_text("2")
    assert run_dvc() == ["copy"]


def test_the_locks_of_another_running_dvc_are_left_alone(tree):
    used = rwlock(write={"out": ALIVE})
    RWLOCK.write_bytes(used)
    with Path(".dvc/tmp/lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        dvc_recovery.recover()
    assert RWLOCK.read_bytes() == used


def test_unfinished_copies_in_the_cache_are_removed(tree, caplog):
    folder = tree / ".dvc/cache/files/md5/75"
    folder.mkdir(parents=True, exist_ok=True)
    unfinished, kept = folder / ".jkPSPOjSPLfyLERJLxOo4g.tmp", folder / ("0" * 30)
    for path in (unfinished, kept):
        path.write_text("x")
    dvc_recovery.recover()
    assert (unfinished.exists(), kept.exists()) == (False, True)
    name = unfinished.relative_to(tree)
    assert logged(caplog) == [f"removed {name}, left behind by a killed DVC process"]


@pytest.mark.parametrize("size", [0, 3, 12], ids=["empty", "cut in a word", "cut in a value"])
def test_a_truncated_dvc_lock_is_replaced_by_the_last_valid_copy(tree, size, caplog):
    valid = LOCK.read_text()
    LOCK.write_text(valid[:size])
    with pytest.raises(DvcException):
        run_dvc()
    dvc_recovery.recover()
    assert "replaced with the copy from before the last run" in caplog.text
    assert Path(".dvc/tmp/dvc.lock.damaged").read_text() == valid[:size]
    assert LOCK.read_text() == valid
    assert run_dvc() == []


def test_dvc_lock_is_readable_after_a_cut_at_any_byte(tree):
    valid = LOCK.read_bytes()
    for size in range(len(valid)):
        LOCK.write_bytes(valid[:size])
        dvc_recovery.recover()
        assert dvc_recovery.is_valid(LOCK)
    LOCK.write_bytes(valid[:-30])
    dvc_recovery.recover()
    assert run_dvc() in ([], ["copy"])


@pytest.mark.parametrize(
    "copy", [None, "schema: '2"], ids=["without a copy", "with a copy that is truncated too"]
)
def test_without_a_valid_copy_every_stage_runs_again(tree, copy, caplog):
    dvc_recovery.LAST_VALID.unlink()
    if copy is not None:
        dvc_recovery.LAST_VALID.write_text(copy)
    LOCK.write_text("")
    dvc_recovery.recover()
    assert "every stage will run again" in caplog.text
    assert not LOCK.exists()
    run_dvc()
    assert dvc_recovery.is_valid(LOCK)


def test_a_full_disk_damages_neither_dvc_lock_nor_its_copy(tree, monkeypatch):
    valid = LOCK.read_bytes()
    LOCK.write_bytes(valid + b"# later\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        dvc_recovery.restore_lock_file()
    assert LOCK.read_bytes() == valid + b"# later\n"
    assert dvc_recovery.LAST_VALID.read_bytes() == valid
    assert not list(dvc_recovery.DVC_FILES.glob("*.copy"))


def test_a_fresh_clone_needs_no_repair(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.INFO)
    dvc_recovery.recover()
    assert logged(caplog) == []
