"""Damaged, planted or missing models: the API refuses them and serves the previous model."""

import os
import time

import pytest
import requests

from bundle_changes import FAULTS, WAYS_OUT
from model_contract.store.bundle import MODEL
from running_stack import POLL_SECONDS, Stack
from volume_store import ENOUGH, VolumeStore, await_refused, await_served

WORKERS = 2


def refusals_logged(stack: Stack, version: str) -> int:
    return stack.compose("logs", "--no-log-prefix", "api").count(f"refused model {version}")


def assert_still_serves(store: VolumeStore, before: requests.Response, sample: bytes) -> None:
    assert before.json()["model"]["version"] == store.served
    for _ in range(ENOUGH):
        answer = store.stack.predict(sample)
        assert (answer.status_code, answer.json()) == (200, before.json())


@pytest.mark.parametrize(("prepare", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_model_is_refused_while_the_previous_one_serves(
    stack, store, sample_csv, prepare, reason
):
    """Each worker logs the refusal once and counts each attempt; GET /model reports it."""
    before, refusals = stack.predict(sample_csv), stack.metric("model_refusals_total")
    version = prepare(store)
    store.put(version)
    await_refused(stack, reason, version)
    assert_still_serves(store, before, sample_csv)
    two_attempts, deadline = refusals + 2 * WORKERS, time.monotonic() + 30
    while stack.metric("model_refusals_total") < two_attempts:
        assert time.monotonic() < deadline
    assert refusals_logged(stack, version) == WORKERS
    stack.python_in_api("import os; assert not os.path.exists('/tmp/planted')")


def test_a_half_written_model_is_ignored(stack, store, sample_csv):
    half = "20990101T000000Z-00000000"
    store.shell(
        f"mkdir /models/.tmp-x /models/{half}; touch /models/.tmp-x/{MODEL};"
        f"echo '{{' > /models/{half}/manifest.json"
    )
    stack.compose("restart", "api")
    stack.await_status("/readyz", 200)
    assert stack.predict(sample_csv).json()["model"]["version"] == store.served


def test_a_model_that_is_repaired_is_served_without_a_restart(stack, store, sample_csv):
    version = store.prepare()
    whole = (store.copy.path(version) / MODEL).read_bytes()
    (store.copy.path(version) / MODEL).write_bytes(whole[:-100])
    store.put(version)
    await_refused(stack, "damaged", version)
    (store.folder / MODEL).write_bytes(whole)
    store.shell(f"cp /folder/{MODEL} /models/{version}/{MODEL}")
    await_served(stack, version)
    assert stack.predict(sample_csv).json()["model"]["version"] == version


@pytest.mark.parametrize("what", ["its directory", "the store"])
def test_the_model_in_memory_serves_without_its_files(stack, store, sample_csv, what):
    before = stack.predict(sample_csv)
    in_store = "/models/..?* /models/.[!.]* /models/*"
    store.shell(f"rm -rf {in_store if what == 'the store' else f'/models/{store.served}'}")
    time.sleep(4 * POLL_SECONDS)  # each worker checks the store more than twice
    assert_still_serves(store, before, sample_csv)
    assert stack.await_status("/readyz", 200, seconds=5).json()["version"] == store.served


def test_files_planted_next_to_a_model_are_never_opened(stack, store, sample_csv):
    """Opening a pipe blocks forever, so an API that starts and swaps models has opened none."""
    planted, version = ("model.keras", "model.pkl", "model.h5"), store.prepare()
    for name in planted:
        store.shell(f"mkfifo /models/{name} /models/{store.served}/{name}")
        os.mkfifo(store.copy.path(version) / name)
    stack.compose("restart", "api")
    stack.await_status("/readyz", 200)
    assert stack.predict(sample_csv).json()["model"]["version"] == store.served
    store.put(version)
    await_served(stack, version)


@pytest.mark.parametrize(("lead_out", "reason"), WAYS_OUT.values(), ids=WAYS_OUT)
def test_nothing_points_outside_the_store(stack, store, sample_csv, lead_out, reason):
    before = stack.predict(sample_csv)
    lead_out(store)
    await_refused(stack, reason)
    assert_still_serves(store, before, sample_csv)
