"""The trial of a challenger: it forecasts next to the served model until one proves better."""

import logging
from dataclasses import dataclass

from forecast_loop.evidence import ENOUGH, FALSE_ALARMS, wealth
from model_contract.ledger.ledger_reader import LedgerReader
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import PROMOTED

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """How far a trial has come."""

    challenger: str
    since: str  # UTC, ISO 8601
    sessions: int  # that both models forecast, and that are scored
    wealth: float  # of a bet that the challenger is better; `ENOUGH` decides
    error_ratio: float | None  # the challenger's mean error over the served model's, so far


def standing(models: ModelStore, reader: LedgerReader) -> Standing | None:
    """Return the standing of the challenger; None if there is none."""
    event, current = models.challenger(), models.current()
    if event is None or current is None:
        return None
    own, others = reader.paired_errors(current, event.version)
    if not len(own):
        return Standing(event.version, event.at, 0, 1.0, None)
    ratio = float(others.sum() / own.sum()) if own.sum() > 0 else None
    return Standing(event.version, event.at, len(own), float(wealth(own, others)[-1]), ratio)


def decide(models: ModelStore, reader: LedgerReader, limit: int) -> None:
    """Promote the challenger if it has proven better, or drop it after `limit` sessions.

    A pinned model is never replaced; the trial goes on.
    """
    found = standing(models, reader)
    if found is None or found.error_ratio is None:
        return
    said = (
        f"after {found.sessions} sessions its error is {found.error_ratio:.3f} times the served "
        f"model's; evidence {found.wealth:.2g}, {ENOUGH:g} is enough (false alarms: at most "
        f"{FALSE_ALARMS:.0%})"
    )
    version, pinned = found.challenger, models.pinned()
    if found.wealth >= ENOUGH and pinned:
        log.warning("%s would be promoted, but %s is pinned: %s", version, pinned.version, said)
    elif found.wealth >= ENOUGH:
        models.make_current(version, PROMOTED, f"the challenger is better: {said}")
        log.info("promoted %s: %s", version, said)
    elif limit and found.sessions >= limit:
        models.drop(version, f"the challenger isn't better: {said}")
        log.info("dropped %s: %s", version, said)
