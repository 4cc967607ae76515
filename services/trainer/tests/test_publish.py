import json
import logging
import re
import shutil
import sys
from datetime import date, datetime, timedelta

import numpy as np
import onnx
import pandas as pd
import pytest
from onnx import helper, numpy_helper

from model_contract.errors import BundleError
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.onnx_network import load_network
from model_contract.store.bundle import MODEL, Manifest, load_bundle
from model_contract.store.model_store import CURRENT, STATUS, VERSION, ModelStore
from model_contract.store.served_versions import PROMOTED, ROLLED_BACK
from training.calendar_flags import exchange_sessions
from training.errors import GateError
from training.json_files import read_json, write_json
from training.paths import EVALUATION_METRICS, ONNX_MODEL, TRAINING_METRICS
from training.running import status
from training.scoring.gate import GATE
from training.split import TEST
from training.stages import publish
from training.window_data import WindowData


@pytest.fixture
def own(finished, tmp_path, monkeypatch):
    """A copy of the finished workspace that a test may change, entered."""
    copy = type(finished)(tmp_path / "copy")
    shutil.copytree(finished.root, copy.root)
    monkeypatch.chdir(copy.root)
    monkeypatch.setenv("MODEL_STORE", str(copy.store))
    return copy


def versions(workspace) -> list[str]:
    return sorted(path.name for path in workspace.store.iterdir() if path.is_dir())


def manifest_of(workspace) -> Manifest:
    store = ModelStore(workspace.store)
    return load_bundle(store.path(store.current())).manifest


def contents(workspace) -> dict[str, bytes]:
    return {
        str(path.relative_to(workspace.store)): path.read_bytes()
        for path in workspace.store.rglob("*")
        if path.is_file()
    }


def tomorrow() -> type[datetime]:
    """A clock that is a day ahead, so that the same content gets another version."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=1)

    return Clock


def spoil_the_model(factor: float) -> None:
    """Make the trained model forecast `factor` scaled units more."""
    model = onnx.load(ONNX_MODEL)
    (output,) = model.graph.output
    last = next(node for node in model.graph.node if output.name in node.output)
    last.output[:] = ["unspoiled"]
    model.graph.initializer.append(
        numpy_helper.from_array(np.array(factor, dtype=np.float32), "spoiling")
    )
    model.graph.node.append(helper.make_node("Add", ["unspoiled", "spoiling"], [output.name]))
    onnx.save(model, ONNX_MODEL)


def test_the_published_bundle_is_current_and_whole(in_finished):
    store = ModelStore(in_finished.store)
    bundle = load_bundle(store.path(store.current()))
    bundle.verify(load_network(ONNX_MODEL.read_bytes()))
    assert bundle.model == ONNX_MODEL.read_bytes()


def test_the_manifest_holds_the_facts_of_the_model(in_finished):
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
    assert manifest.calendar_effects == read_json(TRAINING_METRICS)["calendar_effects"]
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


def test_outside_a_git_clone_there_is_no_revision(in_finished, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(in_finished.root.parent))
    assert publish.git_revision() is None


def test_without_git_there_is_no_revision(in_finished, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert publish.git_revision() is None


def test_golden_windows_come_from_every_ticker(in_finished):
    store = ModelStore(in_finished.store)
    golden = load_bundle(store.path(store.current())).golden
    test = WindowData.read((TEST,), 22, 3)
    of_window = {
        window.tobytes(): ticker
        for window, ticker in zip(test.windows().features, test.tickers, strict=True)
    }
    assert {of_window[window.tobytes()] for window in golden.windows.features} == {
        "AAA",
        "BBB",
        "CCC",
    }
    assert len(golden.windows) == 6


def two_tickers(volumes: dict[str, np.ndarray], window: int = 3) -> WindowData:
    """Windows, all that fit, of tickers with these log volumes by session."""
    starts = {ticker: np.arange(len(values) - window) for ticker, values in volumes.items()}
    first = dict(zip(volumes, np.cumsum([0, *map(len, volumes.values())]), strict=False))
    index = pd.concat(
        [
            pd.DataFrame({"ticker": ticker, "start": starts[ticker] + first[ticker]})
            for ticker in volumes
        ],
        ignore_index=True,
    )
    log_volumes = np.concatenate(list(volumes.values()))
    features = np.column_stack([log_volumes, np.zeros((len(log_volumes), 2))])
    return WindowData(
        index,
        features,
        np.zeros((len(features), 12)),
        np.zeros(len(features), "datetime64[D]"),
        window,
        1,
    )


def test_golden_windows_hold_both_ends_of_the_range_of_volumes():
    level = np.full(50, 10.0)
    level[20:23], level[30:33] = 3.0, 18.0
    test = two_tickers({"AAA": np.full(50, 10.0), "BBB": level, "CCC": np.full(50, 10.0)})
    chosen = publish.golden_windows(test, 5)
    assert {47 + 20, 47 + 30} <= set(chosen)
    assert set(test.tickers[chosen]) == {"AAA", "BBB", "CCC"}


def test_golden_windows_of_the_published_model_hold_both_ends_too(in_finished):
    recorded = load_bundle(
        in_finished.store / ModelStore(in_finished.store).current()
    ).golden.windows.features
    levels = WindowData.read((TEST,), 22, 3).windows().features[:, :, 0].mean(axis=1)
    found = recorded[:, :, 0].mean(axis=1)
    assert (found.min(), found.max()) == pytest.approx((levels.min(), levels.max()))


def test_every_ticker_gives_as_many_golden_windows_however_few_it_has():
    test = two_tickers({"AAA": np.arange(500.0), "BBB": np.full(20, 250.0)})
    assert list(
        np.unique(test.tickers[publish.golden_windows(test, 10)], return_counts=True)[1]
    ) == [6, 4]  # both ends are AAA's


def test_golden_windows_are_spread_over_a_ticker_s_time():
    test = two_tickers({"AAA": np.r_[0.0, np.full(98, 5.0), 10.0]})
    gaps = np.diff(publish.golden_windows(test, 10))
    assert gaps.max() <= 15


@pytest.mark.parametrize(
    ("tickers", "samples", "expected"),
    [(40, 10, 10), (3, 1, 1), (3, 2, 2), (1, 200, 17), (3, 10, 10)],
)
def test_there_are_as_many_golden_windows_as_asked_for_or_as_there_are(tickers, samples, expected):
    test = two_tickers(
        {f"T{number:02}": np.sin(number + np.arange(20.0)) for number in range(tickers)}
    )
    chosen = publish.golden_windows(test, samples)
    assert len(chosen) == len(set(chosen)) == expected
    assert list(chosen) == sorted(chosen)


def test_golden_windows_of_one_level_are_no_difficulty():
    test = two_tickers({"AAA": np.full(20, 10.0), "BBB": np.full(20, 10.0)})
    assert len(publish.golden_windows(test, 6)) == 6


def test_the_history_tells_why_the_model_was_published(in_finished):
    (event,) = ModelStore(in_finished.store).history()
    assert (event.event, event.replaced) == ("published", None)
    assert re.fullmatch(
        r"passed the gate: skill against naive -?\d+\.\d%, no model is served yet", event.reason
    )


def test_the_history_tells_how_a_model_compared_with_the_one_that_it_replaced(own):
    former = ModelStore(own.store).current()
    own.write_params(publish={"golden_windows": 7})
    publish.main()
    event = ModelStore(own.store).history()[-1]
    assert event.replaced == former
    assert event.reason.endswith("%, MAE 1.000 of the served model's")


def test_the_newest_versions_are_kept_as_params_say(own):
    for golden_windows in (7, 8, 9):
        own.write_params(publish={"golden_windows": golden_windows, "keep": 2})
        publish.main()
    store = ModelStore(own.store)
    assert set(versions(own)) == {store.current(), store.before()}


def rolled_back(own, reason: str = "it overshoots") -> tuple[ModelStore, str, str]:
    """A second model is published and rolled back from: the store, the version served, the other."""
    store = ModelStore(own.store)
    served = store.current()
    own.write_params(publish={"golden_windows": 7})
    publish.main()
    bad = store.current()
    store.make_current(served, ROLLED_BACK, reason)
    return store, served, bad


def test_what_was_rolled_back_is_not_published_again_and_the_log_says_how_it_could_be(own, caplog):
    store, served, bad = rolled_back(own)
    at = store.history()[-1].at
    before = contents(own)
    publish.main()
    assert store.current() == served
    assert contents(own) | {STATUS: b""} == before | {STATUS: b""}
    assert (
        f"not published: {bad} was rolled back on {at} (it overshoots); `make promote VERSION={bad}` brings it back"
        in caplog.text
    )
    assert store.status().state == "done"


def test_what_was_rolled_back_and_deleted_is_not_published_again_but_can_be_promoted(own, caplog):
    store, served, bad = rolled_back(own)
    shutil.rmtree(store.path(bad))
    publish.main()
    assert store.current() == served
    named = re.search(r"`make promote VERSION=(.*)` brings it back", caplog.text)[1]
    store.load(named)
    store.make_current(named)
    publish.main()
    assert store.current() == named


def test_what_was_promoted_after_a_rollback_is_published_as_ever(own):
    store, served, bad = rolled_back(own)
    store.make_current(bad, PROMOTED)
    publish.main()
    assert store.current() == bad
    own.write_params()
    publish.main()
    assert store.set_aside(store.load(served).manifest.content_hash) is not None
    assert store.current() == bad


def test_other_content_is_published_after_a_rollback(own):
    store, served, bad = rolled_back(own)
    own.write_params(publish={"golden_windows": 8})
    publish.main()
    assert store.current() not in (served, bad)
    assert store.history()[-1].replaced == served


def test_a_promotion_of_an_older_model_outlives_the_nightly_training(own, caplog):
    store = ModelStore(own.store)
    older = store.current()
    own.write_params(publish={"golden_windows": 7})
    publish.main()
    newer = store.current()
    store.make_current(older, PROMOTED, "make promote")
    publish.main()
    assert store.current() == older
    assert f"not published: {newer} was replaced by the promotion of {older} on" in caplog.text


def test_with_a_key_the_bundle_is_signed(own, tmp_path, monkeypatch):
    (tmp_path / "key").write_text("0123456789abcdef\n")
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(tmp_path / "key"))
    unsigned = ModelStore(own.store).current()
    monkeypatch.setattr(publish, "datetime", tomorrow())
    publish.main()
    store = ModelStore(own.store, b"0123456789abcdef")
    assert store.current() != unsigned, "what was published unsigned is published again"
    store.load(store.current())
    publish.main()
    assert len(versions(own)) == 2


def test_a_key_that_cannot_be_used_publishes_nothing(own, tmp_path, monkeypatch):
    before = contents(own)
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(tmp_path / "missing"))
    with pytest.raises(BundleError, match="mend MODEL_SIGNING_KEY_FILE"):
        publish.main()
    assert contents(own) == before


def test_a_key_that_cannot_be_used_ends_a_training_before_its_first_stage(
    own, tmp_path, monkeypatch
):
    monkeypatch.setattr(sys, "argv", ["status", "running"])
    status.main()
    assert ModelStore(own.store).status().state == "running"
    (tmp_path / "key").write_text("short")
    monkeypatch.setenv("MODEL_SIGNING_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(SystemExit, match="has 5 bytes; it needs 16 or more"):
        status.main()
    assert ModelStore(own.store).status().state == "failed"
    assert "the signing key in" in ModelStore(own.store).status().error


def test_the_trainer_s_status_is_done(in_finished):
    assert ModelStore(in_finished.store).status().state == "done"


def test_publishing_twice_keeps_one_version(own, caplog):
    before = versions(own)
    with caplog.at_level(logging.INFO):
        publish.main()
    assert versions(own) == before
    assert f"nothing to publish: {before[0]} is current and has this content" in caplog.text


def test_other_facts_make_another_version(own):
    former = ModelStore(own.store).current()
    own.write_params(publish={"golden_windows": 7})
    publish.main()
    assert len(versions(own)) == 2
    assert ModelStore(own.store).current() != former


def test_a_version_that_was_replaced_becomes_current_again(own):
    former = ModelStore(own.store).current()
    own.write_params(publish={"golden_windows": 7})
    publish.main()
    own.write_params()
    publish.main()
    assert ModelStore(own.store).current() == former
    assert len(versions(own)) == 2


def test_a_damaged_version_is_published_anew(own, monkeypatch):
    former = ModelStore(own.store).current()
    (own.store / former / MODEL).write_bytes(b"damaged")
    monkeypatch.setattr(publish, "datetime", tomorrow())
    publish.main()
    current = ModelStore(own.store).current()
    assert current != former
    assert load_bundle(own.store / current).model == ONNX_MODEL.read_bytes()


def test_the_verdict_of_the_gate_is_in_the_manifest(in_finished):
    gate = manifest_of(in_finished).gate
    assert gate == read_json(GATE)
    assert gate["passed"] is True


def test_lowered_rules_are_named_in_the_manifest(in_finished):
    """The synthetic pipeline's limits are all laxer than the standard."""
    assert manifest_of(in_finished).gate["lowered"] == [
        "skill_vs_naive", "mae_vs_har_calendar", "coverage_80", "coverage_95", "mae_vs_served",
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
        "passed a gate whose rules skill_vs_naive, mae_vs_har_calendar are laxer than the standard"
        in caplog.text
    )


def test_the_first_model_has_no_rival(in_finished):
    assert (
        manifest_of(in_finished).gate["rules"]["mae_vs_served"]["reason"]
        == "no model is served yet"
    )


def test_a_lowered_limit_alone_is_no_other_content(own):
    before = contents(own)
    own.write_params(publish={"maximum_mae_vs_served": 50})
    publish.main()
    before.pop("status.json")
    assert {name: data for name, data in contents(own).items() if name in before} == before
    assert len(versions(own)) == 1


def test_the_same_model_in_another_bundle_is_as_good_as_the_served_one(own):
    own.write_params(publish={"golden_windows": 7, "maximum_mae_vs_served": 1.0})
    publish.main()
    assert manifest_of(own).gate["rules"]["mae_vs_served"]["value"] == 1


def test_a_model_worse_than_the_served_one_leaves_store_and_current_as_they_are(own):
    before = contents(own)
    spoil_the_model(1.5)
    own.write_params(publish={"maximum_mae_vs_served": 1.01})
    with pytest.raises(
        GateError, match=r"publish\.maximum_mae_vs_served in params\.yaml asks for at most 1\.01"
    ):
        publish.main()
    assert contents(own) == before


def test_the_verdict_is_written_on_refusal_too(own):
    spoil_the_model(1.5)
    own.write_params(publish={"maximum_mae_vs_served": 1.01})
    with pytest.raises(GateError):
        publish.main()
    verdict = read_json(GATE)
    assert verdict["passed"] is False
    assert verdict["rules"]["mae_vs_served"]["passed"] is False
    assert verdict["rules"]["mae_vs_served"]["value"] > 1.01


def test_a_worse_model_is_published_where_the_limit_allows_it(own):
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
    assert "error of the 80 % range's coverage is 0.3" in str(caught.value)


def test_what_has_passed_once_is_not_judged_again(own):
    """Else there were no way back to an older model that the served one has outdone."""
    GATE.unlink()
    own.write_params(publish={"minimum_skill_vs_naive": 1.0})
    publish.main()
    assert not GATE.exists()


def test_an_older_model_becomes_current_again_without_a_comparison(own):
    former = ModelStore(own.store).current()
    own.write_params(publish={"golden_windows": 7})
    publish.main()
    own.write_params(publish={"maximum_mae_vs_served": 0.0, "minimum_skill_vs_naive": 1.0})
    publish.main()
    assert ModelStore(own.store).current() == former


def test_a_damaged_served_model_hinders_no_better_one(own):
    former = ModelStore(own.store).current()
    (own.store / former / MODEL).write_bytes(b"damaged")
    own.write_params(publish={"golden_windows": 7, "maximum_mae_vs_served": 0.0})
    publish.main()
    assert "model.onnx is damaged" in manifest_of(own).gate["rules"]["mae_vs_served"]["reason"]


def test_a_damaged_current_is_written_again(own):
    (own.store / CURRENT).write_text("garbage")
    publish.main()
    assert ModelStore(own.store).current() in versions(own)


def test_the_manifest_says_where_the_test_sessions_begin(in_finished):
    store = ModelStore(in_finished.store)
    split = json.loads((in_finished.root / "data/processed/split.json").read_text())
    assert (
        load_bundle(store.path(store.current())).manifest.data["test_from"]
        == split["test"]["first"]
    )
