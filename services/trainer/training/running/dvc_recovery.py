"""Repairs what a killed `dvc repro` left behind, which would make every later run fail.

`.dvc/tmp/rwlock`   lists the processes that use a file; experiments have their own. DVC removes
                    dead processes, but in another container their ids may belong to live ones. DVC
                    also fails on a truncated or empty file.
`dvc.lock`          is written in place, so a kill can leave it empty or truncated. We keep a copy
                    of the last valid one.

`.dvc/tmp/lock` and `.dvc/tmp/rwlock.lock` need no repair: the kernel releases such a lock when its
process ends, and nothing reads their content.
"""

import fcntl
import json
import logging
from pathlib import Path

from dvc.exceptions import DvcException  # type: ignore[import-untyped]
from dvc.schema import COMPILED_LOCKFILE_SCHEMA  # type: ignore[import-untyped]
from dvc.utils.serialize import load_yaml  # type: ignore[import-untyped]
from voluptuous import Invalid

from model_contract.store.durable import write_flushed
from training.paths import DVC_LOCK

log = logging.getLogger(__name__)

DVC_FILES = Path(".dvc/tmp")
IN_USE, RWLOCKS = DVC_FILES / "lock", (DVC_FILES / "rwlock", DVC_FILES / "exps/rwlock")
LAST_VALID, DAMAGED = DVC_FILES / "dvc.lock.valid", DVC_FILES / "dvc.lock.damaged"


def recover() -> None:
    """Repair both files. The caller must hold the lock of the tree."""
    DVC_FILES.mkdir(parents=True, exist_ok=True)
    with IN_USE.open("a") as in_use:
        try:
            fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # held by another DVC command, such as `dvc pull`, which DVC itself waits for
        for path in RWLOCKS:
            remove_stale_rwlock(path)
        restore_lock_file()


def remove_stale_rwlock(rwlock: Path) -> None:
    """Remove the rwlock if it names a process or cannot be read."""
    try:
        content = rwlock.read_bytes()
    except FileNotFoundError:
        return
    try:
        stale = any(json.loads(content).values())
    except (ValueError, AttributeError):
        stale = True
    if stale:
        rwlock.unlink()
        log.warning("removed %s, left by a killed DVC", rwlock)


def restore_lock_file() -> None:
    """Replace an unreadable dvc.lock with the last valid copy; copy a valid one."""
    if not DVC_LOCK.exists():
        return
    if is_valid(DVC_LOCK):
        _copy(DVC_LOCK, LAST_VALID)
        return
    _copy(DVC_LOCK, DAMAGED)
    if LAST_VALID.exists() and is_valid(LAST_VALID):
        _copy(LAST_VALID, DVC_LOCK)
        remedy = "the copy from before the last run replaces it"
    else:
        DVC_LOCK.unlink()
        remedy = "every stage runs again"
    log.warning(
        "DVC cannot read %s, probably because it was killed while writing: %s; "
        "the damaged file is now %s",
        DVC_LOCK,
        remedy,
        DAMAGED,
    )


def is_valid(path: Path) -> bool:
    """Whether DVC can read this dvc.lock."""
    try:
        COMPILED_LOCKFILE_SCHEMA(load_yaml(path))
    except (DvcException, Invalid):
        return False
    return True


def _copy(source: Path, target: Path) -> None:
    """Copy atomically, even on a full disk."""
    copied = target.with_name(f"{target.name}.copy")
    try:
        write_flushed(copied, source.read_bytes())
        copied.replace(target)
    finally:
        copied.unlink(missing_ok=True)
