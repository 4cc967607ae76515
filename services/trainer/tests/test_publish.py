import json
import logging
import re
import shutil
from datetime import datetime, timedelta

import pytest

from model_contract.bundle import MODEL, load_bundle
from model_contract.features import FEATURE_NAMES
from model_contract.store import VERSION, ModelStore
from training import publish
from training.errors import GateError, ParamsError
from training.onnx_network import onnx_network
from training.paths import EVALUATION_METRICS, ONNX_MODEL
from training.preprocess import TEST
from training.publish import market_sessions, pass_gate
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


def test_the_published_bundle_is_current_and_whole(in_finished):
    store = ModelStore(in_finished.store)
    bundle = load_bundle(store.path(store.current()))
    bundle.verify(onnx_network(ONNX_MODEL))
    assert bundle.model == ONNX_MODEL.read_bytes()


def test_the_manifest_holds_the_facts_of_the_model(in_finished):
    store = ModelStore(in_finished.store)
    manifest = load_bundle(store.path(store.current())).manifest
    assert VERSION.fullmatch(manifest.version)
    assert manifest.version.endswith(manifest.content_hash[:8])
    assert (manifest.window, manifest.horizon, manifest.features, manifest.market) == (22, 3, FEATURE_NAMES, "XNYS")
    assert manifest.data["tickers"] == ["AAA", "BBB", "CCC"]
    assert manifest.params["train"]["units"] == 4
    assert manifest.metrics == json.loads(EVALUATION_METRICS.read_text())
    assert set(manifest.intervals) == {"80", "95"}


def test_outside_a_git_clone_there_is_no_revision(in_finished, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(in_finished.root.parent))
    assert publish.git_revision() is None


def test_without_git_there_is_no_revision(in_finished, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert publish.git_revision() is None


def test_golden_windows_come_from_every_ticker(in_finished):
    store = ModelStore(in_finished.store)
    golden = load_bundle(store.path(store.current())).golden
    test = WindowData.read(TEST, 22, 3)
    of_window = {window.tobytes(): ticker for window, ticker in zip(test.windows(), test.index["ticker"], strict=True)}
    assert {of_window[window.tobytes()] for window in golden.windows} == {"AAA", "BBB", "CCC"}
    assert len(golden.windows) == 6


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
    class TomorrowClock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=1)

    former = ModelStore(own.store).current()
    (own.store / former / MODEL).write_bytes(b"damaged")
    monkeypatch.setattr(publish, "datetime", TomorrowClock)
    publish.main()
    current = ModelStore(own.store).current()
    assert current != former
    assert load_bundle(own.store / current).model == ONNX_MODEL.read_bytes()


def test_the_gate_refuses_with_the_figures(own):
    metrics = {"mae": 2_000_000.0, "skill_vs_naive": -0.25, "naive": {"mae": 1_600_000.0}}
    with pytest.raises(GateError) as caught:
        pass_gate(metrics, 0.05)
    assert str(caught.value) == (
        "not published: the MAE of the next session is 2e+06 shares, skill -25.0% against the naive forecast's 1.6e+06; "
        "publish.minimum_skill_vs_naive asks for more than +5.0%. The model that was current stays current"
    )


@pytest.mark.parametrize("skill", [0.05, 0.0, float("nan")], ids=["just the minimum", "none", "not a number"])
def test_a_skill_that_is_not_above_the_minimum_does_not_pass(skill):
    with pytest.raises(GateError):
        pass_gate({"mae": 1.0, "skill_vs_naive": skill, "naive": {"mae": 1.0}}, 0.05)


def test_a_skill_above_the_minimum_passes():
    pass_gate({"mae": 1.0, "skill_vs_naive": 0.051, "naive": {"mae": 1.0}}, 0.05)


def test_a_refused_model_leaves_the_current_one(own):
    before = ModelStore(own.store).current()
    own.write_params(publish={"minimum_skill_vs_naive": 1.0, "golden_windows": 7})
    with pytest.raises(GateError):
        publish.main()
    assert ModelStore(own.store).current() == before
    assert versions(own) == [before]


def test_new_york_is_closed_on_4_july_and_at_weekends():
    sessions = market_sessions("XNYS", 2025).astype(str).tolist()
    assert [day for day in sessions if "2024-07-01" <= day <= "2024-07-09"] == [
        "2024-07-01", "2024-07-02", "2024-07-03", "2024-07-05", "2024-07-08", "2024-07-09",
    ]  # fmt: skip


def test_sessions_reach_from_1990_to_the_end_of_the_last_year():
    sessions = market_sessions("XNYS", 2028)
    assert (str(sessions[0]), str(sessions[-1])) == ("1990-01-02", "2028-12-29")


@pytest.mark.parametrize(("market", "first"), [("XTKS", "1997"), ("XSAU", "2021")], ids=["Tokyo", "Riyadh"])
def test_a_calendar_that_begins_later_gives_the_sessions_that_it_knows(market, first):
    assert str(market_sessions(market, 2025)[0]).startswith(first)


def test_an_unknown_market_is_refused_with_those_that_are_known():
    with pytest.raises(ParamsError, match=r"publish\.market: no calendar is known for 'NASDAQ!'; expected one of .*BVMF.*XLON.*XNYS"):
        market_sessions("NASDAQ!", 2025)


def test_a_calendar_that_fails_is_refused_with_what_to_do(monkeypatch):
    def fail(*_, **__):
        raise NotImplementedError("implemented by subclasses")

    monkeypatch.setattr(publish.exchange_calendars, "get_calendar", fail)
    with pytest.raises(ParamsError, match=re.escape("this version of exchange_calendars cannot compute 'XBEL'; choose another market")):
        market_sessions("XBEL", 2025)


def test_a_damaged_current_is_written_again(own):
    ModelStore(own.store).make_current("garbage")
    publish.main()
    assert ModelStore(own.store).current() in versions(own)


def test_the_manifest_says_where_the_test_sessions_begin(in_finished):
    store = ModelStore(in_finished.store)
    split = json.loads((in_finished.root / "data/processed/split.json").read_text())
    assert load_bundle(store.path(store.current())).manifest.data["test_from"] == split["test"]["first"]
