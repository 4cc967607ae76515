"""An exchange's sessions and their calendar flags, from the exchange_calendars library."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

import exchange_calendars
import numpy as np
import numpy.typing as npt
import pandas as pd

from model_contract.arrays import DateArray
from model_contract.model.calendar import CALENDAR_FLAGS, WEEKDAYS, Calendar
from training.errors import ParamsError

Mask = npt.NDArray[np.bool_]

# Relative to a normal session: a half day lasts 54 % in New York, Ash Wednesday 57-71 % in Sao
# Paulo.
HALF_DAY = 0.8
MARKET = "load_data.market"  # the parameter that an error names
NEW_YORK, LONDON, SAO_PAULO = "XNYS", "XLON", "BVMF"
# The markets whose expiries follow the rules of `options_expiries` and `futures_expiries`.
KNOWN_EXPIRIES = frozenset({"XNYS", "XNAS", "XTSE", "XLON", "XETR", "XPAR", "XAMS", SAO_PAULO})
# The funeral of Elizabeth II. London's other extra holidays, such as jubilees, were proclaimed
# months or years before.
LONDON_UNSCHEDULED = np.array(["2022-09-19"], dtype="datetime64[D]")
SAO_PAULO_FIRST_FRIDAY_EXPIRY = np.datetime64("2021-05", "M")


def panel_calendars(
    markets: Iterable[str], first: date, last: date, parameter: str = MARKET
) -> dict[str, Calendar]:
    """Return the calendars of a panel's markets, as in `exchange_sessions`.

    Several markets share the effects of their flags, so the guessed expiries of one would distort
    the learned effects of the others' true ones. A single market keeps them.
    """
    found = {market: exchange_sessions(market, first, last, parameter) for market in markets}
    if len(found) == 1:
        return found
    return {market: without_guesses(market, calendar) for market, calendar in found.items()}


def exchange_sessions(market: str, first: date, last: date, parameter: str = MARKET) -> Calendar:
    """Return the market's sessions from `first` to `last`, inclusive, with their `CALENDAR_FLAGS`.

    Sessions outside the library's range are left out. A session's flags don't depend on `first` and
    `last`, so training and serving see the same flags. Raises `ParamsError`, which names
    `parameter`, if the market has no calendar, or no session in that range.
    """
    calendar = _whole_years(market, first, last, parameter)
    index: pd.DatetimeIndex = calendar.sessions
    sessions = index.to_numpy().astype("datetime64[D]")
    wanted = (sessions >= np.datetime64(first)) & (sessions <= np.datetime64(last))
    if not np.any(wanted):
        raise _no_sessions(market, first, last, parameter)
    masks = {
        "half_day": _half_days(calendar.schedule),
        "year_end": (index.month == 12) & (index.day >= 26),
        "options_expiry": np.isin(sessions, options_expiries(calendar.name, sessions)),
        "futures_expiry": np.isin(sessions, futures_expiries(calendar.name, sessions)),
        "month_end": _month_ends(sessions),
        "before_holiday": _next_to_holidays(sessions, calendar.weekmask, 1)
        & ~_before_unscheduled_closures(calendar, sessions),
        "after_holiday": _next_to_holidays(sessions, calendar.weekmask, -1),
        "christmas_week": (index.month == 12) & (index.day >= 21) & (index.day <= 25),
        "new_york_closed": np.isin(sessions, _scheduled_closures(NEW_YORK, first, last)),
        "london_closed": np.isin(sessions, _scheduled_closures(LONDON, first, last)),
        **{name: index.day_of_week == number for number, name in enumerate(WEEKDAYS)},
    }
    flags = np.column_stack([masks[name] for name in CALENDAR_FLAGS]).astype(np.float64)
    return Calendar(sessions[wanted], flags[wanted])


def without_guesses(market: str, calendar: Calendar) -> Calendar:
    """Remove the flags for expiries, unless the market is one of `KNOWN_EXPIRIES`."""
    if market in KNOWN_EXPIRIES:
        return calendar
    flags = calendar.flags.copy()
    flags[:, [CALENDAR_FLAGS.index(name) for name in ("options_expiry", "futures_expiry")]] = 0
    return Calendar(calendar.sessions, flags)


def options_expiries(market: str, sessions: DateArray) -> DateArray:
    """Return the sessions on which equity options expire, for each month in `sessions`.

    New York, Eurex, London: the third Friday, or the session before it if the exchange is closed.
    (Until 2015, US options formally expired on the following Saturday, but last traded on that
    Friday.) Sao Paulo, until April 2021: the third Monday, or the session after it if the exchange
    is closed (InfoMoney 2021, "B3 anuncia mudança no vencimento de opções"). For other markets this
    is a guess. It does no harm to a model of such a market: the effect of each flag is learned from
    the market's own data, so a meaningless flag gets an effect near zero. A model of another market
    or of several markets gets its calendar `without_guesses`.
    """
    months = _months(sessions)
    if market != SAO_PAULO:
        return _at_or_before(_third("Fri", months), sessions)
    fridays = months >= SAO_PAULO_FIRST_FRIDAY_EXPIRY
    return np.concatenate(
        [
            _at_or_after(_third("Mon", months[~fridays]), sessions),
            _at_or_before(_third("Fri", months[fridays]), sessions),
        ]
    )


def futures_expiries(market: str, sessions: DateArray) -> DateArray:
    """Return the sessions on which the market's index futures expire, for each month in `sessions`.

    This is the third Friday of March, June, September and December, or the session before it if the
    exchange is closed. Sao Paulo: the Wednesday nearest to the 15th of even months, or the session
    after it if the exchange is closed (B3, "Ibovespa Futures", contract features). For other
    markets this is a harmless guess, as with options.
    """
    months = _months(sessions)
    numbers = _month_numbers(months)
    if market != SAO_PAULO:
        return _at_or_before(_third("Fri", months[numbers % 3 == 0]), sessions)
    # The 12th to the 18th are seven days, so exactly one of them is a Wednesday.
    earliest = months[numbers % 2 == 0].astype("datetime64[D]") + 11
    return _at_or_after(np.busday_offset(earliest, 0, roll="forward", weekmask="Wed"), sessions)


def _whole_years(market: str, first: date, last: date, parameter: str) -> Any:
    """Return the library's calendar from the year before `first` to the year after `last`.

    It covers whole years within the library's range, because flags depend on a session's neighbours
    and on the normal session length of its year.
    """
    try:
        earliest, latest = _bounds(market)
        start, end = _surrounding_years(first, last)
        # Tokyo's calendar begins in 1997; Shanghai's ends with the current year.
        start, end = max(start, earliest or start), min(end, latest or end)
        if start >= end:
            raise _no_sessions(market, first, last, parameter)
        return _library_calendar(market, start, end)
    except exchange_calendars.errors.InvalidCalendarName as error:
        known = ", ".join(sorted(exchange_calendars.get_calendar_names(include_aliases=False)))
        raise ParamsError(
            f"{parameter}: no calendar exists for {market!r}; expected one of {known}"
        ) from error
    except (NotImplementedError, ValueError) as error:
        raise ParamsError(
            f"{parameter}: this version of exchange_calendars cannot compute {market!r}; "
            "choose another market"
        ) from error


@cache
def _bounds(market: str) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return the library's range for a market: its first and last day, or None without a limit."""
    # Any calendar of the market knows its bounds, and a short one is computed faster.
    a_year_ago = pd.Timestamp.today().normalize() - pd.Timedelta(365, "D")
    recent = exchange_calendars.get_calendar(market, start=a_year_ago)
    return recent.bound_min(), recent.bound_max()


@cache
def _library_calendar(market: str, start: pd.Timestamp, end: pd.Timestamp) -> Any:
    """Return the library's calendar. The library itself keeps one range of each market."""
    return exchange_calendars.get_calendar(market, start=start, end=end)


def _surrounding_years(first: date, last: date) -> tuple[pd.Timestamp, pd.Timestamp]:
    return pd.Timestamp(f"{first.year - 1}-01-01"), pd.Timestamp(f"{last.year + 1}-12-31")


def _no_sessions(market: str, first: date, last: date, parameter: str) -> ParamsError:
    return ParamsError(
        f"{parameter}: the calendar of {market!r} has no session from {first} to {last}; "
        "choose another market"
    )


def _half_days(schedule: pd.DataFrame) -> Mask:
    """Mark sessions much shorter than their year's median: exchanges have changed their hours."""
    hours = (schedule["close"] - schedule["open"]).dt.total_seconds() / 3600
    usual = hours.groupby(pd.DatetimeIndex(schedule.index).year).transform("median")
    return np.asarray(hours < HALF_DAY * usual)


def _month_ends(sessions: DateArray) -> Mask:
    """Mark the last session of each month.

    The very last session counts too, because the library's calendars end at the end of a year.
    """
    months = sessions.astype("datetime64[M]")
    return np.append(months[1:] != months[:-1], True)


def _next_to_holidays(sessions: DateArray, weekmask: str, step: int) -> Mask:
    """Mark sessions whose next (step 1) or previous (step -1) trading weekday is a holiday.

    `weekmask` marks the trading weekdays: "1111100" for Monday to Friday. Days beyond the calendar
    don't count as holidays.
    """
    # Rolling makes Friday and Monday the neighbours of a session on a Saturday.
    neighbours = np.busday_offset(
        sessions, step, roll="backward" if step > 0 else "forward", weekmask=weekmask
    )
    reached = (neighbours >= sessions[0]) & (neighbours <= sessions[-1])
    return np.asarray(reached & ~np.isin(neighbours, sessions))


def _before_unscheduled_closures(calendar: Any, sessions: DateArray) -> Mask:
    """Mark sessions before one of the `_unscheduled_closures`."""
    following = np.busday_offset(sessions, 1, roll="backward", weekmask=calendar.weekmask)
    return np.asarray(np.isin(following, _unscheduled_closures(calendar)))


def _scheduled_closures(exchange: str, first: date, last: date) -> DateArray:
    """Return the weekdays on which an exchange is closed on schedule.

    Other markets usually trade less on these days. The exchange itself has no session on them, so
    it never gets its own flag. Weekends don't count, because the exchange is closed on all of them.
    The days cover the same years as `_whole_years`.
    """
    start, end = _surrounding_years(first, last)
    calendar = _library_calendar(exchange, start, end)
    weekdays = pd.bdate_range(start, end).to_numpy().astype("datetime64[D]")
    closed = np.setdiff1d(weekdays, calendar.sessions.to_numpy().astype("datetime64[D]"))
    return np.setdiff1d(closed, _unscheduled_closures(calendar))


def _unscheduled_closures(calendar: Any) -> DateArray:
    """Return the closures that were not known long before (attacks, storms, funerals).

    The library lists them apart from an exchange's rules. London's list also has holidays that were
    known. Some calendars have no rules and list every holiday; those all count as scheduled.
    """
    if calendar.name == LONDON:
        return LONDON_UNSCHEDULED
    if calendar.regular_holidays is None:
        return np.array([], dtype="datetime64[D]")
    days = pd.DatetimeIndex(calendar.adhoc_holidays).tz_localize(None)
    return days.to_numpy().astype("datetime64[D]")


def _third(weekday: str, months: DateArray) -> DateArray:
    return np.asarray(np.busday_offset(months, 2, roll="forward", weekmask=weekday))


def _at_or_before(days: DateArray, sessions: DateArray) -> DateArray:
    """Return the session on each day, or the last one before it. Drops days before the calendar."""
    reached = days[(days >= sessions[0]) & (days <= sessions[-1])]
    return np.asarray(sessions[np.searchsorted(sessions, reached, side="right") - 1])


def _at_or_after(days: DateArray, sessions: DateArray) -> DateArray:
    """Return the session on each day, or the first one after it. Drops days after the calendar."""
    reached = days[(days >= sessions[0]) & (days <= sessions[-1])]
    return np.asarray(sessions[np.searchsorted(sessions, reached)])


def _months(sessions: DateArray) -> DateArray:
    return np.unique(sessions.astype("datetime64[M]"))


def _month_numbers(months: DateArray) -> npt.NDArray[np.int64]:
    """Return the number of each month, 1 for January."""
    return np.asarray(months.astype(np.int64) % 12 + 1)
