"""What the ledger must contain after the rehearsal, computed from the raw data alone."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from loop_stack import TICKERS, at
from model_contract.ledger.scorecard import ORDINARY
from rehearsal_nights import (
    CONTRADICTORY,
    HALF_DAY,
    LATE,
    LOST,
    OLD_SPLITS,
    SPLITS,
    UNDECLARED_SPLIT,
    UNFINISHED,
    Nights,
)

HORIZON = 5
AFTER_THE_DATA = ("2013-03-04", "2013-03-05", "2013-03-06", "2013-03-07", "2013-03-08")
# When the forecasts from a session were made, if not at 22:00: the number of sessions later.
WRITTEN = {
    UNFINISHED: (1, "06:00"),
    CONTRADICTORY: (1, "13:30"),
    HALF_DAY: (0, "18:30"),
    LATE: (1, "15:00"),
    UNDECLARED_SPLIT: (1, "06:05"),
}

Key = tuple[str, str, int, str, str]  # ticker, origin, step, session, time of writing


def expected_keys(nights: Nights) -> Iterator[Key]:
    """Yield each forecast that was possible."""
    origins = nights.origins()
    sessions = [*origins, *AFTER_THE_DATA]
    for position, origin in enumerate(origins):
        later, time = WRITTEN.get(origin, (0, "22:00"))
        written = at(sessions[position + later], time)
        for step in range(1, HORIZON + 1):
            session = sessions[position + step]
            if written >= at(session, "14:30"):
                continue
            for ticker in TICKERS:
                if ticker not in LOST.get(origin, ()):
                    yield ticker, origin, step, session, f"{written:%Y-%m-%dT%H:%M:%SZ}"


class Truth:
    """Volumes and histories by the raw data, in the shares of a forecast's origin."""

    def __init__(self, nights: Nights) -> None:
        self._traded = nights.stocks.set_index(["Ticker", "Date"])["Volume"].to_dict()
        self._rows = dict(list(nights.rows.groupby("Ticker")))

    def volume(self, ticker: str, session: str, origin: str) -> float:
        """Return a session's volume."""
        day, ratio = SPLITS.get(ticker, ("9999", 1))
        return float(self._traded[ticker, session] * (ratio if origin >= day else 1))

    def inputs(self, ticker: str, origin: str) -> str:
        """Return the hash of the history up to a session, restated for its splits."""
        rows = self._rows[ticker]
        rows = rows[rows["Date"] <= origin]
        splits = [(day, ratio) for name, day, ratio in OLD_SPLITS if name == ticker]
        splits += [SPLITS[ticker]] if ticker in SPLITS else []
        factor = np.ones(len(rows))
        for day, ratio in splits:
            factor *= np.where((rows["Date"] < day) & (day <= origin), ratio, 1)
        days = rows["Date"].to_numpy().astype("datetime64[D]").astype("<i8")
        digest = hashlib.sha256(days.tobytes())
        for name in ("Open", "High", "Low", "Close"):
            digest.update((rows[name].to_numpy() / factor).astype("<f8").tobytes())
        digest.update((rows["Volume"].to_numpy() * factor).astype("<f8").tobytes())
        return digest.hexdigest()


def scorecard(forecasts: list[dict[str, Any]], truth: Truth, by: str) -> dict[str, dict[str, Any]]:
    """Compute the scores of scored forecasts for one step, by the name of each group."""
    table = pd.DataFrame(forecasts)
    table["actual"] = [truth.volume(*key) for key in _keys(forecasts, "session")]
    table["naive"] = [truth.volume(*key) for key in _keys(forecasts, "origin")]
    groups = {
        "version": table["model"],
        "month": table["session"].str[:7],
        "ticker": table["ticker"],
        "calendar": table["calendar"].map(lambda flags: " ".join(flags) or ORDINARY),
    }
    return {name: _scores(group) for name, group in table.groupby(groups[by])}


def _keys(forecasts: list[Mapping[str, Any]], day: str) -> Iterator[tuple[str, str, str]]:
    return ((one["ticker"], one[day], one["origin"]) for one in forecasts)


def _scores(table: pd.DataFrame) -> dict[str, Any]:
    actual, volume = table["actual"], table["volume"]
    error = volume - actual
    scores = {
        "forecasts": len(table),
        "first_session": table["session"].min(),
        "last_session": table["session"].max(),
        "mae": error.abs().mean(),
        "mape": (error.abs() / actual).mean(),
        "bias": error.sum() / actual.sum(),
        "width_80": ((table["upper_80"] - table["lower_80"]) / volume).mean(),
    }
    for name in ("naive", "har"):
        other = (table[name] - actual).abs().sum()
        scores[f"skill_vs_{name}"] = 1 - error.abs().sum() / other
    for level in (80, 95):
        scores[f"coverage_{level}"] = actual.between(
            table[f"lower_{level}"], table[f"upper_{level}"]
        ).mean()
    return scores
