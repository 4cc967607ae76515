import time

import numpy as np
import pytest

from model_contract.errors import TableError
from model_contract.reading.csv_file import read_table
from model_contract.reading.limits import Limits
from model_contract.reading.price_history import canonical_names, read_history

HEADER = "Date,Open,High,Low,Close,Volume\n"
MONDAY = "2024-01-08,10,11,9,10.5,1000\n"
TUESDAY = "2024-01-09,10.5,12,10,11,2000\n"
# With an adjusted close.
SPLIT_IN_TWO = "2024-01-08,20,22,18,21,500,10.5\n2024-01-09,10.5,12,10,11,2000,11\n"


def problems_of(text: str) -> str:
    with pytest.raises(TableError) as caught:
        read_history(read_table(text.encode()))
    return str(caught.value)


def test_a_history_holds_the_numbers_of_its_file(read):
    prices = read(HEADER + MONDAY + TUESDAY).prices
    assert prices.ticker.tolist() == ["", ""]
    assert prices.session.astype(str).tolist() == ["2024-01-08", "2024-01-09"]
    assert prices.open.tolist() == [10, 10.5]
    assert prices.high.tolist() == [11, 12]
    assert prices.low.tolist() == [9, 10]
    assert prices.close.tolist() == [10.5, 11]
    assert prices.volume.tolist() == [1000, 2000]
    assert prices.line.tolist() == [2, 3]


def test_a_clean_history_comes_without_warnings(read):
    history = read(HEADER + MONDAY + TUESDAY)
    assert history.warnings == []
    assert history.dropped == {}
    assert history.splits == []


def test_both_dialects_of_one_file_give_the_same_values(read):
    comma = read(
        "Ticker,Date,Open,High,Low,Close,Volume\nPETR4,2024-01-08,1010.25,1011,1009,1010.5,30182600\n"
    ).prices
    semicolon = read(
        "Ticker;Date;Open;High;Low;Close;Volume\nPETR4;08/01/2024;1.010,25;1011;1009,0;1010,5;30.182.600\n"
    ).prices
    for name in ("ticker", "session", "open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(comma, name), getattr(semicolon, name))


def test_the_order_and_case_of_columns_make_no_difference(read):
    shuffled = read("VOLUME,close,Low,HIGH,open,date\n1000,10.5,9,11,10,2024-01-08\n").prices
    for name in ("session", "open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(
            getattr(shuffled, name), getattr(read(HEADER + MONDAY).prices, name)
        )


def test_symbol_means_ticker(read):
    assert read("Symbol," + HEADER + "AAPL," + MONDAY).prices.ticker.tolist() == ["AAPL"]


STOOQ = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"


def test_names_in_angle_brackets_mean_the_same_as_without(read):
    history = read(
        STOOQ
        + "AAPL.US,D,20240108,000000,10,11,9,10.5,1000,0\nAAPL.US,D,20240109,000000,10.5,12,10,11,2000,0\n"
    )
    plain = read("Ticker," + HEADER + "AAPL.US," + MONDAY + "AAPL.US," + TUESDAY).prices
    for name in ("ticker", "session", "open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(history.prices, name), getattr(plain, name))
    assert history.warnings == [
        "ignored 3 columns that the forecast does not use: 'PER', 'TIME', 'OPENINT'"
    ]


def test_the_date_may_be_named_by_its_form_as_metastock_does():
    assert canonical_names(["<DTYYYYMMDD>", "<Volume>"]) == {
        "Date": "<DTYYYYMMDD>",
        "Volume": "<Volume>",
    }


def test_only_in_angle_brackets_may_volume_be_cut_short():
    assert canonical_names(["Volume", "Vol"]) == {"Volume": "Volume"}


def test_a_problem_names_a_column_without_its_angle_brackets():
    assert problems_of(STOOQ + "AAPL.US,D,29092025,000000,10,11,9,10.5,1000,0\n") == (
        "line 2, column DATE: there is no such day as '29092025'; expected a date such as 2024-04-03"
    )


def test_ticker_beside_symbol_is_refused():
    assert problems_of("Ticker,Symbol," + HEADER + "A,A," + MONDAY) == (
        "line 1, column Symbol: 'Ticker' and 'Symbol' mean the same; keep one of these columns"
    )


def test_canonical_names_map_to_what_the_header_writes():
    assert canonical_names(["DATE", "symbol", "Note", "ADJ_CLOSE"]) == {
        "Date": "DATE",
        "Ticker": "symbol",
        "Adj Close": "ADJ_CLOSE",
    }


def test_all_missing_columns_are_listed_at_once():
    lines = problems_of("Date,Open,Price\n2024-01-08,1,2\n").split("\n")
    assert [line.partition(":")[0] for line in lines] == [
        f"line 1, column {name}" for name in ("High", "Low", "Close", "Volume")
    ]
    assert lines[0] == (
        "line 1, column High: not in the header; a price history needs Date, Open, High, Low, Close, Volume; found 'Date', 'Open', 'Price'"
    )


def test_extra_columns_are_ignored_with_a_warning(read):
    history = read(HEADER.replace("\n", ",Note,<b>\n") + MONDAY.replace("\n", ",x,y\n"))
    assert history.warnings == ["ignored 2 columns that the forecast does not use: 'Note', 'b'"]


@pytest.mark.parametrize(
    "name", ["Adj Close", "ADJ CLOSE", "Adj_Close", "Adjusted Close", "adjusted_close"]
)
def test_an_adjusted_close_that_proves_a_split_restates_what_was_before(read, name):
    history = read(HEADER.replace("\n", f",{name}\n") + SPLIT_IN_TWO)
    assert history.prices.close.tolist() == [10.5, 11]
    assert history.prices.volume.tolist() == [1000, 2000]
    assert [str(split) for split in history.splits] == ["2:1 split on 2024-01-09"]
    assert history.warnings == [
        "restated for the 2:1 split on 2024-01-09: prices before it halved, volumes doubled"
    ]


def test_an_adjusted_close_without_a_step_changes_nothing(read):
    history = read(
        HEADER.replace("\n", ",Adj Close\n")
        + MONDAY.replace("\n", ",9\n")
        + TUESDAY.replace("\n", ",9.4\n")
    )
    assert history.prices.volume.tolist() == [1000, 2000]
    assert (history.splits, history.warnings) == ([], [])


def test_without_an_adjusted_close_a_split_is_told_but_not_restated(read):
    history = read(HEADER + "2024-01-08,20,22,18,21,500\n" + TUESDAY)
    assert history.prices.volume.tolist() == [500, 2000]
    assert history.splits == []
    assert history.warnings == [
        "the change of price on 2024-01-09 looks like a 2:1 split that is not restated; "
        "give adjusted prices, or a column 'Adj Close' that shows it"
    ]


def test_adjusted_closes_stay_with_their_rows_when_rows_are_sorted_and_dropped(read):
    rows = SPLIT_IN_TWO.splitlines(keepends=True)
    shuffled = (
        "\n"
        + rows[1]
        + "2024-01-06,null,null,null,null,null,7\n"
        + "2024-01-07,20,20,20,20,0,3\n"
        + rows[0]
    )
    history = read(HEADER.replace("\n", ",Adj Close\n") + shuffled)
    assert history.prices.volume.tolist() == [1000, 2000]
    assert [str(split) for split in history.splits] == ["2:1 split on 2024-01-09"]


def test_an_adjusted_close_may_be_empty(read):
    history = read(
        HEADER.replace("\n", ",Adj Close\n")
        + MONDAY.replace("\n", ",\n")
        + TUESDAY.replace("\n", ",null\n")
    )
    assert history.splits == []
    assert len(history.prices) == 2


def test_an_adjusted_close_between_semicolons_has_a_decimal_comma(read):
    header = "Date;Open;High;Low;Close;Volume;Adj Close\n"
    history = read(header + "2024-01-08;20;22;18;21;500;10,5\n2024-01-09;10,5;12;10;11;2000;11,0\n")
    assert history.prices.volume.tolist() == [1000, 2000]


def test_two_columns_of_adjusted_closes_are_refused():
    assert problems_of(
        HEADER.replace("\n", ",Adj Close,Adjusted Close\n") + MONDAY.replace("\n", ",9,9\n")
    ) == (
        "line 1, column Adjusted Close: 'Adj Close' and 'Adjusted Close' mean the same; keep one of these columns"
    )


def test_an_impossible_adjusted_close_is_refused_together_with_other_problems():
    rows = "2024-01-08,10,11,9,10,5,abc\n2024-01-09,10,11,9,10,5,0\n2024-01-10,10,11,,10,5,9\n"
    assert problems_of(HEADER.replace("\n", ",adj close\n") + rows).split("\n") == [
        "line 2, column adj close: expected a number such as 1234.56, found 'abc'",
        "line 3, column adj close: expected a price > 0, found 0",
        "line 4, column Low: expected a number, found no value, while other cells of the row have one; complete the row or empty it",
    ]


def test_unsorted_rows_are_sorted_with_a_warning(read):
    history = read(HEADER + TUESDAY + MONDAY)
    assert history.prices.volume.tolist() == [1000, 2000]
    assert history.prices.line.tolist() == [3, 2]
    assert history.warnings == ["the rows were not sorted by ticker and date; they were sorted"]


def test_rows_are_sorted_by_ticker_before_date(read):
    prices = read("Ticker," + HEADER + "B," + MONDAY + "A," + TUESDAY).prices
    assert prices.ticker.tolist() == ["A", "B"]


def test_each_ticker_s_rows_are_given_together(read):
    prices = read("Ticker," + HEADER + "B," + MONDAY + "A," + TUESDAY + "A," + MONDAY).prices
    assert [(name, rows.volume.tolist()) for name, rows in prices.by_ticker()] == [
        ("A", [1000, 2000]),
        ("B", [1000]),
    ]


def test_null_rows_as_yahoo_writes_them_are_dropped(read):
    history = read(HEADER + MONDAY + "2024-01-09,null,null,null,null,null\n")
    assert history.dropped == {"empty": [3]}
    assert history.warnings == ["dropped 1 row without any price or volume: line 3"]


def test_zero_volume_rows_are_dropped(read):
    history = read(HEADER + "2024-01-07,10,10,10,10,0\n" + MONDAY)
    assert history.prices.volume.tolist() == [1000]
    assert history.warnings == ["dropped 1 row with zero volume (nothing was traded): line 2"]


@pytest.mark.parametrize(
    "row",
    [
        "2024-01-09,12.1,12,10,11,5\n",
        "2024-01-09,9.9,12,10,11,5\n",
        "2024-01-09,11,12,10,12.1,5\n",
        "2024-01-09,11,12,10,9.9,5\n",
    ],
    ids=["open above high", "open below low", "close above high", "close below low"],
)
def test_contradictory_rows_are_dropped(read, row):
    history = read(HEADER + MONDAY + row)
    assert history.dropped == {"contradictory": [3]}
    assert history.warnings == [
        "dropped 1 row whose Open or Close lies outside Low to High: line 3"
    ]


def test_a_close_one_rounding_step_above_the_high_is_kept(read):
    assert len(read(HEADER + "2024-01-08,100,100.99,99,101,5\n").prices) == 1


def test_a_row_is_dropped_by_the_first_rule_that_it_breaks(read):
    assert read(HEADER + MONDAY + "2024-01-09,20,12,10,11,0\n").dropped == {"zero_volume": [3]}


def test_the_warning_of_many_dropped_rows_lists_the_first_ten(read):
    zeros = "".join(f"2023-01-{day:02d},10,10,10,10,0\n" for day in range(1, 13))
    assert read(HEADER + zeros + MONDAY).warnings == [
        "dropped 12 rows with zero volume (nothing was traded): lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …"
    ]


FRACTIONS = (
    "many of the volumes are not whole numbers, so they are likely in thousands or millions, or adjusted for splits; "
    "the forecasts are in the same unit"
)


def test_volumes_with_fractions_are_told(read):
    assert read(
        HEADER + "2024-01-08,10,11,9,10.5,18.8\n2024-01-09,10.5,12,10,11,20\n"
    ).warnings == [FRACTIONS]


def test_a_single_volume_with_a_fraction_is_not(read):
    rows = "".join(
        f"2024-01-{day:02d},10,11,9,10.5,{'18.8' if day == 9 else 20}\n" for day in range(1, 12)
    )
    assert read(HEADER + rows).warnings == []


def test_fractions_that_a_restated_split_gives_are_not_told(read):
    header = HEADER.replace("\n", ",Adj Close\n")
    history = read(header + "2024-01-08,15,16,14,15,501,10\n2024-01-09,10,11,9,10,2000,10\n")
    assert history.prices.volume.tolist() == [751.5, 2000]
    assert FRACTIONS not in history.warnings


def test_last_dates_count_dropped_rows(read):
    history = read("Ticker," + HEADER + "A," + MONDAY + "A,2024-01-09,10,10,10,10,0\nB," + MONDAY)
    assert {name: str(day) for name, day in history.last_dates.items()} == {
        "A": "2024-01-09",
        "B": "2024-01-08",
    }


def test_a_file_of_dropped_rows_alone_is_refused_with_the_reasons():
    assert problems_of(HEADER + "2024-01-07,10,10,10,10,0\n") == (
        "no usable row is left: dropped 1 row with zero volume (nothing was traded): line 2"
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2024-01-09,10,11,9,10,-1\n", "line 3, column Volume: expected a volume >= 0, found -1"),
        ("2024-01-09,0,11,9,10,5\n", "line 3, column Open: expected a price > 0, found 0"),
        ("2024-01-09,10,11,-9,10,5\n", "line 3, column Low: expected a price > 0, found -9"),
        (
            "2024-01-09,10,9,11,10,5\n",
            "line 3, column High: High 9 is below Low 11; were the columns exchanged?",
        ),
        (
            "2024-01-09,10,11,,10,5\n",
            "line 3, column Low: expected a number, found no value, while other cells of the row have one; complete the row or empty it",
        ),
    ],
    ids=["negative volume", "zero price", "negative price", "high below low", "incomplete row"],
)
def test_an_impossible_row_is_refused(row, problem):
    assert problems_of(HEADER + MONDAY + row) == problem


def test_unreadable_cells_and_impossible_values_are_listed_together():
    assert problems_of(
        HEADER + "2024-01-08,abc,11,9,10,5\n2024-01-09,10,11,9,10,-1\n2024-13-01,10,9,11,10,5\n"
    ).split("\n") == [
        "line 2, column Open: expected a number such as 1234.56, found 'abc'",
        "line 3, column Volume: expected a volume >= 0, found -1",
        "line 4, column Date: there is no such day as '2024-13-01'; expected a date such as 2024-04-03",
        "line 4, column High: High 9 is below Low 11; were the columns exchanged?",
    ]


def test_an_unreadable_cell_is_not_called_missing_as_well():
    assert "found no value" not in problems_of(HEADER + "2024-01-08,abc,11,9,10,5\n")


def test_a_date_that_stands_twice_is_refused_with_both_lines():
    assert problems_of(HEADER + MONDAY + TUESDAY + MONDAY) == (
        "line 4, column Date: the session 2024-01-08 stands on line 2 already; keep one of the two"
    )


def test_a_date_that_stands_twice_names_its_ticker():
    assert "the session 2024-01-08 of 'A' stands on line 2 already" in problems_of(
        "Ticker," + HEADER + "A," + MONDAY + "A," + MONDAY
    )


def test_two_tickers_may_share_a_date(read):
    assert len(read("Ticker," + HEADER + "A," + MONDAY + "B," + MONDAY).prices) == 2


@pytest.mark.parametrize(
    ("ticker", "found"), [("", "an empty cell"), ("x" * 41, "more")], ids=["empty", "too long"]
)
def test_a_ticker_must_have_1_to_40_characters(ticker, found):
    assert problems_of("Ticker," + HEADER + ticker + "," + MONDAY) == (
        f"line 2, column Ticker: expected a ticker of 1 to 40 characters, found {found}"
    )


def test_a_date_in_the_future_is_refused_with_its_line_and_today():
    with pytest.raises(TableError) as caught:
        read_history(
            read_table((HEADER + MONDAY + "2024-01-11,10,11,9,10.5,1000\n").encode()),
            today=np.datetime64("2024-01-09"),
        )
    assert str(caught.value) == (
        "line 3, column Date: 2024-01-11 lies in the future (today is 2024-01-09, UTC); expected what has been traded"
    )


def test_the_day_after_today_may_have_begun_elsewhere_and_is_read():
    table = read_table((HEADER + MONDAY + TUESDAY).encode())
    assert len(read_history(table, today=np.datetime64("2024-01-08")).prices) == 2


def test_today_is_the_clock_s_where_it_is_not_given():
    assert "2999-01-08 lies in the future" in problems_of(HEADER + MONDAY.replace("2024", "2999"))


def many_tickers(count: int) -> bytes:
    return ("Ticker," + HEADER + "".join(f"T{number},{MONDAY}" for number in range(count))).encode()


def test_as_many_tickers_as_the_limit_are_read():
    assert len(read_history(read_table(many_tickers(3), Limits(tickers=3))).prices) == 3


def test_one_ticker_more_than_the_limit_is_refused_before_any_value_is_read():
    table = read_table(many_tickers(4).replace(b"10.5", b"unreadable"), Limits(tickers=3))
    with pytest.raises(TableError) as caught:
        read_history(table)
    assert str(caught.value) == "column Ticker: the file holds 4 tickers; at most 3 are read"


def test_tickers_that_alternate_from_row_to_row_are_counted_once(read):
    rows = "".join(
        f"{ticker},2024-01-{day:02d},10,11,9,10.5,1000\n" for day in range(8, 13) for ticker in "AB"
    )
    table = read_table(("Ticker," + HEADER + rows).encode(), Limits(tickers=2))
    assert len(read_history(table).prices) == 10


def test_ten_thousand_tickers_are_refused_within_a_second():
    data = many_tickers(10_000)
    started = time.process_time()
    with pytest.raises(TableError, match="10,000 tickers; at most 2,000 are read"):
        read_history(read_table(data))
    assert time.process_time() - started < 1


def test_a_history_of_a_hundred_thousand_rows_is_read_within_a_second():
    days = np.arange("1900-01-01", "1925-01-01", dtype="datetime64[D]").astype(str)
    rows = [
        f"T{ticker},{day},118.56,132.0625,118.5,130.3125,9616100"
        for ticker in range(11)
        for day in days
    ]
    table = "\n".join(["Ticker,Date,Open,High,Low,Close,Volume", *rows]).encode()
    read_history(read_table(table))  # the first one imports Arrow
    started = time.process_time()
    assert len(read_history(read_table(table)).prices) == 11 * len(days)
    assert time.process_time() - started < 1
