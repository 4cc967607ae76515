"""What GET /metrics tells Prometheus: the figures of all workers as one.

gunicorn's workers are processes. Each writes its figures into a file of its own, in a directory that `gunicorn.conf.py`
makes before any of them starts; the worker that is asked reads the files of all. Without such a directory (tests,
`flask run`) there is one process, and its figures are in memory.

Labels have few values: an address is told as its route (`/predict`, never what a client wrote), a phase and an interval's
level by name. Each value of a label is a time series that Prometheus keeps, and a place in the file of every worker.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from prediction_api.observability.timing import NAMES, WINDOWS, WINDOWS_OUTSIDE, Work
from prediction_api.responses import Kind, TrackRecord
from prediction_api.settings import METRICS_DIRECTORY

# From one window (about a millisecond) to the deadline.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
LEVELS = ("80", "95")
# No file counts for more in the live skill, and none by the size of its volumes: one of absurd values would decide it for a day.
MOST_RELATIVE_ERROR = 3.0


class Metrics:
    """The figures of one application: a counter counts in every worker, a gauge tells of the workers that live."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._make_request_figures(registry)
        self._make_forecast_figures(registry)
        self._make_model_figures(registry)

    def _make_request_figures(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "http_requests", "Requests by route and status", ["path", "status"], registry=registry
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "From a request's headers to its whole answer, in memory, by route; health checks are left out",
            ["path"],
            buckets=SECONDS,
            registry=registry,
        )
        phases = Histogram(
            "forecast_phase_duration_seconds",
            "Parts of a forecast's time: waiting for a slot, where it had to, reading the file, computing features, running the "
            "network, writing the answer",
            ["phase"],
            buckets=SECONDS,
            registry=registry,
        )
        self._phases = {name: phases.labels(name) for name in NAMES}
        self.computing = Gauge(
            "forecasts_computing",
            "Requests that hold a slot and are computed now",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.waiting = Gauge(
            "forecasts_waiting",
            "Requests that wait for a slot to be computed in",
            multiprocess_mode="livesum",
            registry=registry,
        )

    def _make_forecast_figures(self, registry: CollectorRegistry) -> None:
        rows = Counter(
            "forecast_rows", "Rows of the files that were answered", ["kind"], registry=registry
        )
        self._rows = {kind: rows.labels(kind) for kind in ("history", "windows")}
        counted = {
            WINDOWS: "Windows that were forecast from, those of the track records left out",
            WINDOWS_OUTSIDE: "Those of them with a value far outside what the model was trained on",
        }
        self._counts = {
            name: Counter(f"forecast_{name}", text, registry=registry)
            for name, text in counted.items()
        }
        self._record_sessions = Counter(
            "track_record_sessions",
            "Past sessions in the track records of answers: a file posted twice counts twice",
            registry=registry,
        )
        self._record_error = Counter(
            "track_record_relative_error",
            f"Sum over those sessions of the model's MAE as a multiple of the naive forecast's, at most {MOST_RELATIVE_ERROR:g} for each",
            registry=registry,
        )
        covered = Counter(
            "track_record_covered_sessions", "Those sessions whose volume fell into its interval, by the interval's level", ["level"],
            registry=registry,
        )  # fmt: skip
        self._covered = {level: covered.labels(level) for level in LEVELS}

    def _make_model_figures(self, registry: CollectorRegistry) -> None:
        self.model_swaps = Counter(
            "model_swaps",
            "Times that a worker replaced the model that it served by another; each worker does so once for a published model",
            registry=registry,
        )
        self.model_refusals = Counter(
            "model_refusals",
            "Times that a worker could not take up the current version: each worker counts, at each of its tries",
            registry=registry,
        )
        self._model_info = Gauge(
            "model_info",
            "1 for each version that a worker serves: one version, but for the moments of a swap",
            ["version"],
            multiprocess_mode="livemax",
            registry=registry,
        )
        self._model_loaded = Gauge(
            "model_loaded_timestamp_seconds",
            "When a worker last took up a model, in seconds since 1970; 0 before the first",
            multiprocess_mode="livemax",
            registry=registry,
        )

        self._model_trained = Gauge(
            "model_trained_timestamp_seconds",
            "When the model that a worker serves was trained, in seconds since 1970; 0 before the first",
            multiprocess_mode="livemax",
            registry=registry,
        )

    def observe_request(self, path: str, status: int, seconds: float, work: Work) -> None:
        """Count one request. `path` is that of its route, or "other"."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)
        for name, spent in work.seconds.items():
            self._phases[name].observe(spent)
        for name, number in work.counts.items():
            self._counts[name].inc(number)

    def observe_probe(self, path: str, status: int) -> None:
        """Count one request of a health check or of Prometheus."""
        self._requests.labels(path, str(status)).inc()

    def observe_answer(self, kind: Kind, rows: int, records: Iterable[TrackRecord]) -> None:
        """Count the rows that were answered, and what the answer's track records say of the model's live quality."""
        self._rows[kind].inc(rows)
        sessions, error, covered_80, covered_95 = 0, 0.0, 0, 0
        for record in records:
            number, skill = record["sessions"], record["skill_vs_naive"]
            sessions += number
            error += number * (
                MOST_RELATIVE_ERROR if skill is None else min(1 - skill, MOST_RELATIVE_ERROR)
            )
            covered_80 += round(number * record["coverage_80"])
            covered_95 += round(number * record["coverage_95"])
        if sessions:
            self._record_sessions.inc(sessions)
            self._record_error.inc(error)
            self._covered["80"].inc(covered_80)
            self._covered["95"].inc(covered_95)

    def take_up(self, version: str, trained_at: str, former: str | None) -> None:
        """Note that this process now serves `version`, trained at that time (ISO 8601), and no longer `former`."""
        self._model_info.labels(version).set(1)
        if former is not None:
            # Not removed: the file of a process only ever grows.
            self._model_info.labels(former).set(0)
            self.model_swaps.inc()
        self._model_loaded.set_to_current_time()
        with suppress(
            ValueError
        ):  # a bundle whose time cannot be read still serves; it is not known to be stale
            self._model_trained.set(datetime.fromisoformat(trained_at).timestamp())

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format."""
        # mypy: the library's multiprocess module has no annotations
        source = MultiProcessCollector(None) if METRICS_DIRECTORY in os.environ else self._registry  # type: ignore[no-untyped-call]
        return generate_latest(_WithoutFormerModels(source))


class _WithoutFormerModels(Collector):
    """Leaves out the versions that no worker serves any more, of which every retraining would add one."""

    def __init__(self, source: Collector) -> None:
        self._source = source

    def collect(self) -> Iterable[Metric]:
        for metric in self._source.collect():
            if metric.name == "model_info":
                metric.samples = [sample for sample in metric.samples if sample.value]
            yield metric
