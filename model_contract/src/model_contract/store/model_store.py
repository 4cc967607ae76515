"""The model store: a directory of bundles, the name of the current one, what was served before it, and the trainer's status.

Every write goes to a temporary name on the same filesystem, is flushed to disk, and is renamed: a reader sees a whole
bundle or none, the old CURRENT or the new one. Writers take turns by a lock; readers need none.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from model_contract.errors import BundleError
from model_contract.store.bundle import (
    FILES,
    MANIFEST,
    VERSION,
    Bundle,
    Manifest,
    load_bundle,
    refuse_constant,
)
from model_contract.store.durable import flush_directory, write_flushed
from model_contract.store.served_versions import (
    PROMOTED,
    PUBLISHED,
    ROLLED_BACK,
    Event,
    carried_out,
    content_of,
    read_events,
    replaced_by_hand,
    served_before,
)
from model_contract.store.signing import SIGNATURE, sign

CURRENT, HISTORY, STATUS = "CURRENT", "history.jsonl", "status.json"
LOCK = ".store.lock"
TRAINER_LOCK = ".trainer.lock"  # held by a trainer for as long as it lives
KILLED = "the last training was killed; 'make train' goes on from where it was"
TEMPORARY = ".tmp-"
RUNNING, DONE, FAILED = "running", "done", "failed"


@dataclass(frozen=True)
class TrainerStatus:
    """What the trainer is doing now, or how it ended."""

    state: str  # running, done, failed
    stage: str
    updated_at: str  # UTC, ISO 8601
    epoch: int | None = None
    epochs: int | None = None
    loss: float | None = None
    validation_loss: float | None = None
    eta_seconds: float | None = None
    error: str | None = None


@dataclass(frozen=True)
class StoredVersion:
    """A version in the store: its manifest, or why it cannot be served."""

    version: str
    manifest: Manifest | None
    damage: str | None


def utc_now() -> str:
    """The time in UTC, to the second, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ModelStore:
    """A directory of model bundles. Given a key, it signs what it publishes and takes nothing that is not signed with it."""

    def __init__(self, directory: Path, key: bytes | None = None) -> None:
        self.directory = directory
        self.key = key

    def current(self) -> str | None:
        """The version served, or None while none is published. Raises `BundleError` where CURRENT names no version."""
        path = self.directory / CURRENT
        try:
            if path.is_symlink():
                raise BundleError(f"{CURRENT} is a link, which could lead out of the store")
            if (
                path.exists() and not path.is_file()
            ):  # a pipe would keep its reader waiting for ever
                raise BundleError(f"{CURRENT} is no regular file")
            text = path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise BundleError(f"{CURRENT} cannot be read: {error}") from error
        if not VERSION.fullmatch(text):  # so that it can never lead out of the store
            raise BundleError(f"{CURRENT} holds no version such as 20261122T101500Z-1a2b3c4d")
        return text

    def path(self, version: str) -> Path:
        """Where the bundle `version` lies."""
        return self.directory / version

    def load(self, version: str) -> Bundle:
        """Read and check a version, and its signature if this store has a key. Raises `BundleError`."""
        return load_bundle(self.path(version), self.key)

    def versions(self) -> list[StoredVersion]:
        """Every version that lies in the store, the one published last first."""
        published = {
            event.version: number
            for number, event in enumerate(self.history())
            if event.event == PUBLISHED
        }
        # by the history, since a clock can jump; names give the order of what was published before there was one
        names = sorted(
            self._names(), key=lambda name: (published.get(name, -1), name), reverse=True
        )
        return [self._stored(name) for name in names]

    def find(self, content_hash: str) -> str | None:
        """The newest whole version with this content, or None."""
        found = (stored.manifest for stored in self.versions() if stored.manifest)
        return next(
            (manifest.version for manifest in found if manifest.content_hash == content_hash), None
        )

    def history(self) -> list[Event]:
        """Every change of what is served that took effect, oldest first."""
        try:
            text = (self.directory / HISTORY).read_bytes().decode(errors="replace")
        except FileNotFoundError:
            return []
        return carried_out(read_events(text), self._sound_current())

    def before(self) -> str | None:
        """The whole version that `rollback` goes to: the last one before the current that was not rolled back from, or None."""
        return self._before(self.history(), self.current())

    def quarantined(self) -> set[str]:
        """The versions in the store whose content was rolled back from, and not promoted since."""
        contents = self._quarantined_contents()
        return {name for name in self._names() if content_of(name) in contents}

    def fallback(self) -> str | None:
        """What there is to serve where the current version cannot be: the whole version that was served last before it, or None.

        Also where CURRENT is damaged or gone; the history tells what it named.
        """
        events, current = self.history(), self._sound_current()
        if current is None and events:
            current = events[-1].version
            if self._stored(current).manifest:
                return current
        return self._before(events, current)

    def set_aside(self, content_hash: str) -> Event | None:
        """The rollback or promotion by which an operator had this content replaced, unless it was served again since."""
        return replaced_by_hand(self.history()).get(content_hash[:8])

    def is_empty(self) -> bool:
        """Tell whether nothing was ever published here."""
        return not (self.history() or self._names())

    def sign(self, version: str) -> None:
        """Sign a version that is whole, whoever signed it before, with this store's key. Raises `BundleError`, `OSError`."""
        if self.key is None:
            raise BundleError("there is no key to sign with")
        load_bundle(self.path(version))
        text = (self.path(version) / MANIFEST).read_bytes()
        with self._writing(f"signing {version}"):
            self._replace(f"{version}/{SIGNATURE}", f"{sign(text, self.key)}\n")

    def adopt_history(self, text: str) -> None:
        """Take over the history of another store, in the place of an own one."""
        with self._writing("restoring the history"):
            self._replace(HISTORY, text)

    def publish(
        self,
        manifest: Manifest,
        files: Mapping[str, bytes],
        reason: str = "",
        keep: int | None = None,
    ) -> None:
        """Write the bundle whole, make it current, then remove all but `keep` versions. A crash at any point leaves a whole current.

        Nothing is changed where this version is current already. Raises `OSError`, which tells the current version, e.g. on a full disk.
        """
        with self._writing(f"publishing {manifest.version}"):
            self._add(manifest, files)
            self._make_current(manifest.version, PUBLISHED, reason)
            if keep is not None:
                self._prune(keep)

    def add(
        self, manifest: Manifest, files: Mapping[str, bytes], signature: bytes | None = None
    ) -> None:
        """Write the bundle whole, and leave the current version as it is. Raises `OSError` as `publish` does.

        signature   is kept where this store has no key to make one with
        """
        with self._writing(f"adding {manifest.version}"):
            self._add(manifest, files, signature)

    def make_current(
        self, version: str, event: str = PROMOTED, reason: str = "", instead_of: str | None = None
    ) -> None:
        """Let readers take up `version`, which must be in the store.

        instead_of   raise `BundleError` unless this is still the current version, which another process may have changed

        Raises `OSError` as `publish` does.
        """
        with self._writing(f"making {version} current"):
            self._make_current(version, event, reason, instead_of)

    def status(self) -> TrainerStatus | None:
        """The trainer's status, or None where it has not run or its file is damaged.

        One that was killed cannot say so itself: it is `failed` as soon as nobody holds its lock.
        """
        try:
            text = (self.directory / STATUS).read_text(encoding="utf-8")
            status = TrainerStatus(**json.loads(text, parse_constant=refuse_constant))
        except (OSError, ValueError, TypeError):
            return None
        return (
            replace(status, state=FAILED, error=KILLED)
            if status.state == RUNNING and self._trainer_is_gone()
            else status
        )

    def write_status(self, status: TrainerStatus) -> None:
        """Replace the trainer's status."""
        with self.lock():
            self._replace(STATUS, json.dumps(asdict(status), allow_nan=False) + "\n")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Wait for the turn to write. It lasts for milliseconds, and the kernel ends that of a process which dies."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / LOCK).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            for litter in self.directory.glob(
                f"{TEMPORARY}*"
            ):  # of writers that were killed; nobody else writes now
                _discard(litter)
            yield

    def _before(self, events: list[Event], current: str | None) -> str | None:
        if current is None:
            return None
        passed_over = {content_of(current), *self._quarantined_contents()}
        candidates = (
            version
            for version in served_before(events, current)
            if content_of(version) not in passed_over
        )
        return next((version for version in candidates if self._stored(version).manifest), None)

    def _trainer_is_gone(self) -> bool:
        """Tell whether a trainer held the lock once and none does now. A trainer waits out the moment of this look."""
        try:
            with (self.directory / TRAINER_LOCK).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:  # held, or there never was one
            return False
        return True

    @contextmanager
    def _writing(self, work: str) -> Iterator[None]:
        try:
            with self.lock():
                yield
        except OSError as error:
            served = self._sound_current()
            message = f"{work} failed: {error.strerror or error}; {f'{served} is current' if served else 'no model is current'}"
            raise OSError(error.errno, message, error.filename) from error

    def _add(
        self, manifest: Manifest, files: Mapping[str, bytes], signature: bytes | None = None
    ) -> None:
        if set(files) != set(FILES):
            raise BundleError(f"a bundle has the files {FILES}, not {sorted(files)}")
        if self._stored(
            manifest.version
        ).manifest:  # written by a publisher that was killed before it became current
            return
        text = manifest.to_json().encode()
        if self.key is not None:
            signature = f"{sign(text, self.key)}\n".encode()
        signed = {} if signature is None else {SIGNATURE: signature}
        temporary = Path(mkdtemp(prefix=TEMPORARY, dir=self.directory))
        try:
            temporary.chmod(0o755)  # the API reads as another user
            for name, data in {**files, MANIFEST: text, **signed}.items():
                write_flushed(temporary / name, data)
            flush_directory(temporary)
            self._remove(manifest.version)  # a damaged one of that name
            temporary.rename(self.path(manifest.version))
        except BaseException:
            _discard(temporary)  # a full disk has better uses
            raise
        flush_directory(self.directory)

    def _make_current(
        self, version: str, event: str, reason: str, instead_of: str | None = None
    ) -> None:
        if not VERSION.fullmatch(version):
            raise BundleError(f"{version!r} is no version such as 20261122T101500Z-1a2b3c4d")
        current = self._sound_current()
        if instead_of not in (None, current):
            raise BundleError(
                f"{CURRENT} names {current} by now, no longer {instead_of}: another process changed it"
            )
        if current != version:
            self._append(Event(utc_now(), event, version, current, reason))
            self._replace(CURRENT, f"{version}\n")

    def _append(self, event: Event) -> None:
        """Add a line to the history, after ending one that a crash tore."""
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
            ):  # somebody's mistake, which no file could be renamed onto
                target.rename(self.directory / f"{TEMPORARY}directory")
            temporary.replace(target)
        except BaseException:
            _discard(temporary)
            raise
        _discard(self.directory / f"{TEMPORARY}directory")
        flush_directory(target.parent)

    def _prune(self, keep: int) -> None:
        """Remove all but the newest `keep` whole versions; never the current one, nor those that there may be a way back to."""
        last = self.history()[-1:]
        protected = {self.current(), self.before(), *(event.replaced for event in last)}
        versions = self.versions()
        room = keep - sum(stored.version in protected for stored in versions)
        for stored in versions:
            if stored.version in protected:
                continue
            if room <= 0:
                self._remove(stored.version)
            room -= stored.manifest is not None

    def _remove(self, version: str) -> None:
        """Remove a version, if it is there, so that no reader sees half of it."""
        removed = self.directory / f"{TEMPORARY}{version}"
        try:
            self.path(version).rename(removed)
        except FileNotFoundError:
            return
        _discard(removed)

    def _names(self) -> list[str]:
        return [path.name for path in self.directory.glob("*Z-*") if VERSION.fullmatch(path.name)]

    def _stored(self, version: str) -> StoredVersion:
        try:
            return StoredVersion(version, self.load(version).manifest, None)
        except BundleError as error:
            return StoredVersion(version, None, str(error).removeprefix(f"{version}: "))

    def _sound_current(self) -> str | None:
        """The current version; None also where CURRENT is damaged, which the next writer mends."""
        try:
            return self.current()
        except BundleError:
            return None

    def _quarantined_contents(self) -> set[str]:
        return {
            content
            for content, event in replaced_by_hand(self.history()).items()
            if event.event == ROLLED_BACK
        }


def _discard(path: Path) -> None:
    """Remove a file or a folder. What cannot be removed stays: no reader looks at it, and no publication may fail for it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
