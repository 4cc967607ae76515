"""Stage `publish`: bundle what was trained and evaluated, and make it the model that is served. Idempotent."""

import logging
import subprocess
from datetime import UTC, date, datetime
from importlib.metadata import version as library_version
from typing import Any

import numpy as np
import pandas as pd

from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import forecast_volumes
from model_contract.model.intervals import Interval
from model_contract.model.onnx_network import load_network
from model_contract.model.scaling import Scalers
from model_contract.model.windows import sliding_windows
from model_contract.store.bundle import (
    CONTRACT_VERSION,
    GOLDEN,
    MODEL,
    SCALERS,
    SESSIONS,
    Golden,
    Manifest,
    content_hash,
    sha256,
)
from model_contract.store.model_store import DONE, ModelStore
from model_contract.store.served_versions import PUBLISHED, ROLLED_BACK, Event
from training import paths
from training.calendar_flags import exchange_sessions
from training.json_files import read_json, write_json
from training.params import (
    EngineerFeaturesParams,
    LoadDataParams,
    PublishParams,
    load_params,
    read_all_params,
)
from training.running import stage
from training.running.status import report
from training.scoring.gate import GATE, Contender, judge, mae_vs_served, require_passed
from training.split import TEST
from training.store.open import current_version, signing_store
from training.window_data import Rows, WindowData

log = logging.getLogger(__name__)

LIBRARIES = (
    "exchange_calendars",
    "keras",
    "numpy",
    "onnx",
    "onnxruntime",
    "pandas",
    "scikit-learn",
)
# Histories older than this are refused by the calendar's absence; few exports reach back further.
FIRST_CALENDAR_DAY = date(1990, 1, 1)


def main() -> None:
    """Publish the model unless it is the current one already."""
    params, windows, market = (
        load_params(PublishParams),
        load_params(EngineerFeaturesParams),
        load_params(LoadDataParams).market,
    )
    now = datetime.now(UTC)
    test = WindowData.read((TEST,), windows.window, windows.horizon)
    calendar = exchange_sessions(
        market, FIRST_CALENDAR_DAY, date(now.year + params.calendar_years_ahead, 12, 31)
    )
    new = Contender(
        load_network(paths.ONNX_MODEL.read_bytes()),
        Scalers.from_json(paths.SCALERS.read_text(encoding="utf-8")),
        calendar,
    )
    files = bundle_files(new, test, params.golden_windows)
    facts = bundle_facts(windows, market)
    content = content_hash(files, facts)
    store = signing_store()
    known, decision = store.find(content), store.set_aside(content)
    if known and known == current_version(store):
        log.info("nothing to publish: %s is current and has this content", known)
    elif known and decision:
        log.warning("%s", why_set_aside(decision, known))
    elif known:  # it has passed the gate: the way back to an older model stays open
        store.make_current(known, PUBLISHED, "trained again: its content was in the store")
        log.info("%s has this content already and is current again", known)
    else:
        manifest = make_manifest(now, files, facts, pass_gate(store, new, market, test, params))
        if decision:  # what it was in was deleted; without a bundle there were nothing to promote
            store.add(manifest, files)
            log.warning("%s", why_set_aside(decision, manifest.version))
        else:
            store.publish(manifest, files, reason_of(manifest.gate), params.keep)
            log.info("published %s", manifest.version)
    report(DONE, "publish")


def why_set_aside(decision: Event, known: str) -> str:
    """Why this content is not served, and how it can be. An operator's decision outlives a training that comes to the same result."""
    done = (
        "was rolled back"
        if decision.event == ROLLED_BACK
        else f"was replaced by the promotion of {decision.version}"
    )
    return f"not published: {decision.replaced} {done} on {decision.at} ({decision.reason}); `make promote VERSION={known}` brings it back"


def reason_of(gate: dict[str, Any]) -> str:
    """What the history tells of a model that passed the gate."""
    skill, served = (gate["rules"][name] for name in ("skill_vs_naive", "mae_vs_served"))
    compared = (
        f"MAE {served['value']:.3f} of the served model's"
        if served["value"] is not None
        else served["reason"]
    )
    return f"passed the gate: skill against naive {skill['value']:.1%}, {compared}"


def pass_gate(
    store: ModelStore, new: Contender, market: str, test: WindowData, params: PublishParams
) -> dict[str, Any]:
    """Write the verdict to metrics/gate.json and return it. Raises `GateError` for a model that breaks a rule."""
    row_tickers = pd.read_parquet(paths.FEATURES, columns=["ticker"])["ticker"].to_numpy(
        dtype=object
    )
    verdict = judge(
        read_json(paths.EVALUATION_METRICS),
        mae_vs_served(store, new, market, test, row_tickers),
        params,
    )
    write_json(GATE, verdict)
    require_passed(verdict)
    if verdict["lowered"]:
        log.warning(
            "passed a gate whose rules %s are laxer than the standard",
            ", ".join(verdict["lowered"]),
        )
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
    """Windows of all tickers and levels of volume, with their answers."""
    windows = test.windows(golden_windows(test, samples))
    return Golden(windows, forecast_volumes(windows, new.scalers, new.network))


def golden_windows(test: WindowData, samples: int) -> Rows:
    """Positions of the test windows to record: the lowest and the highest mean volume, the rest from all tickers and times alike.

    Ascending, `samples` of them, or as many as there are.
    """
    level = sliding_windows(test.features[:, :1], test.window)[test.index["start"].to_numpy()].mean(
        axis=(1, 2)
    )  # (samples,)
    chosen = [np.unique([level.argmin(), level.argmax()])[:samples]]
    others = [
        rows[~np.isin(rows, chosen[0])] for rows in test.index.groupby("ticker").indices.values()
    ]
    tickers = [others[number] for number in spread(len(others), samples - len(chosen[0]))]
    shares = [
        len(part)
        for part in np.array_split(np.arange(samples - len(chosen[0])), max(len(tickers), 1))
    ]
    chosen += [rows[spread(len(rows), share)] for rows, share in zip(tickers, shares, strict=False)]
    return np.sort(np.concatenate(chosen))


def spread(count: int, places: int) -> Rows:
    """At most so many of the positions 0 to count - 1, evenly apart."""
    positions: Rows = np.linspace(0, count - 1, min(count, places)).round().astype(np.int64)
    return positions


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


def make_manifest(
    now: datetime, files: dict[str, bytes], facts: dict[str, Any], gate: dict[str, Any]
) -> Manifest:
    """All facts of this model."""
    quality = read_json(paths.DATA_QUALITY)
    known = {**facts, "features": tuple(facts["features"])}
    known["intervals"] = {
        name: Interval(tuple(part["lower"]), tuple(part["upper"]))
        for name, part in facts["intervals"].items()
    }
    data = {
        key: quality[key] for key in ("sha256", "rows", "tickers", "first_session", "last_session")
    }
    manifest = Manifest(
        contract_version=CONTRACT_VERSION,
        version=f"{now:%Y%m%dT%H%M%SZ}",  # sealing adds the rest
        content_hash="",
        created_at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        git_revision=git_revision(),
        dvc_lock_sha256=sha256(paths.DVC_LOCK.read_bytes()) if paths.DVC_LOCK.exists() else None,
        data=data | {"test_from": read_json(paths.SPLIT)[TEST]["first"]},
        params=read_all_params(),
        libraries={name: library_version(name) for name in LIBRARIES},
        metrics=read_json(paths.EVALUATION_METRICS),
        gate=gate,
        files={},
        **known,
    )
    return manifest.sealed(files)


def git_revision() -> str | None:
    """The commit that is checked out, or None outside a git clone."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


if __name__ == "__main__":
    stage.run("publish", main)
