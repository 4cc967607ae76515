"""What only shows once the files of a folder are joined: splits between them, early ends."""

from pathlib import Path

import numpy as np
import pytest

from model_contract.messages.forecasting import SPLIT_SUSPECTED, TICKERS_END_EARLY
from training.raw_prices.joined_files import join_files
from training.raw_prices.price_files import read_files

DAYS = np.arange("2024-01-01", "2024-04-01", dtype="datetime64[D]")
DAYS = DAYS[np.is_busday(DAYS)]


def rows(days, close, volume, extra="", ticker="A"):
    return "".join(
        f"{ticker},{day},{close},{close},{close},{close},{volume}{extra}\n" for day in days
    )


def files(name, before, after):
    """A history, and one file for the day after it, in new shares; both with another column."""
    header = f"Ticker,Date,Open,High,Low,Close,Volume,{name}\n"
    return {
        Path("2024-03-29.csv"): (header + rows(DAYS[-1:], 25, 4000, f",{after}")).encode(),
        Path("history.csv"): (header + rows(DAYS[:-1], 100, 1000, f",{before}")).encode(),
    }


def test_a_split_between_two_files_is_restated_if_its_factor_is_known():
    joined = join_files(read_files(files("Stock Splits", 0, 4)))
    assert {str(split): file.name for split, file in joined.splits.items()} == {
        "4:1 split of 'A' on 2024-03-29": "2024-03-29.csv"
    }
    assert joined.prices.close[[0, -1]].tolist() == [25, 25]
    assert joined.prices.volume[[0, -1]].tolist() == [4000, 4000]


@pytest.mark.parametrize(
    ("name", "before", "after"), [("Adj Close", 100, 25), ("Note", "", ""), ("Adj Close", 25, 25)]
)
def test_a_split_between_two_files_is_suspected_if_nothing_proves_it(name, before, after):
    joined = join_files(read_files(files(name, before, after)))
    assert joined.splits == {}
    params = {"ticker": "A", "date": "2024-03-29", "new": 4, "old": 1}
    assert joined.warnings == [SPLIT_SUSPECTED(**params)]


def test_a_ticker_that_ends_before_those_of_other_files_is_named():
    header = "Ticker,Date,Open,High,Low,Close,Volume\n"
    contents = {
        Path(f"{ticker}.csv"): (header + rows(days, 10, 1000, ticker=ticker)).encode()
        for ticker, days in (("A", DAYS), ("B", DAYS[:-3]), ("C", DAYS))
    }
    joined = join_files(read_files(contents))
    assert joined.warnings == [TICKERS_END_EARLY(count=1, tickers=["B"], more=False)]


def test_a_day_in_a_file_of_its_own_is_no_early_end():
    header = "Ticker,Date,Open,High,Low,Close,Volume\n"
    history = header + rows(DAYS[:-1], 10, 1000) + rows(DAYS[:-1], 10, 1000, ticker="B")
    day = header + rows(DAYS[-1:], 10, 1000) + rows(DAYS[-1:], 10, 1000, ticker="B")
    joined = join_files(read_files({Path("a.csv"): history.encode(), Path("b.csv"): day.encode()}))
    assert (joined.warnings, len(joined.prices)) == ([], 2 * len(DAYS))
