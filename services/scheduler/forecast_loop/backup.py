"""A backup of the price store and the ledger: one tar archive.

    prices/prices.sqlite, prices/deliveries/…
    ledger/ledger.sqlite, ledger/state.json

The caller holds the lock of the rounds, so nothing is written meanwhile and both databases fit each
other.
"""

import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import IO

from forecast_loop.errors import LoopError
from forecast_loop.price_store.store import DATABASE as PRICES_DATABASE
from forecast_loop.price_store.store import DELIVERIES
from model_contract.ledger.ledger_reader import STATE, LedgerReader
from model_contract.ledger.schema import DATABASE as LEDGER_DATABASE

PRICES, LEDGER = "prices", "ledger"
PARTS = {PRICES: (PRICES_DATABASE, DELIVERIES), LEDGER: (LEDGER_DATABASE, STATE)}


def save(prices: Path, ledger: Path, stream: IO[bytes]) -> None:
    """Write the archive. Raises `OSError`, or `LoopError` if there is nothing to save."""
    folders = {PRICES: prices, LEDGER: ledger}
    if not (prices / PRICES_DATABASE).exists():
        raise LoopError("there is nothing to back up: the loop has never run")
    with tarfile.open(fileobj=stream, mode="w|") as archive:
        for part, names in PARTS.items():
            for name in names:
                file = folders[part] / name
                if file.exists():
                    archive.add(file, f"{part}/{name}")


def restore(prices: Path, ledger: Path, stream: IO[bytes]) -> int:
    """Bring back both stores, which must be empty. Returns the number of forecasts.

    Everything is unpacked and checked before anything is put in place. Raises `LoopError` if a
    store isn't empty, or if the archive is cut short, damaged or something else.
    """
    folders = {PRICES: prices, LEDGER: ledger}
    for part, names in PARTS.items():
        if (folders[part] / names[0]).exists():
            raise LoopError(
                f"{folders[part]} isn't empty; a backup is only restored into new volumes "
                "('docker compose --profile loop down', then 'docker volume rm' them)"
            )
    temporary = {part: Path(mkdtemp(prefix=".restored-", dir=folders[part])) for part in PARTS}
    try:
        _unpack(stream, temporary)
        count = _checked(temporary)
        for part, names in PARTS.items():
            for name in reversed(names):  # the database last: it makes the store complete
                if (temporary[part] / name).exists():
                    (temporary[part] / name).rename(folders[part] / name)
    finally:
        for folder in temporary.values():
            shutil.rmtree(folder, ignore_errors=True)
    return count


def _unpack(stream: IO[bytes], folders: dict[str, Path]) -> None:
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                part, *rest = PurePosixPath(member.name).parts
                if part not in PARTS or not rest or rest[0] not in PARTS[part] or ".." in rest:
                    raise LoopError(f"{member.name} doesn't belong into a backup of the loop")
                target = folders[part].joinpath(*rest)
                if member.isdir():
                    target.mkdir()
                elif (content := archive.extractfile(member)) is not None:
                    target.parent.mkdir(exist_ok=True)
                    with target.open("wb") as file:
                        shutil.copyfileobj(content, file)
    except (tarfile.TarError, EOFError) as error:
        raise LoopError(f"this isn't a backup of the loop, or it is damaged: {error}") from error


def _checked(folders: dict[str, Path]) -> int:
    for part, names in PARTS.items():
        database = folders[part] / names[0]
        if not database.exists():
            raise LoopError(f"the backup lacks {part}/{names[0]}: it is cut short")
        try:
            with closing(sqlite3.connect(database)) as connection:
                found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            found = str(error)
        if found != "ok":
            raise LoopError(f"the backup's {part}/{names[0]} is damaged: {found}")
    count, broken = LedgerReader(folders[LEDGER]).first_broken_row()
    if broken is not None:
        raise LoopError(f"the backup's ledger was changed at or before row {broken.row}")
    return count
