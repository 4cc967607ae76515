import os
import shutil

import pytest

from model_contract.errors import BundleError
from model_contract.store.bundle import FILES, MANIFEST, MODEL
from model_contract.store.model_store import TEMPORARY
from model_contract.store.served_versions import PROMOTED, PUBLISHED, ROLLED_BACK, Event
from model_contract.store.store_reader import CURRENT, HISTORY


def test_a_store_that_does_not_exist_has_no_current_version(store):
    assert store.current() is None


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
        BundleError, match="CURRENT contains no version such as 20261122T101500Z-1a2b3c4d"
    ):
        store.current()


@pytest.mark.parametrize(
    ("replace", "reason"),
    [
        (lambda path: path.write_bytes(b"\xff\xfe"), "cannot be read"),
        (lambda path: path.mkdir(), "is not a regular file"),
        (os.mkfifo, "is not a regular file"),
        (
            lambda path: path.symlink_to(path.with_name(HISTORY)),
            "is a link, which could point outside the store",
        ),
    ],
    ids=["not text", "a directory", "a pipe", "a link"],
)
def test_a_current_that_is_not_a_text_file_is_refused_without_waiting(
    store, first, replace, reason
):
    (store.directory / CURRENT).unlink()
    replace(store.directory / CURRENT)
    with pytest.raises(BundleError, match=f"CURRENT {reason}"):
        store.current()


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
    again = make_publication(b"first", time="20261122T130000Z")
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
