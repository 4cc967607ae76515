"""Asks a source for each followed ticker, and takes what comes; shared by all web sources."""

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime

from forecast_loop.deliveries.names import WEB
from forecast_loop.deliveries.taking import take
from forecast_loop.errors import SourceError, SourceUnusableError
from forecast_loop.price_store.delivery import Delivery
from forecast_loop.price_store.store import PriceStore
from forecast_loop.watchlist import Watchlist

log = logging.getLogger(__name__)

MOST_BYTES = 64 * 2**20  # of a response
ATTEMPTS = 4
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0
Wait = Callable[[float], None]


class TemporaryError(Exception):
    """A failure that may pass: no connection, a busy server."""

    def __init__(self, text: str, seconds: float = 0.0) -> None:
        super().__init__(text)
        self.seconds = seconds  # to wait at least


def collect_each(
    store: PriceStore,
    source: str,
    ask: Callable[[str], bytes],
    now: datetime,
    watchlist: Watchlist,
) -> tuple[list[Delivery], list[SourceError]]:
    """Ask for every followed ticker, and take what comes.

    source    its name
    ask       returns a file with a ticker's prices, or raises `SourceError`; after
              `SourceUnusableError`, the other tickers aren't asked for

    Returns the deliveries, and an error for each ticker that didn't come. Raises what `take` does.
    """
    taken, errors = [], []
    tickers = store.tickers() if watchlist.tickers is None else list(watchlist.tickers)
    for ticker in filter(watchlist.follows, tickers):
        try:
            data = ask(ticker)
        except SourceError as error:
            log.warning("%s", error)
            errors.append(error)
            if isinstance(error, SourceUnusableError):
                break
            continue
        name = f"{ticker.replace('/', '-')}.csv"
        taken.append(take(store, name, data, f"{WEB}{source}", now, watchlist))
    return taken, errors


def try_again(ask: Callable[[], bytes], place: str, wait: Wait = time.sleep) -> bytes:
    """Return what `ask` does. After a `TemporaryError`, wait longer each time, and ask again.

    place    what is asked, for errors

    The waits have random lengths, so that several machines don't ask at the same time. Raises
    `SourceError`.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return ask()
        except TemporaryError as error:
            if attempt == ATTEMPTS:
                raise SourceError(
                    f"{place}: {error}, {ATTEMPTS} times; it is asked again next time"
                ) from error
            longest = min(FIRST_WAIT_SECONDS * 2**attempt, LONGEST_WAIT_SECONDS)
            wait(max(random.uniform(longest / 2, longest), error.seconds))
    raise AssertionError
