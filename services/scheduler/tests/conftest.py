"""The default data, a watch-list and a price store."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from forecast_loop.watchlist import Schedule, Watchlist
from nights import Nights
from rehearsal import START, Rehearsal

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def stocks() -> pd.DataFrame:
    """The default data: five tickers, of which all but one have over 2,000 sessions."""
    return pd.read_csv(REPOSITORY / "data/raw/stocks.csv")


@pytest.fixture
def recent(stocks) -> pd.DataFrame:
    """The default data since 2012."""
    return stocks[stocks["Date"] >= "2012-01-01"].reset_index(drop=True)


@pytest.fixture
def watchlist(tmp_path) -> Watchlist:
    schedule = Schedule(timedelta(minutes=30), timedelta(minutes=60))
    return Watchlist(None, "XNYS", ("XNYS", "BVMF"), tmp_path / "inbox", schedule)


@pytest.fixture
def nights(tmp_path, watchlist):
    made = Nights(tmp_path, watchlist)
    yield made
    made.close()


@pytest.fixture
def loop(tmp_path, recent, monkeypatch) -> Rehearsal:
    """The loop with a small model and the default data until `START`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODEL_STORE", str(tmp_path / "models"))
    return Rehearsal(tmp_path, recent, START)
