"""What the loop says about itself: state.json, for the API and the scheduler."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from forecast_loop import paths
from forecast_loop.disk_use import bytes_in
from forecast_loop.followed import (
    FollowedMarket,
    followed_markets,
    next_due,
    tried_origins,
)
from forecast_loop.price_store.delivery import Delivery
from forecast_loop.price_store.store import DATABASE, DELIVERIES, PriceStore
from forecast_loop.retraining.policy import why_retrain
from forecast_loop.trial import standing
from forecast_loop.watchlist import Watchlist
from model_contract.errors import ContractError
from model_contract.ledger.forecast_row import CHAMPION, utc_text
from model_contract.ledger.ledger_reader import LedgerReader
from model_contract.messages.reading import NO_FINISHED_SESSION
from model_contract.store.served_versions import CHALLENGES, DROPPED, SWITCHES
from training.store.open import signing_store

DECISIONS = (*SWITCHES, CHALLENGES, DROPPED)  # about models


def loop_state(
    watchlist: Watchlist, store: PriceStore, reader: LedgerReader, ledger: Path, now: datetime
) -> dict[str, Any]:
    """Return the state; `prediction_api.ledger.fields.LoopState` describes its fields."""
    markets = followed_markets(watchlist, store, now)
    due = [next_due(market, watchlist, now) for market in markets]
    origins = tried_origins(reader, CHAMPION)
    # Of forecasts that a round should have made, but hasn't: the scheduler tries again.
    due += [market.ready_since for market in markets if market.to_forecast(origins)]
    times = [time for time in due if time is not None]
    return {
        "updated_at": utc_text(now),
        "watchlist": watchlist.edition,
        "inbox": str(watchlist.inbox),
        "unknown_tickers": watchlist.unknown(store.tickers()),
        "next_due": utc_text(min(times)) if times else None,
        "markets": [_market_state(market) for market in markets],
        "held": [_delivery_state(found) for found in store.deliveries("held")],
        "unreadable": [
            _delivery_state(found)
            for found in store.deliveries("unreadable")
            # A file of a session that hadn't ended is no fault; a later one replaces it.
            if all(reason.code != NO_FINISHED_SESSION.name for reason in found.reasons)
        ],
        "missed": reader.missed(),
        **_models_state(watchlist, reader, markets),
        "sizes": {
            "prices": bytes_in(store.folder / DATABASE),
            "deliveries": bytes_in(store.folder / DELIVERIES),
            "ledger": bytes_in(ledger),
            "dvc_cache": bytes_in(paths.dvc_cache()),
            "workspace": bytes_in(paths.workspace()),
        },
    }


def _models_state(
    watchlist: Watchlist, reader: LedgerReader, markets: list[FollowedMarket]
) -> dict[str, Any]:
    """Return how a trial stands, the last decision, and why a model should be trained now."""
    models, why = signing_store(), None
    try:
        for market in markets:
            newest = max(market.last_sessions.values())
            policy = watchlist.retraining
            why = why or why_retrain(policy, models, reader, market.times, newest)
        trial = standing(models, reader)
    except ContractError:  # a round that forecasts reports a damaged model
        return {"trial": None, "last_decision": None, "retrain_because": None}
    decisions = [event for event in models.history() if event.event in DECISIONS]
    return {
        "trial": asdict(trial) if trial else None,
        "last_decision": asdict(decisions[-1]) if decisions else None,
        "retrain_because": why,
    }


def _delivery_state(found: Delivery) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "received_at": utc_text(found.received_at),
        "reasons": [{"code": one.code, "text": one.text} for one in found.reasons],
    }


def _market_state(market: FollowedMarket) -> dict[str, Any]:
    coming, since = market.coming, market.awaited_since
    opens = market.times.opens_at(coming) if coming else None
    return {
        "market": market.market,
        "last_session": max(market.last_sessions.values(), default=None),
        "awaited_session": market.closed if market.awaits_prices else None,
        "awaited_since": utc_text(since) if since else None,
        "next_session": coming,
        "next_open": utc_text(opens) if opens else None,
    }
