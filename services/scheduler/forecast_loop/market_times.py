"""When the sessions of an exchange open and close, in UTC.

The times come from exchange_calendars. They follow the exchange's time zone, so they move with
daylight saving time, and half-days close early.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property

import exchange_calendars
import pandas as pd

from forecast_loop.errors import LoopError

PAST, COMING = timedelta(days=400), timedelta(days=60)  # of the time at which they are asked


@dataclass(frozen=True)
class MarketTimes:
    """The sessions around a time, ascending: dates in ISO 8601, with their opening and closing."""

    market: str
    sessions: tuple[str, ...]
    opens: tuple[datetime, ...]
    closes: tuple[datetime, ...]

    def last_closed(self, time: datetime) -> str | None:
        """Return the last session that has closed at `time`."""
        closed = bisect_right(self.closes, time)
        return self.sessions[closed - 1] if closed else None

    def next_to_open(self, time: datetime) -> str | None:
        """Return the first session that opens after `time`."""
        opened = bisect_right(self.opens, time)
        return self.sessions[opened] if opened < len(self.sessions) else None

    def opens_at(self, session: str) -> datetime | None:
        """Return when a session opens; None if it isn't one."""
        return self._opens.get(session)

    def closes_at(self, session: str) -> datetime | None:
        """Return when a session closes; None if it isn't one."""
        return self._closes.get(session)

    def last_opened(self, time: datetime) -> str | None:
        """Return the last session that has opened at `time`."""
        opened = bisect_right(self.opens, time)
        return self.sessions[opened - 1] if opened else None

    def between(self, after: str, last: str) -> tuple[str, ...]:
        """Return the sessions after one date, up to another."""
        return self.sessions[bisect_right(self.sessions, after) : bisect_right(self.sessions, last)]

    def before(self, session: str, count: int) -> str:
        """Return the session that is `count` before the first one on or after `session`."""
        return self.sessions[max(bisect_left(self.sessions, session) - count, 0)]

    @cached_property
    def _opens(self) -> dict[str, datetime]:
        return dict(zip(self.sessions, self.opens, strict=True))

    @cached_property
    def _closes(self) -> dict[str, datetime]:
        return dict(zip(self.sessions, self.closes, strict=True))


def market_times(market: str, now: datetime) -> MarketTimes:
    """Return a market's sessions from a year before `now` to two months after it.

    market   ISO 10383 code, or 24/7

    Raises `LoopError` if no calendar exists for it.
    """
    return _times(market, now.astimezone(UTC).date())


@cache
def _times(market: str, today: date) -> MarketTimes:
    start, end = (pd.Timestamp(today + change) for change in (-PAST, COMING))
    try:
        schedule = _schedule(market, start, end)
    except exchange_calendars.errors.InvalidCalendarName as error:
        raise LoopError(
            f"there is no calendar for the market {market!r}; expected an ISO 10383 code, "
            "such as XNYS"
        ) from error
    days = tuple(f"{day:%Y-%m-%d}" for day in schedule.index)
    opens, closes = (
        tuple(time.to_pydatetime().astimezone(UTC) for time in schedule[name])
        for name in ("open", "close")
    )
    return MarketTimes(market, days, opens, closes)


def _schedule(market: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Return the library's schedule; some of its calendars begin late or end with this year."""
    # Any calendar of the market knows its bounds, and a short one is computed faster.
    a_year_ago = pd.Timestamp.today().normalize() - pd.Timedelta(365, "D")
    recent = exchange_calendars.get_calendar(market, start=a_year_ago)
    first, last = recent.bound_min(), recent.bound_max()
    start, end = max(start, first or start), min(end, last or end)
    schedule: pd.DataFrame = exchange_calendars.get_calendar(market, start=start, end=end).schedule
    return schedule
