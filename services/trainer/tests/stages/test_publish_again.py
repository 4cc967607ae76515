import logging
import re
import shutil

import onnx
import pytest

from model_contract.store.bundle import MODEL, load_bundle
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import PROMOTED, ROLLED_BACK
from model_contract.store.store_reader import CURRENT, STATUS
from published_models import contents, manifest_of, tomorrow, versions
from training.paths import SERVED_ONNX_MODEL
from training.scoring.gate import GATE
from training.stages import publish


def published_with(own, **params: object) -> str:
    """Publish with these parameters. Returns the version that is then current."""
    own.write_params(publish=params)
    publish.main()
    return ModelStore(own.store).current()


def test_the_history_records_the_comparison_with_the_served_model(own):
    former = ModelStore(own.store).current()
    published_with(own, golden_windows=7)
    event = ModelStore(own.store).history()[-1]
    assert event.replaced == former
    assert event.reason.endswith("%, MAE 1.000 times the served model's")


def test_the_newest_versions_are_kept_as_params_say(own):
    for golden_windows in (7, 8, 9):
        published_with(own, golden_windows=golden_windows, keep=2)
    store = ModelStore(own.store)
    assert set(versions(own)) == {store.current(), store.before(), store.anchor()}


def rolled_back(own, reason: str = "it overshoots") -> tuple[ModelStore, str, str]:
    """Publish a second model and roll it back.

    Returns the store, the served version and the version rolled back.
    """
    store = ModelStore(own.store)
    served = store.current()
    bad = published_with(own, golden_windows=7)
    store.make_current(served, ROLLED_BACK, reason)
    return store, served, bad


def test_content_that_was_rolled_back_is_not_published_again(own, caplog):
    store, served, bad = rolled_back(own)
    at = store.history()[-1].at
    before = contents(own)
    publish.main()
    assert store.current() == served
    assert contents(own) | {STATUS: b""} == before | {STATUS: b""}
    assert (
        f"not published: {bad} was rolled back on {at} (it overshoots); to serve it again, "
        f"run 'make promote VERSION={bad}'" in caplog.text
    )
    assert store.status().state == "done"


def test_deleted_content_that_was_rolled_back_can_only_be_promoted(own, caplog):
    store, served, bad = rolled_back(own)
    shutil.rmtree(store.path(bad))
    publish.main()
    assert store.current() == served
    named = re.search(r"to serve it again, run 'make promote VERSION=(.*)'", caplog.text)[1]
    store.load(named)
    store.make_current(named)
    publish.main()
    assert store.current() == named


def test_a_version_promoted_after_a_rollback_is_published_normally(own):
    store, served, bad = rolled_back(own)
    store.make_current(bad, PROMOTED)
    publish.main()
    assert store.current() == bad
    assert published_with(own) == bad
    assert store.set_aside(store.load(served).manifest.content_hash) is not None


def test_other_content_is_published_after_a_rollback(own):
    store, served, bad = rolled_back(own)
    assert published_with(own, golden_windows=8) not in (served, bad)
    assert store.history()[-1].replaced == served


def test_promoting_an_older_model_survives_a_retraining(own, caplog):
    store = ModelStore(own.store)
    older = store.current()
    newer = published_with(own, golden_windows=7)
    store.make_current(older, PROMOTED, "make promote")
    publish.main()
    assert store.current() == older
    assert f"not published: {newer} was replaced by the promotion of {older} on" in caplog.text


def test_publishing_twice_keeps_one_version(own, caplog):
    before = versions(own)
    with caplog.at_level(logging.INFO):
        publish.main()
    assert versions(own) == before
    assert f"nothing to publish: {before[0]} is current and has the same content" in caplog.text


def test_changed_facts_give_a_new_version(own):
    former = ModelStore(own.store).current()
    assert published_with(own, golden_windows=7) != former
    assert len(versions(own)) == 2


def test_a_version_that_was_replaced_becomes_current_again(own):
    former = ModelStore(own.store).current()
    published_with(own, golden_windows=7)
    assert published_with(own) == former
    assert len(versions(own)) == 2


def test_a_damaged_version_is_published_again(own, monkeypatch):
    former = ModelStore(own.store).current()
    (own.store / former / MODEL).write_bytes(b"damaged")
    monkeypatch.setattr(publish, "datetime", tomorrow())
    publish.main()
    current = ModelStore(own.store).current()
    assert current != former
    assert load_bundle(own.store / current).model == SERVED_ONNX_MODEL.read_bytes()


def test_the_same_model_in_another_bundle_passes_the_comparison(own):
    published_with(own, golden_windows=7, maximum_mae_vs_served=1.0)
    assert manifest_of(own).gate["rules"]["mae_vs_served"]["value"] == 1


def test_content_that_passed_the_gate_is_not_judged_again(own):
    """Otherwise, an older model that is worse than the served one could not return."""
    GATE.unlink()
    published_with(own, minimum_skill_vs_naive=1.0)
    assert not GATE.exists()


def test_an_older_model_becomes_current_again_without_a_comparison(own):
    former = ModelStore(own.store).current()
    published_with(own, golden_windows=7)
    assert published_with(own, maximum_mae_vs_served=0.0, minimum_skill_vs_naive=1.0) == former


def test_a_damaged_current_is_written_again(own):
    (own.store / CURRENT).write_text("garbage")
    publish.main()
    assert ModelStore(own.store).current() in versions(own)


def test_under_a_pin_a_new_model_is_stored_but_not_served(own, caplog):
    store = ModelStore(own.store)
    served = store.current()
    store.pin(served, "before the audit")
    assert published_with(own, golden_windows=7) == served
    (new,) = set(versions(own)) - {served}
    expected = (
        f"stored {new}, but not served: {served} was pinned on {store.pinned().at} (before the "
        f"audit); to serve the new one, run 'make promote VERSION={new}'"
    )
    assert caplog.messages[-1] == expected
    assert store.status().state == "done"
    publish.main()  # the same content again
    assert store.current() == served
    assert caplog.messages[-1] == expected


def test_the_same_network_with_other_facts_needs_no_trial(own):
    former = ModelStore(own.store).current()
    assert published_with(own, golden_windows=7, challenger_sessions=60) != former
    assert ModelStore(own.store).challenger() is None


@pytest.mark.parametrize("damaged", [False, True])
def test_another_network_is_tried_unless_the_served_one_is_unusable(own, damaged):
    store = ModelStore(own.store)
    former = store.current()
    if damaged:
        (own.store / former / MODEL).write_bytes(b"damaged")
    onnx.save(renamed(onnx.load(SERVED_ONNX_MODEL)), SERVED_ONNX_MODEL)
    published = published_with(own, challenger_sessions=60)
    assert (published != former) == damaged
    assert (store.challenger() is None) == damaged


def renamed(model: onnx.ModelProto) -> onnx.ModelProto:
    """Change the bytes of a network, but not its forecasts."""
    model.doc_string = "another"
    return model
