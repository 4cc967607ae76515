"""The ticker and the series of a delivery, by its file's name."""

import pytest

from forecast_loop.deliveries.names import series_of, ticker_of_name


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        ("AAPL-2013-03-01.csv", "AAPL"),
        ("aapl.csv", "AAPL"),
        ("PETR4_20130301.csv", "PETR4"),
        ("BRK-B.csv", "BRK-B"),
        ("600519.csv", "600519"),
        ("2013-03-01.csv", "2013-03-01"),
    ],
)
def test_a_file_is_named_after_its_ticker(name, ticker):
    assert ticker_of_name(name) == ticker


def test_files_of_several_days_are_one_series():
    assert series_of("prices-2013-03-01.csv") == series_of("prices-2013-03-04.csv")
    assert series_of("AAPL.csv") != series_of("MSFT.csv")


def test_files_from_the_web_are_a_series_of_their_own():
    found = [series_of("PETR4.csv", ["PETR4"], source) for source in ("inbox", "web:a")]
    assert found == ["petr4.csv", "web:a/petr4.csv"]


def test_tickers_with_digits_have_their_own_series():
    names = ["PETR3_20130301.csv", "PETR4_20130301.csv", "PETR4_20130304.csv"]
    found = [series_of(name, [name[:5]]) for name in names]
    assert found == ["petr3_.csv", "petr4_.csv", "petr4_.csv"]
