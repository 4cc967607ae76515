"""Checkpoints of training: after each epoch, all that it takes to go on as if training had never been stopped.

    checkpoints/<key>/epoch-000007    after epoch 7: SHA-256 of what follows it, a line end, a numpy archive without pickles

The key is a hash of all that training depends on, so that a checkpoint is never continued with other data. The folder is
none of DVC's outputs, since DVC removes those before it runs a stage. These stay when training has ended, since DVC could
still be killed before it notes that; the entrypoint removes them after a run that ended well.

Keras' BackupAndRestore is not used: it overwrites its one file where a crash can tear it, has no checksum, and knows neither
the losses so far nor where early stopping stood.
"""

import hashlib
import io
import logging
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model_contract.store.durable import flush_directory, write_flushed

log = logging.getLogger(__name__)

# Not in `paths`, since it is no output of the pipeline.
CHECKPOINTS = Path("checkpoints")
NAME = re.compile(r"epoch-([0-9]{6,})")
TEMPORARY = "unfinished"

Arrays = Mapping[str, npt.NDArray[Any]]


class Checkpoints:
    """The checkpoints of one training: the last two, so that one is left where the newest is damaged."""

    def __init__(self, key: str, root: Path = CHECKPOINTS) -> None:
        self.root, self.folder = root, root / key
        self.has_warned = False

    def save(self, epoch: int, state: Arrays) -> None:
        """Write the state after `epoch` whole or not at all.

        Training that could end well is not ended because there is no room for its checkpoint: that is one line in the log.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                write_flushed(self.folder / TEMPORARY, _sealed(state))
                (self.folder / TEMPORARY).replace(self._path(epoch))
                flush_directory(self.folder)
            finally:
                (self.folder / TEMPORARY).unlink(
                    missing_ok=True
                )  # gives back what it took of a full disk
            self._keep(epoch - 1, epoch)
        except OSError as error:
            if not self.has_warned:
                log.warning(
                    "no checkpoint after epoch %d: %s; training goes on, but may have to repeat epochs if it is killed",
                    epoch,
                    error,
                )
            self.has_warned = True

    def newest(self) -> Arrays | None:
        """The newest state that is whole, or None where there is none. Says which ones are damaged, and how."""
        found = sorted(
            (path for path in self.folder.glob("*") if NAME.fullmatch(path.name)), reverse=True
        )
        for path in found:
            try:
                return _opened(path.read_bytes())
            except (OSError, ValueError) as error:
                log.warning("the checkpoint %s cannot be used: %s", path, error)
        if found:
            log.warning("no checkpoint is left that can be used; training starts anew")
        return None

    def remove_others(self) -> None:
        """Remove what earlier trainings left that were killed and never went on."""
        for folder in self.root.glob("*"):
            if folder != self.folder:
                shutil.rmtree(folder, ignore_errors=True)

    def _path(self, epoch: int) -> Path:
        return self.folder / f"epoch-{epoch:06d}"

    def _keep(self, *epochs: int) -> None:
        kept = {self._path(epoch) for epoch in epochs}
        for path in self.folder.glob("*"):
            if path not in kept:
                path.unlink()


def _sealed(state: Arrays) -> bytes:
    archive = io.BytesIO()
    np.savez(archive, allow_pickle=False, **state)
    return hashlib.sha256(archive.getvalue()).hexdigest().encode() + b"\n" + archive.getvalue()


def _opened(data: bytes) -> Arrays:
    """The state that `_sealed` packed. Raises `ValueError` where it is damaged."""
    checksum, _, archive = data.partition(b"\n")
    if hashlib.sha256(archive).hexdigest().encode() != checksum:
        raise ValueError(
            f"it is damaged: the checksum in it is not that of its {len(archive)} bytes"
        )
    with np.load(io.BytesIO(archive), allow_pickle=False) as arrays:
        return dict(arrays)
