"""Finds the market of each ticker: by the ticker's suffix, else by the sessions of its rows.

A calendar explains a history if the dates are its sessions, and if no session between them lacks a
row. The market by the suffix, or else the model's own, is kept unless another calendar explains the
history clearly better: with at most half as many misfits, and at least `MARGIN` fewer. So "BAC.L",
a preferred share in New York, isn't taken for a ticker of London. Two markets of the same region
differ on some two days a year, so a history of a few months may not tell them apart.
"""

from collections.abc import Mapping

import numpy as np

from model_contract.arrays import DateArray
from model_contract.model.calendar import Calendar

# Yahoo Finance's suffixes.
SUFFIXES = {
    "SA": "BVMF", "L": "XLON", "IL": "XLON", "DE": "XETR", "F": "XETR", "PA": "XPAR", "T": "XTKS",
    "HK": "XHKG", "NS": "XBOM", "BO": "XBOM", "TO": "XTSE", "AX": "XASX",
}  # fmt: skip
EVERY_DAY = "24/7"
MARGIN = 3  # misfits
LOOKED_AT = 1_000  # the last dates of a history


def market_of(ticker: str, dates: DateArray, calendars: Mapping[str, Calendar], own: str) -> str:
    """Return the market of a ticker, a key of `calendars`.

    dates    (rows,), ascending
    own      the market that the model was trained on
    """
    suffix = SUFFIXES.get(ticker.rpartition(".")[2].upper()) if "." in ticker else None
    dates = dates[-LOOKED_AT:]
    if suffix == own:
        return own
    if suffix is not None and suffix in calendars:
        by_suffix, by_own = (misfits(dates, calendars[name]) for name in (suffix, own))
        if not _is_clearly_better(by_own, by_suffix):
            return suffix
    fewest = misfits(dates, calendars[own])
    if fewest < MARGIN or len(calendars) == 1:
        return own
    found = {name: misfits(dates, calendars[name]) for name in calendars if name != own}
    best = min(found, key=found.__getitem__)
    return best if _is_clearly_better(found[best], fewest) else own


def _is_clearly_better(one: int, other: int) -> bool:
    """Whether a number of misfits is clearly lower than another."""
    return one <= other / 2 and one + MARGIN <= other


def misfits(dates: DateArray, calendar: Calendar) -> int:
    """Count the dates, ascending, that aren't sessions, and the sessions between without a row."""
    sessions = calendar.sessions
    first = dates.searchsorted(sessions[0])
    known = dates[first : dates.searchsorted(sessions[-1], side="right")]
    held = int(np.count_nonzero(calendar.positions(known) >= 0))
    if not len(known):
        return len(dates)
    start = sessions.searchsorted(known[0])
    between = int(sessions.searchsorted(known[-1], side="right") - start)
    return (len(dates) - held) + max(between - held, 0)
