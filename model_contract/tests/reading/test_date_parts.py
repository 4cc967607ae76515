"""Dates in three columns: year, month and day."""

import numpy as np
import pytest

from model_contract.errors import TableError

pytestmark = pytest.mark.usefixtures("both_sizes")

DAYS = np.arange("2024-01-08", "2024-03-08", dtype="datetime64[D]").astype(str).tolist()


def file_of(parts: str, form: str = "{0},{1},{2}") -> str:
    rows = [form.format(*map(int, day.split("-")), day) for day in DAYS]
    header = f"Ticker,Open,{parts},High,Low,Close,Volume"
    return "\n".join([header, *(f"A,10,{row},11,9,10.5,1000" for row in rows)])


@pytest.mark.parametrize(
    ("parts", "form"),
    [
        ("Year,Month,Day", "{0},{1},{2}"),
        ("year,month,day", "{0},{1:02d},{2:02d}"),
        ("Dia,Mês,Ano", "{2},{1},{0}"),
        ("年,月,日", "{0},{1},{2}"),
        ("Year,Month,Day,Time", "{0},{1},{2},00:00"),
    ],
)
def test_three_columns_give_the_dates(read, parts, form):
    history = read(file_of(parts, form))
    assert history.prices.session.astype(str).tolist() == DAYS
    assert history.prices.open.tolist() == [10] * len(DAYS)
    assert history.reading.names["Date"] == "Year-Month-Day"
    assert history.warnings == []


def test_a_column_of_whole_dates_is_preferred(read):
    history = read(file_of("Date,Year,Month,Day", "{3},1999,1,1"))
    assert history.prices.session.astype(str).tolist() == DAYS
    assert history.reading.names["Date"] == "Date"


@pytest.mark.parametrize(
    ("parts", "form"),
    [("Year,Month,Day", "24,{1},{2}"), ("Year,Month", "{0},{1}"), ("Month,Day", "{1},{2}")],
    ids=["a year of two digits", "no day", "no year"],
)
def test_other_parts_are_refused(read, parts, form):
    with pytest.raises(TableError):
        read(file_of(parts, form))
