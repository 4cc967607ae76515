"""Each case is shown to stop DVC, or to stop nothing, before it is mended."""

import fcntl
import json
import logging
import os
from pathlib import Path

import pytest
from dvc.exceptions import DvcException
from dvc.repo import Repo

from training.running import dvc_recovery as leftovers

# DVC 3.67 asks pygtrie for what a later version of it will refuse.
pytestmark = pytest.mark.filterwarnings("ignore:_NoneStep.value will soon raise:DeprecationWarning")

RWLOCK, LOCK = Path(".dvc/tmp/rwlock"), Path("dvc.lock")


@pytest.fixture
def tree(tmp_path, monkeypatch, caplog) -> Path:
    """A pipeline of one short stage in a tree of its own, entered, run once."""
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
    leftovers.main()
    assert mended(caplog) == []
    return tmp_path


def mended(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said, but for what DVC said."""
    return [record.getMessage() for record in caplog.records if record.name == leftovers.__name__]


def run_dvc() -> list[str]:
    """`dvc repro`; gives the stages that it ran."""
    with Repo() as repo:
        return [stage.name for stage in repo.reproduce()]


def rwlock(**users: object) -> bytes:
    """What DVC writes there while processes use files: this test's parent, or one that is gone."""
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
        "torn",
        "zeros",
        "no text",
        "a list",
        "of another form",
        "a process that lives",
        "a reader that lives",
    ],
)
def test_an_rwlock_that_stops_dvc_is_removed_with_a_line_that_says_so(tree, left, caplog):
    RWLOCK.write_bytes(left.replace(b'"out"', json.dumps(str(tree / "out")).encode()))
    Path("in").write_text("2")
    with pytest.raises((DvcException, UnicodeDecodeError)):
        run_dvc()
    leftovers.main()
    assert mended(caplog) == [
        "removed .dvc/tmp/rwlock, which a run of DVC that was killed has left"
    ]
    assert run_dvc() == ["copy"]
    assert Path("out").read_text() == "2"


def test_so_is_the_rwlock_of_experiments(tree, caplog):
    of_experiments = Path(".dvc/tmp/exps/rwlock")
    of_experiments.parent.mkdir(exist_ok=True)
    of_experiments.write_bytes(b"")
    leftovers.main()
    assert mended(caplog) == [
        "removed .dvc/tmp/exps/rwlock, which a run of DVC that was killed has left"
    ]


@pytest.mark.parametrize("left", [b"{}", b'{"write": {}}', b'{"read": {}, "write": {}}'])
def test_an_rwlock_that_names_no_process_stays(tree, left, caplog):
    RWLOCK.write_bytes(left)
    leftovers.main()
    assert RWLOCK.read_bytes() == left
    assert mended(caplog) == []


@pytest.mark.parametrize("name", ["lock", "rwlock.lock"])
@pytest.mark.parametrize(
    "left", [b"", b" 1\n", b"\xff{"], ids=["empty", "a process that lives", "torn"]
)
def test_what_a_killed_dvc_leaves_in_its_other_locks_stops_nothing(tree, name, left):
    Path(".dvc/tmp", name).write_bytes(left)
    Path("in").write_text("2")
    assert run_dvc() == ["copy"]


def test_the_locks_of_a_dvc_that_no_trainer_has_started_are_left_alone(tree):
    used = rwlock(write={"out": ALIVE})
    RWLOCK.write_bytes(used)
    with Path(".dvc/tmp/lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        leftovers.main()
    assert RWLOCK.read_bytes() == used


@pytest.mark.parametrize("size", [0, 3, 12], ids=["empty", "cut in a word", "cut in a value"])
def test_a_torn_dvc_lock_is_replaced_by_the_last_whole_one(tree, size, caplog):
    whole = LOCK.read_text()
    LOCK.write_text(whole[:size])
    with pytest.raises(DvcException):
        run_dvc()
    leftovers.main()
    assert "the copy from before the last run takes its place" in caplog.text
    assert Path(".dvc/tmp/dvc.lock.torn").read_text() == whole[:size]
    assert LOCK.read_text() == whole
    assert run_dvc() == []


def test_wherever_a_dvc_lock_is_cut_dvc_can_read_it_afterwards(tree):
    whole = LOCK.read_bytes()
    for size in range(len(whole)):
        LOCK.write_bytes(whole[:size])
        leftovers.main()
        assert leftovers.is_whole(LOCK)
    LOCK.write_bytes(whole[:-30])
    leftovers.main()
    assert run_dvc() in ([], ["copy"])


@pytest.mark.parametrize(
    "copy", [None, "schema: '2"], ids=["without a copy", "with a copy that is torn too"]
)
def test_without_a_whole_copy_every_stage_runs_again(tree, copy, caplog):
    leftovers.LAST_WHOLE.unlink()
    if copy is not None:
        leftovers.LAST_WHOLE.write_text(copy)
    LOCK.write_text("")
    leftovers.main()
    assert "every stage runs again" in caplog.text
    assert not LOCK.exists()
    run_dvc()
    assert leftovers.is_whole(LOCK)


def test_a_full_disk_costs_neither_dvc_lock_nor_its_copy(tree, monkeypatch):
    whole = LOCK.read_bytes()
    LOCK.write_bytes(whole + b"# later\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        leftovers.restore_lock_file()
    assert LOCK.read_bytes() == whole + b"# later\n"
    assert leftovers.LAST_WHOLE.read_bytes() == whole
    assert not list(leftovers.DVC_FILES.glob("*.copy"))


def test_in_a_fresh_clone_there_is_nothing_to_mend(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.INFO)
    leftovers.main()
    assert mended(caplog) == []
