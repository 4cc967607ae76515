"""`make backup`, `make restore`: the models of the store in one file, and back into a store that lost them."""

import logging
import sys
import tarfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from model_contract.bundle import FILES
from model_contract.durable import write_flushed
from model_contract.errors import BundleError
from model_contract.history import PROMOTED
from model_contract.store import CURRENT, HISTORY, ModelStore
from training.errors import TrainingError
from training.stage import run_apart
from training.status import signing_store

log = logging.getLogger(__name__)

USAGE = "usage: python -m training.backup save > FILE, or restore < FILE"


def main() -> None:
    """Do what the command line asks for."""
    if sys.argv[1:] == ["save"]:
        run_apart("backup", lambda: save(signing_store(), sys.stdout.buffer), sys.stderr)
    elif sys.argv[1:] == ["restore"]:
        run_apart("restore", lambda: restore(signing_store(), sys.stdin.buffer))
    else:
        sys.exit(USAGE)


def save(store: ModelStore, target: BinaryIO) -> None:
    """Write every version, the history and the name of the current one as a tar archive, while no one else writes to the store."""
    with store.lock(), tarfile.open(fileobj=target, mode="w|") as archive:
        names = [stored.version for stored in store.versions()]
        for name in (*names, HISTORY, CURRENT):
            with suppress(FileNotFoundError):  # there is none yet
                archive.add(store.directory / name, name)
    log.info("saved %d versions; %s is current", len(names), store.current() or "none")


def restore(store: ModelStore, source: BinaryIO) -> None:
    """Bring back each version of an archive that the store does not hold whole; and the current one, if the store has none.

    Raises `TrainingError` for a file that is no such archive, before anything is changed.
    """
    with TemporaryDirectory() as folder:
        try:
            with tarfile.open(fileobj=source, mode="r|*") as archive:
                archive.extractall(folder, filter="data")
        except tarfile.TarError as error:
            raise TrainingError(f"the file is not what 'make backup' writes: {error}; nothing was restored") from error
        saved = ModelStore(Path(folder), store.key)
        versions = saved.versions()
        if not versions:
            raise TrainingError("the file holds no model; nothing was restored")
        held = {stored.version for stored in store.versions() if stored.manifest}
        for stored in reversed(versions):  # the oldest first
            if stored.version in held:
                log.info("%s is in the store already", stored.version)
            elif stored.manifest is None:
                log.warning("%s is not restored: %s", stored.version, stored.damage)
            else:
                store.add(stored.manifest, {name: (saved.path(stored.version) / name).read_bytes() for name in FILES})
                log.info("%s is restored", stored.version)
        if not store.history() and (history := saved.directory / HISTORY).exists():
            with store.lock():
                write_flushed(store.directory / HISTORY, history.read_bytes())
        serve(store, saved.current())


def serve(store: ModelStore, version: str | None) -> None:
    """Make the version of the archive current, unless the store has a whole one that is."""
    try:
        current = store.current()
        if current is not None:
            store.load(current)
            log.info("%s stays current; 'make promote VERSION=…' serves another", current)
            return
    except BundleError as error:
        log.warning("%s", error)
    if version not in {stored.version for stored in store.versions() if stored.manifest}:
        raise TrainingError(f"the file's current version is {version or 'not named'}, which is not whole; 'make promote' serves another")
    store.make_current(version, PROMOTED, "restored from a backup")
    log.info("%s is current", version)


if __name__ == "__main__":
    main()
