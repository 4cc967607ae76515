"""`make backup` and `make restore`: save the store's models to a file and restore them."""

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
from model_contract.store.bundle import Manifest, files_of
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import PROMOTED
from model_contract.store.signing import SIGNATURE
from model_contract.store.store_reader import CURRENT, HISTORY
from training.errors import TrainingError

log = logging.getLogger(__name__)


def save_to_stdout(store: ModelStore) -> None:
    """Write a backup to stdout."""
    save(store, sys.stdout.buffer)


def restore_stdin(store: ModelStore) -> None:
    """Restore a backup from stdin."""
    restore(store, sys.stdin.buffer)


def save(store: ModelStore, target: BinaryIO) -> None:
    """Write a tar archive: all versions, the history, and finally the current version's name.

    Holds the store's lock. If the current version cannot be served, raises `TrainingError` before
    writing anything, because the backup could replace a better one.
    """
    with store.lock():
        try:
            current = store.current()
            if current is None:
                raise TrainingError("no backup was made: no model is current")
            store.load(current)
        except BundleError as error:
            raise TrainingError(
                f"no backup was made: {error}; "
                "repair the store first with 'make train' or 'make promote VERSION=…'"
            ) from error
        versions = ModelStore(store.directory).versions()  # signed or not
        undamaged = [stored.version for stored in versions if stored.manifest]
        with tarfile.open(fileobj=target, mode="w|") as archive:
            for name in undamaged:
                archive.add(store.directory / name, name)
            with suppress(FileNotFoundError):
                archive.add(store.directory / HISTORY, HISTORY)
            archive.add(store.directory / CURRENT, CURRENT)
    for stored in versions:
        if stored.damage:
            log.warning("skipped %s: %s", stored.version, stored.damage)
    log.info("saved %d versions; %s is current", len(undamaged), current)


def restore(store: ModelStore, source: BinaryIO) -> None:
    """Restore each version in an archive that is missing or damaged in the store.

    If the store's current version cannot be served, also makes the archive's current version
    current.

    If the file is not a complete archive, raises `TrainingError` before changing anything. If a
    version in the archive is damaged, raises `TrainingError` after restoring the others.
    """
    with TemporaryDirectory() as folder:
        saved = ModelStore(Path(folder), store.key)
        current = unpack(source, saved)
        undamaged = {stored.version for stored in store.versions() if stored.manifest}
        for stored in reversed(saved.versions()):  # oldest first
            if stored.version in undamaged:
                log.info("%s is already in the store", stored.version)
            elif stored.manifest is None:
                log.warning("did not restore %s: %s", stored.version, stored.damage)
            else:
                add_version(store, stored.manifest, saved.path(stored.version))
        if not store.history() and (history := saved.directory / HISTORY).exists():
            store.adopt_history(history.read_text(encoding="utf-8", errors="replace"))
        make_current_if_none(store, current)
        if damaged := [stored.version for stored in saved.versions() if stored.damage]:
            raise TrainingError(f"damaged versions in the file: {', '.join(damaged)}")


def unpack(source: BinaryIO, saved: ModelStore) -> str:
    """Unpack an archive and return its current version, which is the last entry.

    Raises `TrainingError` if this version cannot be served.
    """
    try:
        with tarfile.open(fileobj=source, mode="r|*") as archive:
            archive.extractall(saved.directory, filter="data")
        current = saved.current()
        if current is None:
            raise TrainingError(
                "the file is not a backup from 'make backup', or is incomplete; "
                "nothing was restored"
            )
        saved.load(current)
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise TrainingError(
            f"the file is not a backup from 'make backup', or is incomplete: {error}; "
            "nothing was restored"
        ) from error
    except BundleError as error:
        raise TrainingError(
            f"the current version in the file cannot be served: {error}; nothing was restored"
        ) from error
    return current


def add_version(store: ModelStore, manifest: Manifest, folder: Path) -> None:
    """Add a version from an archive to the store, with its signature if it has one."""
    signature = folder / SIGNATURE
    files = {name: (folder / name).read_bytes() for name in files_of(manifest)}
    store.add(manifest, files, signature.read_bytes() if signature.exists() else None)
    log.info("restored %s", manifest.version)


def make_current_if_none(store: ModelStore, version: str) -> None:
    """Make `version` current unless the store has a current version that can be served."""
    try:
        current = store.current()
        if current is not None:
            store.load(current)
            log.info("%s is still current; to serve another, run 'make promote VERSION=…'", current)
            return
    except BundleError as error:
        log.warning("%s", error)
    store.make_current(version, PROMOTED, "restored from a backup")
    log.info("%s is now current; the API loads it within seconds", version)
