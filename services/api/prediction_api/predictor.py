"""From CSV bytes to an answer, by one model."""

import numpy as np

from model_contract.bundle import Bundle
from model_contract.csv_table import Table, read_table
from model_contract.csv_values import DateArray, FloatArray
from model_contract.errors import ProblemList, shown
from model_contract.features import SESSIONS_BEFORE_FIRST_FEATURES
from model_contract.forecasting import forecast_volumes
from model_contract.intervals import bands_around, scales_before
from model_contract.schema import History, Prices, read_history
from model_contract.windows import Windows, history_windows, is_windows_header, read_windows
from prediction_api.answers import Answer, Prediction, TrackRecord, prediction_rows
from prediction_api.cautions import calendar_cautions, memory_cautions, target_cautions
from prediction_api.consistency import require_consistent
from prediction_api.har import MAX_ROWS as HAR_ROWS
from prediction_api.onnx_network import load_network
from prediction_api.track_record import MAX_SESSIONS, Past, har_before, is_measurable, track_record

# Windows in one run of the network. Much larger ones take memory and leave the CPU's cache. A multiple of four: the runtime
# adds up four windows at a time and what is left over in another order, so that other sizes would change last digits.
BATCH = 256
LAST = slice(-(MAX_SESSIONS + 1), None)  # the windows of the track record, and the one at the end of the file
USED = MAX_SESSIONS + 1 + HAR_ROWS  # windows, counted from the end of a history, that an answer depends on


class Predictor:
    """One model, loaded and verified. It never changes, so that threads share it without a lock."""

    def __init__(self, bundle: Bundle) -> None:
        """Load the network and replay the recorded answers. Raises `BundleError` where anything is amiss.

        The replay is the warm-up too: the first request finds a network that has run.
        """
        self.manifest = bundle.manifest
        self._scalers, self._calendar = bundle.scalers, bundle.calendar
        self._har = require_consistent(bundle)
        self._network = load_network(bundle.model)
        bundle.verify(self._network)

    def predict(self, data: bytes, points: int = 0) -> Answer:
        """Answer a CSV of either kind. Raises `TableError` where it cannot be used."""
        table = read_table(data)
        with np.errstate(over="ignore"):  # absurd values become infinite here and are bounded before the network
            return self._answer_windows(table) if is_windows_header(table.header) else self._answer_history(table, points)

    def forecast(self, windows: Windows) -> FloatArray:
        """Volumes in shares: windows (samples,), of the manifest's shapes -> (samples, horizon)."""
        batches = [windows.take(slice(start, start + BATCH)) for start in range(0, len(windows), BATCH)]
        with np.errstate(over="ignore"):  # absurd values become infinite here and are bounded before the network
            return np.concatenate([forecast_volumes(batch, self._scalers, self._network) for batch in batches])

    def _answer_windows(self, table: Table) -> Answer:
        manifest, sessions = self.manifest, self._calendar.sessions
        rows = read_windows(table, manifest.features, manifest.window, manifest.horizon, self._calendar)
        forecasts = self.forecast(rows.windows)[:, :1]
        predictions = prediction_rows(forecasts, bands_around(forecasts, manifest.intervals), rows.tickers, rows.target[:, None])
        warnings = [
            *rows.warnings,
            *calendar_cautions(rows.sessions, sessions, manifest.market),
            *target_cautions(rows.target, sessions, manifest.market),
        ]
        return self._answer("windows", table, len(set(rows.tickers)), warnings, predictions, [])

    def _answer_history(self, table: Table, points: int) -> Answer:
        history = read_history(table)
        upcoming = self._require_forecastable(history)
        predictions: list[Prediction] = []
        records: list[TrackRecord] = []
        warnings = [*history.warnings, *calendar_cautions(history.prices.session, self._calendar.sessions, self.manifest.market)]
        for name, prices in history.prices.by_ticker():
            rows, record, cautions = self._answer_ticker(name, prices, upcoming[name], points)
            predictions += rows
            records += record
            warnings += cautions
        return self._answer("history", table, len(upcoming), warnings, predictions, records)

    def _answer_ticker(
        self, name: str, prices: Prices, upcoming: DateArray, points: int
    ) -> tuple[list[Prediction], list[TrackRecord], list[str]]:
        """Give a ticker's predictions, its track record if there is one, and warnings."""
        prices = prices.take(slice(-(USED + self.manifest.window - 1 + SESSIONS_BEFORE_FIRST_FEATURES), None))
        windows = history_windows(prices, self._calendar, upcoming, self.manifest.window)
        last = windows.take(LAST)
        forecasts = self.forecast(last)
        measurable = is_measurable(last.log_volume)
        sessions = len(last) - 1 if measurable else 0  # of the record
        past = Past.of(last.log_volume[:sessions], forecasts[:sessions, :1], prices)
        intervals = self.manifest.intervals
        scales = scales_before(past.log_errors(), intervals)
        bands = bands_around(forecasts[-1:], intervals, {level: scale[-1:] for level, scale in scales.items()})
        predictions = prediction_rows(forecasts[-1:], bands, [name or None], upcoming[None])
        if not measurable:
            return predictions, [], [f"no track record for {shown(name)}: a volume is outside what shares can have"]
        if not sessions:
            return predictions, [], []
        har = har_before(windows.log_volume, sessions, self._har)
        record = track_record(name or None, past, intervals, scales, har, points)
        return predictions, [record], list(memory_cautions(record, past.sessions, self.manifest))

    def _require_forecastable(self, history: History) -> dict[str, DateArray]:
        """Give the sessions to forecast by ticker, or raise a `TableError` with every ticker that cannot be forecast."""
        needed = self.manifest.window + SESSIONS_BEFORE_FIRST_FEATURES
        found = {name: len(prices) for name, prices in history.prices.by_ticker()}
        problems, upcoming = ProblemList(), {}
        for name, last in history.last_dates.items():
            ticker = shown(name) if name else "the file"
            upcoming[name] = self._calendar.after(last, self.manifest.horizon)
            if found.get(name, 0) < needed:
                problems.add(f"{ticker} needs {needed} sessions, got {found.get(name, 0)}")
            elif len(upcoming[name]) < self.manifest.horizon:
                first, end = self._calendar.sessions[0], self._calendar.sessions[-1]
                problems.add(f"{ticker} ends on {last}; the model's calendar ({self.manifest.market}) covers {first} to {end}; retrain")
        problems.raise_if_any()
        return upcoming

    def _answer(
        self, kind: str, table: Table, tickers: int, warnings: list[str], predictions: list[Prediction], records: list[TrackRecord]
    ) -> Answer:
        return {
            "model": {"version": self.manifest.version, "trained_at": self.manifest.created_at},
            "input": {"kind": kind, "rows": len(table.lines), "tickers": tickers, "warnings": warnings},
            "predictions": predictions,
            "track_record": records,
        }
