"""A published model is taken up by itself; a faulty one is refused, and the old one serves."""

import json
import logging
import pickle
import shutil
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from onnx import TensorProto, helper

from model_contract.bundle import FILES, MANIFEST, MODEL, SCALERS, sha256
from model_contract.market_calendar import CALENDAR_FLAGS
from model_contract.store import CURRENT
from prediction_api import create_app, model_holder
from prediction_api.model_holder import ModelHolder
from prediction_api.routes import MODELS


def serving(client):
    return client.get("/readyz").json.get("version")


def models(client):
    return client.application.extensions[MODELS]


def damaged(make, **facts):
    """A whole and consistent second bundle, but for the given facts of its manifest."""
    manifest, files = make.bundle(make.second, bias=0.5)
    return replace(manifest, **facts), files


def refusals(caplog):
    return [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]


def test_before_the_first_model_it_is_alive_and_not_ready(empty_client, make):
    assert empty_client.get("/healthz").status_code == 200
    for response in (empty_client.get("/readyz"), empty_client.post("/predict", data=make.comma(make.days(60)), content_type="text/csv")):
        assert response.status_code == 503
        assert "run `make train`" in response.json["detail"]
        assert int(response.headers["Retry-After"]) > 0
    assert empty_client.get("/model").json == {"model": None, "trainer": None}


def test_it_becomes_ready_by_itself_once_a_model_is_published(store, make):
    client = create_app({"MODEL_STORE": store.directory, "MODEL_POLL_SECONDS": 0.02}).test_client()
    assert client.get("/readyz").status_code == 503
    store.publish(*make.bundle())
    try:
        await_version(client, make.first)
    finally:
        models(client).stop()


def await_version(client, version, seconds=10):
    deadline = time.monotonic() + seconds
    while serving(client) != version and time.monotonic() < deadline:
        time.sleep(0.01)
    assert serving(client) == version


def test_a_new_version_replaces_the_old_without_a_restart(client, published, make):
    data = make.comma(make.days(60))
    before = client.post("/predict", data=data, content_type="text/csv").json
    published.publish(*make.bundle(make.second, bias=0.5))
    models(client).poll_once()
    after = client.post("/predict", data=data, content_type="text/csv").json
    assert (before["model"]["version"], after["model"]["version"]) == (make.first, make.second)
    ratio = after["predictions"][0]["volume"] / before["predictions"][0]["volume"]
    assert ratio == pytest.approx(np.exp(0.5 * 0.4), rel=1e-5)


def test_a_rollback_is_taken_up(client, published, make):
    published.publish(*make.bundle(make.second))
    models(client).poll_once()
    published.make_current(make.first)
    models(client).poll_once()
    assert serving(client) == make.first


def test_a_half_written_directory_is_ignored(client, published, make):
    (published.directory / ".tmp-abc").mkdir()
    (published.directory / make.second).mkdir()
    models(client).poll_once()
    assert serving(client) == make.first


def altered(name):
    def damage(directory):
        data = bytearray((directory / name).read_bytes())
        data[len(data) // 2] ^= 1
        (directory / name).write_bytes(data)

    return damage


def truncated(name):
    return lambda directory: (directory / name).write_bytes((directory / name).read_bytes()[:-20])


def missing(name):
    return lambda directory: (directory / name).unlink()


def manifest_with(**facts):
    def damage(directory):
        manifest = json.loads((directory / MANIFEST).read_text())
        (directory / MANIFEST).write_text(json.dumps(manifest | facts))

    return damage


def intervals(lower, upper):
    return {level: {"lower": lower, "upper": upper} for level in ("80", "95")}


DAMAGES = {
    **{f"altered {name}": altered(name) for name in FILES},
    **{f"truncated {name}": truncated(name) for name in (*FILES, MANIFEST)},
    "missing model": missing(MODEL),
    "missing manifest": missing(MANIFEST),
    "gone": shutil.rmtree,
    "another contract": manifest_with(contract_version=1),
    "another version": manifest_with(version="20261123T101500Z-00000000"),
    "an unknown fact": manifest_with(extra=1),
    "another window": manifest_with(window=30),
    "a text as window": manifest_with(window="22"),
    "a fraction as window": manifest_with(window=22.0),
    "another horizon": manifest_with(horizon=5),
    "other features": manifest_with(features=["log_return", "log_volume", "log_range"]),
    "no baseline": manifest_with(baselines={}),
    "coefficients that are no numbers": manifest_with(baselines={"har": [[float("nan")] * 2] * 4}),
    "no interval": manifest_with(intervals={}),
    "an interval of words": manifest_with(intervals=intervals(["low", "low"], ["high", "high"])),
    "an interval without end": manifest_with(intervals=intervals([-0.1, -0.1], [0.1, 1e308])),
    "an interval upside down": manifest_with(intervals=intervals([0.1, 0.1], [-0.1, -0.1])),
    "data in another form": manifest_with(data=["AAPL"]),
    "a test that begins on no date": manifest_with(data={"test_from": "soon"}),
    "tickers that are no texts": manifest_with(data={"tickers": [1, 2]}),
    "no calendar effects": manifest_with(calendar_effects={}),
    "the effect of an unknown flag": manifest_with(calendar_effects={**dict.fromkeys(CALENDAR_FLAGS, 0.0), "full_moon": 0.0}),
    "an effect in words": manifest_with(calendar_effects=dict.fromkeys(CALENDAR_FLAGS, "much")),
    "a metric that is no number": manifest_with(metrics={"mae": float("nan")}),
    "a market without a name": manifest_with(market=None),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_bundle_is_refused_and_logged_once_while_the_old_one_serves(client, published, make, caplog, monkeypatch, damage):
    monkeypatch.setattr(model_holder, "FIRST_RETRY_SECONDS", 0.0)
    published.publish(*make.bundle(make.second, bias=0.5))
    damage(published.path(make.second))
    for _ in range(3):
        models(client).poll_once()
    assert serving(client) == make.first
    assert len(refusals(caplog)) == 1
    assert make.second in refusals(caplog)[0]
    assert f"still serving {make.first}" in refusals(caplog)[0]


@pytest.mark.parametrize("parts", [[], {"80": {}}, {"80": 1}])
def test_a_manifest_whose_parts_have_another_form_is_refused(client, published, make, parts):
    published.publish(*make.bundle(make.second))
    manifest_with(intervals=parts)(published.path(make.second))
    models(client).poll_once()
    assert serving(client) == make.first


def replaced(make, name, data):
    manifest, files = make.bundle(make.second)
    files[name] = data
    return replace(manifest, files={**manifest.files, name: sha256(data)}), files


def test_scalers_of_another_run_are_refused_by_the_golden_answers(client, published, make, caplog):
    other = replace(make.scalers, target=replace(make.scalers.target, mean=(0.2,)))
    published.publish(*replaced(make, SCALERS, other.to_json().encode()))
    models(client).poll_once()
    assert serving(client) == make.first
    assert "off the recorded one" in refusals(caplog)[0]


@pytest.mark.parametrize("model", [b"", b"no model", pickle.dumps({"a": 1})], ids=["empty", "text", "pickle"])
def test_what_is_no_onnx_model_is_refused(client, published, make, caplog, model):
    published.publish(*replaced(make, MODEL, model))
    models(client).poll_once()
    assert serving(client) == make.first
    assert len(refusals(caplog)) == 1


def test_scalers_of_other_columns_are_refused(client, published, make, caplog):
    two = replace(make.scalers.features, names=("log_volume", "log_return"), mean=(0.0, 0.0), scale=(1.0, 1.0))
    published.publish(*replaced(make, SCALERS, replace(make.scalers, features=two).to_json().encode()))
    models(client).poll_once()
    assert serving(client) == make.first
    assert "a scaler of" in refusals(caplog)[0]


@pytest.mark.parametrize("scale", [(0.0, 1.0, 1.0), (0.4, float("inf"), 1.0)])
def test_scales_that_nothing_can_be_divided_by_are_refused(client, published, make, caplog, scale):
    broken = json.loads(make.scalers.to_json())
    broken["features"]["scale"] = scale
    published.publish(*replaced(make, SCALERS, json.dumps(broken).encode()))
    models(client).poll_once()
    assert serving(client) == make.first
    assert "a scale that is not above 0" in refusals(caplog)[0]


@pytest.mark.parametrize("names", [{"window": "input"}, {"calendar": "holidays"}, {"window": "calendar", "calendar": "window"}])
def test_a_network_of_other_inputs_is_refused(client, published, make, caplog, names):
    published.publish(*replaced(make, MODEL, make.model(**names)))
    models(client).poll_once()
    assert serving(client) == make.first
    assert ("cannot be run" if set(names) == set(names.values()) else "takes the inputs") in refusals(caplog)[0]


def test_a_network_that_takes_only_as_many_windows_as_were_recorded_is_refused(client, published, make, caplog):
    published.publish(*replaced(make, MODEL, make.model(samples=4)))
    models(client).poll_once()
    assert serving(client) == make.first
    assert "expected any number of samples" in refusals(caplog)[0]


def network_of(make, rank):
    """A model that answers its window unchanged but for the number of dimensions."""
    graph = helper.make_graph(
        [helper.make_node("Flatten" if rank == 2 else "Identity", ["window"], ["out"])],
        "other",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["samples", None, None]) for name in ("window", "calendar")],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["samples"] + [None] * (rank - 1))],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10).SerializeToString()


@pytest.mark.parametrize(("rank", "reason"), [(3, "with the shape"), (2, "recorded (4, 2)")])
def test_a_network_of_other_outputs_is_refused(client, published, make, caplog, rank, reason):
    published.publish(*replaced(make, MODEL, network_of(make, rank)))
    models(client).poll_once()
    assert serving(client) == make.first
    assert reason in refusals(caplog)[0]


def test_a_network_that_answers_nan_is_refused(client, published, make):
    _, files = make.bundle(bias=float("nan"), golden_bias=0.0)
    published.publish(*replaced(make, MODEL, files[MODEL]))
    models(client).poll_once()
    assert serving(client) == make.first


@pytest.mark.parametrize("text", ["../../etc", "/etc", "", "20261122T101500Z-1a2b3c4d/..", "\x00", "x" * 10_000])
def test_a_current_that_names_no_version_is_refused_once(client, published, make, caplog, text):
    (published.directory / CURRENT).write_text(text)
    models(client).poll_once()
    models(client).poll_once()
    assert serving(client) == make.first
    assert len(refusals(caplog)) == 1


def test_a_link_out_of_the_store_is_refused(client, published, make, tmp_path):
    outside = tmp_path / "elsewhere"
    published.publish(*make.bundle(make.second))
    published.path(make.second).rename(outside)
    published.path(make.second).symlink_to(outside)
    models(client).poll_once()
    assert serving(client) == make.first


def test_a_refused_version_is_retried_after_a_pause_that_doubles(published, make, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    published.publish(*make.bundle(make.second))
    missing(MODEL)(published.path(make.second))
    loads = []
    original = model_holder.load_bundle
    monkeypatch.setattr(model_holder, "load_bundle", lambda directory: loads.append(clock[0]) or original(directory))
    holder = ModelHolder(published.directory)
    for second in range(300):
        clock[0] = 100.0 + second
        holder.poll_once()
    assert [later - earlier for earlier, later in pairwise(loads)] == [2, 4, 8, 16, 32, 60, 60, 60]


def test_a_mended_version_is_taken_up_at_the_next_try(client, published, make, monkeypatch):
    monkeypatch.setattr(model_holder, "FIRST_RETRY_SECONDS", 0.0)
    published.publish(*make.bundle(make.second))
    whole = (published.path(make.second) / MODEL).read_bytes()
    truncated(MODEL)(published.path(make.second))
    models(client).poll_once()
    (published.path(make.second) / MODEL).write_bytes(whole)
    models(client).poll_once()
    assert serving(client) == make.second


def test_a_new_version_is_not_kept_waiting_by_the_refusal_of_another(client, published, make):
    third = "20261124T101500Z-99999999"
    published.publish(*damaged(make, baselines={}))
    models(client).poll_once()
    published.publish(*make.bundle(third))
    models(client).poll_once()
    assert serving(client) == third


def test_the_model_in_memory_serves_when_the_store_is_gone(client, published, make, caplog):
    shutil.rmtree(published.directory)
    with caplog.at_level(logging.ERROR):
        models(client).poll_once()
    response = client.post("/predict", data=make.comma(make.days(60)), content_type="text/csv")
    assert response.json["model"]["version"] == make.first
