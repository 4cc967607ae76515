"""The model store: a directory of bundles, the name of the current one, and the trainer's status.

Every write goes to a temporary name on the same filesystem, is flushed to disk, and is renamed: a reader sees a whole
bundle or none, the old CURRENT or the new one.
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from model_contract.bundle import FILES, MANIFEST, Manifest, load_bundle
from model_contract.errors import BundleError

CURRENT, STATUS = "CURRENT", "status.json"
VERSION = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
TEMPORARY = ".tmp-"


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


def utc_now() -> str:
    """The time in UTC, to the second, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ModelStore:
    """A directory of model bundles."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def current(self) -> str | None:
        """The version served, or None while none is published. Raises `BundleError` where CURRENT names no version."""
        try:
            text = (self.directory / CURRENT).read_text(encoding="utf-8").strip()
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

    def find(self, content_hash: str) -> str | None:
        """The newest whole version with this content, or None."""
        found = (path for path in self.directory.glob(f"*-{content_hash[:8]}") if VERSION.fullmatch(path.name))
        return next((path.name for path in sorted(found, reverse=True) if self._has_content(path, content_hash)), None)

    def publish(self, manifest: Manifest, files: Mapping[str, bytes]) -> None:
        """Write the bundle whole, then make it current. A crash at any point leaves the former current in place."""
        if set(files) != set(FILES):
            raise BundleError(f"a bundle has the files {FILES}, not {sorted(files)}")
        self._clear_litter()
        temporary = Path(mkdtemp(prefix=TEMPORARY, dir=self.directory))
        temporary.chmod(0o755)  # the API reads as another user
        for name, data in {**files, MANIFEST: manifest.to_json().encode()}.items():
            _write_flushed(temporary / name, data)
        _flush_directory(temporary)
        temporary.rename(self.path(manifest.version))
        _flush_directory(self.directory)
        self.make_current(manifest.version)

    def make_current(self, version: str) -> None:
        """Let readers take up `version`, which must be in the store."""
        self._replace(CURRENT, f"{version}\n")

    def status(self) -> TrainerStatus | None:
        """The trainer's status, or None where it has not run or its file is damaged."""
        try:
            text = (self.directory / STATUS).read_text(encoding="utf-8")
            return TrainerStatus(**json.loads(text, parse_constant=_refuse_constant))
        except (OSError, ValueError, TypeError):
            return None

    def write_status(self, status: TrainerStatus) -> None:
        """Replace the trainer's status."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._replace(STATUS, json.dumps(asdict(status), allow_nan=False) + "\n")

    def _replace(self, name: str, text: str) -> None:
        temporary = self.directory / f"{TEMPORARY}{name}-{os.getpid()}"
        _write_flushed(temporary, text.encode())
        temporary.replace(self.directory / name)
        _flush_directory(self.directory)

    def _has_content(self, path: Path, content_hash: str) -> bool:
        try:
            return load_bundle(path).manifest.content_hash == content_hash
        except BundleError:  # damaged: readers refuse it, so it must be published anew
            return False

    def _clear_litter(self) -> None:
        """Remove what a killed publisher left; readers never look at these names."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for path in self.directory.glob(f"{TEMPORARY}*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _write_flushed(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
