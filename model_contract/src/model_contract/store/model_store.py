"""Writes to the model store: publish, challenge, add, sign, make current, pin and prune.

Every write goes to a temporary name on the same filesystem, is flushed to disk and is then renamed.
Readers therefore see a complete bundle or none, and the old or the new CURRENT. Writers hold a
lock; readers need none.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from model_contract.errors import BundleError
from model_contract.store.bundle import CALENDARS, FILES, MANIFEST, VERSION, Manifest, load_bundle
from model_contract.store.durable import discard, flush_directory, write_flushed
from model_contract.store.served_versions import (
    ADDED,
    CHALLENGES,
    DROPPED,
    PINNED,
    PROMOTED,
    PUBLISHED,
    UNPINNED,
    Event,
    switches,
)
from model_contract.store.signing import SIGNATURE, sign
from model_contract.store.store_reader import CURRENT, HISTORY, STATUS, StoreReader
from model_contract.store.trainer_status import TrainerStatus

LOCK = ".store.lock"
TEMPORARY = ".tmp-"


def utc_now() -> str:
    """Return the current time in UTC, to the second, in ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ModelStore(StoreReader):
    """A model store with write access. With a key, it signs bundles and reads only signed ones."""

    def sign(self, version: str) -> None:
        """Sign an undamaged version with this store's key. Raises `BundleError` or `OSError`."""
        if self.key is None:
            raise BundleError("there is no key to sign with")
        load_bundle(self.path(version))
        text = (self.path(version) / MANIFEST).read_bytes()
        with self._writing(f"signing {version}"):
            self._replace(f"{version}/{SIGNATURE}", f"{sign(text, self.key)}\n")

    def adopt_history(self, text: str) -> None:
        """Replace the history with that of another store."""
        with self._writing("restoring the history"):
            self._replace(HISTORY, text)

    def publish(
        self,
        manifest: Manifest,
        files: Mapping[str, bytes],
        reason: str = "",
        keep: int | None = None,
    ) -> Event | None:
        """Write the bundle, make it current, then remove all but `keep` versions.

        If another version is pinned, that stays current. Returns the pin of the current version, or
        None.

        A crash at any point leaves an undamaged current version. Changes nothing if this version is
        already current. If the disk is full, raises `OSError`, which names the current version.
        """
        with self._writing(f"publishing {manifest.version}"):
            self._add(manifest, files)
            pinned = self.pinned()
            if pinned and pinned.version != manifest.version:
                self._note(ADDED, manifest.version, reason)
            else:
                self._make_current(manifest.version, PUBLISHED, reason)
            if keep is not None:
                self._prune(keep)
            return pinned

    def challenge(
        self,
        manifest: Manifest,
        files: Mapping[str, bytes],
        reason: str = "",
        keep: int | None = None,
    ) -> None:
        """Write the bundle and make it the challenger; the current version stays current.

        Raises as `publish` does.
        """
        with self._writing(f"adding {manifest.version}"):
            self._add(manifest, files)
            self._note(CHALLENGES, manifest.version, reason)
            if keep is not None:
                self._prune(keep)

    def drop(self, version: str, reason: str = "") -> None:
        """End the trial of the challenger, which stays in the store.

        Raises `BundleError` if `version` isn't the challenger, and `OSError` as `publish` does.
        """
        with self._writing(f"dropping {version}"):
            found = self.challenger()
            if found is None or found.version != version:
                raise BundleError(f"{version} is not the challenger")
            self._note(DROPPED, version, reason)

    def add(
        self, manifest: Manifest, files: Mapping[str, bytes], signature: bytes | None = None
    ) -> None:
        """Write the bundle, but keep the current version. Raises `OSError` as `publish` does.

        signature   written if this store has no key to sign with
        """
        with self._writing(f"adding {manifest.version}"):
            self._add(manifest, files, signature)

    def make_current(
        self, version: str, event: str = PROMOTED, reason: str = "", instead_of: str | None = None
    ) -> None:
        """Make readers load `version`, which must be in the store.

        instead_of   the expected current version; raises `BundleError` if it isn't current

        Raises `OSError` as `publish` does.
        """
        with self._writing(f"making {version} current"):
            self._make_current(version, event, reason, instead_of)

    def pin(self, version: str, reason: str = "") -> None:
        """Keep the current version current when others are published.

        version   the expected current version; raises `BundleError` if it isn't current

        Raises `OSError` as `publish` does.
        """
        with self._writing(f"pinning {version}"):
            self._require_current(version)
            self._note(PINNED, version, reason)

    def unpin(self, version: str, reason: str = "") -> None:
        """Lift the pin of the current version. Raises as `pin` does."""
        with self._writing(f"lifting the pin of {version}"):
            self._require_current(version)
            self._note(UNPINNED, version, reason)

    def write_status(self, status: TrainerStatus) -> None:
        """Replace the trainer's status."""
        with self.lock():
            self._replace(STATUS, status.to_json())

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the writers' lock. The kernel releases it if the process dies."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / LOCK).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            for leftover in self.directory.glob(f"{TEMPORARY}*"):  # from killed writers
                discard(leftover)
            yield

    @contextmanager
    def _writing(self, work: str) -> Iterator[None]:
        try:
            with self.lock():
                yield
        except OSError as error:
            served = self._sound_current()
            current = f"{served} is current" if served else "no model is current"
            message = f"{work} failed: {error.strerror or error}; {current}"
            raise OSError(error.errno, message, error.filename) from error

    def _add(
        self, manifest: Manifest, files: Mapping[str, bytes], signature: bytes | None = None
    ) -> None:
        if set(files) - {CALENDARS} != set(FILES):
            raise BundleError(
                f"a bundle has the files {FILES} and maybe {CALENDARS}, not {sorted(files)}"
            )
        if self._stored(manifest.version).manifest:
            return  # a publisher was killed before it made this version current
        text = manifest.to_json().encode()
        if self.key is not None:
            signature = f"{sign(text, self.key)}\n".encode()
        signed = {} if signature is None else {SIGNATURE: signature}
        temporary = Path(mkdtemp(prefix=TEMPORARY, dir=self.directory))
        try:
            temporary.chmod(0o755)  # the API runs as another user
            for name, data in {**files, MANIFEST: text, **signed}.items():
                write_flushed(temporary / name, data)
            flush_directory(temporary)
            self._remove(manifest.version)  # a damaged version of the same name
            temporary.rename(self.path(manifest.version))
        finally:
            discard(temporary)  # if something failed; otherwise it has been renamed
        flush_directory(self.directory)

    def _make_current(
        self, version: str, event: str, reason: str, instead_of: str | None = None
    ) -> None:
        if not VERSION.fullmatch(version):
            raise BundleError(f"{version!r} is not a version such as 20261122T101500Z-1a2b3c4d")
        if instead_of is not None:
            self._require_current(instead_of)
        current = self._sound_current()
        if current != version:
            self._append(Event(utc_now(), event, version, current, reason))
            self._replace(CURRENT, f"{version}\n")

    def _require_current(self, version: str) -> None:
        current = self._sound_current()
        if current != version:
            raise BundleError(
                f"{CURRENT} names {current} instead of {version}: another process changed it"
            )

    def _note(self, event: str, version: str, reason: str) -> None:
        """Record an event that doesn't change the current version."""
        self._append(Event(utc_now(), event, version, self._sound_current(), reason))

    def _append(self, event: Event) -> None:
        """Add a line to the history. If a crash cut the last line short, end that line first."""
        with (self.directory / HISTORY).open("a+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            torn = file.read() not in (b"", b"\n")
            file.write(b"\n" * torn + event.to_line().encode())
            file.flush()
            os.fsync(file.fileno())
        flush_directory(self.directory)

    def _replace(self, name: str, text: str) -> None:
        target = self.directory / name
        temporary = self.directory / f"{TEMPORARY}{target.name}"
        try:
            write_flushed(temporary, text.encode())
            if (
                target.is_dir() and not target.is_symlink()
            ):  # a stray directory would block the rename
                target.rename(self.directory / f"{TEMPORARY}directory")
            temporary.replace(target)
        finally:
            discard(temporary)
        discard(self.directory / f"{TEMPORARY}directory")
        flush_directory(target.parent)

    def _prune(self, keep: int) -> None:
        """Keep the newest `keep` undamaged versions, those with a part to play, and the anchor."""
        last = switches(self.history())[-1:]
        protected = {self.current(), self.before(), *(event.replaced for event in last)}
        if challenger := self.challenger():
            protected.add(challenger.version)
        versions, anchor = self.versions(), self.anchor()
        room = keep - sum(stored.version in protected for stored in versions)
        for stored in versions:
            if stored.version in protected or stored.version == anchor:
                continue
            if room <= 0:
                self._remove(stored.version)
            room -= stored.manifest is not None

    def _remove(self, version: str) -> None:
        """Remove a version, if it exists. No reader sees it half removed."""
        removed = self.directory / f"{TEMPORARY}{version}"
        try:
            self.path(version).rename(removed)
        except FileNotFoundError:
            return
        discard(removed)
