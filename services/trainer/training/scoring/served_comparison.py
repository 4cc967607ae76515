"""Compares a new model with the served one on test sessions that neither was trained on.

Both are the scored networks: what is served has learned from all sessions.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from model_contract.arrays import FloatArray
from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS, Calendar, effects_in_logs
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import Network, forecast_volumes
from model_contract.model.onnx_network import OnnxNetwork
from model_contract.model.scaling import Scalers
from model_contract.store.bundle import Bundle, Manifest, load_bundle
from model_contract.store.model_store import ModelStore
from training.panel import Markets, panel_inputs
from training.scoring.median_skill import FEWEST_SESSIONS
from training.store.open import current_version
from training.window_data import WindowData

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Contender:
    """A model and everything that its forecasts depend on."""

    network: Network
    scalers: Scalers
    calendars: Mapping[str, Calendar]  # by market
    effects: FloatArray  # (flags,), in logs

    def next_session(
        self, data: WindowData, market_by_ticker: pd.Series, prices: pd.DataFrame
    ) -> FloatArray:
        """Forecast the session after each window as the API would, in shares: (samples,).

        prices   of the whole panel that the windows are cut from, sorted by ticker and session
        """
        data, parts = replace(data, inputs=self._inputs(data, market_by_ticker, prices)), []
        for batch in data.batches():
            sessions = np.concatenate(
                [data.past_sessions(batch), data.future_sessions(batch)], axis=1
            )
            markets = data.index["ticker"].iloc[batch].map(market_by_ticker)
            flags = np.empty((*sessions.shape, len(CALENDAR_FLAGS)))
            for market, rows in markets.groupby(markets).indices.items():
                flags[rows] = self.calendars[str(market)].flags_of(sessions[rows])
            windows = replace(data.windows(batch), calendar=flags)
            parts.append(forecast_volumes(windows, self.scalers, self.network)[:, 0])
        return np.concatenate(parts)

    def _inputs(
        self, data: WindowData, market_by_ticker: pd.Series, prices: pd.DataFrame
    ) -> FloatArray:
        """Compute the inputs with the model's own calendars and effects: (rows, columns).

        Those of the markets without any window are 0: the model may have no calendar for them.
        """
        wanted = prices["market"].isin(market_by_ticker[np.unique(data.tickers)].unique())
        has_features = prices["ticker"].duplicated()  # all sessions of a ticker but the first
        computed = panel_inputs(
            prices[wanted], self.calendars, self.effects, data.window, data.horizon
        )
        inputs = np.zeros((len(data.features), computed.shape[1]))
        inputs[wanted[has_features]] = computed.to_numpy()
        return inputs


@dataclass(frozen=True)
class Comparison:
    """A new model and what it takes to compare it with versions in the store.

    A result is the new model's MAE divided by that of the version, the median over tickers; or, if
    the two can't be compared, the reason as text.
    """

    store: ModelStore
    new: Contender
    markets: Markets  # of the new model's panel; only those that both were trained on are compared
    test: WindowData  # the new model's test windows
    prices: pd.DataFrame  # the new model's panel
    row_tickers: npt.NDArray[np.object_]  # (rows,), of the panel that the windows are cut from

    def with_served(self) -> float | str:
        """Compare with the served model."""
        try:
            version = self.store.current()
        except BundleError as error:
            log.warning("the new model cannot be compared with the served one: %s", error)
            return f"the served model cannot be used: {error}"
        return "no model is served yet" if version is None else self._with(version)

    def with_anchor(self) -> float | str:
        """Compare with the anchor, the first model that was served."""
        version = self.store.anchor()
        if version is None:
            return "no model has been served yet"
        if version == current_version(self.store):
            return "the first model is still served"
        return self._with(version)

    def _with(self, version: str) -> float | str:
        try:
            bundle = load_bundle(self.store.path(version))
            network = OnnxNetwork(bundle.scored)
            bundle.golden.verify(bundle.scalers, OnnxNetwork(bundle.model), version)
        except BundleError as error:
            log.warning("the new model cannot be compared with %s: %s", version, error)
            return f"the model cannot be used: {error}"
        if reason := _incompatibility(bundle, self.markets.trained):
            return reason
        shared = set(self.markets.trained) & set(bundle.manifest.trained_markets)
        by_ticker = self.markets.by_ticker
        tickers = by_ticker.index[by_ticker.isin(shared)]
        windows, served_windows = shared_windows(
            bundle.manifest, self.test, self.row_tickers, tickers
        )
        if not len(windows):
            return (
                f"no ticker has {FEWEST_SESSIONS} test sessions that {version} can forecast "
                "and was not trained on"
            )
        count = len(np.unique(windows.tickers))
        log.info("compared with %s on %d test sessions of %d tickers", version, len(windows), count)
        effects = effects_in_logs(bundle.manifest.input_effects)
        served = Contender(network, bundle.scalers, bundle.all_calendars, effects)
        actual = np.exp(windows.future_log_volumes()[:, 0])
        return median_mae_ratio(
            windows.tickers,
            actual,
            self.new.next_session(windows, by_ticker, self.prices),
            served.next_session(served_windows, by_ticker, self.prices),
        )


def _incompatibility(served: Bundle, trained: Collection[str]) -> str | None:
    """Return why the served model cannot forecast windows of this panel, or None if it can."""
    manifest = served.manifest
    if not set(manifest.trained_markets) & set(trained):
        return (
            f"the model {manifest.version} is for the market "
            f"{', '.join(manifest.trained_markets)}, but the new model is for {', '.join(trained)}"
        )
    if manifest.features != FEATURE_NAMES:
        return (
            f"the model {manifest.version} uses the features "
            f"{', '.join(manifest.features)}, not {', '.join(FEATURE_NAMES)}"
        )
    return None


def shared_windows(
    served: Manifest,
    test: WindowData,
    row_tickers: npt.NDArray[np.object_],
    tickers: Collection[str],
) -> tuple[WindowData, WindowData]:
    """Return the test windows that both models can forecast, cut for the new and the served model.

    The served model's windows end on the same sessions but have that model's length and horizon;
    `Contender.next_session` computes their inputs. Those of `tickers` are included, also of tickers
    that the served model doesn't know, because it would have to forecast them, too; only sessions
    from its first test session onwards, and only tickers with at least `FEWEST_SESSIONS` of these.
    """
    start = test.index["start"].to_numpy() + test.window - served.window
    rows = pd.Series(np.arange(len(row_tickers))).groupby(row_tickers)
    first, last = (bound.reindex(test.tickers).to_numpy() for bound in (rows.min(), rows.max()))
    fitting = (start >= first) & (start + served.window + served.horizon <= last + 1)
    # All False if the manifest doesn't contain the first test session.
    unseen = test.future_sessions()[:, 0] >= np.datetime64(served.data.get("test_from"), "D")
    chosen = test.index["ticker"].isin(set(tickers)) & fitting & unseen
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
