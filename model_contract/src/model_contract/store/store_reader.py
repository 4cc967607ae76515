"""Reads a model store: its versions, the served one and the one to roll back to. Needs no lock."""

import fcntl
from dataclasses import dataclass, replace
from pathlib import Path

from model_contract.errors import BundleError
from model_contract.store.bundle import VERSION, Bundle, Manifest, load_bundle
from model_contract.store.served_versions import (
    ADDED,
    CHALLENGES,
    PUBLISHED,
    ROLLED_BACK,
    Event,
    carried_out,
    challenger,
    content_of,
    pin,
    read_events,
    replaced_by_hand,
    served_before,
    switches,
)
from model_contract.store.trainer_status import FAILED, KILLED, RUNNING, TrainerStatus

CURRENT, HISTORY, STATUS = "CURRENT", "history.jsonl", "status.json"
TRAINER_LOCK = ".trainer.lock"  # held by a trainer while it runs


@dataclass(frozen=True)
class StoredVersion:
    """A version in the store: its manifest, or why it cannot be served."""

    version: str
    manifest: Manifest | None
    damage: str | None


class StoreReader:
    """Reads a directory of model bundles. With a key, reads only bundles signed with that key."""

    def __init__(self, directory: Path, key: bytes | None = None) -> None:
        self.directory = directory
        self.key = key

    def current(self) -> str | None:
        """Return the served version, or None if none was published. Raises `BundleError`."""
        path = self.directory / CURRENT
        try:
            if path.is_symlink():
                raise BundleError(f"{CURRENT} is a link, which could point outside the store")
            if path.exists() and not path.is_file():  # a pipe would block its reader forever
                raise BundleError(f"{CURRENT} is not a regular file")
            text = path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise BundleError(f"{CURRENT} cannot be read: {error}") from error
        if not VERSION.fullmatch(text):  # it must not point outside the store
            raise BundleError(f"{CURRENT} contains no version such as 20261122T101500Z-1a2b3c4d")
        return text

    def path(self, version: str) -> Path:
        """Return the directory of a version."""
        return self.directory / version

    def load(self, version: str) -> Bundle:
        """Read and check a version (with a key, its signature too). Raises `BundleError`."""
        return load_bundle(self.path(version), self.key)

    def versions(self) -> list[StoredVersion]:
        """List every version in the store, the last published or added one first."""
        published = {
            event.version: number
            for number, event in enumerate(self.history())
            if event.event in (PUBLISHED, ADDED, CHALLENGES)
        }
        # Sort by the history, because a clock can jump; sort versions without an event by name.
        names = sorted(
            self._names(), key=lambda name: (published.get(name, -1), name), reverse=True
        )
        return [self._stored(name) for name in names]

    def find(self, content_hash: str) -> str | None:
        """Return the newest undamaged version with this content, or None."""
        found = (stored.manifest for stored in self.versions() if stored.manifest)
        return next(
            (manifest.version for manifest in found if manifest.content_hash == content_hash), None
        )

    def history(self) -> list[Event]:
        """List every event that took effect, oldest first."""
        try:
            text = (self.directory / HISTORY).read_bytes().decode(errors="replace")
        except FileNotFoundError:
            return []
        return carried_out(read_events(text), self._sound_current())

    def pinned(self) -> Event | None:
        """Return the event that pinned the current version; None if it isn't pinned, or damaged."""
        found = pin(self.history())
        if found is None or found.version != self._sound_current():
            return None
        return found if self._stored(found.version).manifest else None

    def challenger(self) -> Event | None:
        """Return the event that made the current challenger; None without an undamaged one."""
        found = challenger(self.history())
        return found if found and self._stored(found.version).manifest else None

    def anchor(self) -> str | None:
        """Return the first version that was ever served and is still undamaged, or None.

        New models are compared with it, too, so that many small losses can't add up.
        """
        served = dict.fromkeys(event.version for event in switches(self.history()))
        return next((version for version in served if self._stored(version).manifest), None)

    def before(self) -> str | None:
        """Return the last undamaged version to roll back to, or None."""
        return self._before(self.history(), self.current())

    def quarantined(self) -> set[str]:
        """Return the versions whose content was rolled back from and hasn't been promoted since."""
        contents = self._quarantined_contents()
        return {name for name in self._names() if content_of(name) in contents}

    def fallback(self) -> str | None:
        """Return the version to serve if the current one fails: the last undamaged one, or None.

        If CURRENT is damaged or missing, the history shows which version it named.
        """
        events, current = self.history(), self._sound_current()
        if current is None and events:
            current = events[-1].version
            if self._stored(current).manifest:
                return current
        return self._before(events, current)

    def set_aside(self, content_hash: str) -> Event | None:
        """Return the event that replaced this content by hand, unless it was served again."""
        return replaced_by_hand(self.history()).get(content_hash[:8])

    def is_empty(self) -> bool:
        """Whether nothing has ever been published here."""
        return not (self.history() or self._names())

    def status(self) -> TrainerStatus | None:
        """Return the trainer's status; None if it has never run or the file is damaged.

        A killed trainer can't report its end, so the state is `failed` once the lock is free.
        """
        try:
            text = (self.directory / STATUS).read_text(encoding="utf-8")
            status = TrainerStatus.from_json(text)
        except (OSError, ValueError, TypeError):
            return None
        return (
            replace(status, state=FAILED, error=KILLED)
            if status.state == RUNNING and self._trainer_is_gone()
            else status
        )

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
        """Whether a trainer once held the lock and none does now.

        This briefly takes the lock; a starting trainer waits for it.
        """
        try:
            with (self.directory / TRAINER_LOCK).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:  # the lock is held or never existed
            return False
        return True

    def _names(self) -> list[str]:
        return [path.name for path in self.directory.glob("*Z-*") if VERSION.fullmatch(path.name)]

    def _stored(self, version: str) -> StoredVersion:
        try:
            return StoredVersion(version, self.load(version).manifest, None)
        except BundleError as error:
            return StoredVersion(version, None, str(error).removeprefix(f"{version}: "))

    def _sound_current(self) -> str | None:
        """Return the current version; None if CURRENT is damaged, which the next writer repairs."""
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
