"""`make backup`, `make restore`: the models of the store in one file, and back into a store that lost them."""

import logging
import lzma
import sys
import tarfile
import zlib
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from model_contract.errors import BundleError
from model_contract.store.bundle import FILES, Manifest
from model_contract.store.model_store import CURRENT, HISTORY, ModelStore
from model_contract.store.served_versions import PROMOTED
from model_contract.store.signing import SIGNATURE
from training.errors import TrainingError
from training.running.stage import run_apart
from training.store.open import signing_store

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
    """Write every version, the history, and last the name of the current one as a tar archive, while no one else writes.

    Raises `TrainingError`, before anything is written, where the current version cannot be served: such a backup would
    take the place of a better one.
    """
    with store.lock():
        try:
            current = store.current()
            if current is None:
                raise TrainingError(
                    "not saved: no model is current, so there is none to bring back"
                )
            store.load(current)
        except BundleError as error:
            raise TrainingError(
                f"not saved: {error}; mend the store first, as with 'make train' or 'make promote VERSION=…'"
            ) from error
        versions = ModelStore(store.directory).versions()  # signed or not
        with tarfile.open(fileobj=target, mode="w|") as archive:
            for name in [stored.version for stored in versions if stored.manifest]:
                archive.add(store.directory / name, name)
            with suppress(FileNotFoundError):
                archive.add(store.directory / HISTORY, HISTORY)
            archive.add(store.directory / CURRENT, CURRENT)
    for stored in versions:
        if stored.damage:
            log.warning("%s is not saved: %s", stored.version, stored.damage)
    log.info(
        "saved %d versions; %s is current",
        sum(stored.manifest is not None for stored in versions),
        current,
    )


def restore(store: ModelStore, source: BinaryIO) -> None:
    """Bring back each version of an archive that the store does not hold whole; and the current one, if the store has none.

    Raises `TrainingError` for a file that is no such archive or not all of one, before anything is changed.
    """
    with TemporaryDirectory() as folder:
        saved = ModelStore(Path(folder), store.key)
        current = unpack(source, saved)
        held = {stored.version for stored in store.versions() if stored.manifest}
        for stored in reversed(saved.versions()):  # the oldest first
            if stored.version in held:
                log.info("%s is in the store already", stored.version)
            elif stored.manifest is None:
                log.warning("%s is not restored: %s", stored.version, stored.damage)
            else:
                bring_back(store, stored.manifest, saved.path(stored.version))
        if not store.history() and (history := saved.directory / HISTORY).exists():
            store.adopt_history(history.read_text(encoding="utf-8", errors="replace"))
        serve(store, current)
        if damaged := [stored.version for stored in saved.versions() if stored.damage]:
            raise TrainingError(f"not all of the file could be restored: {', '.join(damaged)}")


def unpack(source: BinaryIO, saved: ModelStore) -> str:
    """Unpack an archive and give its current version, which stands last in it. Raises `TrainingError` if that cannot be served."""
    try:
        with tarfile.open(fileobj=source, mode="r|*") as archive:
            archive.extractall(saved.directory, filter="data")
        current = saved.current()
        if current is None:
            raise TrainingError(
                "the file is not what 'make backup' writes, or was cut short; nothing was restored"
            )
        saved.load(current)
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise TrainingError(
            f"the file is not what 'make backup' writes, or was cut short: {error}; nothing was restored"
        ) from error
    except BundleError as error:
        raise TrainingError(
            f"the current version of the file cannot be served: {error}; nothing was restored"
        ) from error
    return current


def bring_back(store: ModelStore, manifest: Manifest, folder: Path) -> None:
    """Add a version of an archive to the store, with its signature if it has one."""
    signature = folder / SIGNATURE
    files = {name: (folder / name).read_bytes() for name in FILES}
    store.add(manifest, files, signature.read_bytes() if signature.exists() else None)
    log.info("%s is restored", manifest.version)


def serve(store: ModelStore, version: str) -> None:
    """Make the current version of the archive current, unless the store has a whole one that is."""
    try:
        current = store.current()
        if current is not None:
            store.load(current)
            log.info("%s stays current; 'make promote VERSION=…' serves another", current)
            return
    except BundleError as error:
        log.warning("%s", error)
    store.make_current(version, PROMOTED, "restored from a backup")
    log.info("%s is current, and the API takes it up within seconds", version)


if __name__ == "__main__":
    main()
