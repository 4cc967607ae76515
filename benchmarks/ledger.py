#!/usr/bin/env python3
"""Measures the ledger with many tickers and sessions: a night, and each query.

    .venv/bin/python benchmarks/ledger.py [TICKERS] [SESSIONS]

By default 10,000 tickers and 1,000 sessions of 5 steps: 50 million forecasts, about 19 GB in a
temporary folder. Earlier nights are written in bulk, without the checks; the last one as the loop
does it, with the removal of the first one. The plain SQLite insertion of the same rows is the
reference for the writing.
"""

import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple, replace
from multiprocessing import Process
from pathlib import Path
from typing import Any

import numpy as np

from model_contract.ledger.forecast_row import FIRST_HASH, ForecastRow, chained, stored
from model_contract.ledger.ledger import INSERT, Ledger, Truth
from model_contract.ledger.ledger_reader import LedgerReader
from model_contract.ledger.scorecard import Scope
from model_contract.ledger.summaries import add_to_summaries

STEPS = 5
MODEL = "20261201T105936Z-a7bd0394"
FIRST = "2020-01-01"


def main() -> None:
    """Fill a ledger, then time a night and the queries."""
    tickers = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    sessions = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), tickers, sessions)


def measure(folder: Path, tickers: int, sessions: int) -> None:
    """Print the times of a night and of the queries, the size and the memory."""
    ledger = Ledger(folder)
    names = [f"T{number:05}" for number in range(tickers)]
    ledger.follow(dict.fromkeys(names, "XNYS"))
    filling = Process(target=fill, args=(ledger, names, sessions - 1))  # its memory doesn't count
    filling.start()
    filling.join()
    size = ledger.path.stat().st_size
    say("size, GB", size / 1e9)
    say("  bytes a forecast", size / rows_in(ledger))
    last = list(night(names, sessions - 1))
    seconds = timed("a night's writing", lambda: ledger.append(last))
    say("  relative to plain insertion of the same rows", seconds / plain(folder, last))
    truths = [Truth(row, 1.1e6, "1", "") for row in rows_for(tickers, sessions - 1)]
    timed("a night's scoring of all steps", lambda: ledger.score(truths))
    corrected = [replace(truth, actual=1.2e6) for truth in truths]
    timed("a correction of all these volumes", lambda: ledger.score(corrected))
    timed("the removal of the oldest night", lambda: ledger.remove(day(STEPS + 1), ""))
    say("memory, MB", memory())
    reader, one = LedgerReader(folder), Scope(ticker=names[7])
    cut = Scope(first=second_day(sessions - 60), last=day(sessions - 2))
    queries: dict[str, Callable[[], Any]] = {
        "the latest forecasts of all tickers": lambda: reader.latest(1, "", Scope()),
        "one ticker, 250 sessions": lambda: reader.of_ticker(names[7], 1, 250, Scope()),
        "all tickers of a session": lambda: reader.of_session(day(sessions - 1), 1, Scope()),
        "scorecard by version": lambda: reader.scores("version", 1, Scope()),
        "scorecard by month": lambda: reader.scores("month", 1, Scope()),
        "scorecard by kind of day": lambda: reader.scores("calendar", 1, Scope()),
        "scorecard of one ticker by month": lambda: reader.scores("month", 1, one),
        "scorecard of one ticker by kind of day": lambda: reader.scores("calendar", 1, one),
        "scorecard by ticker, all sessions": lambda: reader.scores("ticker", 1, Scope()),
        "scorecard by ticker, cutting two months": lambda: reader.scores("ticker", 1, cut),
    }
    for name, query in queries.items():
        timed(name, query)
    say("memory, MB", memory())


def fill(ledger: Ledger, names: list[str], sessions: int) -> None:
    """Write nights in bulk, with scores of all their sessions."""
    connection = sqlite3.connect(ledger.path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA cache_size = -2000000")
    number, last = 0, FIRST_HASH
    for session in range(sessions):
        connection.execute("BEGIN")
        rows = []
        for row in night(names, session):
            number += 1
            last = chained(last, row)
            rows.append((number, *stored(row), last))
        connection.executemany(INSERT, rows)
        known = list(rows_for(len(names), session))
        scores = ((row, 0, 1e6, "1", f"{day(session)}T21:30:00Z") for row in known)
        connection.executemany("INSERT INTO scores VALUES (?, ?, ?, ?, ?)", scores)
        add_to_summaries(connection, ((row, 1e6, 1) for row in known))
        connection.execute("COMMIT")
    connection.close()


def rows_for(tickers: int, session: int) -> Iterator[int]:
    """Yield the numbers of the rows that forecast a session."""
    for step in range(1, min(STEPS, session) + 1):
        before = (session - step) * tickers * STEPS
        yield from (before + ticker * STEPS + step for ticker in range(tickers))


def day(number: int) -> str:
    """Return a working day."""
    return str(np.busday_offset(FIRST, number, roll="forward"))


def second_day(number: int) -> str:
    """Return the second working day of a month, the first one after a day."""
    while day(number)[:7] == day(number - 2)[:7] or day(number)[:7] != day(number - 1)[:7]:
        number += 1
    return day(number)


def memory() -> float:
    """Return the largest size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def night(names: list[str], session: int) -> Iterator[ForecastRow]:
    """Yield the forecasts of all tickers after a session."""
    days = [day(session + step) for step in range(STEPS + 1)]
    kinds = ["month_end" if one[8:] > "27" else "" for one in days]
    volumes = np.random.default_rng(session).uniform(5e5, 2e6, (len(names), 8))
    base = ForecastRow(
        "", "XNYS", days[0], "", 1, "", *[0.0] * 8, "", MODEL, "champion", "0" * 64,
        f"{days[0]}T21:30:00Z",
    )  # fmt: skip
    fields = ("volume", "lower_80", "upper_80", "lower_95", "upper_95", "usual", "naive", "har")
    for name, numbers in zip(names, volumes.tolist(), strict=True):
        of_ticker = replace(base, ticker=name, **dict(zip(fields, numbers, strict=True)))
        for step in range(1, STEPS + 1):
            opens, kind = f"{days[step]}T14:30:00Z", kinds[step]
            yield replace(of_ticker, session=days[step], step=step, opens_at=opens, calendar=kind)


def plain(folder: Path, rows: list[ForecastRow]) -> float:
    """Return the seconds of inserting the same rows into a new table with one commit."""
    connection = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
    names = ", ".join(f"c{number}" for number in range(len(astuple(rows[0]))))
    connection.execute(f"CREATE TABLE plain ({names})")
    begun = time.perf_counter()
    connection.execute("BEGIN")
    places = ", ".join("?" * len(astuple(rows[0])))
    connection.executemany(f"INSERT INTO plain VALUES ({places})", map(astuple, rows))
    connection.execute("COMMIT")
    connection.close()
    return time.perf_counter() - begun


def rows_in(ledger: Ledger) -> int:
    """Return the number of forecasts."""
    connection = sqlite3.connect(ledger.path)
    count: int = connection.execute("SELECT max(row) FROM forecasts").fetchone()[0]
    connection.close()
    return count


def timed(name: str, work: Callable[[], object]) -> float:
    """Print how long `work` takes, and return the seconds."""
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    say(f"{name}, s", seconds)
    return seconds


def say(name: str, value: float) -> None:
    """Print a line."""
    sys.stdout.write(f"{name:50} {value:10.3f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
