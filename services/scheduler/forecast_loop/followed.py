"""The followed tickers of each market, and how far their prices have come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from forecast_loop.market_times import MarketTimes, market_times
from forecast_loop.price_store.store import PriceStore
from forecast_loop.watchlist import Schedule, Watchlist
from model_contract.ledger.ledger_reader import LedgerReader

# A ticker without prices for so many sessions has probably been delisted; nothing waits for it.
LONGEST_GAP = 10
TRIED = "tried"  # in the ledger's progress: the last origin that was tried, by role and ticker
ASK_AGAIN = timedelta(minutes=15)  # for prices on the web


@dataclass(frozen=True)
class FollowedMarket:
    """A market with its followed tickers at one time.

    closed        the last session that closed at least the delay ago; None before the first one
    coming        the next session to open
    ready_since   when `closed` had closed for the delay
    """

    times: MarketTimes
    last_sessions: Mapping[str, str]  # by ticker: the last session with prices
    closed: str | None
    coming: str | None
    ready_since: datetime | None
    is_late: bool  # whether the deadline before `coming` has passed

    @property
    def market(self) -> str:
        """Its ISO 10383 code."""
        return self.times.market

    @property
    def alive(self) -> list[str]:
        """The tickers that have had prices in the last sessions."""
        return [] if self.closed is None else self.alive_at(self.closed)

    def alive_at(self, session: str) -> list[str]:
        """Return the tickers that had prices in the sessions before one."""
        oldest = self.times.before(session, LONGEST_GAP)
        return [ticker for ticker, last in self.last_sessions.items() if last >= oldest]

    @property
    def awaited(self) -> list[str]:
        """The tickers whose prices of the last closed session haven't come."""
        return [ticker for ticker in self.alive if self.last_sessions[ticker] < (self.closed or "")]

    @property
    def awaits_prices(self) -> bool:
        """Whether the prices of a followed ticker haven't come, or those of all have ended."""
        return bool(self.awaited) or not self.alive

    @property
    def awaited_since(self) -> datetime | None:
        """When the first session closed whose prices haven't all come; None if all have come."""
        if self.alive:
            known = min(self.last_sessions[ticker] for ticker in self.alive)
        else:
            known = max(self.last_sessions.values(), default="")
        missing = self.times.between(known, self.closed or "")
        return self.times.closes_at(missing[0]) if missing else None

    def to_forecast(self, newest_origins: Mapping[str, str]) -> list[str]:
        """Return the tickers to forecast now, given the origin of each one's newest forecast.

        All wait until the last session's prices are complete, because each ticker's forecast takes
        in what the others did; but not beyond the deadline.
        """
        if self.awaited and not self.is_late:
            return []
        return [
            ticker
            for ticker in self.alive
            if newest_origins.get(ticker, "") < self.last_sessions[ticker] <= (self.closed or "")
        ]


def tried_origins(reader: LedgerReader, role: str) -> dict[str, str]:
    """Return the last origin from which each ticker was forecast, or couldn't be."""
    found = reader.newest_origins(role)
    for name, origin in reader.progress_of(f"{TRIED} {role} ").items():
        found[name] = max(origin, found.get(name, ""))
    return found


def followed_markets(
    watchlist: Watchlist, store: PriceStore, now: datetime
) -> list[FollowedMarket]:
    """Return the markets of the followed tickers that have prices, by code."""
    by_market: dict[str, dict[str, str]] = {}
    for ticker, (market, last) in store.last_sessions().items():
        if watchlist.follows(ticker):
            by_market.setdefault(market, {})[ticker] = last.isoformat()
    return [
        followed_market(market_times(market, now), by_market[market], watchlist.schedule, now)
        for market in sorted(by_market)
    ]


def followed_market(
    times: MarketTimes, last_sessions: Mapping[str, str], schedule: Schedule, now: datetime
) -> FollowedMarket:
    """Return a market as it is at `now`."""
    coming, closed = times.next_to_open(now), times.last_closed(now - schedule.delay)
    closes = times.closes_at(closed) if closed else None
    opens = times.opens_at(coming) if coming else None
    return FollowedMarket(
        times,
        last_sessions,
        closed,
        coming,
        closes + schedule.delay if closes else None,
        opens is not None and now >= opens - schedule.deadline,
    )


def next_due(market: FollowedMarket, watchlist: Watchlist, now: datetime) -> datetime | None:
    """Return when the market has something to do next, apart from files that come in."""
    times, schedule = market.times, watchlist.schedule
    events = [close + schedule.delay for close in times.closes]
    if market.awaits_prices and watchlist.sources:
        events.append(now + ASK_AGAIN)
    events += [open_ - schedule.deadline for open_ in times.opens] + list(times.opens)
    return min((event for event in events if event > now), default=None)
