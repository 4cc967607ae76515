"""A backup holds all that the loop knows, and is restored wholly or not at all."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from forecast_loop.backup import restore, save
from forecast_loop.errors import LoopError
from forecast_loop.price_store.store import PriceStore
from model_contract.ledger.ledger_reader import LedgerReader
from rehearsal import START, Rehearsal, at


@pytest.fixture
def backup(loop: Rehearsal) -> bytes:
    loop.round(at(START))
    loop.nights(loop.days[:2])
    stream = io.BytesIO()
    save(loop.root / "prices", loop.root / "ledger", stream)
    return stream.getvalue()


@pytest.fixture
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two new volumes."""
    return tmp_path_factory.mktemp("prices"), tmp_path_factory.mktemp("ledger")


def test_a_restored_loop_is_the_same_and_goes_on(
    loop: Rehearsal, backup: bytes, folders: tuple[Path, Path]
):
    assert restore(*folders, io.BytesIO(backup)) == LedgerReader(folders[1]).first_broken_row()[0]
    assert sorted(path.name for path in folders[1].iterdir()) == ["ledger.sqlite", "state.json"]
    with PriceStore(folders[0]) as restored, PriceStore(loop.root / "prices") as store:
        assert restored.deliveries() == store.deliveries()
        for delivery in store.deliveries():
            assert restored.data(delivery.sha256) == store.data(delivery.sha256)
        assert restored.last_sessions() == store.last_sessions()
    for original, copied in zip((loop.root / "prices", loop.root / "ledger"), folders, strict=True):
        original.rename(original.with_name(f"old-{original.name}"))
        copied.rename(original)
    loop.nights(loop.days[2:3])
    assert [one["session"] for one in loop.forecasts("IBM")] == loop.days[:4]


def test_a_backup_is_not_restored_over_anything(loop: Rehearsal, backup: bytes):
    with pytest.raises(LoopError, match="prices isn't empty"):
        restore(loop.root / "prices", loop.root / "ledger", io.BytesIO(backup))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: b"", "isn't a backup|cut short"),
        (lambda data: b"PK\x03\x04" + data[:2000], "isn't a backup"),
        (lambda data: data[: len(data) // 2], "isn't a backup|cut short"),
        (lambda data: data[: data.index(b"ledger/ledger.sqlite")], "isn't a backup|cut short"),
        (lambda data: data.replace(b"AAPLXNYS2013-02-0", b"AAPLXNYS2013-03-0"), "damaged|changed"),
        (lambda data: data.replace(b"20261122T101500Z", b"20261122T101500A"), "was changed at"),
        (lambda data: archive("../outside", b""), "doesn't belong into a backup"),
        (lambda data: archive("prices/deliveries/../../x", b""), "doesn't belong"),
    ],
    ids=["empty", "zip", "half", "without-ledger", "origin", "model", "outside", "dots"],
)
def test_a_damaged_backup_changes_nothing(
    backup: bytes,
    folders: tuple[Path, Path],
    damage: Callable[[bytes], bytes],
    message: str,
):
    damaged = damage(backup)
    assert damaged != backup
    with pytest.raises(LoopError, match=message):
        restore(*folders, io.BytesIO(damaged))
    assert [list(folder.iterdir()) for folder in folders] == [[], []]


def archive(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def test_without_a_loop_there_is_nothing_to_save(tmp_path: Path):
    with pytest.raises(LoopError, match="nothing to back up"):
        save(tmp_path, tmp_path, io.BytesIO())
