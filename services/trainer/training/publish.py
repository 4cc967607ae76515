"""Stage `publish`: bundle what was trained and evaluated, and make it the model that is served. Idempotent."""

import logging
import subprocess
from datetime import UTC, date, datetime
from importlib.metadata import version as library_version
from typing import Any

import numpy as np
import pandas as pd

from model_contract.bundle import CONTRACT_VERSION, GOLDEN, MODEL, SCALERS, SESSIONS, Golden, Manifest, content_hash, sha256
from model_contract.errors import BundleError
from model_contract.features import FEATURE_NAMES
from model_contract.forecasting import forecast_volumes
from model_contract.intervals import Interval
from model_contract.scaling import Scalers
from model_contract.store import ModelStore
from training import paths, stage
from training.exchange_sessions import exchange_sessions
from training.gate import GATE, Contender, judge, mae_vs_served, require_passed
from training.json_files import read_json, write_json
from training.onnx_network import onnx_network
from training.params import EngineerFeaturesParams, LoadDataParams, PublishParams, load_params, read_all_params
from training.preprocess import TEST
from training.status import DONE, model_store, report
from training.window_data import WindowData

log = logging.getLogger(__name__)

LIBRARIES = ("exchange_calendars", "keras", "numpy", "onnx", "onnxruntime", "pandas", "scikit-learn")
# Histories older than this are refused by the calendar's absence; few exports reach back further.
FIRST_CALENDAR_DAY = date(1990, 1, 1)


def main() -> None:
    """Publish the model unless it is the current one already."""
    params, windows, market = load_params(PublishParams), load_params(EngineerFeaturesParams), load_params(LoadDataParams).market
    now = datetime.now(UTC)
    test = WindowData.read((TEST,), windows.window, windows.horizon)
    calendar = exchange_sessions(market, FIRST_CALENDAR_DAY, date(now.year + params.calendar_years_ahead, 12, 31))
    new = Contender(onnx_network(paths.ONNX_MODEL), Scalers.from_json(paths.SCALERS.read_text(encoding="utf-8")), calendar)
    files = bundle_files(new, test, params.golden_windows)
    facts = bundle_facts(windows, market)
    content = content_hash(files, facts)
    store = model_store()
    if known := store.find(content):
        serve_again(store, known)
    else:
        gate = pass_gate(store, new, market, test, params)
        manifest = make_manifest(content, now, files, facts, gate)
        store.publish(manifest, files)
        log.info("published %s", manifest.version)
    report(DONE, "publish")


def serve_again(store: ModelStore, known: str) -> None:
    """Make a version current that is in the store. It has passed the gate: the way back to an older model stays open."""
    if current_version(store) == known:
        log.info("nothing to publish: %s is current and has this content", known)
    else:
        store.make_current(known)
        log.info("%s has this content already and is current again", known)


def current_version(store: ModelStore) -> str | None:
    """The version served; None also where CURRENT is damaged, which publishing mends."""
    try:
        return store.current()
    except BundleError as error:
        log.warning("%s; it is written again", error)
        return None


def pass_gate(store: ModelStore, new: Contender, market: str, test: WindowData, params: PublishParams) -> dict[str, Any]:
    """Write the verdict to metrics/gate.json and return it. Raises `GateError` for a model that breaks a rule."""
    row_tickers = pd.read_parquet(paths.FEATURES, columns=["ticker"])["ticker"].to_numpy(dtype=object)
    verdict = judge(read_json(paths.EVALUATION_METRICS), mae_vs_served(store, new, market, test, row_tickers), params)
    write_json(GATE, verdict)
    require_passed(verdict)
    if verdict["lowered"]:
        log.warning("passed a gate whose rules %s are laxer than the standard", ", ".join(verdict["lowered"]))
    return verdict


def bundle_files(new: Contender, test: WindowData, golden_windows: int) -> dict[str, bytes]:
    """The bundle's files but for the manifest."""
    return {
        MODEL: paths.ONNX_MODEL.read_bytes(),
        SCALERS: paths.SCALERS.read_bytes(),
        SESSIONS: new.calendar.to_csv(),
        GOLDEN: golden_answers(new, test, golden_windows).to_json().encode(),
    }


def golden_answers(new: Contender, test: WindowData, samples: int) -> Golden:
    """Windows spread evenly over all test windows (they are sorted by ticker, then session), with their answers."""
    chosen = np.unique(np.linspace(0, len(test) - 1, samples).round().astype(int))
    windows = test.windows(chosen)
    return Golden(windows, forecast_volumes(windows, new.scalers, new.network))


def bundle_facts(windows: EngineerFeaturesParams, market: str) -> dict[str, Any]:
    """The facts that stand in the manifest alone and change answers. What was demanded at the gate does not."""
    calibration = read_json(paths.CALIBRATION)
    return {
        "window": windows.window,
        "horizon": windows.horizon,
        "features": list(FEATURE_NAMES),
        "market": market,
        "intervals": calibration["intervals"],
        "baselines": {"har": calibration["har"]},
        "calendar_effects": read_json(paths.TRAINING_METRICS)["calendar_effects"],
    }


def make_manifest(content: str, now: datetime, files: dict[str, bytes], facts: dict[str, Any], gate: dict[str, Any]) -> Manifest:
    """All facts of this model."""
    quality = read_json(paths.DATA_QUALITY)
    known = {**facts, "features": tuple(facts["features"])}
    known["intervals"] = {name: Interval(tuple(part["lower"]), tuple(part["upper"])) for name, part in facts["intervals"].items()}
    data = {key: quality[key] for key in ("sha256", "rows", "tickers", "first_session", "last_session")}
    return Manifest(
        contract_version=CONTRACT_VERSION,
        version=f"{now:%Y%m%dT%H%M%SZ}-{content[:8]}",
        content_hash=content,
        created_at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        git_revision=git_revision(),
        dvc_lock_sha256=sha256(paths.DVC_LOCK.read_bytes()) if paths.DVC_LOCK.exists() else None,
        data=data | {"test_from": read_json(paths.SPLIT)[TEST]["first"]},
        params=read_all_params(),
        libraries={name: library_version(name) for name in LIBRARIES},
        metrics=read_json(paths.EVALUATION_METRICS),
        gate=gate,
        files={name: sha256(data) for name, data in files.items()},
        **known,
    )


def git_revision() -> str | None:
    """The commit that is checked out, or None outside a git clone."""
    try:
        found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


if __name__ == "__main__":
    stage.run("publish", main)
