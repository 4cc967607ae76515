"""A challenger is stored and on trial, while another version is served."""

import pytest

from model_contract.errors import BundleError
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import CHALLENGES, DROPPED, PROMOTED


@pytest.fixture
def challenger(store: ModelStore, first, second) -> str:
    """The version on trial; the first one is served."""
    store.challenge(second.manifest, second.files, "passed the gate")
    return second.manifest.version


def test_without_a_trial_there_is_no_challenger(store: ModelStore, first):
    assert store.challenger() is None
    assert ModelStore(store.directory / "empty").challenger() is None


def test_a_challenger_is_stored_but_not_served(store: ModelStore, first, challenger):
    event = store.challenger()
    assert (event.event, event.version, event.reason) == (
        CHALLENGES,
        challenger,
        "passed the gate",
    )
    assert store.current() == first.manifest.version
    assert store.versions()[0].version == challenger
    assert store.before() is None  # it was never served


@pytest.mark.parametrize("event", [PROMOTED, DROPPED])
def test_a_trial_ends_with_a_promotion_or_a_drop(store: ModelStore, first, challenger, event):
    if event == PROMOTED:
        store.make_current(challenger, PROMOTED, "better")
    else:
        store.drop(challenger, "no better")
    assert store.challenger() is None
    assert store.current() == (challenger if event == PROMOTED else first.manifest.version)
    with pytest.raises(BundleError, match="is not the challenger"):
        store.drop(challenger)


def test_only_the_last_challenger_is_on_trial(store: ModelStore, challenger, make_publication):
    third = make_publication(b"third", "20261124T120000Z")
    store.challenge(third.manifest, third.files)
    assert store.challenger().version == third.manifest.version
    store.drop(third.manifest.version)
    assert store.challenger() is None


def test_a_challenger_survives_pruning_and_a_pin(
    store: ModelStore, first, challenger, make_publication
):
    store.pin(first.manifest.version)
    for number in range(3, 7):
        publication = make_publication(b"%d" % number, f"2026112{number}T130000Z")
        store.publish(publication.manifest, publication.files, keep=2)
    assert store.current() == first.manifest.version
    assert store.pinned() is not None
    assert store.challenger().version == challenger
    store.drop(challenger)
    assert store.pinned() is not None


def test_a_damaged_challenger_is_none(store: ModelStore, challenger):
    (store.path(challenger) / "model.onnx").write_bytes(b"")
    assert store.challenger() is None


def test_the_first_served_version_is_kept_as_the_anchor(store: ModelStore, first, make_publication):
    anchor = first.manifest.version
    for number in range(3, 9):
        publication = make_publication(b"%d" % number, f"2026112{number}T130000Z")
        store.publish(publication.manifest, publication.files, keep=2)
        assert store.anchor() == anchor
    assert anchor in {stored.version for stored in store.versions()}
    (store.path(anchor) / "model.onnx").write_bytes(b"")
    assert store.anchor() not in (None, anchor)
