"""Before DVC runs: mends what a killed `dvc repro` left behind and would stop every later one.

`.dvc/tmp/rwlock`   names the processes that use a file; experiments have one of their own. DVC strikes out those that are
                    gone, but in another container the same number is another process, which looks alive; and it gives up
                    where the file is torn or empty.
`dvc.lock`          is written in place, so that a kill can leave it empty or cut short. A copy is kept of the last whole one.

`.dvc/tmp/lock` and `.dvc/tmp/rwlock.lock` need nothing: the kernel frees such a lock with its process, and no one reads them.
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
from training.running import stage

log = logging.getLogger(__name__)

DVC_FILES = Path(".dvc/tmp")
IN_USE, RWLOCKS = DVC_FILES / "lock", (DVC_FILES / "rwlock", DVC_FILES / "exps/rwlock")
LAST_WHOLE, TORN = DVC_FILES / "dvc.lock.whole", DVC_FILES / "dvc.lock.torn"


def main() -> None:
    """Mend both. The caller sees to it that no other trainer works in this tree."""
    DVC_FILES.mkdir(parents=True, exist_ok=True)
    with IN_USE.open("a") as in_use:
        try:
            fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # a DVC that no trainer has started, such as `dvc pull`: it is for DVC to wait for it
        for path in RWLOCKS:
            forget_dead_processes(path)
        restore_lock_file()


def forget_dead_processes(rwlock: Path) -> None:
    """Remove the rwlock unless it names no process."""
    try:
        noted = rwlock.read_bytes()
    except FileNotFoundError:
        return
    try:
        stale = any(json.loads(noted).values())
    except (ValueError, AttributeError):
        stale = True
    if stale:
        rwlock.unlink()
        log.warning("removed %s, which a run of DVC that was killed has left", rwlock)


def restore_lock_file() -> None:
    """Put the last whole dvc.lock in the place of one that DVC cannot read; keep a copy of one that it can."""
    if not DVC_LOCK.exists():
        return
    if is_whole(DVC_LOCK):
        _copy(DVC_LOCK, LAST_WHOLE)
        return
    _copy(DVC_LOCK, TORN)
    if LAST_WHOLE.exists() and is_whole(LAST_WHOLE):
        _copy(LAST_WHOLE, DVC_LOCK)
        remedy = "the copy from before the last run takes its place"
    else:
        DVC_LOCK.unlink()
        remedy = "every stage runs again"
    log.warning(
        "DVC cannot read %s, as when it is killed while it writes it: %s; the damaged file is now %s",
        DVC_LOCK,
        remedy,
        TORN,
    )


def is_whole(path: Path) -> bool:
    """Tell whether DVC can read this dvc.lock."""
    try:
        COMPILED_LOCKFILE_SCHEMA(load_yaml(path))
    except (DvcException, Invalid):
        return False
    return True


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all, also on a full disk."""
    copied = target.with_name(f"{target.name}.copy")
    try:
        write_flushed(copied, source.read_bytes())
        copied.replace(target)
    finally:
        copied.unlink(missing_ok=True)


if __name__ == "__main__":
    stage.run_apart("trainer", main)
