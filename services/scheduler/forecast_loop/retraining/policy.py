"""Whether a new model should be trained."""

from forecast_loop.evidence import ENOUGH, wealth
from forecast_loop.market_times import MarketTimes
from forecast_loop.watchlist import Retraining
from model_contract.ledger.ledger_reader import LedgerReader
from model_contract.store.bundle import Manifest
from model_contract.store.model_store import ModelStore


def why_retrain(
    policy: Retraining,
    models: ModelStore,
    reader: LedgerReader,
    times: MarketTimes,
    newest: str,
) -> str | None:
    """Return why a model should be trained now, or None if it needn't.

    times     of the market whose sessions count
    newest    the newest session with prices, ISO 8601

    Nothing is trained while a challenger is on trial: each new one would end the trial before.
    """
    current = models.current()
    if current is None or models.challenger() is not None:
        return None
    served = models.load(current).manifest
    sessions = _sessions_since(served, times, newest)
    if 0 < policy.every_sessions <= sessions:
        return f"{sessions} sessions have come since those that {current} was trained on"
    if policy.if_skill_is_lost and _is_worse_than_har(reader, current):
        return f"the scores show that a simple model (HAR) is better than {current}"
    return None


def _sessions_since(served: Manifest, times: MarketTimes, newest: str) -> int:
    return len(times.between(str(served.data.get("last_session", "")), newest))


def _is_worse_than_har(reader: LedgerReader, version: str) -> bool:
    own, har = reader.paired_errors(version)
    return bool(len(own) and wealth(own, har).max() >= ENOUGH)
