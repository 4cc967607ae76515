"""Bundles that the API refuses: damaged, unsigned, inconsistent, or hostile."""

import json
import os
import pickle
import shutil
from dataclasses import replace

import onnx
import pytest
from onnx import TensorProto, helper

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.scaling import Scaler
from model_contract.store.bundle import CALENDARS, FILES, MANIFEST, MODEL, SCALERS, SCORED
from model_contract.store.model_store import ModelStore
from model_contract.store.store_reader import CURRENT
from prediction_api.observability.metrics import Metrics
from prediction_api.serving import model_holder
from prediction_api.serving.model_holder import ModelHolder
from served_models import missing, models, refusals, refused, serving, started, truncated


def altered(name):
    def damage(directory):
        data = bytearray((directory / name).read_bytes())
        data[len(data) // 2] ^= 1
        (directory / name).write_bytes(data)

    return damage


def manifest_with(**facts):
    def damage(directory):
        manifest = json.loads((directory / MANIFEST).read_text())
        (directory / MANIFEST).write_text(json.dumps(manifest | facts))

    return damage


def a_file(directory):
    shutil.rmtree(directory)
    directory.write_text("x")


DAMAGES = {
    **{f"altered {name}": altered(name) for name in (*FILES, CALENDARS)},
    **{f"truncated {name}": truncated(name) for name in (*FILES, CALENDARS, MANIFEST)},
    "missing model": missing(MODEL),
    "missing manifest": missing(MANIFEST),
    "a missing directory": shutil.rmtree,
    "a file instead of a directory": a_file,
    "another contract": manifest_with(contract_version=1),
    "another version": manifest_with(version="20261123T101500Z-00000000"),
    "an unknown fact": manifest_with(extra=1),
    "a changed fact": manifest_with(market="XLON"),
    "a fact that is NaN": manifest_with(metrics={"mae": float("nan")}),
}


@pytest.fixture
def refusal_of(client, published, make, caplog):
    """Publishes a bundle, which must be refused, and returns the line that is logged."""

    def publish(manifest, files):
        published.publish(manifest, files)
        models(client).poll_once()
        assert serving(client) == make.first
        (line,) = refusals(caplog)
        return line

    return publish


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_bundle_is_refused_once_while_the_old_one_serves(
    client, published, make, caplog, monkeypatch, damage
):
    monkeypatch.setattr(model_holder, "FIRST_RETRY_SECONDS", 0.0)
    published.publish(*make.second_bundle())
    damage(published.path(make.second))
    for _ in range(3):
        models(client).poll_once()
    assert serving(client) == make.first
    assert len(refusals(caplog)) == 1
    assert make.second in refusals(caplog)[0]
    assert f"still serving {make.first}" in refusals(caplog)[0]


@pytest.fixture
def key(tmp_path):
    file = tmp_path / "key"
    file.write_bytes(b"a key of more than 16 bytes")
    return file


def test_with_a_key_a_bundle_signed_with_it_is_served(store, make, key):
    ModelStore(store.directory, key.read_bytes()).publish(*make.bundle())
    assert serving(started(store, MODEL_SIGNING_KEY_FILE=key)) == make.first


@pytest.mark.parametrize(
    ("published_with", "reason"),
    [(None, "it is not signed"), (b"another key of 16 bytes", "it was signed with another key")],
)
def test_with_a_key_an_unsigned_or_otherwise_signed_bundle_is_refused(
    store, make, key, published_with, reason
):
    ModelStore(store.directory, published_with).publish(*make.bundle())
    client = started(store, MODEL_SIGNING_KEY_FILE=key)
    assert client.get("/readyz").status_code == 503
    assert reason in refused(client)["reason"]


def test_with_a_key_an_altered_manifest_is_refused(client, store, make, key):
    """The test alters the manifest's metrics, which no checksum covers."""
    ModelStore(store.directory, key.read_bytes()).publish(*make.second_bundle())
    manifest_with(metrics={"mae": 1})(store.path(make.second))
    assert (
        "it was signed with another key, or its manifest was changed"
        in refused(started(store, MODEL_SIGNING_KEY_FILE=key))["reason"]
    )


def test_without_a_key_signatures_are_not_checked(store, make, key):
    ModelStore(store.directory, key.read_bytes()).publish(*make.bundle())
    assert serving(started(store)) == make.first


def test_files_outside_the_bundle_are_never_opened(client, published, make):
    """Opening a pipe would block forever."""
    published.publish(*make.second_bundle())
    for folder in (published.directory, published.path(make.second)):
        for name in ("model.keras", "model.pkl", "scalers.joblib", "weights.h5"):
            os.mkfifo(folder / name)
    models(client).poll_once()
    assert serving(client) == make.second


@pytest.mark.parametrize("name", [MODEL, MANIFEST, "signature"])
def test_a_pipe_in_place_of_a_file_is_refused(client, published, make, key, name):
    ModelStore(published.directory, key.read_bytes()).publish(*make.second_bundle())
    (published.path(make.second) / name).unlink()
    os.mkfifo(published.path(make.second) / name)
    holder = ModelHolder(published.directory, Metrics(), key.read_bytes())
    holder.poll_once()
    assert "not a regular file" in holder.refusal().reason


def intervals(lower, upper):
    return {level: {"lower": lower, "upper": upper} for level in ("80", "95")}


NO_FLAG = {**dict.fromkeys(CALENDAR_FLAGS, 0.0), "full_moon": 0.0}


UNUSABLE = {
    "another window": ({"window": 30}, "json needs"),
    "a string as window": ({"window": "22"}, "has a malformed"),
    "a fraction as window": ({"window": 22.0}, "has a malformed"),
    "another horizon": ({"horizon": 5}, "json needs"),
    "other features": (
        {"features": ("log_return", "log_volume", "log_range")},
        "this API computes",
    ),
    "no baseline": ({"baselines": {}}, "no HAR coefficients"),
    "strings as coefficients": ({"baselines": {"har": [["a"] * 2] * 4}}, "no HAR coefficients"),
    "coefficients of another shape": (
        {"baselines": {"har": [[0.1] * 5] * 4}},
        "expected finite numbers of the shape (4, 2)",
    ),
    "no interval": ({"intervals": {}}, "no 80 percent interval"),
    "a list of intervals": ({"intervals": []}, "has a malformed"),
    "an empty interval": ({"intervals": {"80": {}}}, "has a malformed"),
    "a number as interval": ({"intervals": {"80": 1}}, "has a malformed"),
    "an interval of strings": (
        {"intervals": intervals(["low", "low"], ["high", "high"])},
        "no 80 percent interval",
    ),
    "an interval that is too wide": (
        {"intervals": intervals([-0.1, -0.1], [0.1, 1e308])},
        "the 80 percent interval is",
    ),
    "an inverted interval": (
        {"intervals": intervals([0.1, 0.1], [-0.1, -0.1])},
        "the 80 percent interval is",
    ),
    "data of another type": ({"data": ["AAPL"]}, "are malformed"),
    "a test_from that is not a date": ({"data": {"test_from": "soon"}}, "are malformed"),
    "tickers that are not strings": ({"data": {"tickers": [1, 2]}}, "is not a string"),
    "no calendar effects": ({"calendar_effects": {}}, "expected calendar effects above -1"),
    "an effect of an unknown flag": (
        {"calendar_effects": NO_FLAG},
        "expected calendar effects above -1",
    ),
    "an effect that leaves no volume": (
        {"calendar_effects": dict.fromkeys(CALENDAR_FLAGS, -1)},
        "above -1",
    ),
    "an effect that is a string": (
        {"calendar_effects": dict.fromkeys(CALENDAR_FLAGS, "much")},
        "expected calendar effects above -1",
    ),
    "no market": ({"market": None}, "is not a string"),
    "a number as markets": ({"markets": 1}, "has a malformed"),
    "markets that are not strings": ({"markets": ["XNYS", 1]}, "is not a string"),
    "markets without its own": ({"markets": ["BVMF"]}, "its own market is XNYS"),
    "a market without a calendar": ({"markets": ["XNYS", "XLON"]}, "trained on the markets"),
}


@pytest.mark.parametrize(("facts", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_bundle_with_unusable_facts_is_refused(refusal_of, make, facts, reason):
    manifest, files = make.second_bundle(**facts)
    refusal = refusal_of(manifest, files)
    assert manifest.version in refusal
    assert reason in refusal


def replaced(make, name, data):
    """The second bundle with one file replaced and a matching manifest."""
    manifest, files = make.second_bundle()
    files[name] = data
    return manifest.sealed(files), files


def test_the_golden_answers_refuse_scalers_of_another_run(refusal_of, make):
    other = replace(make.scalers, target=replace(make.scalers.target, mean=(0.2,)))
    assert "off the recorded one" in refusal_of(*replaced(make, SCALERS, other.to_json().encode()))


@pytest.mark.parametrize(
    "model", [b"", b"no model", pickle.dumps({"a": 1})], ids=["empty", "text", "pickle"]
)
def test_a_file_that_is_not_an_onnx_model_is_refused(refusal_of, make, model):
    assert refusal_of(*replaced(make, MODEL, model))


@pytest.mark.parametrize("part", ["features", "inputs", "target"])
def test_scalers_of_other_columns_are_refused(refusal_of, make, part):
    two = Scaler(names=("log_volume", "log_return"), mean=(0.0, 0.0), scale=(1.0, 1.0))
    scalers = replace(make.scalers, **{part: two})
    assert "a scaler for" in refusal_of(*replaced(make, SCALERS, scalers.to_json().encode()))


def test_the_scalers_of_a_model_without_inputs_are_refused(refusal_of, make):
    scalers = json.loads(make.scalers.to_json())
    del scalers["inputs"]
    assert "scalers.json is malformed" in refusal_of(
        *replaced(make, SCALERS, json.dumps(scalers).encode())
    )


@pytest.mark.parametrize("scale", [(0.0, 1.0, 1.0), (0.4, float("inf"), 1.0)])
def test_scales_that_cannot_divide_are_refused(refusal_of, make, scale):
    broken = json.loads(make.scalers.to_json())
    broken["features"]["scale"] = scale
    assert "a scale that is not above 0" in refusal_of(
        *replaced(make, SCALERS, json.dumps(broken).encode())
    )


@pytest.mark.parametrize(
    "names",
    [
        {"window": "input"},
        {"calendar": "holidays"},
        {"inputs": "history"},
        {"volume": "forecast"},
        {"contributions": "parts"},
        {"window": "calendar", "calendar": "window"},
        {"calendar": "inputs", "inputs": "calendar"},
        {"volume": "contributions", "contributions": "volume"},
    ],
)
def test_a_network_with_other_inputs_or_outputs_is_refused(refusal_of, make, names):
    reason = "expected ['calendar', 'inputs', 'window'] and ['contributions', 'volume']"
    if set(names) == set(names.values()):
        reason = "output has the shape" if "volume" in names else "cannot be run"
    assert reason in refusal_of(*replaced(make, MODEL, make.model(**names)))


def test_a_network_for_a_fixed_number_of_windows_is_refused(refusal_of, make):
    assert "expected any number of samples" in refusal_of(
        *replaced(make, MODEL, make.model(samples=4))
    )


def network_of(make, rank):
    """A model that returns its window with a different number of dimensions."""
    graph = helper.make_graph(
        [
            helper.make_node("Flatten" if rank == 2 else "Identity", ["window"], ["volume"]),
            helper.make_node("Identity", ["inputs"], ["contributions"]),
        ],
        "other",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["samples", None, None])
            for name in ("window", "calendar", "inputs")
        ],
        [
            helper.make_tensor_value_info(
                name, TensorProto.FLOAT, ["samples"] + [None] * (dimensions - 1)
            )
            for name, dimensions in (("volume", rank), ("contributions", 3))
        ],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10
    ).SerializeToString()


@pytest.mark.parametrize(("rank", "reason"), [(3, "output has the shape"), (2, "recorded (4, 2)")])
def test_a_network_with_other_outputs_is_refused(refusal_of, make, rank, reason):
    assert reason in refusal_of(*replaced(make, MODEL, network_of(make, rank)))


def test_a_network_with_too_few_contributions_is_refused(refusal_of, make):
    model = onnx.load_model_from_string(make.model(bias=0.5))
    (concat,) = (node for node in model.graph.node if node.op_type == "Concat")
    concat.input.pop()
    (contributions,) = (out for out in model.graph.output if out.name == "contributions")
    contributions.type.tensor_type.shape.dim[2].dim_value -= 1
    refusal = refusal_of(*replaced(make, MODEL, model.SerializeToString()))
    assert "contributions to each forecast" in refusal


@pytest.mark.parametrize("name", [MODEL, SCORED])
def test_a_network_that_returns_nan_is_refused(refusal_of, make, name):
    assert refusal_of(*replaced(make, name, make.model(bias=float("nan"))))


@pytest.mark.parametrize(
    "text", ["../../etc", "/etc", "", "20261122T101500Z-1a2b3c4d/..", "\x00", "x" * 10_000]
)
def test_an_invalid_current_file_is_refused_once(client, published, make, caplog, text):
    (published.directory / CURRENT).write_text(text)
    models(client).poll_once()
    models(client).poll_once()
    assert serving(client) == make.first
    assert len(refusals(caplog)) == 1


def test_a_link_to_a_place_outside_the_store_is_refused(client, published, make, tmp_path):
    outside = tmp_path / "elsewhere"
    published.publish(*make.second_bundle())
    published.path(make.second).rename(outside)
    published.path(make.second).symlink_to(outside)
    models(client).poll_once()
    assert serving(client) == make.first
