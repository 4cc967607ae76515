"""What the reader of an answer should know of it: reasons to trust it less than its numbers suggest."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray
from model_contract.messages.message import shown
from model_contract.reading.plausibility import Gap, Sparse
from model_contract.store.bundle import Manifest
from prediction_api.observability import timing as phases
from prediction_api.responses import TrackRecord

MAX_GAPS = 10
WEEKLY, MONTHLY = range(6, 10), range(27, 34)  # days from row to row
SESSIONS_A_DAY = 5 / 7
FEW = 1_000  # dates: so many are looked up faster than it is found which of them are the same


def sentence(clause: str) -> str:
    """A warning as it is told: with a capital letter at its start, and a full stop at its end."""
    return clause[:1].upper() + clause[1:] + ("" if clause.endswith(("…", ".")) else ".")


def sparse_cautions(found: Sequence[Sparse]) -> Iterator[str]:
    """Say that a ticker's rows are no daily ones; of the first ten such tickers."""
    for one in found[:MAX_GAPS]:
        name = shown(one.ticker) if one.ticker else "the file"
        kind = (
            ", as weekly data has"
            if one.days in WEEKLY
            else ", as monthly data has"
            if one.days in MONTHLY
            else ""
        )
        yield (
            f"{name} has a usable row only about every {round(one.days * SESSIONS_A_DAY)} sessions{kind}; the model knows daily volumes, "
            "so these forecasts do not hold: send daily prices"
        )
    if len(found) > MAX_GAPS:
        yield f"{len(found):,} tickers in all have no daily rows"


def calendar_cautions(dates: DateArray, sessions: DateArray, market: str) -> Iterator[str]:
    """Say how many of the file's dates are no sessions of the market whose calendar the forecasts follow, or lie outside it."""
    if len(dates) < FEW and _known(dates, sessions).all():
        return
    dates = _distinct(dates)
    within = (dates >= sessions[0]) & (dates <= sessions[-1])
    strange = int(np.count_nonzero(~_known(dates, sessions) & within))
    if strange:
        yield (
            f"{strange} of the file's {len(dates)} dates {'is no session' if strange == 1 else 'are no sessions'} of {_calendar(market)}; "
            "if the data are another exchange's, holidays, half-days and expiries may be wrong in the forecast: train a model for that "
            "exchange (README, 'Your data and your market')"
        )
    outside = int(np.sum(~within))
    if outside:
        yield (
            f"{outside} of the file's {len(dates)} dates {'lies' if outside == 1 else 'lie'} outside {_calendar(market)}, which covers "
            f"{sessions[0]} to {sessions[-1]}: each counts as an average session"
        )


def gap_cautions(found: Sequence[Gap], market: str) -> Iterator[str]:
    """Say which sessions a ticker's history lacks; of the first ten tickers that lack any."""
    for gap in found[:MAX_GAPS]:
        name = f"the history of {shown(gap.ticker)}" if gap.ticker else "the history"
        days = ", ".join(map(str, gap.first)) + (", …" if gap.missing > len(gap.first) else "")
        yield (
            f"{name} lacks {gap.missing} of the {gap.sessions} sessions of {_calendar(market)} between its first and its last: {days}; "
            "what it has is taken as if it were consecutive"
        )
    if len(found) > MAX_GAPS:
        yield f"{len(found):,} tickers in all lack sessions of {_calendar(market)}"


def end_cautions(
    last_dates: Mapping[str, np.datetime64],
    last_read: Mapping[str, np.datetime64],
    sessions: DateArray,
) -> Iterator[str]:
    """Say where rows were dropped at a ticker's end: the forecast passes over their sessions. Of the first ten tickers."""
    late = [
        name
        for name, day in last_read.items()
        if np.any((sessions > day) & (sessions <= last_dates[name]))
    ]
    for name in late[:MAX_GAPS]:
        yield (
            f"the forecast{f' of {shown(name)}' if name else ''} begins after {last_dates[name]}, the last date in the file, whose row "
            f"was dropped; what was read ends on {last_read[name]}: to forecast from there on, leave out the rows after it"
        )
    if len(late) > MAX_GAPS:
        yield f"{len(late):,} tickers in all end with dropped rows"


def count_far(far: npt.NDArray[np.bool_]) -> int:
    """Count, for the request, windows that were forecast from, (samples,), and give how many are far from the training data."""
    count = int(np.count_nonzero(far))
    phases.count(phases.WINDOWS, len(far))
    phases.count(phases.WINDOWS_OUTSIDE, count)
    return count


def range_caution(far: npt.NDArray[np.bool_], of_what: str) -> Iterator[str]:
    """Say how many windows, (samples,), hold values far outside the range that the model was trained on; count them, too."""
    count = count_far(far)
    if count:
        windows = f" ({count:,} of {len(far):,} windows)" if len(far) > 1 else ""
        yield f"{of_what} hold values far outside those of the training data{windows}: trust the forecast less"


def target_cautions(targets: DateArray, sessions: DateArray, market: str) -> Iterator[str]:
    """Say how many of the sessions to forecast, (rows,), the calendar does not know, or NaT where it cannot name them."""
    strange = int(np.count_nonzero(~_known(targets, sessions)))
    if strange:
        yield (
            f"{strange} of the {len(targets)} sessions to forecast {'is' if strange == 1 else 'are'} unknown to {_calendar(market)}, which "
            f"covers {sessions[0]} to {sessions[-1]}: an average session is assumed there"
        )


def memory_cautions(record: TrackRecord, sessions: DateArray, manifest: Manifest) -> Iterator[str]:
    """Say how many of the record's sessions, (samples,), the model may have learned from."""
    test_from, tickers = manifest.data.get("test_from"), manifest.data.get("tickers", ())
    ticker = record["ticker"]
    if test_from is None or (ticker is not None and ticker not in tickers):
        return
    seen = int(np.count_nonzero(sessions < np.datetime64(test_from, "D")))
    if seen:
        name = f" of {shown(ticker)}" if ticker else ""
        yield (
            f"{seen} of the {len(sessions)} sessions in the track record{name} {'lies' if seen == 1 else 'lie'} before {test_from}, where "
            "the model's own test begins: if it learned from them, the record flatters it"
        )


def _calendar(market: str) -> str:
    """The market's code in words: a reader of the answer need not know it."""
    return f"the exchange calendar that the model was trained with ({market})"


def _distinct(dates: DateArray) -> DateArray:
    """Each date once, ascending; by a table of days, since numpy's `unique` would sort the dates of thousands of windows."""
    first = dates.min()
    seen = np.zeros((dates.max() - first).astype(int) + 1, dtype=bool)
    seen[(dates - first).astype(int)] = True
    distinct: DateArray = first + np.flatnonzero(seen)
    return distinct


def _known(dates: DateArray, sessions: DateArray) -> npt.NDArray[np.bool_]:
    """Which dates are among the sessions, ascending; a binary search, since numpy's `isin` would sort them all once more."""
    found: npt.NDArray[np.bool_] = (
        sessions[np.searchsorted(sessions, dates).clip(max=len(sessions) - 1)] == dates
    )
    return found
