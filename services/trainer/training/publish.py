"""Stage `publish`: bundle what was trained and evaluated, and make it the model that is served. Idempotent."""

import logging
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version as library_version
from typing import Any

import exchange_calendars
import numpy as np
import pandas as pd

from model_contract.bundle import CONTRACT_VERSION, GOLDEN, MODEL, SCALERS, SESSIONS, Golden, Manifest, content_hash, sha256, write_sessions
from model_contract.csv_values import DateArray
from model_contract.errors import BundleError
from model_contract.features import FEATURE_NAMES
from model_contract.forecasting import Interval, forecast_volumes
from model_contract.scaling import Scalers
from model_contract.store import ModelStore
from training import paths, stage
from training.errors import GateError, ParamsError
from training.json_files import read_json
from training.onnx_network import onnx_network
from training.params import EngineerFeaturesParams, PublishParams, load_params, read_all_params
from training.preprocess import TEST
from training.status import DONE, model_store, report
from training.window_data import WindowData

log = logging.getLogger(__name__)

LIBRARIES = ("keras", "numpy", "onnx", "onnxruntime", "pandas", "scikit-learn")
# Histories older than this are refused by the calendar's absence; few exports reach back further.
FIRST_CALENDAR_DAY = "1990-01-01"


def main() -> None:
    """Publish the model unless it is the current one already."""
    params, windows = load_params(PublishParams), load_params(EngineerFeaturesParams)
    metrics = read_json(paths.EVALUATION_METRICS)
    pass_gate(metrics, params.minimum_skill_vs_naive)
    now = datetime.now(UTC)
    files = bundle_files(params, windows, now.year)
    calibration = read_json(paths.CALIBRATION)
    facts: dict[str, Any] = {
        "window": windows.window,
        "horizon": windows.horizon,
        "features": list(FEATURE_NAMES),
        "market": params.market,
        "intervals": calibration["intervals"],
        "baselines": {"har": calibration["har"]},
    }
    content = content_hash(files, facts)
    store = model_store()
    if known := store.find(content):
        if current_version(store) == known:
            log.info("nothing to publish: %s is current and has this content", known)
        else:
            store.make_current(known)
            log.info("%s has this content already and is current again", known)
    else:
        manifest = make_manifest(content, now, files, facts, metrics)
        store.publish(manifest, files)
        log.info("published %s", manifest.version)
    report(DONE, "publish")


def current_version(store: ModelStore) -> str | None:
    """The version served; None also where CURRENT is damaged, which publishing mends."""
    try:
        return store.current()
    except BundleError as error:
        log.warning("%s; it is written again", error)
        return None


def pass_gate(metrics: dict[str, Any], minimum_skill: float) -> None:
    """Raises `GateError` for a model whose next-session forecasts are no better than demanded."""
    if not metrics["skill_vs_naive"] > minimum_skill:
        raise GateError(
            f"not published: the MAE of the next session is {metrics['mae']:.4g} shares, skill {metrics['skill_vs_naive']:+.1%} against "
            f"the naive forecast's {metrics['naive']['mae']:.4g}; publish.minimum_skill_vs_naive asks for more than {minimum_skill:+.1%}. "
            "The model that was current stays current"
        )


def bundle_files(params: PublishParams, windows: EngineerFeaturesParams, year: int) -> dict[str, bytes]:
    """The bundle's files but for the manifest."""
    scalers = paths.SCALERS.read_bytes()
    sessions = market_sessions(params.market, year + params.calendar_years_ahead)
    test = WindowData.read(TEST, windows.window, windows.horizon)
    return {
        MODEL: paths.ONNX_MODEL.read_bytes(),
        SCALERS: scalers,
        SESSIONS: write_sessions(sessions),
        GOLDEN: golden_answers(test, Scalers.from_json(scalers.decode()), params.golden_windows).to_json().encode(),
    }


def market_sessions(market: str, last_year: int) -> DateArray:
    """Every session that the market's calendar knows from 1990 to the end of `last_year`, datetime64[D].

    Raises `ParamsError` for a market without a calendar.
    """
    first, last = pd.Timestamp(FIRST_CALENDAR_DAY), pd.Timestamp(f"{last_year}-12-31")
    try:
        known_part = exchange_calendars.get_calendar(market)
        # Tokyo's is known from 1997 on, Shanghai's up to the end of this year.
        first, last = max(first, known_part.bound_min() or first), min(last, known_part.bound_max() or last)
        calendar = exchange_calendars.get_calendar(market, start=first, end=last)
    except exchange_calendars.errors.InvalidCalendarName as error:
        known = ", ".join(sorted(exchange_calendars.get_calendar_names(include_aliases=False)))
        raise ParamsError(f"publish.market: no calendar is known for {market!r}; expected one of {known}") from error
    except (NotImplementedError, ValueError) as error:
        raise ParamsError(f"publish.market: this version of exchange_calendars cannot compute {market!r}; choose another market") from error
    return np.asarray(calendar.sessions.to_numpy().astype("datetime64[D]"))


def golden_answers(test: WindowData, scalers: Scalers, samples: int) -> Golden:
    """Windows spread evenly over all test windows (they are sorted by ticker, then session), with their answers."""
    chosen = np.unique(np.linspace(0, len(test) - 1, samples).round().astype(int))
    windows = test.windows(chosen)
    return Golden(windows, forecast_volumes(windows, scalers, onnx_network(paths.ONNX_MODEL)))


def make_manifest(content: str, now: datetime, files: dict[str, bytes], facts: dict[str, Any], metrics: dict[str, Any]) -> Manifest:
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
        metrics=metrics,
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
