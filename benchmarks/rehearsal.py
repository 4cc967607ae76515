#!/usr/bin/env python3
"""Plays the forecast loop for hundreds of sessions of two markets, with a trial and a rollback.

    MODEL_STORE=… .venv/bin/python benchmarks/rehearsal.py [SESSIONS]

MODEL_STORE is a store with a trained model. The prices of New York are the default data; those of
Sao Paulo are the same rows, moved to the sessions of B3, so that both markets have their own
holidays. The first champion is the trained model with forecasts that are half as high again; the
trained model itself is its challenger. Everything happens in a temporary folder.
"""

import logging
import os
import sqlite3
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from forecast_loop.deliveries.taking import accept
from forecast_loop.disk_use import bytes_in
from forecast_loop.loop import Loop, opened_loop
from forecast_loop.watchlist import load_watchlist
from model_contract.ledger.ledger_reader import LedgerReader
from model_contract.ledger.scorecard import Scope
from model_contract.store.bundle import SCALERS, Manifest, files_of
from model_contract.store.golden import GOLDEN
from model_contract.store.model_store import ModelStore
from model_contract.store.served_versions import PROMOTED, ROLLED_BACK
from training.calendar_flags import exchange_sessions

REPOSITORY = Path(__file__).parents[1]
MARKETS = {"XNYS": ("AAPL", "IBM", "MSFT"), "BVMF": ("AAPL3.SA", "IBM3.SA", "MSFT3.SA")}
TOO_HIGH = 1.5
TRIAL, ROLLBACK, PIN, ANOTHER = 50, 300, 350, 400  # sessions after the start
EVERY = 100


def main() -> None:
    """Play the sessions and print what became of them."""
    sessions = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    trained = ModelStore(Path(os.environ["MODEL_STORE"]))
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        play(Path(folder), trained, sessions)


def play(root: Path, trained: ModelStore, sessions: int) -> None:
    """Play that many sessions of New York, with those of Sao Paulo between them."""
    panel = pd.concat([new_york(), sao_paulo()])
    days = sorted(panel.loc[panel["Ticker"] == "AAPL", "Date"].unique())[-sessions - 1 :]
    models, version = prepared(root, trained, panel[panel["Date"] <= days[0]])
    run(root, days[0])
    begun, evenings = time.perf_counter(), all_evenings(panel, days)
    for number, day in enumerate(evenings):
        decide(models, trained, version, number)
        deliver(root, panel, day)
        run(root, day)
        if (number + 1) % EVERY == 0:
            report(root, number + 1, time.perf_counter() - begun)
    summary(root, models)


def new_york() -> pd.DataFrame:
    """Return the default data of three tickers."""
    stocks = pd.read_csv(REPOSITORY / "data/raw/stocks.csv")
    columns = ["Ticker", "Date", "Open", "High", "Low", "Close", "Volume"]
    return stocks.loc[stocks["Ticker"].isin(MARKETS["XNYS"]), columns]


def sao_paulo() -> pd.DataFrame:
    """Return the same rows on the last sessions of B3 up to the same day."""
    parts = []
    for _, rows in new_york().groupby("Ticker"):
        last = date.fromisoformat(rows["Date"].max())
        found = exchange_sessions("BVMF", date(2000, 1, 1), last).sessions.astype(str)
        count = min(len(found), len(rows))
        parts.append(rows.iloc[-count:].assign(Date=found[-count:]))
    moved = pd.concat(parts)
    return moved.assign(Ticker=moved["Ticker"] + "3.SA")


def prepared(root: Path, trained: ModelStore, history: pd.DataFrame) -> tuple[ModelStore, str]:
    """Write a tree with the history, and publish the champion that forecasts too much."""
    params = (REPOSITORY / "params.yaml").read_text(encoding="utf-8")
    params = params.replace("data/raw/stocks.csv", "raw/prices.csv")
    params = params.replace("challenger_sessions: 0", "challenger_sessions: 250")
    (root / "params.yaml").write_text(params, encoding="utf-8")
    (root / "watchlist.yaml").write_text("tickers: all\n", encoding="utf-8")
    (root / "raw").mkdir()
    history.to_csv(root / "raw/prices.csv", index=False)
    seconds = evening(str(history["Date"].max())).timestamp() - 60
    os.utime(root / "raw/prices.csv", (seconds, seconds))
    models = ModelStore(root / "models")
    models.publish(*spoiled(trained, TOO_HIGH))
    version = models.current()
    os.chdir(root)
    os.environ["MODEL_STORE"] = str(models.directory)
    return models, str(version)


def spoiled(trained: ModelStore, factor: float) -> tuple[Manifest, dict[str, bytes]]:
    """Return the trained model with forecasts that are `factor` times as high."""
    version = str(trained.current())
    manifest, folder = trained.load(version).manifest, trained.path(version)
    files = {name: (folder / name).read_bytes() for name in files_of(manifest)}
    bundle = trained.load(version)
    target = bundle.scalers.target
    moved = replace(target, mean=(target.mean[0] + float(np.log(factor)),))
    golden = replace(bundle.golden, volumes=bundle.golden.volumes * factor)
    files[SCALERS] = replace(bundle.scalers, target=moved).to_json().encode()
    files[GOLDEN] = golden.to_json().encode()
    return manifest.sealed(files), files


def decide(models: ModelStore, trained: ModelStore, first: str, number: int) -> None:
    """Do what an operator and the trainings do on some days."""
    version = str(trained.current())
    folder, manifest = trained.path(version), trained.load(version).manifest
    if number == TRIAL:
        files = {name: (folder / name).read_bytes() for name in files_of(manifest)}
        models.challenge(manifest, files, "a new training")
    elif number == ROLLBACK:
        models.make_current(first, ROLLED_BACK, "a rehearsal")
    elif number == PIN:
        models.make_current(version, PROMOTED, "a rehearsal")
        models.pin(version, "a rehearsal")
    elif number == ANOTHER:
        models.publish(*spoiled(trained, 1 / TOO_HIGH))  # stored, but not served


def all_evenings(panel: pd.DataFrame, days: list[str]) -> list[str]:
    """Return the days after the first on which either market has a session."""
    dates = panel["Date"]
    return sorted(dates[(dates > days[0]) & (dates <= days[-1])].unique())


def evening(day: str) -> datetime:
    """After the close of both markets, in summer and winter."""
    return datetime.fromisoformat(f"{day}T22:30:00").replace(tzinfo=UTC)


def deliver(root: Path, panel: pd.DataFrame, day: str) -> None:
    """Put a file of each market into the inbox."""
    (root / "data/inbox").mkdir(parents=True, exist_ok=True)
    seconds = (evening(day) - timedelta(minutes=1)).timestamp()
    for market, tickers in MARKETS.items():
        rows = panel[(panel["Date"] == day) & panel["Ticker"].isin(tickers)]
        if len(rows):
            file = root / f"data/inbox/{market}-{day}.csv"
            rows.to_csv(file, index=False)
            os.utime(file, (seconds, seconds))


def run(root: Path, day: str) -> None:
    """Run a round."""
    watchlist, folders = load_watchlist(root), (root / "prices", root / "ledger")
    with opened_loop(watchlist, *folders, evening(day)) as loop:
        for part in (Loop.take_in, Loop.score, Loop.forecast):
            part(loop)
        for held in loop.store.deliveries("held"):  # an operator accepts what was held back
            say(f"{day}: {held.name} was held: {', '.join(one.code for one in held.reasons)}")
            accept(loop.store, held.id, evening(day), watchlist)
        loop.report()


def report(root: Path, rounds: int, seconds: float) -> None:
    """Print the sizes after some rounds."""
    sizes = {name: bytes_in(root / name) / 1e6 for name in ("prices", "ledger", "models")}
    text = ", ".join(f"{name} {size:.2f}" for name, size in sizes.items())
    say(f"{rounds} days, {seconds:.0f} s; MB: {text}")


def summary(root: Path, models: ModelStore) -> None:
    """Print what became of forecasts and models."""
    reader = LedgerReader(root / "ledger")
    count, broken = reader.first_broken_row()
    say(f"{count} forecasts, chain {'broken' if broken else 'verified'}, {reader.missed()} missed")
    connection = sqlite3.connect(root / "ledger/ledger.sqlite")
    late = connection.execute("SELECT count(*) FROM forecasts WHERE written_at >= opens_at")
    twice = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM forecasts WHERE role = 'champion' "
        "GROUP BY ticker, session, step HAVING count(*) > 1)"
    )
    say(f"written after the opening: {late.fetchone()[0]}; double: {twice.fetchone()[0]}")
    connection.close()
    for event in models.history():
        say(f"{event.event}: {event.version[-8:]} {event.reason}")
    for score in reader.scores("version", 1, Scope()):
        say(f"{score['version'][-8:]}: {score['forecasts']} scored, MAPE {score['mape']:.1%}")


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
