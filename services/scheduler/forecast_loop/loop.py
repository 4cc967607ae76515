"""One round of the loop: take prices in, score what was forecast, forecast what comes.

Each part may be killed at any point and run again: the price store and the ledger take each row
once. A round has a lock, so two schedulers never work at the same time.
"""

import fcntl
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO

from forecast_loop import trial
from forecast_loop.deliveries.taking import supersede_known, take
from forecast_loop.errors import LoopError
from forecast_loop.followed import TRIED, FollowedMarket, followed_markets, tried_origins
from forecast_loop.forecasting.forecast_rows import forecast_rows
from forecast_loop.forecasting.model import Model
from forecast_loop.loop_state import loop_state
from forecast_loop.price_store.store import PriceStore
from forecast_loop.scoring import KnownVolumes, truths
from forecast_loop.sources import inbox, training_data, web, yahoo
from forecast_loop.watchlist import Watchlist, WebSource
from model_contract.ledger.forecast_row import CHALLENGER, CHAMPION, utc_text
from model_contract.ledger.ledger import Ledger
from model_contract.ledger.ledger_reader import STATE, LedgerReader
from model_contract.messages.cells import DATE_IN_FUTURE
from model_contract.store.durable import flush_directory, write_flushed
from training.params import PublishParams, load_params
from training.store.open import served_version, signing_store

log = logging.getLogger(__name__)

LOCK = ".loop.lock"
PATIENCE = 60.0  # seconds; a round takes a few
SCORED = "scored version of the price store"
OPENED = "opened sessions of "
REMOVALS = 5  # in a round, which must not take minutes; a night adds less than one of them removes
NO_FORECAST = "no forecast was made before it opened"


@dataclass(frozen=True)
class Loop:
    """The parts of a round at one time."""

    watchlist: Watchlist
    store: PriceStore
    ledger: Ledger
    reader: LedgerReader
    folder: Path  # of the ledger
    now: datetime

    def take_in(self) -> None:
        """Take in the deliveries that wait. The first ones of a new store are the training data.

        The web is asked if prices of a session that has closed haven't come.
        """
        if not self.store.tickers():
            training_data.collect(self.store, self.now, self.watchlist)
        inbox.collect(self.store, self.watchlist.inbox, self.now, self.watchlist)
        markets = followed_markets(self.watchlist, self.store, self.now)
        if any(market.awaits_prices for market in markets) or not markets:
            for source in self.watchlist.sources:
                if isinstance(source, WebSource):
                    web.collect(self.store, source, self.now, self.watchlist)
                else:
                    yahoo.collect(self.store, source, self.now, self.watchlist)
        self._read_again()
        supersede_known(self.store, self.now, self.watchlist)
        if self.watchlist.keep_deliveries_days:
            oldest = self.now - timedelta(days=self.watchlist.keep_deliveries_days)
            if removed := self.store.forget(oldest):
                log.info("removed the files of %d old deliveries", removed)

    def score(self) -> None:
        """Score the forecasts whose volumes came in since the last time, or were corrected."""
        done = int(self.reader.progress(SCORED) or 0)
        current = self.store.version
        if current == done:
            return
        sources = {
            (change.ticker, change.session): str(change.version)
            for change in self.store.changes(after=done)
        }
        wanted = sorted({session for _, session in sources})
        forecasts = [
            found
            for found in self.reader.of_sessions(wanted)
            if (found["ticker"], found["session"]) in sources
        ]
        volumes = self._known_volumes(sorted({found["ticker"] for found in forecasts}))
        found = truths(forecasts, volumes, sources, self.now)
        added = self.ledger.score(found, {SCORED: str(current)})
        if added:
            log.info("scored %d forecasts", added)
        trial.decide(signing_store(), self.reader, load_params(PublishParams).challenger_sessions)

    def forecast(self) -> None:
        """Forecast the coming sessions of each market that is due, and note missed sessions."""
        markets = followed_markets(self.watchlist, self.store, self.now)
        self.ledger.follow(
            {ticker: market.market for market in markets for ticker in market.last_sessions}
        )
        newest = self.reader.newest_origins(CHAMPION)
        models = signing_store()
        for role, event in ((CHAMPION, None), (CHALLENGER, models.challenger())):
            if role == CHALLENGER and event is None:
                continue
            origins = tried_origins(self.reader, role)
            due = {market.market: market.to_forecast(origins) for market in markets}
            if any(due.values()):
                model = Model(models.load(event.version if event else served_version(models)))
                for market in markets:
                    self._forecast_market(model, role, market, due[market.market])
        for market in markets:
            self._note_missed(market, newest)
        self._remove_old_forecasts()

    def report(self) -> None:
        """Write state.json, which the API and the scheduler read."""
        state = loop_state(self.watchlist, self.store, self.reader, self.folder, self.now)
        temporary = self.folder / f".tmp-{STATE}"
        write_flushed(temporary, json.dumps(state, indent=1).encode())
        temporary.replace(self.folder / STATE)
        flush_directory(self.folder)

    def _read_again(self) -> None:
        """Read files again that were dated in the future, once the clock shows another day.

        It may have been wrong. What counts as the future depends only on the day.
        """
        for found in self.store.deliveries("unreadable"):
            is_another_day = found.decided_at.date() != self.now.date()
            if is_another_day and any(one.code == DATE_IN_FUTURE.name for one in found.reasons):
                data = self.store.data(found.sha256)
                written = found.written_at
                take(self.store, found.name, data, found.source, self.now, self.watchlist,
                     written=written)  # fmt: skip

    def _forecast_market(
        self, model: Model, role: str, market: FollowedMarket, tickers: list[str]
    ) -> None:
        if not tickers:
            return
        if market.market not in model.calendars:
            raise LoopError(
                f"the served model has no calendar of {market.market}, the market of "
                f"{', '.join(tickers[:5])}; add it to publish.markets in params.yaml and run "
                "'make train'"
            )
        # The whole history, as in training: the model's inputs compare a day with all earlier ones.
        history = self.store.restated_history(market.alive).prices
        histories = dict(history.by_ticker())
        rows = forecast_rows(model, histories, tickers, market.times, self.now, role)
        added = self.ledger.append(rows)
        # A ticker without a forecast is tried again after its next session.
        tried = {f"{TRIED} {role} {one}": market.last_sessions[one] for one in tickers}
        self.ledger.note(tried)
        version = model.manifest.version
        log.info("%s: %d forecasts by the %s %s", market.market, added, role, version)
        short = [one for one in tickers if len(histories[one]) < model.sessions_needed]
        if short:
            log.warning(
                "%s: too few sessions to forecast: %s", market.market, ", ".join(sorted(short))
            )

    def _note_missed(self, market: FollowedMarket, newest: dict[str, str]) -> None:
        """Note the sessions that opened since the last time without a forecast of any step."""
        times, name = market.times, OPENED + market.market
        opened = times.last_opened(self.now)
        if opened is None:
            return
        begun = self.reader.progress(name)
        missed = []
        for session in times.between(begun, opened) if begun else ():
            have = self.reader.forecast_tickers(session)
            missed += [
                (ticker, session, NO_FORECAST, utc_text(self.now))
                for ticker in market.alive_at(begun or session)
                if ticker in newest and ticker not in have
            ]
        added = self.ledger.miss(missed, {name: opened})
        if added:
            log.warning("%s: %d forecasts were missed", market.market, added)

    def _remove_old_forecasts(self) -> None:
        """Remove what `keep_forecasts_days` says, counted back from the newest forecast.

        So a downtime removes nothing: the page still shows the last forecasts.
        """
        newest = self.reader.newest_session()
        if not self.watchlist.keep_forecasts_days or newest is None:
            return
        end = min(self.now.date(), date.fromisoformat(newest))
        before = (end - timedelta(days=self.watchlist.keep_forecasts_days)).isoformat()
        for _ in range(REMOVALS):
            removed = self.ledger.remove(before, utc_text(self.now))
            if not removed:
                break
            log.info("removed %d forecasts for sessions before %s", removed, before)

    def _known_volumes(self, tickers: list[str]) -> dict[str, KnownVolumes]:
        traded = self.store.history(tickers)[0].prices
        restated = self.store.restated_history(tickers).prices
        as_came = {ticker: prices.volume for ticker, prices in traded.by_ticker()}
        return {
            ticker: KnownVolumes(prices, as_came[ticker]) for ticker, prices in restated.by_ticker()
        }


@contextmanager
def opened_loop(
    watchlist: Watchlist, prices: Path, folder: Path, now: datetime, patience: float = 0.0
) -> Iterator[Loop]:
    """Open the stores for a round and hold the lock, as `locked` does."""
    with locked(folder, patience), PriceStore(prices) as store:
        yield Loop(watchlist, store, Ledger(folder), LedgerReader(folder), folder, now)


@contextmanager
def locked(folder: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock in the ledger's folder; the kernel releases it if the process dies.

    patience    how many seconds to wait for another round

    Raises `LoopError` if another round is still running then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("ab") as file:
        deadline = time.monotonic() + patience
        while not _try_lock(file):
            if time.monotonic() >= deadline:
                raise LoopError("another round of the loop is running; try again in a minute")
            time.sleep(0.2)
        yield


def _try_lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
