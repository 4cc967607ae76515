"""Stage `publish`: bundle the evaluated model and make it current. The stage is idempotent."""

import logging
import subprocess
from datetime import UTC, date, datetime
from importlib.metadata import version as library_version
from typing import Any

import numpy as np
import pandas as pd

from model_contract.model.calendar import Calendar
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import forecast_volumes
from model_contract.model.intervals import Interval
from model_contract.model.market_calendars import to_npz
from model_contract.model.onnx_network import load_network
from model_contract.model.scaling import Scalers
from model_contract.model.windows import sliding_windows
from model_contract.store.bundle import (
    CALENDARS,
    CONTRACT_VERSION,
    MODEL,
    SCALERS,
    SESSIONS,
    Manifest,
    content_hash,
    sha256,
)
from model_contract.store.golden import GOLDEN, Golden
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import PUBLISHED, ROLLED_BACK, Event
from model_contract.store.trainer_status import DONE
from training import paths
from training.calendar_flags import KNOWN_EXPIRIES, exchange_sessions, without_expiries
from training.data_files import read_json, write_json
from training.errors import ParamsError
from training.params import (
    EngineerFeaturesParams,
    LoadDataParams,
    PublishParams,
    load_params,
    read_all_params,
)
from training.running.status import report
from training.scoring.gate import GATE, judge, publish_reason, require_passed
from training.scoring.served_comparison import Contender, mae_vs_served
from training.split import TEST
from training.store.open import current_version, signing_store
from training.window_data import Rows, WindowData

log = logging.getLogger(__name__)

LIBRARIES = (
    "exchange_calendars", "keras", "numpy", "onnx", "onnxruntime", "pandas", "scikit-learn",
)  # fmt: skip
# Earlier sessions have no calendar flags and are rejected; few exported files go back further.
FIRST_CALENDAR_DAY = date(1990, 1, 1)
FIRST_DAY_ELSEWHERE = date(2000, 1, 1)


def main() -> None:
    """Publish the model unless its content is current or was replaced on purpose."""
    params, windows = load_params(PublishParams), load_params(EngineerFeaturesParams)
    market, now = load_params(LoadDataParams).market, datetime.now(UTC)
    test = WindowData.read((TEST,), windows.window, windows.horizon)
    last_day = date(now.year + params.calendar_years_ahead, 12, 31)
    new = Contender(
        load_network(paths.ONNX_MODEL.read_bytes()),
        Scalers.from_json(paths.SCALERS.read_text(encoding="utf-8")),
        exchange_sessions(market, FIRST_CALENDAR_DAY, last_day),
    )
    others = other_calendars(params.markets, market, last_day)
    files = bundle_files(new, test, params.golden_windows, others)
    facts = bundle_facts(windows, market)
    content, store = content_hash(files, facts), signing_store()
    known, decision = store.find(content), store.set_aside(content)
    if known and known == current_version(store):
        log.info("nothing to publish: %s is current and has the same content", known)
    elif known and decision:
        log.warning("%s", why_set_aside(decision, known))
    elif known:  # passed the gate earlier
        store.make_current(known, PUBLISHED, "retrained; the same content was already in the store")
        log.info("%s has the same content and is current again", known)
    else:
        manifest = make_manifest(now, files, facts, pass_gate(store, new, market, test, params))
        if decision:  # this version was deleted, but `make promote` needs its bundle
            store.add(manifest, files)
            log.warning("%s", why_set_aside(decision, manifest.version))
        else:
            store.publish(manifest, files, publish_reason(manifest.gate), params.keep)
            log.info("published %s", manifest.version)
    report(DONE, "publish")


def why_set_aside(decision: Event, known: str) -> str:
    """Say which earlier rollback or promotion keeps this content from being published."""
    done = (
        "was rolled back"
        if decision.event == ROLLED_BACK
        else f"was replaced by the promotion of {decision.version}"
    )
    return (
        f"not published: {decision.replaced} {done} on {decision.at} ({decision.reason}); "
        f"to serve it again, run 'make promote VERSION={known}'"
    )


def pass_gate(
    store: ModelStore, new: Contender, market: str, test: WindowData, params: PublishParams
) -> dict[str, Any]:
    """Write the gate's verdict to metrics/gate.json and return it.

    Raises `GateError` if the model breaks a rule.
    """
    tickers = pd.read_parquet(paths.FEATURES, columns=["ticker"])["ticker"].to_numpy(dtype=object)
    served = mae_vs_served(store, new, market, test, tickers)
    verdict = judge(read_json(paths.EVALUATION_METRICS), served, params)
    write_json(GATE, verdict)
    require_passed(verdict)
    if verdict["lowered"]:
        log.warning(
            "passed the gate with rules that are laxer than the standard: %s",
            ", ".join(verdict["lowered"]),
        )
    return verdict


def other_calendars(markets: str, market: str, last: date) -> dict[str, Calendar]:
    """Make the calendars of the other `markets`, codes separated by blanks.

    Raises `ParamsError` if a market has no calendar.
    """
    codes = [code for code in dict.fromkeys(markets.split()) if code != market]
    try:
        found = {code: exchange_sessions(code, FIRST_DAY_ELSEWHERE, last) for code in codes}
    except ParamsError as error:
        raise ParamsError(str(error).replace("load_data.market", "publish.markets")) from error
    return {
        code: calendar if code in KNOWN_EXPIRIES else without_expiries(calendar)
        for code, calendar in found.items()
    }


def bundle_files(
    new: Contender, test: WindowData, golden_windows: int, others: dict[str, Calendar]
) -> dict[str, bytes]:
    """Create the bundle's files, except the manifest.

    others    calendars of other markets
    """
    return {
        MODEL: paths.ONNX_MODEL.read_bytes(),
        SCALERS: paths.SCALERS.read_bytes(),
        SESSIONS: new.calendar.to_csv(),
        GOLDEN: golden_answers(new, test, golden_windows).to_json().encode(),
        CALENDARS: to_npz(others),
    }


def golden_answers(new: Contender, test: WindowData, samples: int) -> Golden:
    """Select windows from all tickers and volume levels, with their forecasts."""
    windows = test.windows(golden_windows(test, samples))
    return Golden(windows, forecast_volumes(windows, new.scalers, new.network))


def golden_windows(test: WindowData, samples: int) -> Rows:
    """Return the positions of at most `samples` test windows, in ascending order.

    They include the windows with the lowest and the highest mean volume; the others are spread over
    tickers and time.
    """
    volumes = sliding_windows(test.features[:, :1], test.window)[test.index["start"].to_numpy()]
    level = volumes.mean(axis=(1, 2))  # (samples,)
    extremes = np.unique([level.argmin(), level.argmax()])[:samples]
    missing = samples - len(extremes)
    others = [
        rows[~np.isin(rows, extremes)] for rows in test.index.groupby("ticker").indices.values()
    ]
    tickers = [others[number] for number in spread(len(others), missing)]
    counts = map(len, np.array_split(np.arange(missing), max(len(tickers), 1)))
    chosen = [rows[spread(len(rows), count)] for rows, count in zip(tickers, counts, strict=False)]
    return np.sort(np.concatenate([extremes, *chosen]))


def spread(count: int, places: int) -> Rows:
    """Return at most `places` evenly spaced positions between 0 and count - 1."""
    positions: Rows = np.linspace(0, count - 1, min(count, places)).round().astype(np.int64)
    return positions


def bundle_facts(windows: EngineerFeaturesParams, market: str) -> dict[str, Any]:
    """Return the manifest's facts that affect forecasts; the content hash includes them."""
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
    """Create the model's manifest."""
    quality = read_json(paths.DATA_QUALITY)
    intervals = {
        name: Interval(tuple(part["lower"]), tuple(part["upper"]))
        for name, part in facts["intervals"].items()
    }
    data = {
        key: quality[key] for key in ("sha256", "rows", "tickers", "first_session", "last_session")
    }
    manifest = Manifest(
        contract_version=CONTRACT_VERSION,
        version=f"{now:%Y%m%dT%H%M%SZ}",  # `sealed` appends the hash
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
        **{**facts, "features": FEATURE_NAMES, "intervals": intervals},
    )
    return manifest.sealed(files)


def git_revision() -> str | None:
    """Return the commit that is checked out, or None outside a git clone."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
