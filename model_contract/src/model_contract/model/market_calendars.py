"""The calendars of several markets in one small file.

A file of another market than the model's own needs that market's sessions and kinds of day. The
effect of each kind of day is learned on the markets that the model was trained on.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS, Calendar

SESSIONS, FLAGS = "sessions", "flags"


def to_npz(calendars: Mapping[str, Calendar]) -> bytes:
    """Pack calendars, by ISO 10383 code, into a compressed NumPy archive: some kB for each."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for market, calendar in calendars.items():
        arrays[f"{market} {SESSIONS}"] = calendar.sessions.astype(np.int64).astype(np.int32)
        arrays[f"{market} {FLAGS}"] = np.packbits(calendar.flags.astype(bool), axis=1)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def from_npz(data: bytes) -> dict[str, Calendar]:
    """Unpack what `to_npz` packed. Raises `BundleError` if it is something else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            names = sorted({name.rpartition(" ")[0] for name in archive.files})
            return {
                name: _calendar(archive[f"{name} {SESSIONS}"], archive[f"{name} {FLAGS}"])
                for name in names
            }
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BundleError(f"the calendars of the other markets are damaged: {error}") from error


def _calendar(days: npt.NDArray[np.int32], packed: npt.NDArray[np.uint8]) -> Calendar:
    if days.ndim != 1 or packed.shape != (len(days), -(-len(CALENDAR_FLAGS) // 8)):
        raise ValueError(f"arrays of the shapes {days.shape} and {packed.shape}")
    if not len(days) or np.any(np.diff(days) <= 0):
        raise ValueError("sessions that are not ascending")
    flags = np.unpackbits(packed, axis=1, count=len(CALENDAR_FLAGS)).astype(np.float64)
    return Calendar(days.astype(np.int64).view("datetime64[D]"), flags)
