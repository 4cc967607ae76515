"""Metrics of the trainer, read from its status in the model store when Prometheus asks."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from model_contract.store.store_reader import StoreReader
from model_contract.store.trainer_status import DONE, FAILED, KILLED, RUNNING, TrainerStatus

WAS_KILLED = "killed"  # it couldn't report its end
STATES = (RUNNING, DONE, FAILED, WAS_KILLED)


class TrainerCollector(Collector):
    """The metrics of the trainer that writes to one store; none if it has never run."""

    def __init__(self, store: StoreReader) -> None:
        self._store = store

    def collect(self) -> Iterable[Metric]:
        """Return the state of the last training run, and when it last changed."""
        status = self._store.status()
        if status is None:
            return []
        state = GaugeMetricFamily(
            "trainer_state", "1 for the state of the last training run, else 0", labels=["state"]
        )
        current = _state(status)
        for name in STATES:
            state.add_metric([name], float(name == current))
        updated = GaugeMetricFamily(
            "trainer_updated_timestamp_seconds",
            "When the trainer last reported its state, in seconds since 1970",
        )
        with suppress(ValueError):  # what wrote an invalid time still has a state
            updated.add_metric([], datetime.fromisoformat(status.updated_at).timestamp())
        return [state, updated]


def _state(status: TrainerStatus) -> str:
    killed = status.state == FAILED and status.error == KILLED
    return WAS_KILLED if killed else status.state
