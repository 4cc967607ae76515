"""When a market's trading day is over: its time zone and the end of its regular session.

The calendar in a bundle has dates only, and an export made during the session contains an
unfinished last row, whose volume is far too low. Half days end earlier; their last row is then
treated as unfinished for a few hours longer, which does no harm. The times are those of the
closing auction's end in 2024, from the exchanges' own pages; where the end varies over the year
(Sao Paulo follows New York's daylight saving time), it is the latest one.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np


@dataclass(frozen=True)
class Hours:
    """A market's time zone (IANA), and the local time at which its session has ended."""

    zone: str
    close: time


# By ISO 10383 market identifier code.
HOURS = {
    "XNYS": Hours("America/New_York", time(16, 0)),
    "XNAS": Hours("America/New_York", time(16, 0)),
    "XTSE": Hours("America/Toronto", time(16, 0)),
    "BVMF": Hours("America/Sao_Paulo", time(18, 0)),
    "XMEX": Hours("America/Mexico_City", time(15, 0)),
    "XLON": Hours("Europe/London", time(16, 35)),
    "XETR": Hours("Europe/Berlin", time(17, 35)),
    "XFRA": Hours("Europe/Berlin", time(20, 0)),
    "XPAR": Hours("Europe/Paris", time(17, 40)),
    "XAMS": Hours("Europe/Amsterdam", time(17, 40)),
    "XBRU": Hours("Europe/Brussels", time(17, 40)),
    "XLIS": Hours("Europe/Lisbon", time(16, 40)),
    "XMIL": Hours("Europe/Rome", time(17, 35)),
    "XMAD": Hours("Europe/Madrid", time(17, 38)),
    "XSWX": Hours("Europe/Zurich", time(17, 40)),
    "XSTO": Hours("Europe/Stockholm", time(17, 30)),
    "XTKS": Hours("Asia/Tokyo", time(15, 30)),
    "XHKG": Hours("Asia/Hong_Kong", time(16, 10)),
    "XSHG": Hours("Asia/Shanghai", time(15, 0)),
    "XKRX": Hours("Asia/Seoul", time(15, 30)),
    "XTAI": Hours("Asia/Taipei", time(13, 30)),
    "XSES": Hours("Asia/Singapore", time(17, 16)),
    "XNSE": Hours("Asia/Kolkata", time(15, 40)),
    "XBOM": Hours("Asia/Kolkata", time(15, 40)),
    "XASX": Hours("Australia/Sydney", time(16, 12)),
    "24/7": Hours("UTC", time.max),
    "XJSE": Hours("Africa/Johannesburg", time(17, 15)),
}


def last_closed_day(market: str, now: datetime) -> np.datetime64 | None:
    """Return the latest local date whose session, if any, has ended at `now`.

    now    with a time zone

    None if the market's hours aren't known.
    """
    hours = HOURS.get(market)
    if hours is None:
        return None
    local = now.astimezone(ZoneInfo(hours.zone))
    day = local.date() if local.time() >= hours.close else local.date() - timedelta(days=1)
    return np.datetime64(day, "D")
