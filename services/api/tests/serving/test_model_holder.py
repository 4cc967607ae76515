"""A published model is loaded without a restart; a faulty one is refused, and the old one stays."""

import logging
import shutil
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from model_contract.store.bundle import MODEL
from model_contract.store.model_store import ModelStore
from model_contract.store.store_reader import CURRENT
from prediction_api import create_app
from prediction_api.observability.metrics import Metrics
from prediction_api.serving import model_holder
from prediction_api.serving.model_holder import ModelHolder
from served_models import missing, models, refusals, refused, serving, started, truncated


def test_before_the_first_model_the_api_is_alive_but_not_ready(empty_client, make):
    assert empty_client.get("/healthz").status_code == 200
    for response in (
        empty_client.get("/readyz"),
        empty_client.post("/predict", data=make.comma(make.days(60)), content_type="text/csv"),
    ):
        assert response.status_code == 503
        assert response.json["code"] == "no_model"
        assert int(response.headers["Retry-After"]) > 0
    assert empty_client.get("/model").json == {"model": None, "refused": None, "trainer": None}


def test_the_api_becomes_ready_once_a_model_is_published(store, make):
    client = create_app({"MODEL_STORE": store.directory, "MODEL_POLL_SECONDS": 0.02}).test_client()
    assert client.get("/readyz").status_code == 503
    store.publish(*make.bundle())
    try:
        wait_for_version(client, make.first)
    finally:
        models(client).stop()


def wait_for_version(client, version, seconds=10):
    deadline = time.monotonic() + seconds
    while serving(client) != version and time.monotonic() < deadline:
        time.sleep(0.01)
    assert serving(client) == version


def test_a_new_version_replaces_the_old_without_a_restart(client, published, make):
    data = make.comma(make.days(60))
    before = client.post("/predict", data=data, content_type="text/csv").json
    published.publish(*make.second_bundle())
    models(client).poll_once()
    after = client.post("/predict", data=data, content_type="text/csv").json
    assert (before["model"]["version"], after["model"]["version"]) == (make.first, make.second)
    ratio = after["predictions"][0]["volume"] / before["predictions"][0]["volume"]
    assert ratio == pytest.approx(np.exp(0.5 * 0.4), rel=1e-5)


def test_a_rollback_is_served(client, published, make):
    published.publish(*make.second_bundle())
    models(client).poll_once()
    published.make_current(make.first)
    models(client).poll_once()
    assert serving(client) == make.first


def test_a_half_written_directory_is_ignored(client, published, make):
    (published.directory / ".tmp-abc").mkdir()
    (published.directory / make.second).mkdir()
    models(client).poll_once()
    assert serving(client) == make.first


def test_a_refusal_is_reported_until_the_repaired_version_is_served(
    client, published, make, monkeypatch
):
    monkeypatch.setattr(model_holder, "FIRST_RETRY_SECONDS", 0.0)
    published.publish(*make.second_bundle())
    whole = (published.path(make.second) / MODEL).read_bytes()
    truncated(MODEL)(published.path(make.second))
    models(client).poll_once()
    first = refused(client)
    assert (first["version"], first["reason"]) == (
        make.second,
        "model.onnx is damaged: its SHA-256 is not the one in manifest.json",
    )
    assert abs(datetime.fromisoformat(first["since"]) - datetime.now(UTC)) < timedelta(minutes=1)
    monkeypatch.setattr(model_holder, "utc_now", lambda: "2030-01-01T00:00:00Z")
    models(client).poll_once()
    assert refused(client) == first
    (published.path(make.second) / MODEL).write_bytes(whole)
    models(client).poll_once()
    assert (refused(client), serving(client)) == (None, make.second)


def test_a_refusal_is_dropped_after_a_rollback(client, published, make):
    published.publish(*make.second_bundle())
    truncated(MODEL)(published.path(make.second))
    models(client).poll_once()
    published.make_current(make.first)
    models(client).poll_once()
    assert refused(client) is None


def test_a_reason_is_one_line_without_paths_on_this_machine(client, published, make):
    published.publish(*make.second_bundle())
    missing(MODEL)(published.path(make.second))
    models(client).poll_once()
    assert "No such file" in refused(client)["reason"]
    assert str(published.directory) not in refused(client)["reason"]
    published.publish(
        *make.bundle(
            published="20261124T101500Z",
            market="\n" * 3 + "x" * 10_000,
            baselines={"har": ["x\n" * 9_999]},
        )
    )
    models(client).poll_once()
    assert "\n" not in refused(client)["reason"]
    assert len(refused(client)["reason"]) <= 500


def test_an_unexpected_error_counts_as_a_refusal(client, published, make, monkeypatch, caplog):
    def fail(_):
        raise ZeroDivisionError("unforeseen")

    published.publish(*make.second_bundle())
    monkeypatch.setattr(model_holder, "Predictor", fail)
    models(client).poll_once()
    assert serving(client) == make.first
    assert "unforeseen" in refused(client)["reason"]
    assert any(record.exc_info for record in caplog.records)


def test_a_new_process_serves_the_version_before_a_refused_one(published, make):
    published.publish(*make.second_bundle())
    truncated(MODEL)(published.path(make.second))
    client = started(published)
    assert serving(client) == make.first
    assert refused(client)["version"] == make.second


def test_a_503_says_that_the_only_model_was_refused(store, make):
    store.publish(*make.bundle())
    truncated(MODEL)(store.path(make.first))
    client = started(store)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json["code"] == "model_refused"
    assert refused(client)["version"] == make.first


@pytest.mark.parametrize("text", ["nonsense", None], ids=["garbage", "missing"])
def test_a_new_process_without_a_usable_current_serves_the_last_one(published, make, text):
    published.publish(*make.second_bundle())
    (published.directory / CURRENT).unlink()
    if text:
        (published.directory / CURRENT).write_text(text)
    client = started(published)
    assert serving(client) == make.second
    assert refused(client)["reason"].startswith("CURRENT ")


def test_a_missing_current_is_reported_while_the_old_model_serves(client, published, make, caplog):
    (published.directory / CURRENT).unlink()
    models(client).poll_once()
    models(client).poll_once()
    assert serving(client) == make.first
    assert refused(client)["reason"] == "CURRENT is missing; 'make promote VERSION=…' restores it"
    assert len(refusals(caplog)) == 1


def test_the_api_starts_even_if_the_history_cannot_be_read(published, make, monkeypatch):
    truncated(MODEL)(published.path(make.first))

    def unreadable(_: ModelStore) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ModelStore, "history", unreadable)
    client = started(published)
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_a_refused_version_is_retried_with_doubling_delays(published, make, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    loads = []
    holder = ModelHolder(published.directory, Metrics())
    holder.poll_once()
    published.publish(*make.second_bundle())
    missing(MODEL)(published.path(make.second))
    original = holder.store.load
    monkeypatch.setattr(
        holder.store, "load", lambda version: loads.append(clock[0]) or original(version)
    )
    for second in range(300):
        clock[0] = 100.0 + second
        holder.poll_once()
    assert [later - earlier for earlier, later in pairwise(loads)] == [2, 4, 8, 16, 32, 60, 60, 60]


def test_the_refusal_of_one_version_does_not_delay_another(client, published, make):
    published.publish(*make.second_bundle(baselines={}))
    models(client).poll_once()
    third, files = make.bundle(published="20261124T101500Z")
    published.publish(third, files)
    models(client).poll_once()
    assert serving(client) == third.version


@pytest.mark.parametrize("seconds", [-10 * 365 * 86_400, 10 * 365 * 86_400], ids=["back", "on"])
def test_a_clock_change_does_not_delay_a_model(client, published, make, monkeypatch, seconds):
    """The new version has an older name than the served one, and was refused before."""
    wall = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: wall)
    monkeypatch.setattr(model_holder, "FIRST_RETRY_SECONDS", 0.05)
    manifest, files = make.bundle(bias=0.5, published="20161122T101500Z")
    published.publish(manifest, files)
    model = published.path(manifest.version) / MODEL
    model.write_bytes(b"")
    models(client).poll_once()
    assert refused(client)["version"] == manifest.version
    models(client).watch(0.02)
    model.write_bytes(files[MODEL])
    try:
        wait_for_version(client, manifest.version)
    finally:
        models(client).stop()


def test_the_model_in_memory_serves_after_its_directory_is_deleted(client, published, make):
    shutil.rmtree(published.path(make.first))
    models(client).poll_once()
    assert serving(client) == make.first
    assert refused(client) is None


def test_the_model_in_memory_serves_after_the_store_is_deleted(client, published, make, caplog):
    shutil.rmtree(published.directory)
    with caplog.at_level(logging.ERROR):
        models(client).poll_once()
    response = client.post("/predict", data=make.comma(make.days(60)), content_type="text/csv")
    assert response.json["model"]["version"] == make.first
