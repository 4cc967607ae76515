"""From CSV bytes to an answer, by one model."""

from collections.abc import Collection
from math import ceil

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray
from model_contract.deadline import Check, never
from model_contract.errors import ProblemList
from model_contract.messages.message import shown
from model_contract.messages.reading import CALENDAR_ENDS, TICKER_TOO_FEW_SESSIONS, TOO_FEW_SESSIONS
from model_contract.model.features import SESSIONS_BEFORE_FIRST_FEATURES
from model_contract.model.forecasting import forecast_and_inputs
from model_contract.model.har import MAX_ROWS as HAR_ROWS
from model_contract.model.intervals import bands_around, scales_before
from model_contract.model.onnx_network import load_network
from model_contract.model.windows import Windows, history_windows
from model_contract.prices import Prices
from model_contract.reading.plausibility import gaps, outside_training_range, sparse
from model_contract.reading.price_history import History, read_history
from model_contract.reading.table import Limits, Table, read_table
from model_contract.reading.windows_csv import WindowRows, is_windows_header, read_windows
from model_contract.store.bundle import Bundle
from model_contract.store.bundle_checks import require_consistent
from prediction_api.forecast.track_record import (
    MAX_SESSIONS,
    Past,
    har_before,
    is_measurable,
    track_record,
)
from prediction_api.forecast.warnings import (
    calendar_cautions,
    count_far,
    end_cautions,
    gap_cautions,
    memory_cautions,
    range_caution,
    sentence,
    sparse_cautions,
    target_cautions,
)
from prediction_api.observability.timing import FEATURES, INFERENCE, READ, phase
from prediction_api.responses import Answer, Kind, Prediction, TrackRecord, prediction_rows

# Windows in one run of the network. Much larger ones take memory and leave the CPU's cache. A multiple of four: the runtime
# adds up four windows at a time and what is left over in another order, so that other sizes would change last digits.
BATCH = 256
SESSIONS_A_MONTH = 21
LAST = slice(
    -(MAX_SESSIONS + 1), None
)  # the windows of the track record, and the one at the end of the file
USED = (
    MAX_SESSIONS + 1 + HAR_ROWS
)  # windows, counted from the end of a history, that an answer depends on
MAX_POINTS = 100_000  # past forecasts that an answer lists: some 15 MB

BoolArray = npt.NDArray[np.bool_]


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

    def predict(
        self, data: bytes, points: int = 0, check: Check = never, limits: Limits | None = None
    ) -> Answer:
        """Answer a CSV of either kind. Raises `TableError` where it cannot be used.

        check    called now and then; it raises where the answer comes too late to be of use
        """
        with phase(READ):
            table = read_table(data, limits, check)
        check()
        if is_windows_header(table.header):
            return self._answer_windows(table, check)
        return self._answer_history(table, points, check)

    def forecast(self, windows: Windows, check: Check = never) -> FloatArray:
        """Volumes in shares: windows (samples,), of the manifest's shapes -> (samples, horizon)."""
        volumes, far = self._forecast(windows, check)
        count_far(far)
        return volumes

    def _forecast(
        self, windows: Windows | WindowRows, check: Check = never
    ) -> tuple[FloatArray, BoolArray]:
        """The same, and which windows lie outside the training range, (samples,)."""
        forecasts, far = [], []
        with (
            phase(INFERENCE),
            np.errstate(over="ignore"),
        ):  # absurd values become infinite here and are bounded before the network
            for start in range(0, len(windows), BATCH):
                check()
                batch = windows.take(slice(start, start + BATCH))
                volumes, inputs = forecast_and_inputs(batch, self._scalers, self._network)
                forecasts.append(volumes)
                far.append(outside_training_range(inputs))
        return np.concatenate(forecasts), np.concatenate(far)

    def _answer_windows(self, table: Table, check: Check) -> Answer:
        manifest, sessions = self.manifest, self._calendar.sessions
        with phase(READ):
            rows = read_windows(
                table, manifest.features, manifest.window, manifest.horizon, self._calendar
            )
        check()
        forecasts, far = self._forecast(rows, check)
        forecasts = forecasts[:, :1]
        predictions = prediction_rows(
            forecasts,
            bands_around(forecasts, manifest.intervals),
            rows.tickers,
            rows.target[:, None],
            self._calendar.special,
        )
        warnings = [
            *(warning.text for warning in rows.warnings),
            *calendar_cautions(rows.sessions, sessions, manifest.market),
            *target_cautions(rows.target, sessions, manifest.market),
            *range_caution(far, "windows"),
        ]
        return self._answer("windows", table, len(set(rows.tickers)), warnings, predictions, [])

    def _answer_history(self, table: Table, points: int, check: Check) -> Answer:
        with phase(READ):
            history = read_history(table)
        check()
        upcoming = self._require_forecastable(history)
        predictions: list[Prediction] = []
        records: list[TrackRecord] = []
        far: list[
            bool
        ] = []  # by ticker: whether the window that its forecast is made from is outside the training range
        with phase(FEATURES):
            market = self.manifest.market
            warnings = [
                *sparse_cautions(sparse(history.prices)),
                *(warning.text for warning in history.warnings),
                *calendar_cautions(history.prices.session, self._calendar.sessions, market),
                *gap_cautions(gaps(history.prices, self._calendar), market),
                *end_cautions(
                    history.last_dates,
                    {name: prices.session[-1] for name, prices in history.prices.by_ticker()},
                    self._calendar.sessions,
                ),
            ]
        most = MAX_POINTS // len(upcoming)
        if points > most:
            warnings.append(
                f"the points were cut from {points} to {most} a ticker: at most {MAX_POINTS:,} are listed in all"
            )
        for name, prices in history.prices.by_ticker():
            check()
            rows, record, cautions, is_far = self._answer_ticker(
                name, prices, upcoming[name], min(points, most)
            )
            predictions += rows
            records += record
            warnings += cautions
            far.append(is_far)
        warnings += range_caution(np.array(far), f"the last sessions of {_listed(upcoming)}")
        return self._answer("history", table, len(upcoming), warnings, predictions, records)

    def _windows(self, prices: Prices, upcoming: DateArray) -> Windows:
        """The windows of a ticker that its answer depends on."""
        with phase(FEATURES):
            used = prices.take(
                slice(-(USED + self.manifest.window - 1 + SESSIONS_BEFORE_FIRST_FEATURES), None)
            )
            return history_windows(used, self._calendar, upcoming, self.manifest.window)

    def _answer_ticker(
        self, name: str, prices: Prices, upcoming: DateArray, points: int
    ) -> tuple[list[Prediction], list[TrackRecord], list[str], bool]:
        """Give a ticker's predictions, its track record if there is one, warnings, and whether it is far from the training data."""
        windows = self._windows(prices, upcoming)
        last = windows.take(LAST)
        forecasts, far = self._forecast(last)
        is_far = bool(far[-1])
        with phase(FEATURES):
            measurable = is_measurable(last.log_volume)
            sessions = len(last) - 1 if measurable else 0  # of the record
            past = Past.of(last.log_volume[:sessions], forecasts[:sessions, :1], prices)
            intervals = self.manifest.intervals
            scales = scales_before(past.log_errors(), intervals)
            bands = bands_around(
                forecasts[-1:], intervals, {level: scale[-1:] for level, scale in scales.items()}
            )
            predictions = prediction_rows(
                forecasts[-1:], bands, [name or None], upcoming[None], self._calendar.special
            )
            if not measurable:
                return (
                    predictions,
                    [],
                    [
                        f"no track record for {shown(name)}: a volume is outside what shares can have"
                    ],
                    is_far,
                )
            if not sessions:
                return predictions, [], [], is_far
            har = har_before(windows.log_volume, sessions, self._har)
            record = track_record(name or None, past, intervals, scales, har, points)
            return (
                predictions,
                [record],
                list(memory_cautions(record, past.sessions, self.manifest)),
                is_far,
            )

    def _require_forecastable(self, history: History) -> dict[str, DateArray]:
        """Give the sessions to forecast by ticker, or raise a `TableError` with every ticker that cannot be forecast."""
        needed = self.manifest.window + SESSIONS_BEFORE_FIRST_FEATURES
        found = {name: len(prices) for name, prices in history.prices.by_ticker()}
        problems, upcoming = ProblemList(), {}
        for name, last in history.last_dates.items():
            upcoming[name] = self._calendar.after(last, self.manifest.horizon)
            if found.get(name, 0) < needed:
                got, months = found.get(name, 0), ceil(needed / SESSIONS_A_MONTH)
                params = {"ticker": name or None, "needed": needed, "found": got, "months": months}
                problems.add(
                    TICKER_TOO_FEW_SESSIONS(**params)
                    if len(history.last_dates) > 1
                    else TOO_FEW_SESSIONS(**params, missing=needed - got)
                )
            elif len(upcoming[name]) < self.manifest.horizon:
                sessions = self._calendar.sessions
                problems.add(
                    CALENDAR_ENDS(
                        ticker=name or None,
                        date=str(last),
                        market=self.manifest.market,
                        first=str(sessions[0]),
                        last=str(sessions[-1]),
                        horizon=self.manifest.horizon,
                    )
                )
        problems.raise_if_any()
        return upcoming

    def _answer(
        self,
        kind: Kind,
        table: Table,
        tickers: int,
        warnings: list[str],
        predictions: list[Prediction],
        records: list[TrackRecord],
    ) -> Answer:
        return {
            "model": {"version": self.manifest.version, "trained_at": self.manifest.created_at},
            "input": {
                "kind": kind,
                "rows": len(table.lines),
                "tickers": tickers,
                "warnings": list(map(sentence, warnings)),
            },
            "predictions": predictions,
            "track_record": records,
        }


def _listed(tickers: Collection[str]) -> str:
    """The tickers of a file in words, the first ten by name."""
    if list(tickers) == [""]:
        return "the file"
    return ", ".join(map(shown, list(tickers)[:10])) + (", …" if len(tickers) > 10 else "")
