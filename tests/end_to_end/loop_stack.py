"""A stack with the forecast loop: its clock, its inbox and its model."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import requests

from running_stack import REPOSITORY, Stack

CLOCK = "data/clock"  # in the tree
HISTORY = "data/raw/history.csv"
INBOX = "data/inbox"
STOCKS = REPOSITORY / "data/raw/stocks.csv"
TICKERS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")


def read_stocks() -> pd.DataFrame:
    """Return the default data as it is in the file, to the last digit."""
    stocks = pd.read_csv(STOCKS, dtype=str)
    prices = ["Open", "High", "Low", "Close", "Adj Close"]
    stocks[prices] = stocks[prices].map(float)
    return stocks.assign(Volume=stocks["Volume"].map(int))


def at(day: str, time: str = "22:00") -> datetime:
    """Return a time in UTC. In winter, New York opens at 14:30 and closes at 21:00."""
    return datetime.fromisoformat(f"{day}T{time}:00+00:00")


def write_file(path: Path, data: pd.DataFrame | bytes, written: datetime) -> None:
    """Write a file of prices as if at another time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}")
    temporary.write_bytes(data if isinstance(data, bytes) else data.to_csv(index=False).encode())
    os.utime(temporary, (written.timestamp(), written.timestamp()))
    temporary.replace(path)


class LoopStack:
    """A stack whose training data end with `start`, and that has a copy of another one's model."""

    def __init__(self, stack: Stack, models: str, start: str) -> None:
        """`models` is the volume to copy the model from."""
        self.stack = stack
        stack.settings["CLOCK_FILE"] = CLOCK
        stocks = read_stocks()
        write_file(stack.tree / HISTORY, stocks[stocks["Date"] <= start], at(start, "21:30"))
        stack.set_param("data/raw/stocks.csv", HISTORY)
        self.set_clock(at(start))
        stack.compose("--profile", "loop", "build", "scheduler", "api", "frontend")
        copy = ("--volume", f"{models}:/from:ro", "--entrypoint", "cp", "scheduler", "-a")
        self.run(*copy, "/from/.", "/models/")

    def set_clock(self, time: datetime) -> None:
        """Set what the loop takes for the time."""
        path = self.stack.tree / CLOCK
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".tmp").write_text(time.isoformat())
        path.with_suffix(".tmp").replace(path)

    def run(self, *arguments: str, check: bool = True) -> tuple[int, str]:
        """Run `docker compose run scheduler`. Returns the exit status and the output."""
        command = ("docker", "compose", "--progress", "quiet", "run", "--rm", "--no-deps")
        done = self.stack.run(*command, *arguments, check=check)
        return done.returncode, done.stdout + done.stderr

    def forecasts(self, ticker: str) -> list[dict[str, Any]]:
        """Return all forecasts of a ticker."""
        query = {"ticker": ticker, "steps": "5", "limit": "1000"}
        found: list[dict[str, Any]] = self.get("/forecasts", query)["forecasts"]
        return found

    def get(self, path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        """Request JSON from the API."""
        response = requests.get(self.stack.url + path, params=query, timeout=30)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def deliver(self, name: str, data: pd.DataFrame | bytes, written: datetime) -> None:
        """Put a file into the inbox."""
        write_file(self.stack.tree / INBOX / name, data, written)


def minutes_before(time: datetime, minutes: float = 5) -> datetime:
    """Return an earlier time."""
    return time - timedelta(minutes=minutes)
