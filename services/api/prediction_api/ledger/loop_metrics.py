"""Metrics of the forecast loop, read from its files when Prometheus asks.

The loop is another process, so its files are the same for all workers, and the worker that gets the
request reads them. Without a ledger, there are no such metrics.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from model_contract.errors import LedgerError
from model_contract.ledger.error_sums import Errors
from model_contract.ledger.ledger_reader import LedgerReader

SESSIONS = 20  # about a month, as `live_…` say in their descriptions

log = logging.getLogger(__name__)


class LoopCollector(Collector):
    """The metrics of the loop that writes one ledger."""

    def __init__(self, ledger: LedgerReader, clock: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        """Return the metrics; none if there is no ledger, or if it can't be read."""
        if not self._ledger.exists():
            return []
        try:
            found = list(_live_metrics(self._ledger.recent_errors(SESSIONS)))
            state = self._ledger.state()
            if state is not None:
                found += _state_metrics(state, self._clock())
        except LedgerError as error:
            log.warning("%s", error)
            return []
        except (KeyError, TypeError, ValueError) as error:  # another version wrote the state
            log.warning("the state of the loop can't be read: %r", error)
            return []
        return found


def _live_metrics(errors: Mapping[str, Errors]) -> Iterator[Metric]:
    """Yield skill and coverage by market."""
    of = f"of the forecasts of the next session, over the last {SESSIONS} scored sessions"
    skill = GaugeMetricFamily(
        "live_skill", f"1 - MAE / MAE of a simple forecast, {of}", labels=["market", "baseline"]
    )
    coverage = GaugeMetricFamily(
        "live_coverage",
        f"The share of volumes inside their interval, {of}",
        labels=["market", "level"],
    )
    forecasts = GaugeMetricFamily(
        "live_forecasts", f"The number {of}, by market", labels=["market"]
    )
    for market, summed in errors.items():
        metrics = summed.metrics()
        for baseline in ("naive", "har"):
            value = metrics[f"skill_vs_{baseline}"]
            if value is not None:
                skill.add_metric([market, baseline], value)
        coverage.add_metric([market, "80"], summed.inside_80 / summed.forecasts)
        coverage.add_metric([market, "95"], summed.inside_95 / summed.forecasts)
        forecasts.add_metric([market], summed.forecasts)
    yield from (skill, coverage, forecasts)


def _state_metrics(state: Mapping[str, Any], now: float) -> Iterator[Metric]:
    """Yield what the loop has written about itself."""
    yield GaugeMetricFamily(
        "loop_round_timestamp_seconds",
        "When the loop last worked, in seconds since 1970",
        value=_seconds(state["updated_at"]),
    )
    if state["next_due"] is not None:
        yield GaugeMetricFamily(
            "loop_due_timestamp_seconds",
            "When the loop has something to do next, in seconds since 1970; past if it is late",
            value=_seconds(state["next_due"]),
        )
    late = GaugeMetricFamily(
        "loop_prices_late_seconds",
        "The time since the first session closed whose prices haven't all come; 0 if all have come",
        labels=["market"],
    )
    for market in state["markets"]:
        since = market.get("awaited_since")
        late.add_metric([market["market"]], max(now - _seconds(since), 0) if since else 0)
    yield late
    yield GaugeMetricFamily(
        "loop_held_deliveries",
        "Deliveries of prices that were held back or can't be read",
        value=len(state["held"]) + len(state["unreadable"]),
    )
    yield CounterMetricFamily(
        "loop_missed_forecasts",
        "Sessions of followed tickers that opened without a forecast",
        value=state["missed"],
    )
    sizes = GaugeMetricFamily(
        "loop_files_bytes", "What the loop's files take after its last round", labels=["part"]
    )
    for part, size in state.get("sizes", {}).items():
        sizes.add_metric([part], size)
    yield sizes


def _seconds(text: str) -> float:
    """Return an ISO 8601 time in seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()
