"""Computes the response to a file with one model."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import numpy as np

from model_contract.arrays import DateArray, FloatArray
from model_contract.deadline import Check, never
from model_contract.errors import TableError
from model_contract.market_hours import last_closed_day
from model_contract.messages.forecasting import (
    MARKET_OTHER,
    POINTS_REDUCED,
    TRACK_RECORD_IMPOSSIBLE,
)
from model_contract.messages.message import Message
from model_contract.messages.reading import MARKET_UNKNOWN
from model_contract.model.calendar import Calendar, effects_in_logs
from model_contract.model.har import MAX_ROWS as HAR_ROWS
from model_contract.model.intervals import bands_around, scales_before
from model_contract.model.onnx_network import OnnxNetwork
from model_contract.model.windows import Windows, history_windows, log_volume_windows
from model_contract.prices import Prices
from model_contract.reading.apply.input_warnings import gaps, sparse
from model_contract.reading.apply.price_checks import require_several_sessions
from model_contract.reading.apply.price_history import History, read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.interpret.market import market_of
from model_contract.reading.interpret.reading import Choices
from model_contract.reading.table.limits import Limits
from model_contract.reading.table.table import Table
from model_contract.reading.windows_csv import (
    WindowRows,
    fingerprint,
    is_windows_header,
    read_windows,
)
from model_contract.store.bundle import Bundle
from model_contract.store.bundle_checks import dispersion_of, require_consistent
from prediction_api.forecast import warnings
from prediction_api.forecast.forecaster import BATCH, Forecaster, Forecasts
from prediction_api.forecast.other_tickers import inputs_of_markets
from prediction_api.forecast.reading import reading_fields
from prediction_api.forecast.reasons import Explainer, add_reasons
from prediction_api.forecast.track_record import (
    MAX_SESSIONS,
    Past,
    har_before,
    is_measurable,
    track_record,
)
from prediction_api.forecast.upcoming import part_of, upcoming_sessions
from prediction_api.observability.timing import FEATURES, INFERENCE, READ, phase
from prediction_api.responses import (
    Answer,
    Kind,
    Prediction,
    ReadingFields,
    Reasons,
    TrackRecord,
    prediction_rows,
    warning_fields,
)

# The network runs on these last windows of a ticker: those of the track record, and the latest one.
LAST = MAX_SESSIONS + 1
MAX_POINTS = 100_000  # past forecasts per response, about 15 MB


class Predictor:
    """A loaded and verified model. It is immutable, so threads share it without a lock."""

    def __init__(self, bundle: Bundle) -> None:
        """Load the network, and replay the golden inputs to check and warm it up.

        Raises `BundleError`.
        """
        self.manifest = bundle.manifest
        self._calendar = bundle.calendar
        self._calendars = bundle.all_calendars
        self._har = require_consistent(bundle)
        self._input_effects = effects_in_logs(self.manifest.input_effects)
        self._fingerprint = fingerprint(self.manifest.input_effects)
        served, scored = OnnxNetwork(bundle.model), OnnxNetwork(bundle.scored)
        dispersion = dispersion_of(self.manifest)
        self._served = Forecaster(served, bundle.scalers, dispersion)
        # It makes the track record: the served network has learned from these sessions.
        self._scored = Forecaster(scored, bundle.scalers, dispersion)
        effects = effects_in_logs(self.manifest.calendar_effects)
        self._explainer = Explainer(served, bundle.scalers, effects)
        bundle.golden.verify(bundle.scalers, served, bundle.manifest.version)
        bundle.golden.require_forecasts(bundle.scalers, scored, bundle.manifest.version)
        self._explainer.verify(bundle.golden, bundle.manifest.version)

    def predict(
        self,
        data: bytes,
        points: int = 0,
        check: Check = never,
        limits: Limits | None = None,
        choices: Choices | None = None,
        explain: bool = False,
    ) -> Answer:
        """Forecast from a CSV that contains a history or windows. Raises `TableError`.

        points    number of past forecasts in each track record
        check     called between steps; raises once the deadline has passed
        choices   how to read the file; of windows, which have only one form, the encoding and sheet
        explain   whether to give the reasons of each forecast
        """
        choices = choices or Choices()
        with phase(READ):
            table = read_table(data, limits, check, choices.encoding, choices.sheet)
        check()
        if is_windows_header(table.header):
            return self._answer_windows(table, check, explain)
        return self._answer_history(table, points, check, choices, explain)

    def forecast(self, windows: Windows, check: Check = never) -> Forecasts:
        """Forecast from windows with the model's shapes."""
        found = self._served.forecast(windows, check)
        warnings.count_outside(found.outside)
        return found

    def _answer_windows(self, table: Table, check: Check, explain: bool) -> Answer:
        manifest, calendar = self.manifest, self._calendar
        with phase(READ):
            rows = read_windows(
                table,
                manifest.features,
                manifest.window,
                manifest.horizon,
                calendar,
                self._fingerprint,
                check,
            )
        check()
        found = self._served.forecast(rows, check)
        forecasts = found.volumes[:, :1]
        bands = bands_around(forecasts, manifest.intervals, found.sizes)
        predictions = prediction_rows(
            forecasts, bands, rows.tickers, rows.target[:, None], calendar.special
        )
        if explain:
            add_reasons(predictions, self._reasons(rows, forecasts, check))
        messages = [
            *rows.warnings,
            *warnings.calendar_warnings(rows.sessions, calendar, manifest.market),
            *warnings.target_warnings(rows.target, calendar, manifest.market),
            *warnings.window_range_warnings(found.outside),
        ]
        return self._answer(
            "windows", table, len(set(rows.tickers)), None, messages, predictions, []
        )

    def _answer_history(
        self, table: Table, points: int, check: Check, choices: Choices, explain: bool
    ) -> Answer:
        with phase(READ):
            now = choices.as_of or datetime.now(UTC)
            latest = max(now, datetime.now(UTC)).astimezone(UTC)
            history = read_history(
                table,
                np.datetime64(latest.date()),
                check,
                choices,
                lambda name, dates: last_closed_day(self._market(name, dates, choices), now),
            )
            require_several_sessions(history.prices)
            markets = {
                name: self._market(name, prices.session, choices)
                for name, prices in history.prices.by_ticker()
            }
        check()
        upcoming, left_out = upcoming_sessions(history, markets, self._calendars, self.manifest)
        used = {markets[name] for name in upcoming}
        reading = reading_fields(table, history, used, self._calendars)
        with phase(FEATURES):
            of_market = inputs_of_markets(history.prices, markets)
        if left_out:
            history = part_of(history, upcoming)
        predictions: list[Prediction] = []
        records: list[TrackRecord] = []
        with phase(FEATURES):
            messages = [*self._history_warnings(history, markets), *left_out]
            messages += warnings.short_history_notes(history.prices)
        limit = MAX_POINTS // len(upcoming)  # per ticker
        if points > limit:
            messages.append(POINTS_REDUCED(listed=limit, points=points, limit=MAX_POINTS))
        outside: dict[str, bool] = {}
        for name, prices in history.prices.by_ticker():
            check()
            rows, record, notes, outside[name] = self._answer_ticker(
                name or None,
                prices,
                self._calendars[markets[name]],
                upcoming[name],
                of_market.get(name),
                min(points, limit),
                explain,
            )
            predictions += rows
            records += record
            messages += notes
        messages += warnings.history_range_warnings(outside)
        return self._answer(
            "history", table, len(upcoming), reading, messages, predictions, records
        )

    def _reasons(
        self, windows: Windows | WindowRows, forecasts: FloatArray, check: Check = never
    ) -> list[Reasons | None]:
        """Return the reasons of `forecasts`, (samples, steps), row by row."""
        reasons: list[Reasons | None] = []
        with phase(INFERENCE):
            for start in range(0, len(windows), BATCH):
                check()
                batch = slice(start, start + BATCH)
                reasons += self._explainer.reasons(windows.take(batch), forecasts[batch])
        return reasons

    def _market(self, ticker: str, dates: DateArray, choices: Choices) -> str:
        """The market of a ticker: the chosen one, or the one that its name or dates show."""
        if choices.market is None:
            return market_of(ticker, dates, self._calendars, self.manifest.market)
        chosen = choices.market.upper()
        if chosen not in self._calendars:
            known = sorted(self._calendars)
            raise TableError.of(MARKET_UNKNOWN(found=choices.market, supported=known))
        return chosen

    def _history_warnings(self, history: History, markets: Mapping[str, str]) -> list[Message]:
        """All warnings except those about out-of-range values, which need inference first."""
        messages = [*warnings.sparse_warnings(sparse(history.prices)), *history.warnings]
        found = dict.fromkeys(markets[name] for name in history.last_dates)
        for market in found:
            tickers = [name for name in history.last_dates if markets[name] == market]
            part = history if len(found) == 1 else part_of(history, tickers)
            messages += self._market_warnings(part, market)
        return messages

    def _market_warnings(self, history: History, market: str) -> Iterator[Message]:
        prices, calendar = history.prices, self._calendars[market]
        last_read = {name: rows.session[-1] for name, rows in prices.by_ticker()}
        trained = self.manifest.trained_markets
        if market not in trained:
            yield MARKET_OTHER(market=market, trained=list(trained))
        yield from warnings.calendar_warnings(prices.session, calendar, market)
        yield from warnings.gap_warnings(gaps(prices, calendar), market)
        yield from warnings.end_warnings(history.last_dates, last_read, calendar.sessions)

    def _answer_ticker(
        self,
        ticker: str | None,
        prices: Prices,
        calendar: Calendar,
        upcoming: DateArray,
        of_market: FloatArray | None,
        points: int,
        explain: bool,
    ) -> tuple[list[Prediction], list[TrackRecord], list[Message], bool]:
        """Return a ticker's predictions, its track record if there is one, and warnings.

        The last value is whether the latest window is outside the training range.
        """
        window, intervals = self.manifest.window, self.manifest.intervals
        with phase(FEATURES):
            last = history_windows(
                prices, calendar, upcoming, window, self._input_effects, of_market, LAST
            )
        newest = last.take(slice(-1, None))
        found = self._served.forecast(newest)
        is_outside = bool(found.outside[0])
        reasons = self._reasons(newest, found.volumes) if explain else None
        measurable = is_measurable(last.log_volume)
        sessions = len(last) - 1 if measurable else 0  # in the track record
        earlier = self._scored.forecast(last.take(slice(sessions)))
        with phase(FEATURES):
            past = Past.of(
                last.log_volume[:sessions], earlier.volumes[:, :1], earlier.sizes[:, :1], prices
            )
            scales = scales_before(past.log_errors(), intervals)
            latest = {level: scale[-1:] for level, scale in scales.items()}
            bands = bands_around(found.volumes, intervals, found.sizes, latest)
            predictions = prediction_rows(
                found.volumes, bands, [ticker], upcoming[None], calendar.special
            )
            if reasons:
                add_reasons(predictions, reasons)
            if not measurable:
                return predictions, [], [TRACK_RECORD_IMPOSSIBLE(ticker=ticker)], is_outside
            if not sessions:
                return predictions, [], [], is_outside
            log_volume = log_volume_windows(prices, window, LAST + HAR_ROWS)
            har = har_before(log_volume, sessions, self._har)
            record = track_record(ticker, past, intervals, scales, har, points)
            notes = list(warnings.in_sample_warnings(record, past.sessions, self.manifest))
            return predictions, [record], notes, is_outside

    def _answer(
        self,
        kind: Kind,
        table: Table,
        tickers: int,
        reading: ReadingFields | None,
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
                "reading": reading,
                "warnings": list(map(warning_fields, messages)),
            },
            "predictions": predictions,
            "track_record": records,
        }
