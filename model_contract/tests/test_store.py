import errno
import json
import os
import pathlib
import stat

import pytest

from model_contract.bundle import FILES, MANIFEST, MODEL, load_bundle
from model_contract.errors import BundleError
from model_contract.store import CURRENT, STATUS, TEMPORARY, TrainerStatus, utc_now

LATER = "20261122T130000Z"
STATUS_NOW = TrainerStatus("running", "train", "2026-11-22T12:00:00Z", epoch=3, epochs=60, loss=0.5, validation_loss=1 / 3, eta_seconds=9.5)


@pytest.fixture
def first(store, make_publication):
    """A model that is published and current."""
    publication = make_publication(b"first")
    store.publish(publication.manifest, publication.files)
    return publication


@pytest.fixture
def second(make_publication):
    """A later model that is not published yet."""
    return make_publication(b"second", time=LATER)


def litter(store) -> list[str]:
    return [path.name for path in store.directory.iterdir() if path.name.startswith(TEMPORARY)]


def test_a_store_that_does_not_exist_has_no_current_version(store):
    assert store.current() is None


def test_publishing_makes_a_version_current(store, first):
    assert store.current() == first.manifest.version


def test_publishing_leaves_nothing_but_the_version_and_its_name(store, first):
    assert {path.name for path in store.directory.iterdir()} == {first.manifest.version, CURRENT}
    assert {path.name for path in store.path(first.manifest.version).iterdir()} == {MANIFEST, *FILES}


def test_a_later_version_replaces_the_former_as_current(store, first, second):
    store.publish(second.manifest, second.files)
    assert store.current() == second.manifest.version


def test_the_former_version_stays_whole(store, first, second):
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


@pytest.mark.parametrize(
    "text",
    [
        "../../etc",
        "/etc",
        "",
        "latest",
        "20261122T101500Z-1a2b3c4d/..",
        "20261122T101500Z-1A2B3C4D",
        "a\nb",
        ".tmp-x",
        "٢" * 8 + "T101500Z-1a2b3c4d",
    ],
    ids=["relative path", "absolute path", "nothing", "a word", "a version and a path", "capitals", "two lines", "litter", "other digits"],
)
def test_a_current_that_names_no_version_is_refused(store, first, text):
    (store.directory / CURRENT).write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match="CURRENT holds no version such as 20261122T101500Z-1a2b3c4d"):
        store.current()


def test_a_current_that_is_no_text_is_refused(store, first):
    (store.directory / CURRENT).write_bytes(b"\xff\xfe")
    with pytest.raises(BundleError, match="CURRENT cannot be read"):
        store.current()


def test_a_current_that_is_a_directory_is_refused(store, first):
    (store.directory / CURRENT).unlink()
    (store.directory / CURRENT).mkdir()
    with pytest.raises(BundleError, match="CURRENT cannot be read"):
        store.current()


def test_content_that_was_published_is_found(store, first):
    assert store.find(first.manifest.content_hash) == first.manifest.version


def test_other_content_is_not_found(store, first, second):
    assert store.find(second.manifest.content_hash) is None


def test_content_with_the_same_first_digits_is_not_found(store, first):
    assert store.find(first.manifest.content_hash[:8] + "0" * 56) is None


def test_the_newest_of_two_versions_with_one_content_is_found(store, first, make_publication):
    again = make_publication(b"first", time=LATER)
    store.publish(again.manifest, again.files)
    assert store.find(first.manifest.content_hash) == again.manifest.version


@pytest.mark.parametrize("name", [MANIFEST, *FILES])
def test_a_damaged_version_is_not_found_by_its_content(store, first, name):
    (store.path(first.manifest.version) / name).write_bytes(b"damaged")
    assert store.find(first.manifest.content_hash) is None


def test_a_half_written_directory_is_not_found_by_its_content(store, first):
    directory = store.path(first.manifest.version)
    directory.rename(store.directory / f"{TEMPORARY}{directory.name}")
    assert store.find(first.manifest.content_hash) is None


def test_litter_of_a_killed_publisher_is_cleared_at_the_next(store, first, second):
    (store.directory / f"{TEMPORARY}half").mkdir()
    (store.directory / f"{TEMPORARY}half" / MODEL).write_bytes(b"half a mod")
    (store.directory / f"{TEMPORARY}CURRENT-7").write_text("2026")
    store.publish(second.manifest, second.files)
    assert litter(store) == []


def test_a_bundle_is_readable_by_another_user(store, make_publication):
    former = os.umask(0o022)
    try:
        publication = make_publication()
        store.publish(publication.manifest, publication.files)
    finally:
        os.umask(former)
    directory = store.path(publication.manifest.version)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (directory, store.directory / CURRENT, *directory.iterdir())}
    assert modes == {directory.name: 0o755, CURRENT: 0o644, MANIFEST: 0o644, **dict.fromkeys(FILES, 0o644)}


def calls_of_publishing(monkeypatch, store, publication, fail_at: int | None = None) -> int:
    """Publish, and count the calls that reach the disk; the one numbered `fail_at`, and all after it, raise as on a full disk."""
    calls = 0

    def failing(function):
        def called(*arguments, **named):
            nonlocal calls
            calls += 1
            if fail_at is not None and calls >= fail_at:
                raise OSError(errno.ENOSPC, "No space left on device")
            return function(*arguments, **named)

        return called

    with monkeypatch.context() as patch:
        for owner, name in ((os, "fsync"), (os, "open"), (pathlib.Path, "open"), (pathlib.Path, "rename"), (pathlib.Path, "replace")):
            patch.setattr(owner, name, failing(getattr(owner, name)))
        if fail_at is None:
            store.publish(publication.manifest, publication.files)
        else:
            with pytest.raises(OSError, match="No space left"):
                store.publish(publication.manifest, publication.files)
    return calls


def test_every_crash_of_a_publisher_leaves_a_whole_current_version(monkeypatch, store, first, second, make_publication):
    known = {first.manifest.version: b"first", second.manifest.version: b"second"}
    last = calls_of_publishing(monkeypatch, store, make_publication(b"measure", time="20260101T000000Z"))
    store.make_current(first.manifest.version)
    seen = []
    for fail_at in range(1, last + 1):
        calls_of_publishing(monkeypatch, store, second, fail_at)
        version = store.current()
        assert load_bundle(store.path(version)).model == known[version], f"after a crash at call {fail_at} of {last}"
        seen.append(version)
        if store.path(second.manifest.version).exists():  # so that the next attempt can rename again
            for path in store.path(second.manifest.version).iterdir():
                path.unlink()
            store.path(second.manifest.version).rmdir()
            store.make_current(first.manifest.version)
    assert seen == sorted(seen), "once the new version was current, no later crash may bring the old one back"
    assert first.manifest.version in seen


def test_publishing_after_a_crash_succeeds_and_clears_up(monkeypatch, store, first, second):
    calls_of_publishing(monkeypatch, store, second, fail_at=4)
    assert litter(store)
    store.publish(second.manifest, second.files)
    assert store.current() == second.manifest.version
    assert litter(store) == []


def test_everything_is_on_the_disk_before_a_version_becomes_current(monkeypatch, store, first, second):
    flushed: list[int] = []  # inodes, in order
    flushed_before_rename: list[int] = []
    fsync, replace = os.fsync, pathlib.Path.replace

    def noted_fsync(descriptor):
        flushed.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def noted_replace(path, target):
        flushed_before_rename.extend(flushed)
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(pathlib.Path, "replace", noted_replace)
    store.publish(second.manifest, second.files)
    directory = store.path(second.manifest.version)
    needed = {directory, store.directory, store.directory / CURRENT, *directory.iterdir()}
    assert {path.stat().st_ino for path in needed} <= set(flushed_before_rename)


def test_the_status_is_read_as_it_was_written(store):
    store.write_status(STATUS_NOW)
    assert store.status() == STATUS_NOW


def test_a_later_status_replaces_the_former(store):
    store.write_status(STATUS_NOW)
    store.write_status(TrainerStatus("failed", "train", "2026-11-22T12:01:00Z", error="no"))
    assert store.status() == TrainerStatus("failed", "train", "2026-11-22T12:01:00Z", error="no")


def test_writing_a_status_leaves_no_litter(store):
    store.write_status(STATUS_NOW)
    assert [path.name for path in store.directory.iterdir()] == [STATUS]


def test_there_is_no_status_before_the_trainer_has_run(store):
    assert store.status() is None


@pytest.mark.parametrize(
    "data",
    [b"", b'{"state": "run', b"null", b"[]", b'{"state": "running"}', b'{"other": 1}', b"\xff\xfe"],
    ids=["empty", "cut off", "null", "a list", "too few fields", "unknown field", "no text"],
)
def test_a_damaged_status_counts_as_none(store, data):
    store.directory.mkdir()
    (store.directory / STATUS).write_bytes(data)
    assert store.status() is None


def test_a_status_with_nan_is_refused_and_the_former_stays(store):
    store.write_status(STATUS_NOW)
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.write_status(TrainerStatus("running", "train", "2026-11-22T12:00:00Z", loss=float("nan")))
    assert json.loads((store.directory / STATUS).read_text())["loss"] == 0.5


def test_the_time_is_written_in_utc_to_the_second():
    assert len(utc_now()) == len("2026-11-22T12:00:00Z")
    assert utc_now().endswith("Z")
