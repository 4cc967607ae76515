"""What a model must show before it is published: the rules, and the comparison with the model that is served."""

import logging
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from model_contract.arrays import FloatArray
from model_contract.errors import BundleError
from model_contract.model.calendar import Calendar
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import Network, forecast_volumes
from model_contract.model.onnx_network import load_network
from model_contract.model.scaling import Scalers
from model_contract.model.windows import Windows
from model_contract.store.bundle import MODEL, Bundle, Manifest, load_bundle
from model_contract.store.model_store import ModelStore
from training.errors import GateError
from training.params import PublishParams
from training.window_data import WindowData

log = logging.getLogger(__name__)

# Not in `paths`, since it is no output of the pipeline: it depends on what is served, which lies outside of the tree.
GATE = Path("metrics/gate.json")
# A ticker with fewer sessions that both models can forecast is left out of the comparison.
FEWEST_SESSIONS = 20
BATCH = 4096


@dataclass(frozen=True)
class Rule:
    """A demand on one figure: more than the parameter if that is called a minimum, else at most the parameter."""

    parameter: str  # of the section `publish`
    standard: float  # whoever sets a laxer one has lowered the rule
    figure: str

    @property
    def is_minimum(self) -> bool:
        """Tell whether more is better."""
        return self.parameter.startswith("minimum")

    def allows(self, value: float, limit: float) -> bool:
        """NaN is never allowed."""
        return value > limit if self.is_minimum else value <= limit

    def is_lowered(self, limit: float) -> bool:
        """Tell whether `limit` lets models pass that the standard would not."""
        return limit < self.standard if self.is_minimum else limit > self.standard


RULES = {
    "skill_vs_naive": Rule("minimum_skill_vs_naive", 0.0, "the skill against the naive forecast"),
    "mae_vs_har_calendar": Rule(
        "maximum_mae_vs_har_calendar",
        1.02,
        "the MAE over that of the better HAR + calendar baseline",
    ),
    "coverage_80": Rule("maximum_coverage_error", 0.07, "the error of the 80 % range's coverage"),
    "coverage_95": Rule("maximum_coverage_error", 0.07, "the error of the 95 % range's coverage"),
    "mae_vs_served": Rule(
        "maximum_mae_vs_served", 1.01, "the MAE over that of the served model on the same sessions"
    ),
}


def judge(
    metrics: dict[str, Any], mae_vs_served: float | str, params: PublishParams
) -> dict[str, Any]:
    """The verdict on a model, as metrics/gate.json and the manifest hold it.

    metrics         as in metrics/evaluation.json
    mae_vs_served   as the function of that name gives it

    passed    whether no rule is broken
    rules     by name: value (null for none), limit, passed (null where the rule does not apply, then with a reason), lowered
    lowered   the names of the rules that are laxer than the standard
    """
    figures: dict[str, float | str] = {**_figures(metrics), "mae_vs_served": mae_vs_served}
    rules = {
        name: _ruling(rule, figures[name], getattr(params, rule.parameter))
        for name, rule in RULES.items()
    }
    return {
        "passed": all(ruling["passed"] is not False for ruling in rules.values()),
        "rules": rules,
        "lowered": [name for name, ruling in rules.items() if ruling["lowered"]],
    }


def require_passed(verdict: dict[str, Any]) -> None:
    """Raises `GateError` with every rule that is broken."""
    if not verdict["passed"]:
        broken = [
            _complaint(RULES[name], ruling)
            for name, ruling in verdict["rules"].items()
            if ruling["passed"] is False
        ]
        raise GateError(
            "\n".join(
                ["not published:", *broken, f"the served model stays; all figures are in {GATE}"]
            )
        )


def _figures(metrics: dict[str, Any]) -> dict[str, float]:
    skill = {name: part["value"] for name, part in metrics["skill"].items()}
    errors = {
        f"coverage_{percent}": abs(metrics["intervals"][str(percent)]["coverage"] - percent / 100)
        for percent in (80, 95)
    }
    better_baseline = float(
        np.min([skill["har_calendar"], skill["har_calendar_pooled"]])
    )  # NaN if one is
    return {"skill_vs_naive": skill["naive"], "mae_vs_har_calendar": 1 - better_baseline, **errors}


def _ruling(rule: Rule, figure: float | str, limit: float) -> dict[str, Any]:
    lowered = rule.is_lowered(limit)
    if isinstance(figure, str):
        return {"value": None, "limit": limit, "passed": None, "lowered": lowered, "reason": figure}
    value = round(figure, 6)  # so that 0.87 is 0.07 off 0.8
    return {
        "value": value if math.isfinite(value) else None,
        "limit": limit,
        "passed": rule.allows(value, limit),
        "lowered": lowered,
    }


def _complaint(rule: Rule, ruling: dict[str, Any]) -> str:
    value = "not a number" if ruling["value"] is None else ruling["value"]
    wanted = "more than" if rule.is_minimum else "at most"
    return f"{rule.figure} is {value}; publish.{rule.parameter} in params.yaml asks for {wanted} {ruling['limit']}"


@dataclass(frozen=True)
class Contender:
    """A model with all that its answers depend on."""

    network: Network
    scalers: Scalers
    calendar: Calendar

    def next_session(self, data: WindowData) -> FloatArray:
        """Forecast the session after each window, as the API would: shares, (samples,)."""
        parts = []
        for batch in data.batches(BATCH):
            sessions = np.concatenate(
                [data.past_sessions(batch), data.future_sessions(batch)], axis=1
            )
            windows = Windows(data.windows(batch).features, self.calendar.flags_of(sessions))
            parts.append(forecast_volumes(windows, self.scalers, self.network)[:, 0])
        return np.concatenate(parts)


def mae_vs_served(
    store: ModelStore,
    new: Contender,
    market: str,
    test: WindowData,
    row_tickers: npt.NDArray[np.object_],
) -> float | str:
    """MAE of the new model over that of the served one, of the next session's volume; or in words why they cannot be compared.

    test          the new model's test windows
    row_tickers   (rows,) the ticker of each row of the panel that they are cut from

    Both forecast the same test sessions, which neither has learned from. The median over tickers.
    """
    try:
        version = store.current()
        if version is None:
            return "no model is served yet"
        bundle = load_bundle(store.path(version))
        served = Contender(
            load_network((store.path(version) / MODEL).read_bytes()),
            bundle.scalers,
            bundle.calendar,
        )
        bundle.verify(served.network)
    except BundleError as error:
        log.warning("the new model cannot be compared with the served one: %s", error)
        return f"the served model cannot be used: {error}"
    if hindrance := _hindrance(bundle, market):
        return hindrance
    windows, its_windows = shared_windows(bundle.manifest, test, row_tickers)
    if not len(windows):
        return f"no ticker has {FEWEST_SESSIONS} test sessions that {version} can forecast and has not learned from"
    log.info(
        "compared with %s on %d test sessions of %d ticker(s)",
        version,
        len(windows),
        len(np.unique(windows.tickers)),
    )
    actual = np.exp(windows.future_log_volumes()[:, 0])
    return mae_ratio(
        windows.tickers, actual, new.next_session(windows), served.next_session(its_windows)
    )


def _hindrance(served: Bundle, market: str) -> str | None:
    """Why no window of this panel is one for the served model."""
    manifest = served.manifest
    if manifest.market != market:
        return f"the served model {manifest.version} is of the market {manifest.market}, the new one of {market}"
    if manifest.features != FEATURE_NAMES:
        return f"the served model {manifest.version} takes {', '.join(manifest.features)}, not {', '.join(FEATURE_NAMES)}"
    return None


def shared_windows(
    served: Manifest, test: WindowData, row_tickers: npt.NDArray[np.object_]
) -> tuple[WindowData, WindowData]:
    """The test windows that the served model can forecast and has not learned from, for the new model and for the served one.

    The served model's end at the same sessions, but have its own length and horizon. Its tickers only, from its own first
    test session on, and `FEWEST_SESSIONS` or more of a ticker.
    """
    start = test.index["start"].to_numpy() + test.window - served.window
    rows = pd.Series(np.arange(len(row_tickers))).groupby(row_tickers)
    first, last = (bound.reindex(test.tickers).to_numpy() for bound in (rows.min(), rows.max()))
    fitting = (start >= first) & (start + served.window + served.horizon <= last + 1)
    unlearned = test.future_sessions()[:, 0] >= np.datetime64(
        served.data.get("test_from"), "D"
    )  # none if it does not say
    chosen = test.index["ticker"].isin(served.data.get("tickers", ())) & fitting & unlearned
    chosen &= chosen.groupby(test.index["ticker"]).transform("sum") >= FEWEST_SESSIONS
    windows = replace(test, index=test.index[chosen].reset_index(drop=True))
    return windows, replace(
        windows,
        index=windows.index.assign(start=start[chosen]),
        window=served.window,
        horizon=served.horizon,
    )


def mae_ratio(
    tickers: npt.NDArray[np.object_], actual: FloatArray, new: FloatArray, served: FloatArray
) -> float:
    """MAE of the new forecasts over that of the served ones by ticker, then the median; arrays (samples,), NaN if one is."""
    errors = (
        pd.DataFrame({"new": np.abs(new - actual), "served": np.abs(served - actual)})
        .groupby(tickers)
        .mean(skipna=False)
    )
    return float(np.median(errors["new"].to_numpy() / errors["served"].to_numpy()))
