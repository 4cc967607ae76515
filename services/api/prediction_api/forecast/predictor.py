"""Computes the response to a CSV with one model."""

from math import ceil

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray
from model_contract.deadline import Check, never
from model_contract.errors import ProblemList
from model_contract.messages.forecasting import POINTS_REDUCED, TRACK_RECORD_IMPOSSIBLE
from model_contract.messages.message import Message
from model_contract.messages.reading import CALENDAR_ENDS, TICKER_TOO_FEW_SESSIONS, TOO_FEW_SESSIONS
from model_contract.model.features import SESSIONS_BEFORE_FIRST_FEATURES
from model_contract.model.forecasting import forecast_and_inputs
from model_contract.model.har import MAX_ROWS as HAR_ROWS
from model_contract.model.intervals import bands_around, scales_before
from model_contract.model.onnx_network import load_network
from model_contract.model.windows import Windows, history_windows
from model_contract.prices import Prices
from model_contract.reading.csv_file import read_table
from model_contract.reading.input_warnings import gaps, outside_training_range, sparse
from model_contract.reading.limits import Limits
from model_contract.reading.price_history import History, read_history
from model_contract.reading.table import Table
from model_contract.reading.windows_csv import WindowRows, is_windows_header, read_windows
from model_contract.store.bundle import Bundle
from model_contract.store.bundle_checks import require_consistent
from prediction_api.forecast import warnings
from prediction_api.forecast.track_record import (
    MAX_SESSIONS,
    Past,
    har_before,
    is_measurable,
    track_record,
)
from prediction_api.observability.timing import FEATURES, INFERENCE, READ, phase
from prediction_api.responses import (
    Answer,
    Kind,
    Prediction,
    TrackRecord,
    prediction_rows,
    warning_fields,
)

# Windows per run of the network; many more wouldn't fit in the CPU's cache. Must be a multiple of
# four: the runtime processes windows in groups of four and sums any remainder in a different order,
# which changes the last digits.
BATCH = 256
# The network runs on these windows of a ticker: those of the track record, and the latest one.
LAST = slice(-(MAX_SESSIONS + 1), None)
USED = MAX_SESSIONS + 1 + HAR_ROWS  # the last windows that affect a forecast and its track record
MAX_POINTS = 100_000  # past forecasts per response, about 15 MB
SESSIONS_PER_MONTH = 21

BoolArray = npt.NDArray[np.bool_]


class Predictor:
    """A loaded and verified model. It is immutable, so threads share it without a lock."""

    def __init__(self, bundle: Bundle) -> None:
        """Load the network, and replay the golden inputs to check and warm it up.

        Raises `BundleError`.
        """
        self.manifest = bundle.manifest
        self._scalers, self._calendar = bundle.scalers, bundle.calendar
        self._har = require_consistent(bundle)
        self._network = load_network(bundle.model)
        bundle.golden.verify(bundle.scalers, self._network, bundle.manifest.version)

    def predict(
        self, data: bytes, points: int = 0, check: Check = never, limits: Limits | None = None
    ) -> Answer:
        """Forecast from a CSV that contains a history or windows. Raises `TableError`.

        points   number of past forecasts in each track record
        check    called between steps; raises once the deadline has passed
        """
        with phase(READ):
            table = read_table(data, limits, check)
        check()
        if is_windows_header(table.header):
            return self._answer_windows(table, check)
        return self._answer_history(table, points, check)

    def forecast(self, windows: Windows, check: Check = never) -> FloatArray:
        """Forecast volumes, (samples, horizon), in shares, from windows with the model's shapes."""
        volumes, outside = self._forecast(windows, check)
        warnings.count_outside(outside)
        return volumes

    def _forecast(
        self, windows: Windows | WindowRows, check: Check = never
    ) -> tuple[FloatArray, BoolArray]:
        """Return volumes (samples, horizon), and which windows are outside the training range."""
        forecasts, outside = [], []
        # Absurd values overflow to infinity and are clipped before they reach the network.
        with phase(INFERENCE), np.errstate(over="ignore"):
            for start in range(0, len(windows), BATCH):
                check()
                batch = windows.take(slice(start, start + BATCH))
                volumes, inputs = forecast_and_inputs(batch, self._scalers, self._network)
                forecasts.append(volumes)
                outside.append(outside_training_range(inputs))
        return np.concatenate(forecasts), np.concatenate(outside)

    def _answer_windows(self, table: Table, check: Check) -> Answer:
        manifest, calendar = self.manifest, self._calendar
        with phase(READ):
            rows = read_windows(
                table, manifest.features, manifest.window, manifest.horizon, calendar, check
            )
        check()
        forecasts, outside = self._forecast(rows, check)
        forecasts = forecasts[:, :1]
        bands = bands_around(forecasts, manifest.intervals)
        predictions = prediction_rows(
            forecasts, bands, rows.tickers, rows.target[:, None], calendar.special
        )
        messages = [
            *rows.warnings,
            *warnings.calendar_warnings(rows.sessions, calendar.sessions, manifest.market),
            *warnings.target_warnings(rows.target, calendar.sessions, manifest.market),
            *warnings.window_range_warnings(outside),
        ]
        return self._answer("windows", table, len(set(rows.tickers)), messages, predictions, [])

    def _answer_history(self, table: Table, points: int, check: Check) -> Answer:
        with phase(READ):
            history = read_history(table, check=check)
        check()
        upcoming = self._require_forecastable(history)
        predictions: list[Prediction] = []
        records: list[TrackRecord] = []
        with phase(FEATURES):
            messages = self._history_warnings(history)
        limit = MAX_POINTS // len(upcoming)  # per ticker
        if points > limit:
            messages.append(POINTS_REDUCED(listed=limit, points=points, limit=MAX_POINTS))
        outside: dict[str, bool] = {}
        for name, prices in history.prices.by_ticker():
            check()
            rows, record, notes, outside[name] = self._answer_ticker(
                name or None, prices, upcoming[name], min(points, limit)
            )
            predictions += rows
            records += record
            messages += notes
        messages += warnings.history_range_warnings(outside)
        return self._answer("history", table, len(upcoming), messages, predictions, records)

    def _history_warnings(self, history: History) -> list[Message]:
        """Return all warnings except those about out-of-range values, which need inference."""
        prices, sessions, market = history.prices, self._calendar.sessions, self.manifest.market
        last_read = {name: rows.session[-1] for name, rows in prices.by_ticker()}
        return [
            *warnings.sparse_warnings(sparse(prices)),
            *history.warnings,
            *warnings.calendar_warnings(prices.session, sessions, market),
            *warnings.gap_warnings(gaps(prices, self._calendar), market),
            *warnings.end_warnings(history.last_dates, last_read, sessions),
        ]

    def _windows(self, prices: Prices, upcoming: DateArray) -> Windows:
        """Return the windows of a ticker that affect its forecast and track record."""
        used = USED + self.manifest.window - 1 + SESSIONS_BEFORE_FIRST_FEATURES
        with phase(FEATURES):
            return history_windows(
                prices.take(slice(-used, None)), self._calendar, upcoming, self.manifest.window
            )

    def _answer_ticker(
        self, ticker: str | None, prices: Prices, upcoming: DateArray, points: int
    ) -> tuple[list[Prediction], list[TrackRecord], list[Message], bool]:
        """Return a ticker's predictions, its track record if there is one, and warnings.

        The last value is whether the latest window is outside the training range.
        """
        windows, intervals = self._windows(prices, upcoming), self.manifest.intervals
        last = windows.take(LAST)
        forecasts, outside = self._forecast(last)
        is_outside = bool(outside[-1])
        with phase(FEATURES):
            measurable = is_measurable(last.log_volume)
            sessions = len(last) - 1 if measurable else 0  # in the track record
            past = Past.of(last.log_volume[:sessions], forecasts[:sessions, :1], prices)
            scales = scales_before(past.log_errors(), intervals)
            latest = {level: scale[-1:] for level, scale in scales.items()}
            bands = bands_around(forecasts[-1:], intervals, latest)
            predictions = prediction_rows(
                forecasts[-1:], bands, [ticker], upcoming[None], self._calendar.special
            )
            if not measurable:
                return predictions, [], [TRACK_RECORD_IMPOSSIBLE(ticker=ticker)], is_outside
            if not sessions:
                return predictions, [], [], is_outside
            har = har_before(windows.log_volume, sessions, self._har)
            record = track_record(ticker, past, intervals, scales, har, points)
            notes = list(warnings.in_sample_warnings(record, past.sessions, self.manifest))
            return predictions, [record], notes, is_outside

    def _require_forecastable(self, history: History) -> dict[str, DateArray]:
        """Return the sessions to forecast, by ticker.

        Raises `TableError`, which lists every ticker that cannot be forecast.
        """
        needed = self.manifest.window + SESSIONS_BEFORE_FIRST_FEATURES
        found = {name: len(prices) for name, prices in history.prices.by_ticker()}
        problems, upcoming = ProblemList(), {}
        for name, last in history.last_dates.items():
            upcoming[name] = self._calendar.after(last, self.manifest.horizon)
            count = found.get(name, 0)
            if count < needed:
                alone = len(history.last_dates) == 1
                problems.add(_too_few_sessions(name or None, needed, count, alone))
            elif len(upcoming[name]) < self.manifest.horizon:
                problems.add(self._calendar_ends(name or None, last))
        problems.raise_if_any()
        return upcoming

    def _calendar_ends(self, ticker: str | None, last: np.datetime64) -> Message:
        sessions = self._calendar.sessions
        return CALENDAR_ENDS(
            ticker=ticker,
            date=str(last),
            market=self.manifest.market,
            first=str(sessions[0]),
            last=str(sessions[-1]),
            horizon=self.manifest.horizon,
        )

    def _answer(
        self,
        kind: Kind,
        table: Table,
        tickers: int,
        messages: list[Message],
        predictions: list[Prediction],
        records: list[TrackRecord],
    ) -> Answer:
        return {
            "model": {"version": self.manifest.version, "trained_at": self.manifest.created_at},
            "input": {
                "kind": kind,
                "rows": len(table.lines),
                "tickers": tickers,
                "warnings": list(map(warning_fields, messages)),
            },
            "predictions": predictions,
            "track_record": records,
        }


def _too_few_sessions(ticker: str | None, needed: int, found: int, alone: bool) -> Message:
    months = ceil(needed / SESSIONS_PER_MONTH)
    if not alone:
        return TICKER_TOO_FEW_SESSIONS(ticker=ticker, needed=needed, found=found, months=months)
    return TOO_FEW_SESSIONS(
        ticker=ticker, needed=needed, found=found, missing=needed - found, months=months
    )
