"""Rows that start with their own names, for which the header has none, as R writes them."""

import numpy as np
import pytest

from model_contract.errors import TableError
from model_contract.messages.reading import FIELD_COUNT_DECIMAL_COMMA

pytestmark = pytest.mark.usefixtures("both_sizes")

DAYS = np.arange("2024-01-08", "2024-03-08", dtype="datetime64[D]").astype(str).tolist()
NAMES = "Open,High,Low,Close,Volume"


def file_of(header: str, row: str, separator: str = ",") -> str:
    rows = [row.format(day=day, number=number) for number, day in enumerate(DAYS, 1)]
    return "\n".join([header, *rows]).replace(",", separator)


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
@pytest.mark.parametrize(
    ("header", "row"),
    [
        (NAMES, "{day},10,11,9,10.5,1000"),
        (f"Date,{NAMES}", "{number},{day},10,11,9,10.5,1000"),
        (f"Symbol,Date,{NAMES}", "{number},AAPL,{day},10,11,9,10.5,1000"),
    ],
    ids=["dates", "numbers", "numbers and tickers"],
)
def test_the_names_of_rows_have_no_name_themselves(read, header, row, separator):
    if separator == " ":
        header, row = (f'"{text}"'.replace(",", '","') for text in (header, row))
    prices = read(file_of(header, row, separator)).prices
    assert prices.session.astype(str).tolist() == DAYS
    assert set(prices.close) == {10.5}
    assert set(prices.volume) == {1000}


def test_a_header_of_tickers_and_fields_can_lack_the_dates(read):
    names = ",".join(f'"{ticker}.{name}"' for ticker in "AB" for name in NAMES.split(","))
    prices = read(file_of(names, "{day},10,11,9,10.5,1000,20,22,18,21,2000", " ")).prices
    assert {ticker: set(rows.volume) for ticker, rows in prices.by_ticker()} == {
        "A": {1000},
        "B": {2000},
    }


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (f"Date,{NAMES}", "{day},10,11,9,10,1,000"),
        (f"Date,{NAMES}", "{day},39000,41000,38000,39500,1,000"),
        (NAMES, "{number},10,11,9,10,1000"),
    ],
    ids=["a thousands comma", "prices like day numbers", "numbers without dates"],
)
def test_one_more_field_of_another_kind_is_refused(read, header, row):
    with pytest.raises(TableError) as caught:
        read(file_of(header, row))
    message = FIELD_COUNT_DECIMAL_COMMA(expected=header.count(",") + 1, found=row.count(",") + 1)
    assert all(problem.message == message for problem in caught.value.problems)


def test_an_empty_field_at_the_end_of_each_row_is_not_a_name(read):
    prices = read(file_of(f"Date,{NAMES}", "{day},10,11,9,10,1000,")).prices
    assert set(prices.volume) == {1000}
