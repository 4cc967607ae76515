import errno
import os
import pathlib
import stat
from datetime import datetime

import pytest

from model_contract.errors import BundleError
from model_contract.store.bundle import FILES, MANIFEST, MODEL, load_bundle
from model_contract.store.model_store import LOCK, TEMPORARY, utc_now
from model_contract.store.served_versions import PROMOTED, PUBLISHED, ROLLED_BACK
from model_contract.store.store_reader import CURRENT, HISTORY
from model_contract.store.trainer_status import TrainerStatus


def contents(store) -> dict[str, bytes]:
    return {
        str(path.relative_to(store.directory)): path.read_bytes()
        for path in store.directory.rglob("*")
        if path.is_file()
    }


def test_publishing_makes_a_version_current(store, first):
    assert store.current() == first.manifest.version


def test_publishing_writes_only_the_bundle_the_history_and_current(store, first):
    assert {path.name for path in store.directory.iterdir()} == {
        first.manifest.version,
        CURRENT,
        HISTORY,
        LOCK,
    }
    assert {path.name for path in store.path(first.manifest.version).iterdir()} == {
        MANIFEST,
        *FILES,
    }


def test_a_later_version_becomes_current(store, first, second):
    store.publish(second.manifest, second.files)
    assert store.current() == second.manifest.version


def test_the_previous_version_is_left_undamaged(store, first, second):
    store.publish(second.manifest, second.files)
    assert load_bundle(store.path(first.manifest.version)).model == b"first"


def test_an_earlier_version_can_be_made_current_again(store, first, second):
    store.publish(second.manifest, second.files)
    store.make_current(first.manifest.version)
    assert store.current() == first.manifest.version


def test_a_bundle_without_all_its_files_is_not_published(store, first, second):
    del second.files[MODEL]
    with pytest.raises(BundleError, match="a bundle has the files"):
        store.publish(second.manifest, second.files)
    assert store.current() == first.manifest.version


def test_a_current_that_is_a_directory_is_replaced(store, first, temporary_files):
    (store.directory / CURRENT).unlink()
    (store.directory / CURRENT).mkdir()
    store.make_current(first.manifest.version)
    assert store.current() == first.manifest.version
    assert temporary_files(store) == []


def test_any_write_removes_the_temporary_files_of_a_killed_writer(store, first, temporary_files):
    (store.directory / f"{TEMPORARY}abc").mkdir()
    (store.directory / f"{TEMPORARY}abc" / MODEL).write_bytes(b"half")
    store.write_status(TrainerStatus("running", "train", "2026-11-22T12:00:00Z"))
    assert temporary_files(store) == []


def test_publishing_removes_the_temporary_files_of_a_killed_publisher(
    store, first, second, temporary_files
):
    (store.directory / f"{TEMPORARY}half").mkdir()
    (store.directory / f"{TEMPORARY}half" / MODEL).write_bytes(b"half a mod")
    (store.directory / f"{TEMPORARY}CURRENT-7").write_text("2026")
    store.publish(second.manifest, second.files)
    assert temporary_files(store) == []


def test_a_bundle_is_readable_by_another_user(store, make_publication):
    former = os.umask(0o022)
    try:
        publication = make_publication()
        store.publish(publication.manifest, publication.files)
    finally:
        os.umask(former)
    directory = store.path(publication.manifest.version)
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (directory, store.directory / CURRENT, *directory.iterdir())
    }
    assert modes == {
        directory.name: 0o755,
        CURRENT: 0o644,
        MANIFEST: 0o644,
        **dict.fromkeys(FILES, 0o644),
    }


def test_everything_is_on_the_disk_before_a_version_becomes_current(
    monkeypatch, store, first, second
):
    """This includes the bundle, its parent folder, the history and the new CURRENT."""
    flushed: list[int] = []  # inodes, in order
    flushed_before_rename: list[int] = []
    fsync, replace = os.fsync, pathlib.Path.replace

    def recorded_fsync(descriptor):
        flushed.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def recorded_replace(path, target):
        flushed_before_rename.extend(flushed)
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(pathlib.Path, "replace", recorded_replace)
    store.publish(second.manifest, second.files)
    directory = store.path(second.manifest.version)
    needed = {
        directory,
        store.directory,
        store.directory / CURRENT,
        store.directory / HISTORY,
        *directory.iterdir(),
    }
    assert {path.stat().st_ino for path in needed} <= set(flushed_before_rename)


def test_the_history_records_what_replaced_what_when_and_why(store, first, second):
    store.publish(second.manifest, second.files, "passed the gate")
    store.make_current(first.manifest.version, ROLLED_BACK, "too high")
    old, new = first.manifest.version, second.manifest.version
    events = [
        (event.event, event.version, event.replaced, event.reason) for event in store.history()
    ]
    assert events == [
        (PUBLISHED, old, None, ""),
        (PUBLISHED, new, old, "passed the gate"),
        (ROLLED_BACK, old, new, "too high"),
    ]
    assert all(datetime.fromisoformat(event.at) for event in store.history())


def test_the_history_is_append_only(store, first, second):
    before = (store.directory / HISTORY).read_bytes()
    store.publish(second.manifest, second.files, keep=2)
    store.make_current(first.manifest.version, ROLLED_BACK)
    assert (store.directory / HISTORY).read_bytes().startswith(before)


def test_making_the_current_version_current_changes_nothing(store, first):
    before = contents(store)
    store.make_current(first.manifest.version)
    assert contents(store) == before


def test_publishing_the_current_version_again_changes_nothing(store, first):
    before = contents(store)
    store.publish(first.manifest, first.files, keep=2)
    assert contents(store) == before


def test_an_undamaged_version_is_never_rewritten(store, first):
    folder = store.path(first.manifest.version).stat().st_ino
    store.publish(first.manifest, first.files)
    assert store.path(first.manifest.version).stat().st_ino == folder


def test_the_next_writer_ends_a_torn_line(store, first, second):
    with (store.directory / HISTORY).open("a") as file:
        file.write('{"at": "2026-11-22T12:00:00Z", "event": "publ')
    assert len(store.history()) == 1
    store.publish(second.manifest, second.files)
    assert [event.version for event in store.history()] == [
        first.manifest.version,
        second.manifest.version,
    ]


def test_only_a_version_can_be_made_current(store, first):
    before = contents(store)
    with pytest.raises(
        BundleError, match=r"'\.\./\.\./etc' is not a version such as 20261122T101500Z-1a2b3c4d"
    ):
        store.make_current("../../etc")
    assert contents(store) == before


def test_a_change_is_refused_if_another_process_came_first(store, first, second):
    store.publish(second.manifest, second.files)
    former, now = first.manifest.version, second.manifest.version
    with pytest.raises(
        BundleError, match=f"CURRENT names {now} instead of {former}: another process changed it"
    ):
        store.make_current("20200101T000000Z-00000000", ROLLED_BACK, instead_of=former)
    assert store.current() == now


def test_replacing_a_damaged_current_records_no_previous_version(store, first, second):
    (store.directory / CURRENT).write_text("garbage")
    store.publish(second.manifest, second.files)
    assert store.current() == second.manifest.version
    assert store.history()[-1].replaced is None


def names(store) -> set[str]:
    return {path.name for path in store.directory.iterdir() if path.is_dir()}


def test_the_newest_versions_are_kept(store, publish_many):
    versions = publish_many(6, keep=3)
    assert names(store) == {versions[0], *versions[3:]}  # the first one is the anchor


def test_without_a_limit_all_versions_are_kept(store, publish_many):
    versions = publish_many(4)
    assert names(store) == set(versions)


def test_removing_versions_leaves_no_temporary_files(store, publish_many, temporary_files):
    publish_many(4, keep=2)
    assert temporary_files(store) == []


def test_the_previous_version_is_kept_however_old_it_is(store, publish_many, make_publication):
    versions = publish_many(4)
    store.make_current(versions[0], PROMOTED)
    new = make_publication(b"new", "20261123T000000Z")
    store.publish(new.manifest, new.files, keep=2)
    assert names(store) == {versions[0], new.manifest.version}


def test_a_damaged_previous_version_and_the_one_before_it_are_kept(
    store, publish_many, make_publication
):
    versions = publish_many(4)
    store.make_current(versions[0], PROMOTED)
    store.make_current(versions[1], PROMOTED)
    (store.path(versions[1]) / MODEL).write_bytes(b"damaged")
    new = make_publication(b"new", "20261123T000000Z")
    store.publish(new.manifest, new.files, keep=2)
    assert names(store) == {versions[0], versions[1], new.manifest.version}


def test_newest_means_published_last_even_if_the_clock_went_back(store, publish_many):
    versions = publish_many(
        4,
        keep=2,
        times=["20261122T120000Z", "20261122T130000Z", "20200101T000000Z", "20200101T010000Z"],
    )
    assert names(store) == {versions[0], *versions[2:]}
    assert [stored.version for stored in store.versions()] == [*versions[:1:-1], versions[0]]
    assert store.before() == versions[2]


def test_damaged_versions_do_not_count_towards_the_limit(store, publish_many, make_publication):
    versions = publish_many(5)
    (store.path(versions[3]) / MODEL).write_bytes(b"damaged")
    new = make_publication(b"new", "20261123T000000Z")
    store.publish(new.manifest, new.files, keep=3)
    assert names(store) == {versions[0], *versions[2:], new.manifest.version}


def test_folders_that_are_not_versions_are_left_alone(store, publish_many):
    (store.directory / "notes").mkdir(parents=True)
    publish_many(4, keep=2)
    assert "notes" in names(store)


def test_an_added_version_is_in_the_store_but_not_current(store, first, second):
    store.add(second.manifest, second.files)
    assert store.current() == first.manifest.version
    assert store.find(second.manifest.content_hash) == second.manifest.version


def test_a_damaged_version_of_the_same_name_is_replaced(store, first, temporary_files):
    (store.path(first.manifest.version) / MODEL).write_bytes(b"damaged")
    store.publish(first.manifest, first.files)
    assert store.load(first.manifest.version).model == b"first"
    assert temporary_files(store) == []


def test_a_link_instead_of_a_version_is_replaced_but_not_followed(store, first, second, tmp_path):
    target = tmp_path / "elsewhere"
    target.mkdir()
    (target / "precious").touch()
    store.path(second.manifest.version).symlink_to(target)
    store.publish(second.manifest, second.files)
    assert store.load(second.manifest.version).model == b"second"
    assert (target / "precious").exists()


def test_publishing_succeeds_even_if_temporary_files_cannot_be_removed(
    monkeypatch, store, first, second
):
    (store.directory / f"{TEMPORARY}half").write_text("half")

    def refuse(path, **_):
        raise PermissionError(errno.EPERM, "Operation not permitted", str(path))

    monkeypatch.setattr(pathlib.Path, "unlink", refuse)
    store.publish(second.manifest, second.files)
    assert store.current() == second.manifest.version


def test_the_time_is_written_in_utc_to_the_second():
    assert len(utc_now()) == len("2026-11-22T12:00:00Z")
    assert utc_now().endswith("Z")
