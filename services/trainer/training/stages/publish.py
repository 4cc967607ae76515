"""Stage `publish`: bundle the evaluated model and make it current. The stage is idempotent."""

import logging
import os
import subprocess
from collections.abc import Iterable
from datetime import UTC, date, datetime
from importlib.metadata import version as library_version
from typing import Any

import numpy as np
import pandas as pd

from model_contract.errors import BundleError
from model_contract.model.calendar import Calendar, effects_in_logs
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import Network, forecast_volumes
from model_contract.model.intervals import Interval
from model_contract.model.market_calendars import to_npz
from model_contract.model.onnx_network import OnnxNetwork
from model_contract.model.scaling import Scalers
from model_contract.model.windows import sliding_windows
from model_contract.store.bundle import (
    CALENDARS,
    CONTRACT_VERSION,
    MODEL,
    SCALERS,
    SCORED,
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
from training.calendar_flags import exchange_sessions, panel_calendars, without_guesses
from training.data_files import read_json, write_json
from training.panel import Markets
from training.params import (
    EngineerFeaturesParams,
    PublishParams,
    load_params,
    read_all_params,
)
from training.running.status import report
from training.scoring.gate import GATE, judge, publish_reason, require_passed
from training.scoring.refit_difference import refit_difference
from training.scoring.served_comparison import Comparison, Contender
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
    now, markets = datetime.now(UTC), panel_markets()
    test = WindowData.read((TEST,), windows.window, windows.horizon)
    last_day = date(now.year + params.calendar_years_ahead, 12, 31)
    scored = Contender(
        OnnxNetwork(paths.ONNX_MODEL.read_bytes()),
        Scalers.from_json(paths.SCALERS.read_text(encoding="utf-8")),
        bundle_calendars(markets, params.market_codes, last_day),
        effects_in_logs(read_json(paths.CALENDAR_EFFECTS)),
    )
    served = OnnxNetwork(paths.SERVED_ONNX_MODEL.read_bytes())
    files = bundle_files(scored, served, markets.own, test, params.golden_windows)
    facts = bundle_facts(windows, markets.own)
    content, store = content_hash(files, facts), signing_store()
    known, decision = store.find(content), store.set_aside(content)
    if known and known == current_version(store):
        log.info("nothing to publish: %s is current and has the same content", known)
    elif known and decision:
        log.warning("%s", why_set_aside(decision, known))
    elif known and params.challenger_sessions and current_version(store):
        log.info("nothing to publish: %s has the same content, and is or was on trial", known)
    elif known and (pinned := store.pinned()):
        log.warning("%s", why_pinned(pinned, known))
    elif known:  # passed the gate earlier
        store.make_current(known, PUBLISHED, "retrained; the same content was already in the store")
        log.info("%s has the same content and is current again", known)
    else:
        gate = pass_gate(store, scored, served, markets, test, params)
        manifest = make_manifest(now, files, facts, gate, markets.trained)
        if decision:  # this version was deleted, but `make promote` needs its bundle
            store.add(manifest, files)
            log.warning("%s", why_set_aside(decision, manifest.version))
        elif params.challenger_sessions and needs_trial(store, files):
            store.challenge(manifest, files, publish_reason(manifest.gate), params.keep)
            log.info(
                "%s is the challenger: it forecasts next to the served model for up to %d sessions",
                manifest.version, params.challenger_sessions,
            )  # fmt: skip
        elif pinned := store.publish(manifest, files, publish_reason(manifest.gate), params.keep):
            log.warning("%s", why_pinned(pinned, manifest.version))
        else:
            log.info("published %s", manifest.version)
    report(DONE, "publish")


def needs_trial(store: ModelStore, files: dict[str, bytes]) -> bool:
    """Whether a new model has to prove itself against the served one.

    It doesn't if network and scalers are the same, so that only the calendar or the intervals were
    renewed, or if the served model can't be used, for example because its contract version is old.
    """
    served = current_version(store)
    if served is None:
        return False
    try:
        known = store.load(served).manifest.files
    except BundleError as error:
        log.warning("the new model needs no trial: %s", error)
        return False
    return any(known[name] != sha256(files[name]) for name in (MODEL, SCORED, SCALERS))


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


def why_pinned(pinned: Event, version: str) -> str:
    """Say why a version is in the store but isn't served."""
    return (
        f"stored {version}, but not served: {pinned.version} was pinned on {pinned.at} "
        f"({pinned.reason}); to serve the new one, run 'make promote VERSION={version}'"
    )


def panel_markets() -> Markets:
    """Read the markets of the panel."""
    return Markets.of(
        pd.read_parquet(paths.PRICES, columns=["ticker", "market"]),
        pd.read_parquet(paths.FEATURES, columns=["ticker", "split"]),
    )


def pass_gate(
    store: ModelStore,
    scored: Contender,
    served: Network,
    markets: Markets,
    test: WindowData,
    params: PublishParams,
) -> dict[str, Any]:
    """Write the gate's verdict to metrics/gate.json and return it.

    Raises `GateError` if the model breaks a rule.
    """
    tickers = pd.read_parquet(paths.FEATURES, columns=["ticker"])["ticker"].to_numpy(dtype=object)
    prices = pd.read_parquet(paths.PRICES)
    compared = Comparison(store, scored, markets, test, prices, tickers)
    difference = refit_difference(scored.network, served, scored.scalers, test)
    evaluation = read_json(paths.EVALUATION_METRICS)
    verdict = judge(evaluation, compared.with_served(), compared.with_anchor(), difference, params)
    write_json(GATE, verdict)
    require_passed(verdict)
    if verdict["lowered"]:
        log.warning(
            "passed the gate with rules that are laxer than the standard: %s",
            ", ".join(verdict["lowered"]),
        )
    return verdict


def bundle_calendars(markets: Markets, codes: Iterable[str], last: date) -> dict[str, Calendar]:
    """Make the calendars of the panel's markets and those of others, the model's own first.

    codes    of the other markets; may include those of the panel

    The panel's have the same flags as in training.
    Raises `ParamsError` if another market has no calendar.
    """
    panel = sorted(markets.by_ticker.unique(), key=lambda code: (code != markets.own, code))
    found = panel_calendars(panel, FIRST_CALENDAR_DAY, last)
    for code in codes:
        if code not in found:
            other = exchange_sessions(code, FIRST_DAY_ELSEWHERE, last, "publish.markets")
            found[code] = without_guesses(code, other)
    return found


def bundle_files(
    scored: Contender, served: Network, own: str, test: WindowData, golden_windows: int
) -> dict[str, bytes]:
    """Create the bundle's files, except the manifest.

    own    the model's own market
    """
    others = {market: calendar for market, calendar in scored.calendars.items() if market != own}
    golden = golden_answers(served, scored.scalers, test, golden_windows)
    return {
        MODEL: paths.SERVED_ONNX_MODEL.read_bytes(),
        SCORED: paths.ONNX_MODEL.read_bytes(),
        SCALERS: paths.SCALERS.read_bytes(),
        SESSIONS: scored.calendars[own].to_csv(),
        GOLDEN: golden.to_json().encode(),
        CALENDARS: to_npz(others),
    }


def golden_answers(served: Network, scalers: Scalers, test: WindowData, samples: int) -> Golden:
    """Select windows from all tickers and volume levels, with their forecasts."""
    windows = test.windows(golden_windows(test, samples))
    return Golden(windows, forecast_volumes(windows, scalers, served))


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
        "dispersion": calibration["dispersion"],
        "baselines": {"har": calibration["har"]},
        "calendar_effects": read_json(paths.SERVED_CALENDAR_EFFECTS),
        "input_effects": read_json(paths.CALENDAR_EFFECTS),
    }


def make_manifest(
    now: datetime,
    files: dict[str, bytes],
    facts: dict[str, Any],
    gate: dict[str, Any],
    trained: tuple[str, ...],
) -> Manifest:
    """Create the manifest of a model that was trained on these markets."""
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
        metrics=verdict_metrics(quality["sha256"]),
        gate=gate,
        files={},
        markets=trained,
        **{**facts, "features": FEATURE_NAMES, "intervals": intervals},
    )
    return manifest.sealed(files)


def verdict_metrics(data_sha256: str) -> dict[str, Any]:
    """Return the scored network's metrics, and the mean skill of `make backtest` on this data."""
    metrics = read_json(paths.EVALUATION_METRICS)
    for file in (paths.REFERENCE_BACKTEST, paths.BACKTEST_METRICS):  # the last one counts
        if file.exists() and (backtest := read_json(file))["data"]["sha256"] == data_sha256:
            metrics["walk_forward_skill"] = backtest["mean_skill"]
    return metrics


def git_revision() -> str | None:
    """Return the commit that is checked out, or None outside a git clone.

    The loop trains in a copy of the tree and passes the commit as GIT_REVISION.
    """
    if given := os.environ.get("GIT_REVISION"):
        return given
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
