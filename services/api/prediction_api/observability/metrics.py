"""GET /metrics: the combined metrics of all workers.

gunicorn's workers are processes. Each writes its metrics to its own file, in a directory that
`gunicorn.conf.py` creates before they start; the worker that gets the request reads all files.
Without that directory (in tests or with `flask run`), one process keeps its metrics in memory.
What the trainer and the loop have written to their files doesn't depend on the process: `include`
adds collectors that read it.

Each value of a label creates a time series in Prometheus and takes space in every worker's file, so
labels have few values: a path is a route such as `/predict`, never text from the client.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from prediction_api.observability.timing import NAMES, WINDOWS, WINDOWS_OUTSIDE, Work
from prediction_api.responses import Kind, TrackRecord
from prediction_api.settings import METRICS_DIRECTORY

# From one window (about a millisecond) to the deadline.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
LEVELS = ("80", "95")
# Per track record. Without a cap, one absurd file would dominate the live skill for a day.
MAX_RELATIVE_ERROR = 3.0


class Metrics:
    """The metrics of one application. Counters include workers that have exited; gauges do not."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._included: list[Collector] = []
        self._counter = partial(Counter, registry=self._registry)
        self._gauge = partial(Gauge, registry=self._registry)
        self._histogram = partial(Histogram, buckets=SECONDS, registry=self._registry)
        self._add_request_metrics()
        self._add_forecast_metrics()
        self._add_model_metrics()

    def _add_request_metrics(self) -> None:
        self._requests = self._counter(
            "http_requests", "Requests by route and status", ["path", "status"]
        )
        self._seconds = self._histogram(
            "http_request_duration_seconds",
            "From a request's headers to its complete response, by route; without health checks",
            ["path"],
        )
        phases = self._histogram(
            "forecast_phase_duration_seconds",
            "Phases of a forecast: waiting for a slot if necessary, reading the file, computing "
            "features, running the network, writing the response",
            ["phase"],
        )
        self._phases = {name: phases.labels(name) for name in NAMES}
        self.computing = self._gauge(
            "forecasts_computing", "Requests being computed", multiprocess_mode="livesum"
        )
        self.waiting = self._gauge(
            "forecasts_waiting", "Requests waiting for a slot", multiprocess_mode="livesum"
        )

    def _add_forecast_metrics(self) -> None:
        rows = self._counter("forecast_rows", "Rows in files that received forecasts", ["kind"])
        self._rows = {kind: rows.labels(kind) for kind in ("history", "windows")}
        counted = {
            WINDOWS: "Windows used for forecasts, not counting track records",
            WINDOWS_OUTSIDE: "Windows used for forecasts that were far outside the training range",
        }
        self._counts = {
            name: self._counter(f"forecast_{name}", text) for name, text in counted.items()
        }
        self._record_sessions = self._counter(
            "track_record_sessions",
            "Past sessions in track records; a file sent twice counts twice",
        )
        self._record_error = self._counter(
            "track_record_relative_error",
            "The model's MAE divided by the naive forecast's MAE, at most "
            f"{MAX_RELATIVE_ERROR:g}, summed over past sessions in track records",
        )
        covered = self._counter(
            "track_record_covered_sessions",
            "Past sessions in track records whose volume was within the interval, by level",
            ["level"],
        )
        self._covered = {level: covered.labels(level) for level in LEVELS}

    def _add_model_metrics(self) -> None:
        self.model_swaps = self._counter(
            "model_swaps", "Model swaps; each worker counts one per published model"
        )
        self.model_refusals = self._counter(
            "model_refusals", "Refusals of the current version; each worker counts every attempt"
        )
        self._model_info = self._gauge(
            "model_info",
            "1 for each version that a worker serves; only one version, except during a swap",
            ["version"],
            multiprocess_mode="livemax",
        )
        self._model_loaded = self._gauge(
            "model_loaded_timestamp_seconds",
            "When a worker last loaded a model, in seconds since 1970; 0 before the first model",
            multiprocess_mode="livemax",
        )
        self._model_trained = self._gauge(
            "model_trained_timestamp_seconds",
            "When the served model was trained, in seconds since 1970; 0 before the first model",
            multiprocess_mode="livemax",
        )

    def observe_request(self, path: str, status: int, seconds: float, work: Work) -> None:
        """Count one request. `path` is its route, or "other"."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)
        for name, spent in work.seconds.items():
            self._phases[name].observe(spent)
        for name, number in work.counts.items():
            self._counts[name].inc(number)

    def observe_probe(self, path: str, status: int) -> None:
        """Count one request from a health check or Prometheus."""
        self._requests.labels(path, str(status)).inc()

    def observe_answer(self, kind: Kind, rows: int, records: Iterable[TrackRecord]) -> None:
        """Count the rows of a request, and the errors and coverage in its track records."""
        self._rows[kind].inc(rows)
        sessions, error, covered_80, covered_95 = 0, 0.0, 0, 0
        for record in records:
            number, skill = record["sessions"], record["skill_vs_naive"]
            sessions += number
            error += number * (
                MAX_RELATIVE_ERROR if skill is None else min(1 - skill, MAX_RELATIVE_ERROR)
            )
            covered_80 += round(number * record["coverage_80"])
            covered_95 += round(number * record["coverage_95"])
        if sessions:
            self._record_sessions.inc(sessions)
            self._record_error.inc(error)
            self._covered["80"].inc(covered_80)
            self._covered["95"].inc(covered_95)

    def serve(self, version: str, trained_at: str, previous: str | None) -> None:
        """Record that this process now serves `version` instead of `previous`.

        trained_at   ISO 8601
        """
        self._model_info.labels(version).set(1)
        if previous is not None:
            # Set to 0, not removed, because a process's metrics file only grows.
            self._model_info.labels(previous).set(0)
            self.model_swaps.inc()
        self._model_loaded.set_to_current_time()
        with suppress(ValueError):  # a model with an invalid training time is served anyway
            self._model_trained.set(datetime.fromisoformat(trained_at).timestamp())

    def include(self, *collectors: Collector) -> None:
        """Add metrics that are the same for all workers."""
        self._included += collectors

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        source: Collector = self._registry
        if METRICS_DIRECTORY in os.environ:
            source = MultiProcessCollector(None)  # type: ignore[no-untyped-call]
        return generate_latest(_Combined(_WithoutPreviousModels(source), *self._included))


class _WithoutPreviousModels(Collector):
    """Omits versions that no worker serves anymore; otherwise, every training would add one."""

    def __init__(self, source: Collector) -> None:
        self._source = source

    def collect(self) -> Iterable[Metric]:
        for metric in self._source.collect():
            if metric.name == "model_info":
                metric.samples = [sample for sample in metric.samples if sample.value]
            yield metric


class _Combined(Collector):
    def __init__(self, *sources: Collector) -> None:
        self._sources = sources

    def collect(self) -> Iterable[Metric]:
        for source in self._sources:
            yield from source.collect()
