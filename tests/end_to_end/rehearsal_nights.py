"""Sixty sessions of the default data, night by night, with a vendor's accidents among them.

Each night's file has the session's rows of all tickers. `NIGHTS` lists the nights that differ; the
right file comes the night after an accident, or the next morning.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd

from loop_stack import TICKERS, at, minutes_before, read_stocks, write_file

SESSIONS = 60
HALF_DAY = "2012-12-24"  # closes at 18:00
HOLIDAYS = ("2012-12-25", "2013-01-01", "2013-01-21", "2013-02-18")
# From these sessions on, prices and volumes are in new shares. AAPL's split has a column.
SPLITS = {"AAPL": ("2013-02-11", 4), "GOOG": ("2013-02-15", 2)}
# Adj Close proves these in the history, so the loop restates it for them.
OLD_SPLITS = (
    ("AAPL", "2000-06-21", 2),
    ("AAPL", "2005-02-28", 2),
    ("MSFT", "2003-02-18", 2),
)
UNFINISHED = "2012-12-10"
LOST_TICKERS = "2012-12-14"
CUT_VOLUME = "2012-12-28"
EARLY_END = "2013-01-04"
CONTRADICTORY = "2013-01-10"
LATE = "2013-01-24"
HALF_WRITTEN = "2013-01-30"
FROM_THE_PAST = "2013-02-05"
COLUMN_SPLIT, UNDECLARED_SPLIT = (day for day, _ in SPLITS.values())
# Whose prices of a session came only when the next session's had come, too.
LOST: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((LOST_TICKERS, CUT_VOLUME, EARLY_END, HALF_WRITTEN), TICKERS),
    CONTRADICTORY: ("IBM", "MSFT"),
}

Files = dict[str, tuple[pd.DataFrame | bytes, datetime]]  # by name: content, time of writing


@dataclass
class Round:
    """A command of the loop, and the files that came before it."""

    clock: datetime
    files: Files = field(default_factory=dict)
    command: tuple[str, ...] = ("round",)


def delivered(stocks: pd.DataFrame) -> pd.DataFrame:
    """Restate the raw data for the splits in `SPLITS`, as a vendor's files by date have it."""
    found = stocks.drop(columns="Adj Close")
    for ticker, (day, ratio) in SPLITS.items():
        rows = found["Ticker"].eq(ticker) & (found["Date"] >= day)
        found.loc[rows, ["Open", "High", "Low", "Close"]] /= ratio
        found.loc[rows, "Volume"] *= ratio
    return found


class Nights:
    """The rounds of the rehearsal."""

    def __init__(self) -> None:
        self.stocks = read_stocks()
        self.rows = delivered(self.stocks)
        days = sorted(self.stocks["Date"].unique())
        self.start, self.days = days[-SESSIONS - 1], days[-SESSIONS:]
        self._different: dict[str, Callable[[str, str, datetime], Iterator[Round]]] = {
            UNFINISHED: self._unfinished,
            LOST_TICKERS: self._lost_tickers,
            CUT_VOLUME: self._cut_volume,
            EARLY_END: self._early_end,
            CONTRADICTORY: self._contradictory,
            LATE: self._late,
            HALF_WRITTEN: self._half_written,
            FROM_THE_PAST: self._from_the_past,
            COLUMN_SPLIT: self._column_split,
            UNDECLARED_SPLIT: self._undeclared_split,
        }

    def rounds(self) -> list[Round]:
        """Return all rounds, by time."""
        rounds = [Round(at(self.start))]
        for day, following in zip(self.days, [*self.days[1:], ""], strict=True):
            evening = at(day, "18:30" if day == HALF_DAY else "22:00")
            different = self._different.get(day)
            if different:
                rounds += different(day, following, evening)
            else:
                rounds.append(Round(evening, self._right(day, evening)))
        rounds += [Round(at(day)) for day in HOLIDAYS]
        return sorted(rounds, key=lambda one: one.clock)

    def origins(self) -> list[str]:
        """Return the sessions that a forecast may start from."""
        return [self.start, *self.days]

    def _of(self, *days: str) -> pd.DataFrame:
        return self.rows[self.rows["Date"].isin(days)].copy()

    def _right(self, day: str, when: datetime) -> Files:
        files: Files = {_name(day): (self._of(day), minutes_before(when))}
        before = self.days[max(self.days.index(day) - 1, 0)]
        if before in (CUT_VOLUME, EARLY_END, CONTRADICTORY, HALF_WRITTEN):
            files[_name(before)] = self._of(before), minutes_before(when, 10)
        if before == LOST_TICKERS:
            full = self.stocks[self.stocks["Date"] <= day]
            files = {"history.csv": (full, minutes_before(when))}
        if before == FROM_THE_PAST:
            ibm = self._ticker("IBM", day)
            files["IBM.csv"] = ibm, minutes_before(when, 10)
        return files

    def _unfinished(self, day: str, following: str, when: datetime) -> Iterator[Round]:
        rows = self._of(day)
        rows["Volume"] = rows["Volume"] * 4 // 10
        yield Round(when, {_name(day): (rows, at(day, "17:00"))})
        morning = at(following, "06:00")
        yield Round(morning, {_name(day): (self._of(day), minutes_before(morning))})

    def _lost_tickers(self, day: str, following: str, when: datetime) -> Iterator[Round]:
        full = self.stocks[self.stocks["Date"].between("2006-01-01", day)]
        rows = full[~full["Ticker"].isin(["FB", "GOOG"])]
        yield Round(when, {"history.csv": (rows, minutes_before(when))})
        yield Round(at(following, "13:30"))

    def _cut_volume(self, day: str, following: str, when: datetime) -> Iterator[Round]:
        rows = self._of(day)
        rows.loc[rows["Ticker"] == "IBM", "Volume"] //= 10
        yield Round(when, {_name(day): (rows, minutes_before(when))})

    def _early_end(self, day: str, following: str, when: datetime) -> Iterator[Round]:
        position = self.days.index(day)
        rows = self._of(*self.days[position - 2 : position + 1])
        rows = rows[(rows["Ticker"] != "GOOG") | (rows["Date"] == self.days[position - 2])]
        yield Round(when, {_name(day): (rows, minutes_before(when))})
        yield Round(at(following, "13:30"))

    def _contradictory(self, day: str, following: str, when: datetime) -> Iterator[Round]:
        rows = self._of(day)
        ibm, msft, aapl = (rows["Ticker"] == ticker for ticker in ("IBM", "MSFT", "AAPL"))
        rows.loc[ibm, "Close"] = rows.loc[ibm, "High"] * 1.2
        # Of two different rows of a session, neither counts; of two equal ones, one does.
        other = rows[msft].assign(Volume=rows.loc[msft, "Volume"] + 1_000_000)
        damaged = pd.concat([other, rows, rows[aapl]])
        yield Round(when, {_name(day): (damaged, minutes_before(when))})
        yield Round(at(following, "13:30"))

    def _late(self, day: str, following: str, when: datetime) -> Iterator[Round]:
        yield Round(when)
        yield Round(at(following, "13:30"))
        opened = at(following, "15:00")
        yield Round(opened, {_name(day): (self._of(day), minutes_before(opened))})

    def _half_written(self, day: str, following: str, when: datetime) -> Iterator[Round]:
        whole = self._of(day).to_csv(index=False).encode()
        copying = {f"{_name(day)}.part": (whole[:100], minutes_before(when))}
        yield Round(when, {**copying, _name(day): (whole[:-3], minutes_before(when))})
        morning = at(following, "13:30")
        middle = whole[: whole.index(b"MSFT") + 25]
        yield Round(morning, {_name(day): (middle, minutes_before(morning))})

    def _from_the_past(self, day: str, following: str, when: datetime) -> Iterator[Round]:
        old = self._ticker("IBM", "2012-06-29")
        old["Volume"] += 1 + old["Volume"] // 100
        files: Files = {"IBM.csv": (old, minutes_before(when, 10))}
        yield Round(when, files | {_name(day): (self._of(day), minutes_before(when))})

    def _column_split(self, day: str, following: str, when: datetime) -> Iterator[Round]:
        rows = self._of(day).assign(**{"Stock Splits": 0.0})
        rows.loc[rows["Ticker"] == "AAPL", "Stock Splits"] = 4.0
        yield Round(when, {_name(day): (rows, minutes_before(when))})

    def _undeclared_split(self, day: str, following: str, when: datetime) -> Iterator[Round]:
        yield Round(when, {_name(day): (self._of(day), minutes_before(when))})
        yield Round(at(following, "06:00"), command=("accept", "HELD", "--splits"))
        yield Round(at(following, "06:05"))

    def _ticker(self, ticker: str, last: str) -> pd.DataFrame:
        return self.rows[self.rows["Ticker"].eq(ticker) & (self.rows["Date"] <= last)].copy()


def write_rounds(tree: Path, name: str, rounds: list[Round]) -> Path:
    """Write rounds and their files for `replay.py`. Returns the path of the list in the tree."""
    folder = Path("data/nights") / name
    listed = []
    for number, one in enumerate(rounds):
        own = folder / f"{number:03}"
        for file, (data, written) in one.files.items():
            write_file(tree / own / file, data, written)
        listed.append(
            {
                "clock": one.clock.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "folder": str(own),
                "command": one.command,
            }
        )
    (tree / folder).mkdir(parents=True, exist_ok=True)
    (tree / folder / "rounds.json").write_text(json.dumps(listed))
    return folder / "rounds.json"


def _name(day: str) -> str:
    return f"prices-{day}.csv"
