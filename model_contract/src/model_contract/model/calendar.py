"""The sessions of an exchange and their calendar flags.

The flags are known long in advance, and they improve a volume forecast more than any price does.
The trainer computes them (`training.calendar_flags`) and writes them into the bundle, so the API
needs no calendar library.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from io import StringIO

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray
from model_contract.errors import BundleError

SESSION = "session"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
# Each is 0 or 1. A session can have several flags.
CALENDAR_FLAGS = (
    "half_day",  # trading is much shorter than usual
    "year_end",  # 26 to 31 December
    "options_expiry",  # equity options expire
    "futures_expiry",  # index futures expire
    "month_end",  # the last session of a month
    "before_holiday",  # the exchange is closed on the next weekday
    "after_holiday",  # the exchange was closed on the previous weekday
    "christmas_week",  # 21 to 25 December
    "new_york_closed",  # a weekday on which New York is closed on schedule
    "london_closed",  # a weekday on which London is closed on schedule
    *WEEKDAYS,
)
# A row of `to_csv`. A model swap waits until the rows are parsed, so all rows have the same length:
# numpy can then parse them all at once.
ROW = np.dtype([("session", "S10"), ("flags", "S2", len(CALENDAR_FLAGS)), ("end", "S1")])


def effects_in_logs(relative: Mapping[str, float]) -> FloatArray:
    """Convert relative changes in volume, by flag, to effects on log volume: (flags,)."""
    return np.log1p([relative[flag] for flag in CALENDAR_FLAGS])


@dataclass(frozen=True)
class Calendar:
    """An exchange's sessions, ascending, with their flags."""

    sessions: DateArray  # (sessions,)
    flags: FloatArray  # (sessions, flags), columns as in CALENDAR_FLAGS

    def flags_of(self, dates: DateArray) -> FloatArray:
        """Return the flags of any dates, (…,) -> (…, flags): all 0 if a date isn't a session."""
        flags: FloatArray = np.take(self._flags_or_none, self.positions(dates), axis=0)
        return flags

    def positions(self, dates: DateArray) -> npt.NDArray[np.intp]:
        """Return the positions of any dates, (…,), in `sessions`; -1 if a date isn't a session."""
        days = dates.astype(np.int64) - (self.sessions[0].astype(np.int64) - 1)
        found: npt.NDArray[np.intp] = np.take(self._position_by_day, days, mode="clip")
        return found

    @cached_property
    def _position_by_day(self) -> npt.NDArray[np.intp]:
        """A lookup table of positions by day. Both ends are -1, for all days before and after."""
        days = (self.sessions - self.sessions[0]).astype(np.int64) + 1
        positions = np.full(days[-1] + 2, -1, dtype=np.intp)
        positions[days] = np.arange(len(days))
        return positions

    @cached_property
    def _flags_or_none(self) -> FloatArray:
        return np.vstack([self.flags, np.zeros(self.flags.shape[1])])  # row -1: not a session

    @cached_property
    def special(self) -> dict[str, list[str]]:
        """The flags (other than weekdays) of each session that has any, by ISO date."""
        names = np.array(CALENDAR_FLAGS[: -len(WEEKDAYS)])
        held = self.flags[:, : len(names)] == 1
        found = np.flatnonzero(held.any(axis=1))
        return {str(self.sessions[row]): names[held[row]].tolist() for row in found}

    def after(self, date: np.datetime64, count: int) -> DateArray:
        """Return the next `count` sessions after `date`; fewer or none if the calendar ends."""
        if date < self.sessions[0]:
            return self.sessions[:0]
        start = int(np.searchsorted(self.sessions, date, side="right"))
        return self.sessions[start : start + count]

    def after_each(self, dates: DateArray, count: int) -> DateArray:
        """Return the sessions after each date, (rows,) -> (rows, count); NaT past the calendar."""
        known = np.append(self.sessions, np.datetime64("NaT"))
        next_one = np.where(
            dates < self.sessions[0],
            len(self.sessions),
            np.searchsorted(self.sessions, dates, side="right"),
        )
        coming: DateArray = known[
            np.minimum(next_one[:, None] + np.arange(count), len(self.sessions))
        ]
        return coming

    def to_csv(self) -> bytes:
        """Return a CSV with one row per session: its date, then a 0 or 1 for each flag."""
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow((SESSION, *CALENDAR_FLAGS))
        writer.writerows(
            [session, *flags]
            for session, flags in zip(self.sessions, self.flags.astype(int).tolist(), strict=True)
        )
        return text.getvalue().encode()

    @classmethod
    def from_csv(cls, data: bytes) -> "Calendar":
        """Read what `to_csv` wrote. Raises `BundleError` for anything else."""
        header, _, body = data.partition(b"\n")
        if header.decode(errors="replace").split(",") != [SESSION, *CALENDAR_FLAGS]:
            raise BundleError(
                f"the calendar starts with {header[:200]!r}; "
                f"expected {','.join((SESSION, *CALENDAR_FLAGS))}"
            )
        if not body or len(body) % ROW.itemsize:
            raise BundleError(
                f"the calendar's rows take up {len(body)} bytes; "
                f"expected one or more rows of {ROW.itemsize} bytes each"
            )
        rows = np.frombuffer(body, ROW)
        try:
            sessions = rows["session"].astype("datetime64[D]")
        except ValueError as error:
            raise BundleError(
                f"the calendar has a session that isn't a date such as 2024-04-03: {error}"
            ) from error
        # numpy also accepts 2024-01, "" and NaT, and comparisons with NaT are false.
        if np.any(sessions.astype("S10") != rows["session"]) or np.isnat(sessions).any():
            raise BundleError("the calendar has a session that isn't a date such as 2024-04-03")
        flags = (rows["flags"] == b",1").astype(np.float64)
        if not np.all((flags == 1) | (rows["flags"] == b",0")) or np.any(rows["end"] != b"\n"):
            raise BundleError(
                "the calendar is damaged: a row is not a date followed by a 0 or 1 for each flag"
            )
        if np.any(np.diff(sessions) <= np.timedelta64(0, "D")):
            raise BundleError("the calendar's sessions are not ascending")
        return cls(sessions, flags)
