import logging
import socket
import threading
import time
from itertools import count

import pytest

from model_contract.errors import BundleError
from model_contract.store.bundle import MODEL, Bundle
from model_contract.store.golden import Golden
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import PROMOTED, ROLLED_BACK
from model_contract.store.store_reader import CURRENT
from training.errors import TrainingError
from training.store import api_probe as served
from training.store import versions
from training.store.versions import promote, roll_back


def says(
    served: str | None, refused: str | None = None, reason: str = "model.onnx is damaged"
) -> dict[str, object]:
    return {
        "model": {"version": served} if served else None,
        "refused": {"version": refused, "reason": reason} if refused else None,
        "trainer": None,
    }


@pytest.fixture
def no_api(monkeypatch):
    """An address on which nothing listens."""
    with socket.socket() as bound:  # not listening
        bound.bind(("127.0.0.1", 0))
        monkeypatch.setenv("API_ADDRESS", f"http://127.0.0.1:{bound.getsockname()[1]}")
        yield


def events(store) -> list[tuple[str, str, str | None]]:
    return [(event.event, event.version, event.replaced) for event in store.history()]


def test_a_rollback_serves_the_previous_version_and_confirms_it(
    store, first, publish, following_api, caplog
):
    second = publish()
    with caplog.at_level(logging.INFO):
        roll_back(store, "it overshoots")
    assert store.current() == first
    assert events(store)[-1] == (ROLLED_BACK, first, second)
    assert store.history()[-1].reason == "it overshoots"
    assert caplog.messages[-1] == f"the API serves {first}"


def test_two_rollbacks_go_back_twice(store, first, publish, following_api):
    publish(), publish()
    roll_back(store)
    roll_back(store)
    assert store.current() == first


def test_the_only_version_cannot_be_rolled_back(store, first):
    with pytest.raises(
        TrainingError,
        match=f"no undamaged version was served before {first}; list the models",
    ):
        roll_back(store)
    assert store.current() == first


def test_an_empty_store_cannot_be_rolled_back(tmp_path):
    with pytest.raises(TrainingError, match="no model is current"):
        roll_back(ModelStore(tmp_path / "nothing"))


def test_a_rollback_skips_a_damaged_version(store, first, publish, following_api):
    second, _ = publish(), publish()
    (store.path(second) / MODEL).write_bytes(b"damaged")
    roll_back(store)
    assert store.current() == first


def test_a_rollback_needs_no_api(store, first, publish, no_api, caplog):
    publish()
    roll_back(store)
    assert store.current() == first
    assert "no API responds at http://127.0.0.1:" in caplog.messages[-1]
    assert caplog.messages[-1].endswith(f"it will load {first} when it starts")


def test_a_version_that_fails_its_golden_check_is_not_made_current(
    store, first, publish, following_api
):
    golden = store.load(first).golden
    publish(golden=Golden(golden.windows, golden.volumes * 1.1).to_json().encode())
    now = publish()
    before = events(store)
    with pytest.raises(BundleError, match="off the recorded one"):
        roll_back(store)
    assert (store.current(), events(store)) == (now, before)


def test_a_version_that_the_api_refuses_is_rolled_back(store, first, publish, api):
    second = publish()
    api(lambda: says(second, first if store.current() == first else None))
    with pytest.raises(
        TrainingError,
        match=f"the API refuses {first}: model.onnx is damaged; {second} is current again",
    ):
        roll_back(store)
    assert store.current() == second
    assert events(store)[-2:] == [(ROLLED_BACK, first, second), (ROLLED_BACK, second, first)]
    assert store.history()[-1].reason == f"the API refused {first}: model.onnx is damaged"
    assert store.quarantined() == {first}


def test_one_worker_that_refuses_is_enough(store, first, publish, api):
    second, turn = publish(), count()
    api(
        lambda: (
            says(second, first)
            if next(turn) % 4 == 3 and store.current() == first
            else says(store.current())
        )
    )
    with pytest.raises(TrainingError, match="the API refuses"):
        roll_back(store)
    assert store.current() == second


def test_the_refusal_of_another_version_is_ignored(store, first, publish, api):
    second = publish()
    api(lambda: says(store.current(), second))
    roll_back(store)
    assert store.current() == first


def test_a_model_published_meanwhile_is_not_replaced(store, first, publish, api):
    publish()
    published: list[str] = []
    one_at_a_time = threading.Lock()

    def facts() -> dict[str, object]:
        with one_at_a_time:
            if store.current() == first and not published:
                published.append(publish())
        return says(None, first)

    api(facts)
    with pytest.raises(
        TrainingError, match=f"another process has made .* current, so {first} is not served"
    ):
        roll_back(store)
    assert store.current() == published[0]


def test_two_rollbacks_at_once_go_back_one_version(store, first, publish, api, monkeypatch):
    second, third = publish(), publish()
    load = ModelStore.load

    def load_late(self: ModelStore, version: str) -> Bundle:
        if self.current() == third:
            store.make_current(second, ROLLED_BACK, "the other one")  # the other process was faster
        return load(self, version)

    monkeypatch.setattr(ModelStore, "load", load_late)
    with pytest.raises(BundleError, match="another process changed it"):
        versions.switch(store, second, ROLLED_BACK, "this one", third)
    assert store.current() == second


def test_without_polling_a_rollback_does_not_wait_for_the_api(
    store, first, publish, monkeypatch, caplog
):
    publish()
    monkeypatch.setenv("MODEL_POLL_SECONDS", "0")
    roll_back(store)
    assert store.current() == first
    assert "docker compose restart api" in caplog.text


def test_a_rollback_waits_longer_if_the_api_polls_slowly(store, first, publish, api, monkeypatch):
    second, began = publish(), time.monotonic()
    monkeypatch.setattr(versions, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setenv("MODEL_POLL_SECONDS", "10")
    api(lambda: says(first if time.monotonic() > began + 1 else second))
    roll_back(store)
    assert store.current() == first


def test_a_promotion_waits_for_all_workers(store, first, publish, api, caplog):
    """The second of two workers loads the version later than the first."""
    second, answers = publish(), count()
    api(lambda: says(second if (number := next(answers)) % 2 and number < 15 else store.current()))
    with caplog.at_level(logging.INFO):
        roll_back(store)
    assert next(answers) >= 15 + 4 * served.ROUNDS
    assert caplog.messages[-1] == f"the API serves {first}"


def test_an_api_that_keeps_serving_another_version_is_an_error(store, first, publish, api):
    second = publish()
    api(lambda: says(second))
    with pytest.raises(
        TrainingError,
        match=f"{first} is current, but after . s, the API at http://127.* still serves {second}; "
        f"see 'make logs'",
    ):
        roll_back(store)
    assert store.current() == first


def test_an_api_without_a_model_is_an_error(store, first, publish, api):
    publish()
    api(lambda: says(None))
    with pytest.raises(TrainingError, match="still serves no model"):
        roll_back(store)


def test_another_server_at_the_address_counts_as_no_api(store, first, publish, api, caplog):
    publish()
    api(lambda: {"hello": "world"})
    roll_back(store)
    assert "no API responds" in caplog.messages[-1]


def test_promoting_serves_any_undamaged_version(store, first, publish, following_api):
    publish()
    now = publish()
    promote(store, first, "for a comparison")
    assert events(store)[-1] == (PROMOTED, first, now)
    assert store.history()[-1].reason == "for a comparison"


def test_promoting_lifts_the_quarantine(store, first, publish, following_api):
    second = publish()
    roll_back(store)
    assert store.quarantined() == {second}
    promote(store, second)
    assert store.quarantined() == set()
    assert store.current() == second


def test_promoting_the_current_version_only_confirms_it(store, first, following_api, caplog):
    before = events(store)
    with caplog.at_level(logging.INFO):
        promote(store, first)
    assert events(store) == before
    assert caplog.messages == [f"{first} is already current", f"the API serves {first}"]


def test_promoting_repairs_a_damaged_current_file(store, first, publish, following_api):
    (store.directory / CURRENT).write_text("garbage")
    promote(store, first)
    assert store.current() == first


@pytest.mark.parametrize("version", ["20200101T000000Z-00000000", "../../etc", "latest"])
def test_an_unknown_version_cannot_be_promoted(store, first, version):
    with pytest.raises(
        TrainingError, match=f"the store has no version '{version}'; available: {first}"
    ):
        promote(store, version)


def test_promoting_without_a_version_shows_an_example(store, first):
    with pytest.raises(
        TrainingError, match=f"specify a version: make promote VERSION=.*; available: {first}"
    ):
        promote(store, "")


def test_a_damaged_version_cannot_be_promoted(store, first, publish):
    second = publish()
    (store.path(first) / MODEL).write_bytes(b"damaged")
    with pytest.raises(BundleError, match=f"{first}: model.onnx is damaged"):
        promote(store, first)
    assert store.current() == second
