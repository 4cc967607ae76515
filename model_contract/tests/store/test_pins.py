"""A pinned version stays current when others are published."""

import pytest

from model_contract.errors import BundleError
from model_contract.store.bundle import MODEL
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import (
    ADDED,
    PINNED,
    PROMOTED,
    PUBLISHED,
    ROLLED_BACK,
    UNPINNED,
)
from model_contract.store.store_reader import CURRENT


@pytest.fixture
def pinned(store, first) -> str:
    """The pinned version."""
    store.pin(first.manifest.version, "before the audit")
    return first.manifest.version


def events(store: ModelStore) -> list[tuple[str, str, str | None]]:
    return [(event.event, event.version, event.replaced) for event in store.history()]


def test_without_a_pin_there_is_none(store, first):
    assert store.pinned() is None
    assert ModelStore(store.directory / "empty").pinned() is None


def test_a_pin_says_when_and_why(store, pinned):
    pin = store.pinned()
    assert (pin.event, pin.version, pin.reason) == (PINNED, pinned, "before the audit")


def test_a_version_published_under_a_pin_is_stored_and_not_served(store, pinned, second):
    new = second.manifest.version
    assert store.publish(second.manifest, second.files, "passed the gate") == store.pinned()
    assert store.current() == pinned
    assert [stored.version for stored in store.versions()] == [new, pinned]
    assert events(store)[-1] == (ADDED, new, pinned)
    assert store.history()[-1].reason == "passed the gate"
    assert store.before() is None  # the new one was never served


def test_the_newest_versions_are_kept_under_a_pin(store, pinned, make_publication):
    made = [
        make_publication(f"model {hour}".encode(), time=f"20261123T{hour:02}0000Z")
        for hour in range(4)
    ]
    for publication in made:
        store.publish(publication.manifest, publication.files, keep=3)
    kept = [stored.version for stored in store.versions()]
    assert kept == [made[3].manifest.version, made[2].manifest.version, pinned]


def test_publishing_the_pinned_version_again_changes_nothing(store, first, pinned):
    before = events(store)
    store.publish(first.manifest, first.files)
    assert events(store) == before


def test_after_a_pin_is_lifted_versions_are_served_again(store, pinned, second):
    store.unpin(pinned, "the audit is over")
    assert store.pinned() is None
    assert events(store)[-1] == (UNPINNED, pinned, pinned)
    assert store.publish(second.manifest, second.files) is None
    assert store.current() == second.manifest.version
    assert store.before() == pinned


@pytest.mark.parametrize("event", [PROMOTED, ROLLED_BACK])
def test_a_switch_by_hand_ends_a_pin(store, pinned, second, make_publication, event):
    store.publish(second.manifest, second.files)
    store.make_current(second.manifest.version, event)
    assert store.pinned() is None
    third = make_publication(b"third", time="20261122T140000Z")
    store.publish(third.manifest, third.files)
    assert store.current() == third.manifest.version


def test_pins_do_not_change_what_a_rollback_goes_to(store, first, second):
    old, new = first.manifest.version, second.manifest.version
    store.publish(second.manifest, second.files)
    store.pin(new)
    assert store.before() == old
    store.make_current(store.before(), ROLLED_BACK)
    store.pin(old)
    assert store.quarantined() == {new}
    assert store.before() is None


def test_a_pin_reveals_that_an_earlier_publication_was_not_carried_out(store, first, second):
    old = first.manifest.version
    store.publish(second.manifest, second.files)
    (store.directory / CURRENT).write_text(f"{old}\n")  # as a crash would have left it
    store.pin(old)
    assert [event for event, *_ in events(store)] == [PUBLISHED, PINNED]


def test_only_the_current_version_can_be_pinned_or_unpinned(store, pinned, second):
    store.publish(second.manifest, second.files)
    for change in (store.pin, store.unpin):
        with pytest.raises(BundleError, match=f"{pinned} instead of {second.manifest.version}"):
            change(second.manifest.version)
    assert store.pinned().version == pinned


def test_a_damaged_version_is_not_protected(store, pinned, second):
    (store.path(pinned) / MODEL).write_bytes(b"damaged")
    assert store.pinned() is None
    store.publish(second.manifest, second.files)
    assert store.current() == second.manifest.version
