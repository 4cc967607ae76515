import errno
import fcntl
import json
import os
import pathlib
import shutil
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from model_contract.errors import BundleError
from model_contract.store.bundle import FILES, MANIFEST, MODEL, load_bundle
from model_contract.store.model_store import LOCK, TEMPORARY, utc_now
from model_contract.store.served_versions import PROMOTED, PUBLISHED, ROLLED_BACK, Event
from model_contract.store.store_reader import CURRENT, HISTORY, STATUS, TRAINER_LOCK
from model_contract.store.trainer_status import TrainerStatus

LATER = "20261122T130000Z"
STATUS_NOW = TrainerStatus(
    "running",
    "train",
    "2026-11-22T12:00:00Z",
    epoch=3,
    epochs=60,
    loss=0.5,
    validation_loss=1 / 3,
    eta_seconds=9.5,
)


@pytest.fixture
def first(store, make_publication):
    """A published model, the current one."""
    publication = make_publication(b"first")
    store.publish(publication.manifest, publication.files)
    return publication


@pytest.fixture
def second(make_publication):
    """A later model, not yet published."""
    return make_publication(b"second", time=LATER)


def temporary_files(store) -> list[str]:
    return [path.name for path in store.directory.iterdir() if path.name.startswith(TEMPORARY)]


def contents(store) -> dict[str, bytes]:
    return {
        str(path.relative_to(store.directory)): path.read_bytes()
        for path in store.directory.rglob("*")
        if path.is_file()
    }


def test_a_store_that_does_not_exist_has_no_current_version(store):
    assert store.current() is None


def test_publishing_makes_a_version_current(store, first):
    assert store.current() == first.manifest.version


def test_publishing_writes_only_the_bundle_current_and_the_history(store, first):
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


def test_the_previous_version_stays_whole(store, first, second):
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
    ids=[
        "relative path",
        "absolute path",
        "nothing",
        "a word",
        "a version and a path",
        "capitals",
        "two lines",
        "temporary name",
        "other digits",
    ],
)
def test_a_current_that_does_not_name_a_version_is_refused(store, first, text):
    (store.directory / CURRENT).write_text(text, encoding="utf-8")
    with pytest.raises(
        BundleError, match="CURRENT holds no version such as 20261122T101500Z-1a2b3c4d"
    ):
        store.current()


def test_a_current_that_is_not_text_is_refused(store, first):
    (store.directory / CURRENT).write_bytes(b"\xff\xfe")
    with pytest.raises(BundleError, match="CURRENT cannot be read"):
        store.current()


def test_a_current_that_is_a_directory_is_refused(store, first):
    (store.directory / CURRENT).unlink()
    (store.directory / CURRENT).mkdir()
    with pytest.raises(BundleError, match="CURRENT is not a regular file"):
        store.current()


def test_a_current_that_is_a_pipe_is_refused_without_waiting(store, first):
    (store.directory / CURRENT).unlink()
    os.mkfifo(store.directory / CURRENT)
    with pytest.raises(BundleError, match="CURRENT is not a regular file"):
        store.current()


def test_a_current_that_is_a_directory_is_replaced(store, first):
    (store.directory / CURRENT).unlink()
    (store.directory / CURRENT).mkdir()
    store.make_current(first.manifest.version)
    assert store.current() == first.manifest.version
    assert temporary_files(store) == []


def test_any_write_removes_the_temporary_files_of_a_killed_writer(store, first):
    (store.directory / f"{TEMPORARY}abc").mkdir()
    (store.directory / f"{TEMPORARY}abc" / MODEL).write_bytes(b"half")
    store.write_status(STATUS_NOW)
    assert temporary_files(store) == []


@pytest.mark.parametrize("current", ["nonsense", None], ids=["garbage", "gone"])
def test_without_a_usable_current_the_fallback_was_served_last(store, first, second, current):
    store.publish(second.manifest, second.files)
    (store.directory / CURRENT).unlink()
    if current:
        (store.directory / CURRENT).write_text(current)
    assert store.fallback() == second.manifest.version
    (store.path(second.manifest.version) / MODEL).write_bytes(b"damaged")
    assert store.fallback() == first.manifest.version


def test_the_fallback_of_a_current_version_is_the_one_before_it(store, first, second):
    store.publish(second.manifest, second.files)
    assert store.fallback() == store.before() == first.manifest.version


def test_a_store_is_empty_until_a_version_is_published(store, make_publication):
    assert store.is_empty()
    publication = make_publication(b"first")
    store.publish(publication.manifest, publication.files)
    (store.directory / CURRENT).unlink()
    assert not store.is_empty()
    shutil.rmtree(store.path(publication.manifest.version))
    assert not store.is_empty()


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


def test_publishing_removes_the_temporary_files_of_a_killed_publisher(store, first, second):
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
    """The bundle, its parent folder, the intent in the history, and the new CURRENT."""
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


def test_a_whole_version_is_never_rewritten(store, first):
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


def test_a_history_that_is_not_text_is_ignored(store, first, second):
    (store.directory / HISTORY).write_bytes(b"\xff\xfe\0\0")
    assert store.history() == []
    store.publish(second.manifest, second.files)
    assert [event.version for event in store.history()] == [second.manifest.version]


def test_an_intent_that_was_not_carried_out_is_not_in_the_history(store, first, second):
    intent = Event(
        "2026-11-22T12:30:00Z", ROLLED_BACK, second.manifest.version, first.manifest.version, ""
    )
    with (store.directory / HISTORY).open("a") as file:
        file.write(intent.to_line())
    assert [event.event for event in store.history()] == [PUBLISHED]
    assert store.quarantined() == set()


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
        BundleError,
        match=f"CURRENT names {now}, no longer {former}: another process changed it",
    ):
        store.make_current("20200101T000000Z-00000000", ROLLED_BACK, instead_of=former)
    assert store.current() == now


def test_replacing_a_damaged_current_records_no_previous_version(store, first, second):
    (store.directory / CURRENT).write_text("garbage")
    store.publish(second.manifest, second.files)
    assert store.current() == second.manifest.version
    assert store.history()[-1].replaced is None


@pytest.fixture
def publish_many(store, make_publication):
    """Publishes `count` models, an hour apart or at `times`, and returns their versions."""

    def publish(count: int, keep: int | None = None, times: Sequence[str] = ()) -> list[str]:
        made = [
            make_publication(f"model {n}".encode(), times[n] if times else f"20261122T{n:02}0000Z")
            for n in range(count)
        ]
        for publication in made:
            store.publish(publication.manifest, publication.files, keep=keep)
        return [publication.manifest.version for publication in made]

    return publish


def names(store) -> set[str]:
    return {path.name for path in store.directory.iterdir() if path.is_dir()}


def test_the_newest_versions_are_kept(store, publish_many):
    versions = publish_many(5, keep=3)
    assert names(store) == set(versions[2:])


def test_without_a_limit_all_versions_are_kept(store, publish_many):
    versions = publish_many(4)
    assert names(store) == set(versions)


def test_removing_versions_leaves_no_temporary_files(store, publish_many):
    publish_many(4, keep=2)
    assert temporary_files(store) == []


def test_the_previous_version_is_kept_however_old_it_is(store, publish_many, make_publication):
    versions = publish_many(4)
    store.make_current(versions[0], PROMOTED)
    new = make_publication(b"new", "20261123T000000Z")
    store.publish(new.manifest, new.files, keep=2)
    assert names(store) == {versions[0], new.manifest.version}


def test_a_damaged_previous_version_and_the_whole_one_before_it_are_kept(
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
    assert names(store) == set(versions[2:])
    assert [stored.version for stored in store.versions()] == versions[:1:-1]
    assert store.before() == versions[2]


def test_damaged_versions_do_not_count_towards_the_limit(store, publish_many, make_publication):
    versions = publish_many(4)
    (store.path(versions[2]) / MODEL).write_bytes(b"damaged")
    new = make_publication(b"new", "20261123T000000Z")
    store.publish(new.manifest, new.files, keep=3)
    assert names(store) == {*versions[1:], new.manifest.version}


def test_folders_that_are_not_versions_are_left_alone(store, publish_many):
    (store.directory / "notes").mkdir(parents=True)
    publish_many(4, keep=2)
    assert "notes" in names(store)


def test_the_first_version_has_no_rollback_target(store, first):
    assert store.before() is None


def test_an_empty_store_has_no_rollback_target(store):
    assert store.before() is None


def test_rolling_back_twice_goes_back_twice(store, publish_many):
    versions = publish_many(4)
    store.make_current(store.before(), ROLLED_BACK)
    assert store.before() == versions[1]
    store.make_current(store.before(), ROLLED_BACK)
    assert (store.current(), store.before()) == (versions[1], versions[0])


def test_a_rollback_skips_a_damaged_version(store, publish_many):
    versions = publish_many(3)
    (store.path(versions[1]) / MODEL).write_bytes(b"damaged")
    assert store.before() == versions[0]


def test_a_rollback_skips_versions_with_the_current_content(store, first, second, make_publication):
    again = make_publication(b"second", time="20261122T140000Z")
    store.publish(second.manifest, second.files)
    store.publish(again.manifest, again.files)
    assert store.before() == first.manifest.version


def test_a_rollback_quarantines_all_versions_with_the_same_content(
    store, first, second, make_publication
):
    again = make_publication(b"second", time="20261122T140000Z")
    store.publish(second.manifest, second.files)
    store.publish(again.manifest, again.files)
    store.make_current(first.manifest.version, ROLLED_BACK)
    assert store.quarantined() == {second.manifest.version, again.manifest.version}


def test_promoting_a_version_lifts_its_quarantine(store, first, second):
    store.publish(second.manifest, second.files)
    store.make_current(first.manifest.version, ROLLED_BACK)
    store.make_current(second.manifest.version, PROMOTED)
    assert store.quarantined() == set()


def test_content_replaced_by_a_promotion_is_set_aside_not_quarantined(store, first, second):
    store.publish(second.manifest, second.files)
    store.make_current(first.manifest.version, PROMOTED, "it was better")
    assert store.quarantined() == set()
    assert store.set_aside(second.manifest.content_hash) == store.history()[-1]
    assert store.set_aside(first.manifest.content_hash) is None


def test_content_stays_set_aside_when_its_version_is_deleted(store, first, second):
    store.publish(second.manifest, second.files)
    store.make_current(first.manifest.version, ROLLED_BACK)
    shutil.rmtree(store.path(second.manifest.version))
    assert store.set_aside(second.manifest.content_hash).event == ROLLED_BACK


def test_an_added_version_is_in_the_store_but_not_current(store, first, second):
    store.add(second.manifest, second.files)
    assert store.current() == first.manifest.version
    assert store.find(second.manifest.content_hash) == second.manifest.version


def test_versions_are_listed_newest_first_with_their_damage(store, publish_many):
    versions = publish_many(3)
    (store.path(versions[1]) / MODEL).write_bytes(b"damaged")
    listed = store.versions()
    assert [stored.version for stored in listed] == versions[::-1]
    assert [stored.manifest is not None for stored in listed] == [True, False, True]
    assert listed[1].damage == "model.onnx is damaged: its SHA-256 is not the one in manifest.json"


def test_an_empty_store_has_no_versions(store):
    assert store.versions() == []


def test_versions_without_a_history_are_listed_by_name(store, publish_many):
    versions = publish_many(3, times=["20200103T000000Z", "20200101T000000Z", "20200102T000000Z"])
    (store.directory / HISTORY).unlink()
    assert [stored.version for stored in store.versions()] == sorted(versions, reverse=True)


def test_a_damaged_version_of_the_same_name_is_replaced(store, first):
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


def test_a_current_that_is_a_link_is_refused(store, first, tmp_path):
    (store.directory / CURRENT).rename(tmp_path / "elsewhere")
    (store.directory / CURRENT).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="CURRENT is a link, which could lead out of the store"):
        store.current()


def test_publishing_succeeds_even_if_temporary_files_cannot_be_removed(
    monkeypatch, store, first, second
):
    (store.directory / f"{TEMPORARY}half").write_text("half")

    def refuse(path, **_):
        raise PermissionError(errno.EPERM, "Operation not permitted", str(path))

    monkeypatch.setattr(pathlib.Path, "unlink", refuse)
    store.publish(second.manifest, second.files)
    assert store.current() == second.manifest.version


def test_the_status_is_read_as_it_was_written(store):
    store.write_status(STATUS_NOW)
    assert store.status() == STATUS_NOW


def test_a_later_status_replaces_the_earlier_one(store):
    store.write_status(STATUS_NOW)
    store.write_status(TrainerStatus("failed", "train", "2026-11-22T12:01:00Z", error="no"))
    assert store.status() == TrainerStatus("failed", "train", "2026-11-22T12:01:00Z", error="no")


def test_a_running_trainer_counts_as_failed_once_its_lock_is_free(store):
    store.write_status(STATUS_NOW)
    with (store.directory / TRAINER_LOCK).open("w") as trainer:
        fcntl.flock(trainer, fcntl.LOCK_EX)
        assert store.status() == STATUS_NOW
    killed = store.status()
    assert killed == replace(
        STATUS_NOW,
        state="failed",
        error="the last training was killed; 'make train' continues where it left off",
    )


def test_a_finished_trainer_is_not_reported_as_killed(store):
    done = TrainerStatus("done", "publish", "2026-11-22T12:01:00Z")
    store.write_status(done)
    (store.directory / TRAINER_LOCK).touch()
    assert store.status() == done


def test_reading_the_status_does_not_hold_the_trainer_lock(store):
    store.write_status(STATUS_NOW)
    (store.directory / TRAINER_LOCK).touch()
    store.status()
    with (store.directory / TRAINER_LOCK).open("r+") as trainer:
        fcntl.flock(trainer, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_writing_a_status_leaves_no_temporary_files(store):
    store.write_status(STATUS_NOW)
    assert {path.name for path in store.directory.iterdir()} == {STATUS, LOCK}


def test_the_status_is_none_before_the_trainer_has_run(store):
    assert store.status() is None


@pytest.mark.parametrize(
    "data",
    [b"", b'{"state": "run', b"null", b"[]", b'{"state": "running"}', b'{"other": 1}', b"\xff\xfe"],
    ids=["empty", "cut off", "null", "a list", "too few fields", "unknown field", "not text"],
)
def test_a_damaged_status_counts_as_none(store, data):
    store.directory.mkdir()
    (store.directory / STATUS).write_bytes(data)
    assert store.status() is None


def test_a_status_with_nan_is_refused_and_the_old_one_stays(store):
    store.write_status(STATUS_NOW)
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.write_status(
            TrainerStatus("running", "train", "2026-11-22T12:00:00Z", loss=float("nan"))
        )
    assert json.loads((store.directory / STATUS).read_text())["loss"] == 0.5


def test_the_time_is_written_in_utc_to_the_second():
    assert len(utc_now()) == len("2026-11-22T12:00:00Z")
    assert utc_now().endswith("Z")
