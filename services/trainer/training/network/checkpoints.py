"""Saves a checkpoint after each epoch: everything needed to resume with the same result.

    checkpoints/<key>/epoch-000007    the state after epoch 7: the SHA-256 of the rest, a newline,
                                      and a NumPy archive without pickles

The key is a hash of everything that training depends on, so training never resumes from a
checkpoint of different data. The folder isn't a DVC output, because DVC deletes outputs before it
runs a stage. Checkpoints are kept after training, because DVC could be killed before it records
the result; `running.reproduce` removes them after a successful run.

We don't use Keras' BackupAndRestore: it keeps a single file without a checksum, which a crash can
truncate, and stores neither the losses so far nor the best weights.
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
from training.paths import CHECKPOINTS

log = logging.getLogger(__name__)

NAME = re.compile(r"epoch-([0-9]{6,})")
TEMPORARY = "unfinished"

Arrays = Mapping[str, npt.NDArray[Any]]


class Checkpoints:
    """The last two checkpoints of a training run, in case the newest one is damaged."""

    def __init__(self, key: str, root: Path = CHECKPOINTS) -> None:
        self.root, self.folder = root, root / key
        self.has_warned = False

    def save(self, epoch: int, state: Arrays) -> None:
        """Write the state after `epoch` atomically.

        If this fails, training continues. Only the first failure is logged.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                write_flushed(self.folder / TEMPORARY, _sealed(state))
                (self.folder / TEMPORARY).replace(self._path(epoch))
                flush_directory(self.folder)
            finally:
                (self.folder / TEMPORARY).unlink(missing_ok=True)  # frees space on a full disk
            self._keep(epoch - 1, epoch)
        except OSError as error:
            if not self.has_warned:
                log.warning(
                    "could not save a checkpoint after epoch %d: %s; "
                    "training continues, but if it is killed, epochs may be lost",
                    epoch,
                    error,
                )
            self.has_warned = True

    def newest(self) -> Arrays | None:
        """Return the newest undamaged state, or None. Logs each damaged checkpoint."""
        found = sorted(
            (path for path in self.folder.glob("*") if NAME.fullmatch(path.name)), reverse=True
        )
        for path in found:
            try:
                return _opened(path.read_bytes())
            except (OSError, ValueError) as error:
                log.warning("the checkpoint %s cannot be used: %s", path, error)
        if found:
            log.warning("no usable checkpoint is left; training starts over")
        return None

    def remove_others(self, *kept: "Checkpoints") -> None:
        """Remove the checkpoints of earlier training runs that were killed and never resumed.

        Those of `kept` stay, too.
        """
        folders = {self.folder, *(other.folder for other in kept)}
        for folder in self.root.glob("*"):
            if folder not in folders:
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
    """Unpack the state that `_sealed` packed. Raises `ValueError` if it is damaged."""
    checksum, _, archive = data.partition(b"\n")
    if hashlib.sha256(archive).hexdigest().encode() != checksum:
        raise ValueError(f"the checksum of its {len(archive)} bytes doesn't match")
    with np.load(io.BytesIO(archive), allow_pickle=False) as arrays:
        return dict(arrays)
