"""From CSV bytes to an answer, by one model."""

import numpy as np

from model_contract.bundle import Bundle
from model_contract.csv_table import Table, read_table
from model_contract.csv_values import DateArray, FloatArray
from model_contract.errors import BundleError, ProblemList, shown
from model_contract.features import FEATURE_NAMES, LOG_VOLUME, SESSIONS_BEFORE_FIRST_FEATURES, daily_features
from model_contract.forecasting import forecast_volumes
from model_contract.schema import History, Prices, read_history
from model_contract.windows import is_windows_header, read_windows, sliding_windows
from prediction_api.answers import LEVELS, Answer, Prediction, TrackRecord, prediction_rows
from prediction_api.cautions import calendar_cautions, memory_cautions
from prediction_api.onnx_network import load_network
from prediction_api.track_record import MAX_SESSIONS, is_measurable, track_record

BATCH = 1024  # windows; the runtime's memory grows with it, its speed hardly


class Predictor:
    """One model, loaded and verified. It never changes, so that threads share it without a lock."""

    def __init__(self, bundle: Bundle) -> None:
        """Load the network and replay the recorded answers. Raises `BundleError` where anything is amiss."""
        self.manifest = bundle.manifest
        self._scalers, self._sessions = bundle.scalers, bundle.sessions
        self._har = _require_consistent(bundle)
        self._network = load_network(bundle.model)
        bundle.verify(self._network)

    def predict(self, data: bytes, points: int = 0) -> Answer:
        """Answer a CSV of either kind. Raises `TableError` where it cannot be used."""
        table = read_table(data)
        with np.errstate(over="ignore"):  # absurd values become infinite here and are bounded before the network
            return self._answer_windows(table) if is_windows_header(table.header) else self._answer_history(table, points)

    def _answer_windows(self, table: Table) -> Answer:
        rows = read_windows(table, self.manifest.features, self.manifest.window)
        forecasts = self._forecast(rows.values)[:, :1]
        predictions = prediction_rows(forecasts, self.manifest.intervals, rows.tickers, [(session,) for session in rows.sessions])
        return self._answer("windows", table, len(set(rows.tickers)), rows.warnings, predictions, [])

    def _answer_history(self, table: Table, points: int) -> Answer:
        history = read_history(table)
        upcoming = self._require_forecastable(history)
        predictions: list[Prediction] = []
        records: list[TrackRecord] = []
        warnings = [*history.warnings, *calendar_cautions(history.prices.session, self._sessions, self.manifest.market)]
        for name, prices in history.prices.by_ticker():
            ticker = name or None
            windows = sliding_windows(daily_features(prices), self.manifest.window)[-(MAX_SESSIONS + 1) :]
            forecasts = self._forecast(windows)
            predictions += prediction_rows(forecasts[-1:], self.manifest.intervals, [ticker], [upcoming[name]])
            if not is_measurable(windows):
                warnings.append(f"no track record for {shown(name)}: a volume is outside what shares can have")
            elif len(windows) > 1:
                records.append(self._track_record(ticker, windows[:-1], forecasts[:-1, :1], prices, points))
                warnings += memory_cautions(records[-1], prices.session[1 - len(windows) :], self.manifest)
        return self._answer("history", table, len(upcoming), warnings, predictions, records)

    def _track_record(self, ticker: str | None, windows: FloatArray, forecasts: FloatArray, prices: Prices, points: int) -> TrackRecord:
        forecast = slice(-len(windows), None)  # each window but the last is followed by one session, up to the file's last
        actual, sessions = prices.volume[forecast, None], prices.session[forecast]
        return track_record(ticker, windows, forecasts, actual, sessions, self.manifest.intervals, self._har, points)

    def _forecast(self, windows: FloatArray) -> FloatArray:
        """Volumes in shares: (samples, window, features) -> (samples, horizon)."""
        starts = range(0, len(windows), BATCH)
        return np.concatenate([forecast_volumes(windows[start : start + BATCH], self._scalers, self._network) for start in starts])

    def _require_forecastable(self, history: History) -> dict[str, list[str]]:
        """Give the sessions to forecast by ticker, or raise a `TableError` with every ticker that cannot be forecast."""
        needed = self.manifest.window + SESSIONS_BEFORE_FIRST_FEATURES
        found = {name: len(prices) for name, prices in history.prices.by_ticker()}
        problems, upcoming = ProblemList(), {}
        for name, last in history.last_dates.items():
            ticker = shown(name) if name else "the file"
            sessions = self._sessions_after(last)
            upcoming[name] = [str(session) for session in sessions]
            if found.get(name, 0) < needed:
                problems.add(f"{ticker} needs {needed} sessions, got {found.get(name, 0)}")
            elif len(sessions) < self.manifest.horizon:
                first, end = self._sessions[0], self._sessions[-1]
                problems.add(f"{ticker} ends on {last}; the model's calendar ({self.manifest.market}) covers {first} to {end}; retrain")
        problems.raise_if_any()
        return upcoming

    def _sessions_after(self, last: np.datetime64) -> DateArray:
        """The market's next `horizon` sessions after the date `last`; fewer, or none, where the calendar does not cover them."""
        if last < self._sessions[0]:
            return self._sessions[:0]
        start = int(np.searchsorted(self._sessions, last, side="right"))
        return self._sessions[start : start + self.manifest.horizon]

    def _answer(
        self, kind: str, table: Table, tickers: int, warnings: list[str], predictions: list[Prediction], records: list[TrackRecord]
    ) -> Answer:
        return {
            "model": {"version": self.manifest.version, "trained_at": self.manifest.created_at},
            "input": {"kind": kind, "rows": len(table.lines), "tickers": tickers, "warnings": warnings},
            "predictions": predictions,
            "track_record": records,
        }


def _require_consistent(bundle: Bundle) -> FloatArray:
    """Check that the parts of the bundle fit one another and this code. Gives the HAR coefficients, (1 + 3, horizon)."""
    manifest = bundle.manifest
    if manifest.features != FEATURE_NAMES:
        raise BundleError(f"{manifest.version}: it takes the features {manifest.features}; this API computes {FEATURE_NAMES}")
    for scaler, names in ((bundle.scalers.features, FEATURE_NAMES), (bundle.scalers.target, (LOG_VOLUME,))):
        if scaler.names != names or not len(scaler.mean) == len(scaler.scale) == len(names):
            raise BundleError(f"{manifest.version}: a scaler of {scaler.names} where {names} are scaled")
    expected = {"windows": (manifest.window, len(manifest.features)), "volumes": (manifest.horizon,)}
    recorded = {"windows": bundle.golden.windows.shape[1:], "volumes": bundle.golden.volumes.shape[1:]}
    if recorded != expected or not len(bundle.golden.windows) or not len(bundle.sessions):
        raise BundleError(f"{manifest.version}: golden answers of the shapes {recorded} or no sessions; the manifest says {expected}")
    try:
        har = np.array(manifest.baselines["har"], dtype=np.float64)
        steps = {np.shape(bound) for level in LEVELS for bound in (manifest.intervals[level].lower, manifest.intervals[level].upper)}
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{manifest.version}: no HAR coefficients or no intervals of {LEVELS} percent: {error!r}") from error
    if har.shape != (4, manifest.horizon) or steps != {(manifest.horizon,)}:
        raise BundleError(f"{manifest.version}: HAR coefficients or intervals are not of {manifest.horizon} steps")
    return har
