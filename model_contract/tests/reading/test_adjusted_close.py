import pytest

from model_contract.messages.cells import NUMBER_EXPECTED, ROW_INCOMPLETE
from model_contract.messages.forecasting import SPLIT_RESTATED, SPLIT_SUSPECTED, VOLUMES_FRACTIONAL

WITHOUT = "Date,Open,High,Low,Close,Volume"
HEADER = WITHOUT + ",Adj Close\n"
BEFORE_SPLIT, AFTER_SPLIT = (
    "2024-01-08,20,22,18,21,500,10.5\n",
    "2024-01-09,10.5,12,10,11,2000,11\n",
)
TWO_FOR_ONE = {"ticker": None, "date": "2024-01-09", "new": 2, "old": 1}


@pytest.mark.parametrize(
    "name", ["Adj Close", "ADJ CLOSE", "Adj_Close", "Adjusted Close", "adjusted_close"]
)
def test_an_adjusted_close_that_proves_a_split_restates_earlier_rows(read, name):
    history = read(f"{WITHOUT},{name}\n" + BEFORE_SPLIT + AFTER_SPLIT)
    assert history.prices.close.tolist() == [10.5, 11]
    assert history.prices.volume.tolist() == [1000, 2000]
    assert [str(split) for split in history.splits] == ["2:1 split on 2024-01-09"]
    assert history.warnings == [SPLIT_RESTATED(**TWO_FOR_ONE, ratio=2.0)]


def test_an_adjusted_close_without_a_step_changes_nothing(read):
    history = read(HEADER + "2024-01-08,10,11,9,10.5,1000,9\n2024-01-09,10.5,12,10,11,2000,9.4\n")
    assert history.prices.volume.tolist() == [1000, 2000]
    assert (history.splits, history.warnings) == ([], [])


def test_a_split_without_an_adjusted_close_is_suspected_but_not_restated(read):
    history = read(WITHOUT + "\n2024-01-08,20,22,18,21,500\n2024-01-09,10.5,12,10,11,2000\n")
    assert history.prices.volume.tolist() == [500, 2000]
    assert history.splits == []
    assert history.warnings == [SPLIT_SUSPECTED(**TWO_FOR_ONE)]


def test_adjusted_closes_stay_with_their_rows_when_rows_move(read):
    dropped = "2024-01-06,null,null,null,null,null,7\n2024-01-07,20,20,20,20,0,3\n"
    history = read(HEADER + "\n" + AFTER_SPLIT + dropped + BEFORE_SPLIT)
    assert history.prices.volume.tolist() == [1000, 2000]
    assert [str(split) for split in history.splits] == ["2:1 split on 2024-01-09"]


def test_an_adjusted_close_may_be_empty(read):
    history = read(HEADER + "2024-01-08,10,11,9,10.5,1000,\n2024-01-09,10.5,12,10,11,2000,null\n")
    assert history.splits == []
    assert len(history.prices) == 2


def test_an_adjusted_close_between_semicolons_has_a_decimal_comma(read):
    rows = "2024-01-08;20;22;18;21;500;10,5\n2024-01-09;10,5;12;10;11;2000;11,0\n"
    history = read(HEADER.replace(",", ";") + rows)
    assert history.prices.volume.tolist() == [1000, 2000]


def test_fractions_from_a_restated_split_are_not_reported(read):
    history = read(HEADER + "2024-01-08,15,16,14,15,501,10\n2024-01-09,10,11,9,10,2000,10\n")
    assert history.prices.volume.tolist() == [751.5, 2000]
    assert VOLUMES_FRACTIONAL() not in history.warnings


def test_unreadable_adjusted_closes_are_listed_with_other_problems(problems_of):
    rows = "2024-01-08,10,11,9,10,5,abc\n2024-01-10,10,11,,10,5,9\n"
    assert problems_of(WITHOUT + ",adj close\n" + rows) == [
        (2, "adj close", NUMBER_EXPECTED(found="abc")),
        (3, "Low", ROW_INCOMPLETE()),
    ]


def test_an_adjusted_close_of_zero_is_unknown(read):
    rows = "2024-01-08,10,11,9,10,5,0\n2024-01-09,10,11,9,10,5,-1\n"
    history = read(WITHOUT + ",adj close\n" + rows)
    assert (len(history.prices), history.dropped, history.splits) == (2, {}, [])
