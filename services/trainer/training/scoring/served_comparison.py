"""Compares a new model with the served one on test sessions that neither was trained on."""

import logging
from dataclasses import dataclass, replace

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
from training.window_data import WindowData

log = logging.getLogger(__name__)

# Tickers with fewer sessions that both models can forecast are left out.
FEWEST_SESSIONS = 20


@dataclass(frozen=True)
class Contender:
    """A model and everything that its forecasts depend on."""

    network: Network
    scalers: Scalers
    calendar: Calendar

    def next_session(self, data: WindowData) -> FloatArray:
        """Forecast the session after each window as the API would, in shares: (samples,)."""
        parts = []
        for batch in data.batches():
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
    """Return the new model's MAE divided by the served model's: the median over tickers.

    If the models cannot be compared, returns the reason as text.

    test          the new model's test windows
    row_tickers   (rows,), the tickers in the panel that the windows are cut from
    """
    try:
        version = store.current()
        if version is None:
            return "no model is served yet"
        bundle = load_bundle(store.path(version))
        network = load_network((store.path(version) / MODEL).read_bytes())
        bundle.golden.verify(bundle.scalers, network, version)
    except BundleError as error:
        log.warning("the new model cannot be compared with the served one: %s", error)
        return f"the served model cannot be used: {error}"
    if reason := _incompatibility(bundle, market):
        return reason
    windows, served_windows = shared_windows(bundle.manifest, test, row_tickers)
    if not len(windows):
        return (
            f"no ticker has {FEWEST_SESSIONS} test sessions that {version} can forecast "
            "and was not trained on"
        )
    tickers = len(np.unique(windows.tickers))
    log.info("compared with %s on %d test sessions of %d tickers", version, len(windows), tickers)
    served = Contender(network, bundle.scalers, bundle.calendar)
    actual = np.exp(windows.future_log_volumes()[:, 0])
    return median_mae_ratio(
        windows.tickers, actual, new.next_session(windows), served.next_session(served_windows)
    )


def _incompatibility(served: Bundle, market: str) -> str | None:
    """Return why the served model cannot forecast windows of this panel, or None if it can."""
    manifest = served.manifest
    if manifest.market != market:
        return (
            f"the served model {manifest.version} is for the market {manifest.market}, "
            f"but the new model is for {market}"
        )
    if manifest.features != FEATURE_NAMES:
        return (
            f"the served model {manifest.version} uses the features "
            f"{', '.join(manifest.features)}, not {', '.join(FEATURE_NAMES)}"
        )
    return None


def shared_windows(
    served: Manifest, test: WindowData, row_tickers: npt.NDArray[np.object_]
) -> tuple[WindowData, WindowData]:
    """Return the test windows that both models can forecast, cut for the new and the served model.

    The served model's windows end on the same sessions but have that model's length and horizon.
    Only the served model's tickers are included, only sessions from its first test session onwards,
    and only tickers with at least `FEWEST_SESSIONS` of these sessions.
    """
    start = test.index["start"].to_numpy() + test.window - served.window
    rows = pd.Series(np.arange(len(row_tickers))).groupby(row_tickers)
    first, last = (bound.reindex(test.tickers).to_numpy() for bound in (rows.min(), rows.max()))
    fitting = (start >= first) & (start + served.window + served.horizon <= last + 1)
    # All False if the manifest doesn't contain the first test session.
    unseen = test.future_sessions()[:, 0] >= np.datetime64(served.data.get("test_from"), "D")
    chosen = test.index["ticker"].isin(served.data.get("tickers", ())) & fitting & unseen
    chosen &= chosen.groupby(test.index["ticker"]).transform("sum") >= FEWEST_SESSIONS
    windows = replace(test, index=test.index[chosen].reset_index(drop=True))
    return windows, replace(
        windows,
        index=windows.index.assign(start=start[chosen]),
        window=served.window,
        horizon=served.horizon,
    )


def median_mae_ratio(
    tickers: npt.NDArray[np.object_], actual: FloatArray, new: FloatArray, served: FloatArray
) -> float:
    """Return the median over tickers of the new MAE divided by the served MAE.

    The arrays are (samples,). The result is NaN if any ratio is.
    """
    mae = (
        pd.DataFrame({"new": np.abs(new - actual), "served": np.abs(served - actual)})
        .groupby(tickers)
        .mean(skipna=False)
    )
    return float(np.median(mae["new"].to_numpy() / mae["served"].to_numpy()))
