"""Repairs and removes what a killed `dvc repro` left behind.

`.dvc/tmp/rwlock`   lists the processes that use each file; experiments have their own rwlock. DVC
                    removes dead processes, but in another container their ids may belong to live
                    ones. DVC also fails if the file is truncated or empty.
`dvc.lock`          is written in place, so a kill can leave it empty or truncated. We keep a copy
                    of the last valid version.
`.dvc/cache`        keeps the unfinished copy of a file, which nothing would ever remove.

`.dvc/tmp/lock` and `.dvc/tmp/rwlock.lock` need no repair: the kernel releases these locks when
their process ends, and nothing reads the files' content.
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
CACHE = Path(".dvc/cache/files/md5")
LAST_VALID, DAMAGED = DVC_FILES / "dvc.lock.valid", DVC_FILES / "dvc.lock.damaged"


def recover() -> None:
    """Repair these files. The caller must hold the working tree's lock."""
    DVC_FILES.mkdir(parents=True, exist_ok=True)
    with IN_USE.open("a") as in_use:
        try:
            fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # a DVC command such as `dvc pull` holds the lock; DVC itself waits for it
        for path in RWLOCKS:
            remove_stale_rwlock(path)
        restore_lock_file()
        remove_unfinished_copies()


def remove_unfinished_copies() -> None:
    """Remove the temporary files that DVC renames once a file is in the cache."""
    for path in CACHE.glob("??/.*.tmp"):
        path.unlink()
        log.warning("removed %s, left behind by a killed DVC process", path)


def remove_stale_rwlock(rwlock: Path) -> None:
    """Remove the rwlock if it lists a process or cannot be read."""
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
        log.warning("removed %s, left behind by a killed DVC process", rwlock)


def restore_lock_file() -> None:
    """Copy dvc.lock if it is valid; otherwise replace it with the last valid copy."""
    if not DVC_LOCK.exists():
        return
    if is_valid(DVC_LOCK):
        _copy(DVC_LOCK, LAST_VALID)
        return
    _copy(DVC_LOCK, DAMAGED)
    if LAST_VALID.exists() and is_valid(LAST_VALID):
        _copy(LAST_VALID, DVC_LOCK)
        remedy = "it was replaced with the copy from before the last run"
    else:
        DVC_LOCK.unlink()
        remedy = "every stage will run again"
    log.warning(
        "DVC cannot read %s, probably because DVC was killed while writing it: %s; "
        "the damaged file was moved to %s",
        DVC_LOCK,
        remedy,
        DAMAGED,
    )


def is_valid(path: Path) -> bool:
    """Return True if DVC can read this dvc.lock."""
    try:
        COMPILED_LOCKFILE_SCHEMA(load_yaml(path))
    except (DvcException, Invalid):
        return False
    return True


def _copy(source: Path, target: Path) -> None:
    """Copy a file atomically, so a full disk doesn't damage the target."""
    copied = target.with_name(f"{target.name}.copy")
    try:
        write_flushed(copied, source.read_bytes())
        copied.replace(target)
    finally:
        copied.unlink(missing_ok=True)
