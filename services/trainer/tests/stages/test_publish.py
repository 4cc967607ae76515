import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
from onnx import helper, numpy_helper

from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.onnx_network import VOLUME, OnnxNetwork
from model_contract.store.bundle import MODEL, load_bundle
from model_contract.store.model_store import VERSION, ModelStore
from published_models import contents, manifest_of, tomorrow, versions
from training.calendar_flags import exchange_sessions
from training.data_files import read_json, write_json
from training.errors import GateError, ParamsError
from training.panel import Markets
from training.paths import (
    BACKTEST_METRICS,
    DATA_QUALITY,
    EVALUATION_METRICS,
    ONNX_MODEL,
    SERVED_CALENDAR_EFFECTS,
    SERVED_ONNX_MODEL,
    TRAINING_METRICS,
)
from training.scoring.gate import GATE
from training.stages import publish

NEW_YORK = Markets(pd.Series({"AAA": "XNYS"}), ("XNYS",))


def spoil_the_model(factor: float, path: Path = ONNX_MODEL) -> None:
    """Raise the trained model's forecasts by `factor` scaled units."""
    model = onnx.load(path)
    last = next(node for node in model.graph.node if VOLUME in node.output)
    last.output[:] = ["unspoiled"]
    model.graph.initializer.append(
        numpy_helper.from_array(np.array(factor, dtype=np.float32), "spoiling")
    )
    model.graph.node.append(helper.make_node("Add", ["unspoiled", "spoiling"], [VOLUME]))
    onnx.save(model, path)


def test_the_published_bundle_is_current_and_complete(in_finished):
    store = ModelStore(in_finished.store)
    bundle = load_bundle(store.path(store.current()))
    assert bundle.model == SERVED_ONNX_MODEL.read_bytes()
    assert bundle.scored == ONNX_MODEL.read_bytes()
    bundle.golden.verify(bundle.scalers, OnnxNetwork(bundle.model), bundle.manifest.version)
    with pytest.raises(BundleError, match="off the recorded one"):
        bundle.golden.verify(bundle.scalers, OnnxNetwork(bundle.scored), "the scored network")


def test_the_bundle_has_the_calendars_of_other_markets(in_finished):
    store = ModelStore(in_finished.store)
    bundle = load_bundle(store.path(store.current()))
    assert bundle.calendars.keys() == {"XLON"}
    london, last = bundle.calendars["XLON"], bundle.calendar.sessions[-1]
    expected = exchange_sessions("XLON", publish.FIRST_DAY_ELSEWHERE, last.item())
    np.testing.assert_array_equal(london.sessions, expected.sessions)
    np.testing.assert_array_equal(london.flags, expected.flags)


def test_other_calendars_have_expiries_only_where_their_rule_is_known():
    found = publish.bundle_calendars(NEW_YORK, ["XNYS", "XLON", "XTKS"], date(2001, 12, 31))
    assert list(found) == ["XNYS", "XLON", "XTKS"]
    expiries = [CALENDAR_FLAGS.index(name) for name in ("options_expiry", "futures_expiry")]
    assert found["XLON"].flags[:, expiries].any(axis=0).all()
    assert not found["XTKS"].flags[:, expiries].any()
    assert found["XTKS"].flags.any()


def test_an_unknown_market_of_publish_is_named_as_such():
    with pytest.raises(ParamsError, match=r"^publish\.markets: no calendar exists for 'XNSE'"):
        publish.bundle_calendars(NEW_YORK, ["XNSE"], date(2001, 12, 31))


def test_the_manifest_has_the_facts_of_the_model(in_finished):
    manifest = manifest_of(in_finished)
    assert VERSION.fullmatch(manifest.version)
    assert manifest.version.endswith(manifest.content_hash[:8])
    assert (manifest.window, manifest.horizon, manifest.features, manifest.market) == (
        22,
        3,
        FEATURE_NAMES,
        "XNYS",
    )
    assert manifest.data["tickers"] == ["AAA", "BBB", "CCC"]
    assert manifest.params["train"]["units"] == 4
    assert manifest.metrics == read_json(EVALUATION_METRICS)
    assert manifest.input_effects == read_json(TRAINING_METRICS)["calendar_effects"]
    assert manifest.calendar_effects == read_json(SERVED_CALENDAR_EFFECTS)
    assert set(manifest.intervals) == {"80", "95"}
    assert np.shape(manifest.baselines["har"]) == (1 + 3, 3)
    assert {"exchange_calendars", "keras", "onnxruntime"} <= set(manifest.libraries)


def test_the_bundle_s_calendar_reaches_from_1990_to_the_end_of_a_later_year(in_finished):
    store = ModelStore(in_finished.store)
    found = load_bundle(store.path(store.current())).calendar
    last = date(int(store.current()[:4]) + 1, 12, 31)
    expected = exchange_sessions("XNYS", date(1990, 1, 1), last)
    np.testing.assert_array_equal(found.sessions, expected.sessions)
    np.testing.assert_array_equal(found.flags, expected.flags)


def test_outside_a_git_clone_the_revision_is_null(in_finished, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(in_finished.root.parent))
    assert publish.git_revision() is None


def test_without_git_the_revision_is_null(in_finished, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert publish.git_revision() is None


def test_the_history_records_why_the_model_was_published(in_finished):
    (event,) = ModelStore(in_finished.store).history()
    assert (event.event, event.replaced) == ("published", None)
    assert re.fullmatch(
        r"passed the gate: skill against naive -?\d+\.\d%, no model is served yet", event.reason
    )


def test_with_a_key_the_bundle_is_signed(own, tmp_path, monkeypatch):
    (tmp_path / "key").write_text("0123456789abcdef\n")
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(tmp_path / "key"))
    unsigned = ModelStore(own.store).current()
    monkeypatch.setattr(publish, "datetime", tomorrow())
    publish.main()
    store = ModelStore(own.store, b"0123456789abcdef")
    assert store.current() != unsigned, "an unsigned model is published again"
    store.load(store.current())
    publish.main()
    assert len(versions(own)) == 2


def test_an_unusable_key_publishes_nothing(own, tmp_path, monkeypatch):
    before = contents(own)
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(BundleError, match="correct MODEL_SIGNING_KEY_FILE"):
        publish.main()
    assert contents(own) == before


def test_the_status_after_publishing_is_done(in_finished):
    assert ModelStore(in_finished.store).status().state == "done"


def test_the_verdict_of_the_gate_is_in_the_manifest(in_finished):
    gate = manifest_of(in_finished).gate
    assert gate == read_json(GATE)
    assert gate["passed"] is True


def test_lowered_rules_are_named_in_the_manifest(in_finished):
    """All limits in the synthetic pipeline are laxer than the standard."""
    assert manifest_of(in_finished).gate["lowered"] == [
        "skill_vs_naive", "mae_vs_har_calendar", "coverage_80", "coverage_95", "mae_vs_served",
        "mae_vs_anchor", "refit_difference",
    ]  # fmt: skip


def test_lowered_rules_are_named_in_the_log(own, caplog):
    own.write_params(
        publish={"golden_windows": 7, "maximum_coverage_error": 0.07, "maximum_mae_vs_served": 1.01}
    )
    write_json(
        EVALUATION_METRICS,
        read_json(EVALUATION_METRICS)
        | {"intervals": {"80": {"coverage": 0.8}, "95": {"coverage": 0.95}}},
    )
    publish.main()
    assert (
        "passed the gate with rules that are laxer than the standard: "
        "skill_vs_naive, mae_vs_har_calendar" in caplog.text
    )


def test_the_first_model_is_compared_with_none(in_finished):
    assert (
        manifest_of(in_finished).gate["rules"]["mae_vs_served"]["reason"]
        == "no model is served yet"
    )


def test_a_refit_that_disagrees_with_the_scored_model_is_not_published(own):
    before = contents(own)
    spoil_the_model(1.0, SERVED_ONNX_MODEL)
    own.write_params(publish={"maximum_refit_difference": 0.1})
    with pytest.raises(GateError, match="the difference between the refitted and the scored model"):
        publish.main()
    assert contents(own) == before


@pytest.mark.parametrize("is_of_this_data", [True, False])
def test_the_manifest_has_the_backtest_of_its_data(own, is_of_this_data):
    mean_skill = {"naive": {"1": 0.2}}
    digest = read_json(DATA_QUALITY)["sha256"] if is_of_this_data else "0" * 64
    write_json(BACKTEST_METRICS, {"data": {"sha256": digest}, "mean_skill": mean_skill})
    own.write_params(publish={"golden_windows": 7})
    publish.main()
    found = manifest_of(own).metrics.get("walk_forward_skill")
    assert found == (mean_skill if is_of_this_data else None)


def test_a_lowered_limit_does_not_change_the_content(own):
    before = contents(own)
    own.write_params(publish={"maximum_mae_vs_served": 50})
    publish.main()
    before.pop("status.json")
    assert {name: data for name, data in contents(own).items() if name in before} == before
    assert len(versions(own)) == 1


def test_a_model_worse_than_the_served_one_changes_nothing(own):
    before = contents(own)
    spoil_the_model(1.5)
    own.write_params(publish={"maximum_mae_vs_served": 1.01})
    with pytest.raises(
        GateError, match=r"publish\.maximum_mae_vs_served in params\.yaml requires at most 1\.01"
    ):
        publish.main()
    assert contents(own) == before


def test_the_verdict_is_also_written_for_a_rejected_model(own):
    spoil_the_model(1.5)
    own.write_params(publish={"maximum_mae_vs_served": 1.01})
    with pytest.raises(GateError):
        publish.main()
    verdict = read_json(GATE)
    assert verdict["passed"] is False
    assert verdict["rules"]["mae_vs_served"]["passed"] is False
    assert verdict["rules"]["mae_vs_served"]["value"] > 1.01


def test_a_worse_model_is_published_if_the_limit_allows_it(own):
    former = ModelStore(own.store).current()
    spoil_the_model(1.5)
    publish.main()
    assert ModelStore(own.store).current() != former
    assert manifest_of(own).gate["rules"]["mae_vs_served"]["value"] > 1.01


def test_every_rule_that_evaluation_breaks_is_in_one_message(own):
    metrics = read_json(EVALUATION_METRICS)
    metrics["skill"]["naive"]["value"], metrics["intervals"]["80"]["coverage"] = -0.25, 0.5
    write_json(EVALUATION_METRICS, metrics)
    own.write_params(
        publish={"golden_windows": 7, "minimum_skill_vs_naive": 0.0, "maximum_coverage_error": 0.07}
    )
    with pytest.raises(GateError) as caught:
        publish.main()
    assert "skill against the naive forecast is -0.25" in str(caught.value)
    assert "coverage error of the 80 % interval is 0.3" in str(caught.value)


def test_a_damaged_served_model_does_not_block_publishing(own):
    former = ModelStore(own.store).current()
    (own.store / former / MODEL).write_bytes(b"damaged")
    own.write_params(publish={"golden_windows": 7, "maximum_mae_vs_served": 0.0})
    publish.main()
    assert "model.onnx is damaged" in manifest_of(own).gate["rules"]["mae_vs_served"]["reason"]


def test_the_manifest_names_the_first_test_session(in_finished):
    store = ModelStore(in_finished.store)
    split = json.loads((in_finished.root / "data/processed/split.json").read_text())
    assert (
        load_bundle(store.path(store.current())).manifest.data["test_from"]
        == split["test"]["first"]
    )
