"""What GET /metrics tells Prometheus: the figures of all workers as one.

gunicorn's workers are processes. Each writes its figures into a file of its own, in a directory that `gunicorn.conf.py`
makes before any of them starts; the worker that is asked reads the files of all. Without such a directory (tests,
`flask run`) there is one process, and its figures are in memory.
"""

import os
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from prediction_api.settings import METRICS_DIRECTORY


class Metrics:
    """The figures of one application: a counter counts in every worker, a gauge tells of the workers that live."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
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

    def take_up(self, version: str, former: str | None) -> None:
        """Note that this process now serves `version`, and no longer `former`."""
        self._model_info.labels(version).set(1)
        if former is not None:
            # Not removed: the file of a process only ever grows.
            self._model_info.labels(former).set(0)
            self.model_swaps.inc()
        self._model_loaded.set_to_current_time()

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
