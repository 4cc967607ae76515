"""`make backup` and `make restore`."""

import io
import logging
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from model_contract.store.bundle import FILES, MODEL
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import PROMOTED
from model_contract.store.signing import SIGNATURE
from model_contract.store.store_reader import CURRENT, HISTORY
from training.__main__ import main
from training.errors import TrainingError
from training.store.backup import restore, save


@pytest.fixture(autouse=True)
def every_line(caplog):
    caplog.set_level(logging.INFO)


@pytest.fixture
def store(finished, tmp_path) -> ModelStore:
    """A store with two versions, the second one current."""
    store = ModelStore(shutil.copytree(finished.store, tmp_path / "models"))
    former = store.current()
    files = {name: (store.path(former) / name).read_bytes() for name in FILES}
    manifest = replace(
        store.load(former).manifest, version="20300101T120000Z", calendar_effects={"half_day": -0.1}
    ).sealed(files)
    store.publish(manifest, files, "the second")
    return store


@pytest.fixture
def empty(tmp_path) -> ModelStore:
    return ModelStore(tmp_path / "empty")


def saved(store: ModelStore) -> io.BytesIO:
    archive = io.BytesIO()
    save(store, archive)
    archive.seek(0)
    return archive


def bundles(store: ModelStore) -> dict[str, bytes]:
    files = [
        path for stored in store.versions() for path in sorted(store.path(stored.version).iterdir())
    ]
    return {str(path.relative_to(store.directory)): path.read_bytes() for path in files}


def test_a_lost_store_is_restored_completely(store, empty):
    restore(empty, saved(store))
    assert empty.current() == store.current()
    assert bundles(empty) == bundles(store)
    assert empty.before() == store.before()
    *past, last = empty.history()
    assert past == store.history()
    assert (last.event, last.version, last.reason) == (
        PROMOTED,
        store.current(),
        "restored from a backup",
    )


def test_a_rolled_back_version_stays_quarantined(store, empty):
    store.make_current(store.before(), "rolled back", "worse")
    restore(empty, saved(store))
    assert empty.quarantined() == store.quarantined() != set()


def test_a_damaged_version_is_replaced_and_current_stays(store, caplog):
    archive, whole, former = saved(store), bundles(store), store.before()
    (store.path(former) / MODEL).write_bytes(b"damaged")
    history = store.history()
    restore(store, archive)
    assert bundles(store) == whole
    assert store.history() == history
    assert f"restored {former}" in caplog.messages
    assert (
        f"{store.current()} is still current; to serve another, run 'make promote VERSION=…'"
        in caplog.messages
    )


def test_a_damaged_current_version_is_restored_as_current(store, caplog):
    archive, current = saved(store), store.current()
    (store.directory / CURRENT).write_text("nonsense")
    (store.path(current) / MODEL).write_bytes(b"damaged")
    restore(store, archive)
    assert store.current() == current
    assert store.load(current).manifest.version == current


def test_models_published_since_the_backup_are_kept(store, empty):
    first = store.before()
    store.make_current(first)
    archive = saved(store)
    shutil.copytree(store.directory, empty.directory)
    shutil.rmtree(empty.path(first))
    later = next(stored.version for stored in empty.versions())
    empty.make_current(later)
    restore(empty, archive)
    assert {stored.version for stored in empty.versions()} == {first, later}
    assert empty.current() == later


def tampered(archive: io.BytesIO, name: str, data: bytes | None) -> io.BytesIO:
    """Replace or remove a file in the archive."""
    changed = io.BytesIO()
    with tarfile.open(fileobj=archive) as old, tarfile.open(fileobj=changed, mode="w") as new:
        for member in old:
            content = old.extractfile(member)
            if member.name != name:
                new.addfile(member, content)
            elif data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
    changed.seek(0)
    return changed


def test_a_damaged_version_in_a_backup_is_reported_and_the_rest_restored(store, empty, caplog):
    former = store.before()
    with pytest.raises(TrainingError, match=f"damaged versions in the file: {former}"):
        restore(empty, tampered(saved(store), f"{former}/{MODEL}", b"damaged"))
    assert [stored.version for stored in empty.versions()] == [store.current()] == [empty.current()]
    assert f"did not restore {former}: model.onnx is damaged" in caplog.text


@pytest.mark.parametrize("data", [b"damaged", None], ids=["damaged", "missing"])
def test_a_backup_whose_current_version_cannot_be_served_is_rejected(store, empty, data):
    with pytest.raises(
        TrainingError,
        match=r"the current version in the file cannot be served: .*; nothing was restored",
    ):
        restore(empty, tampered(saved(store), f"{store.current()}/{MODEL}", data))
    assert not empty.directory.exists()


def test_a_store_whose_current_version_cannot_be_served_is_not_saved(store):
    """Otherwise a nightly backup could replace the last good one."""
    (store.path(store.current()) / MODEL).write_bytes(b"damaged")
    archive = io.BytesIO()
    with pytest.raises(
        TrainingError,
        match=r"no backup was made: .* model.onnx is damaged.*; repair the store first",
    ):
        save(store, archive)
    assert archive.getvalue() == b""


def test_a_damaged_older_version_is_skipped_with_a_warning(store, empty, caplog):
    former = store.before()
    (store.path(former) / MODEL).write_bytes(b"damaged")
    restore(empty, saved(store))
    assert f"skipped {former}: model.onnx is damaged" in caplog.text
    assert [stored.version for stored in empty.versions()] == [store.current()]


@pytest.mark.parametrize(
    "data",
    [b"", b"a page of text", b"\0" * 10240],
    ids=["empty", "not an archive", "an empty archive"],
)
def test_another_file_is_rejected_and_nothing_changes(store, data):
    before = bundles(store), (store.directory / HISTORY).read_bytes()
    with pytest.raises(TrainingError, match="nothing was restored"):
        restore(store, io.BytesIO(data))
    assert before == (bundles(store), (store.directory / HISTORY).read_bytes())


def test_a_backup_cut_anywhere_is_rejected_and_nothing_changes(store, empty):
    """This includes cuts at the end of a member, which leave a seemingly complete archive."""
    archive = saved(store)
    with tarfile.open(fileobj=archive) as members:
        starts = [member.offset for member in members]
    for size in (*starts, *(start + 200 for start in starts), *(start + 600 for start in starts)):
        with pytest.raises(TrainingError, match="nothing was restored"):
            restore(empty, io.BytesIO(archive.getvalue()[:size]))
        assert not empty.directory.exists()


def test_a_backup_with_a_damaged_header_is_rejected(store, empty):
    archive = saved(store)
    with tarfile.open(fileobj=archive) as members:
        starts = [member.offset for member in members]
    for start in starts:
        data = bytearray(archive.getvalue())
        data[start + 3] ^= 1
        with pytest.raises(TrainingError, match="nothing was restored"):
            restore(empty, io.BytesIO(bytes(data)))
        assert not empty.directory.exists()


def test_an_archive_cannot_write_outside_its_folder(empty, tmp_path):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as made:
        made.addfile(tarfile.TarInfo("../outside"))
    archive.seek(0)
    with pytest.raises(TrainingError, match="nothing was restored"):
        restore(empty, archive)
    assert not (tmp_path / "outside").exists()


def test_with_a_key_unsigned_versions_are_not_restored(store, tmp_path):
    signing = ModelStore(tmp_path / "signing", b"at least sixteen bytes")
    with pytest.raises(TrainingError, match=r"it is not signed.*; nothing was restored"):
        restore(signing, saved(store))
    assert signing.versions() == []


def test_signed_versions_come_back_signed(store, tmp_path):
    key = b"at least sixteen bytes"
    signing, again = ModelStore(tmp_path / "signing", key), ModelStore(tmp_path / "again", key)
    files = {name: (store.path(store.current()) / name).read_bytes() for name in FILES}
    signing.publish(store.load(store.current()).manifest, files)
    restore(again, saved(signing))
    assert again.load(signing.current()).manifest.version == store.current()
    assert (again.path(signing.current()) / SIGNATURE).exists()


def test_signatures_are_restored_without_a_key(store, tmp_path):
    key = b"at least sixteen bytes"
    signing, without = ModelStore(store.directory, key), ModelStore(tmp_path / "without")
    signing.sign(store.current())
    restore(without, saved(store))
    assert (
        ModelStore(without.directory, key).load(store.current()).manifest.version == store.current()
    )


def test_a_store_without_models_is_not_saved(empty):
    with pytest.raises(TrainingError, match="no backup was made: no model is current"):
        saved(empty)


def test_only_the_archive_goes_to_stdout(store, monkeypatch, restored_process, capsysbinary):
    monkeypatch.setenv("MODEL_STORE", str(store.directory))
    main(["backup"])
    with tarfile.open(fileobj=io.BytesIO(capsysbinary.readouterr().out)) as archive:
        assert {Path(name).parts[0] for name in archive.getnames()} == {
            *(stored.version for stored in store.versions()),
            HISTORY,
            CURRENT,
        }
