import numpy as np
import pytest

from model_contract.messages.cells import (
    DATE_IMPOSSIBLE,
    DATE_IN_FUTURE,
    HIGH_BELOW_LOW,
    NUMBER_EXPECTED,
    OUTSIDE_RANGE,
    PRICE_EXPECTED,
    ROW_INCOMPLETE,
    SESSION_TWICE,
    SESSIONS_REPEATED,
    TICKER_LENGTH,
    VOLUME_EXPECTED,
)
from model_contract.messages.forecasting import (
    COLUMNS_IGNORED,
    ROWS_DROPPED_CONTRADICTORY,
    ROWS_DROPPED_EMPTY,
    ROWS_DROPPED_REPEATED,
    ROWS_DROPPED_ZERO_VOLUME,
    ROWS_SORTED,
    VOLUMES_FRACTIONAL,
)
from model_contract.messages.reading import NO_USABLE_ROWS, TOO_MANY_TICKERS
from model_contract.prices import Prices
from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.table.limits import Limits

HEADER = "Date,Open,High,Low,Close,Volume\n"
MONDAY = "2024-01-08,10,11,9,10.5,1000\n"
TUESDAY = "2024-01-09,10.5,12,10,11,2000\n"
STOOQ = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"


def require_same_values(prices: Prices, others: Prices) -> None:
    for name in ("ticker", "session", "open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(prices, name), getattr(others, name))


# Columns


def test_a_history_contains_the_numbers_of_its_file(read):
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
    assert (history.warnings, history.dropped, history.splits) == ([], {}, [])


def test_both_dialects_of_one_file_give_the_same_values(read):
    header = "Ticker,Date,Open,High,Low,Close,Volume\n"
    comma = read(header + "PETR4,2024-01-15,1010.25,1011,1009,1010.5,30182600\n")
    row = "PETR4;15/01/2024;1.010,25;1011;1009,0;1010,5;30.182.600\n"
    semicolon = read(header.replace(",", ";") + row)
    require_same_values(comma.prices, semicolon.prices)


def test_the_order_and_case_of_columns_make_no_difference(read):
    shuffled = read("VOLUME,close,Low,HIGH,open,date\n1000,10.5,9,11,10,2024-01-08\n")
    require_same_values(shuffled.prices, read(HEADER + MONDAY).prices)


def test_symbol_means_ticker(read):
    assert read("Symbol," + HEADER + "AAPL," + MONDAY).prices.ticker.tolist() == ["AAPL"]


def test_names_in_angle_brackets_mean_the_same_as_without(read):
    history = read(
        STOOQ
        + "AAPL.US,D,20240108,000000,10,11,9,10.5,1000,0\n"
        + "AAPL.US,D,20240109,000000,10.5,12,10,11,2000,0\n"
    )
    plain = read("Ticker," + HEADER + "AAPL.US," + MONDAY + "AAPL.US," + TUESDAY).prices
    require_same_values(history.prices, plain)
    ignored = COLUMNS_IGNORED(count=2, columns=["PER", "OPENINT"], more=False)
    assert history.warnings == [ignored]


def test_extra_columns_are_ignored_with_a_warning(read):
    history = read(HEADER.replace("\n", ",Note,<b>\n") + MONDAY.replace("\n", ",x,y\n"))
    assert history.warnings == [COLUMNS_IGNORED(count=2, columns=["Note", "b"], more=False)]


# Rows


def test_unsorted_rows_are_sorted_with_a_note(read):
    history = read(HEADER + TUESDAY + MONDAY)
    assert history.prices.volume.tolist() == [1000, 2000]
    assert history.prices.line.tolist() == [3, 2]
    assert history.warnings == [ROWS_SORTED()]


def test_rows_are_sorted_by_ticker_before_date(read):
    prices = read("Ticker," + HEADER + "B," + MONDAY + "A," + TUESDAY).prices
    assert prices.ticker.tolist() == ["A", "B"]


def test_the_rows_of_each_ticker_are_grouped(read):
    prices = read("Ticker," + HEADER + "B," + MONDAY + "A," + TUESDAY + "A," + MONDAY).prices
    assert [(name, rows.volume.tolist()) for name, rows in prices.by_ticker()] == [
        ("A", [1000, 2000]),
        ("B", [1000]),
    ]


@pytest.mark.parametrize(
    ("row", "rule", "code"),
    [
        ("2024-01-09,null,null,null,null,null\n", "empty", ROWS_DROPPED_EMPTY),
        ("2024-01-07,10,10,10,10,0\n", "zero_volume", ROWS_DROPPED_ZERO_VOLUME),
        ("2024-01-09,12.1,12,10,11,5\n", "contradictory", ROWS_DROPPED_CONTRADICTORY),
        ("2024-01-09,9.9,12,10,11,5\n", "contradictory", ROWS_DROPPED_CONTRADICTORY),
        ("2024-01-09,11,12,10,12.1,5\n", "contradictory", ROWS_DROPPED_CONTRADICTORY),
        ("2024-01-09,11,12,10,9.9,5\n", "contradictory", ROWS_DROPPED_CONTRADICTORY),
        ("2024-01-09,20,12,10,11,0\n", "zero_volume", ROWS_DROPPED_ZERO_VOLUME),
    ],
    ids=[
        "null as Yahoo writes it",
        "no trading",
        "open above high",
        "open below low",
        "close above high",
        "close below low",
        "by the first rule that it breaks",
    ],
)
def test_an_unusable_row_is_dropped_with_a_note(read, row, rule, code):
    history = read(HEADER + MONDAY + row)
    assert history.prices.volume.tolist() == [1000]
    assert history.dropped == {rule: [3]}
    assert code(count=1, lines=[3], more=False) in history.warnings


def test_a_close_one_rounding_step_above_the_high_is_kept(read):
    assert len(read(HEADER + "2024-01-08,100,100.99,99,101,5\n").prices) == 1


def test_of_many_dropped_rows_the_first_ten_are_listed(read):
    zeros = "".join(f"2023-01-{day:02d},10,10,10,10,0\n" for day in range(1, 13))
    message = ROWS_DROPPED_ZERO_VOLUME(count=12, lines=list(range(2, 12)), more=True)
    assert read(HEADER + zeros + MONDAY).warnings == [message]


def test_many_fractional_volumes_are_reported(read):
    rows = "2024-01-08,10,11,9,10.5,18.8\n2024-01-09,10.5,12,10,11,20\n"
    assert read(HEADER + rows).warnings == [VOLUMES_FRACTIONAL()]


def test_a_single_fractional_volume_is_not_reported(read):
    rows = "".join(
        f"2024-01-{day:02d},10,11,9,10.5,{'18.8' if day == 9 else 20}\n" for day in range(1, 12)
    )
    assert read(HEADER + rows).warnings == []


def test_last_dates_count_dropped_rows(read):
    history = read("Ticker," + HEADER + "A," + MONDAY + "A,2024-01-09,10,10,10,10,0\nB," + MONDAY)
    assert {name: str(day) for name, day in history.last_dates.items()} == {
        "A": "2024-01-09",
        "B": "2024-01-08",
    }


def test_a_file_with_only_dropped_rows_is_refused_with_their_counts(problems_of):
    message = NO_USABLE_ROWS(empty=0, zero_volume=1, contradictory=0)
    assert problems_of(HEADER + "2024-01-07,10,10,10,10,0\n") == [(None, None, message)]


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("2024-01-09,10,11,9,10,-1\n", "Volume", VOLUME_EXPECTED(found=-1.0)),
        ("2024-01-09,0,11,9,10,5\n", "Open", PRICE_EXPECTED(found=0.0)),
        ("2024-01-09,10,11,-9,10,5\n", "Low", PRICE_EXPECTED(found=-9.0)),
        ("2024-01-09,10,9,11,10,5\n", "High", HIGH_BELOW_LOW(high=9.0, low=11.0)),
        ("2024-01-09,10,11,,10,5\n", "Low", ROW_INCOMPLETE()),
    ],
    ids=["negative volume", "zero price", "negative price", "high below low", "incomplete row"],
)
def test_an_impossible_row_is_refused(problems_of, row, column, message):
    assert problems_of(HEADER + MONDAY + row) == [(3, column, message)]


def test_unreadable_cells_and_impossible_values_are_listed_together(problems_of):
    rows = "2024-01-08,abc,11,9,10,5\n2024-01-09,10,11,9,10,-1\n2024-13-01,10,9,11,10,5\n"
    assert problems_of(HEADER + rows) == [
        (2, "Open", NUMBER_EXPECTED(found="abc")),
        (3, "Volume", VOLUME_EXPECTED(found=-1.0)),
        (4, "Date", DATE_IMPOSSIBLE(found="2024-13-01")),
        (4, "High", HIGH_BELOW_LOW(high=9.0, low=11.0)),
    ]


def test_many_repeated_sessions_without_a_column_of_tickers_are_several_tickers(problems_of):
    """`cat aapl.csv msft.csv`: to delete one of the two rows would join two companies."""
    days = [f"2024-01-{day:02}" for day in range(1, 32)]
    rows = [f"{day},10,11,9,10,{volume}\n" for volume in (5, 6) for day in days]
    message = SESSIONS_REPEATED(count=30, date="2024-01-01", line=2, second=33)
    assert problems_of(HEADER + "".join(rows)) == [(33, "Date", message)]


def test_many_rows_outside_their_range_are_refused(problems_of):
    """The close is adjusted for dividends, but not the other prices."""
    lines = [f"2024-01-{day:02},10,11,9,{8.9 if day < 21 else 10},5\n" for day in range(1, 32)]
    found = problems_of(HEADER + "".join(lines))
    assert (len(found), found[0]) == (
        20, (2, None, OUTSIDE_RANGE(open=10.0, high=11.0, low=9.0, close=8.9))
    )  # fmt: skip


@pytest.mark.parametrize(("prefix", "ticker"), [("", None), ("A,", "A")], ids=["file", "ticker"])
def test_a_repeated_session_is_refused_with_both_lines(problems_of, prefix, ticker):
    header = "Ticker," + HEADER if ticker else HEADER
    message = SESSION_TWICE(date="2024-01-08", ticker=ticker, line=2)
    other = MONDAY.replace("1000", "1001")
    assert problems_of(header + prefix + MONDAY + prefix + TUESDAY + prefix + other) == [
        (4, "Date", message)
    ]


def test_a_row_given_again_is_dropped_with_a_note(read):
    history = read(HEADER + MONDAY + TUESDAY + MONDAY)
    assert history.prices.volume.tolist() == [1000, 2000]
    assert history.dropped == {"repeated": [2]}
    assert ROWS_DROPPED_REPEATED(count=1, lines=[2], more=False) in history.warnings


def test_an_empty_row_given_again_is_dropped(read):
    empty = "2024-01-09,null,null,null,null,null\n"
    history = read(HEADER + MONDAY + empty + empty + TUESDAY.replace("01-09", "01-10"))
    assert history.dropped == {"empty": [3, 4]}


@pytest.mark.parametrize("copies", [2, 5])
def test_of_many_equal_rows_the_last_is_kept(read, copies):
    history = read(HEADER + MONDAY * copies + TUESDAY)
    assert history.prices.line.tolist() == [copies + 1, copies + 2]
    assert history.dropped == {"repeated": list(range(2, copies + 1))}


def test_of_a_last_session_given_twice_the_later_line_counts(read):
    later = TUESDAY.replace("2000", "2500")
    assert read(HEADER + MONDAY + TUESDAY + later).prices.volume.tolist() == [1000, 2500]
    assert read(HEADER + MONDAY + later + TUESDAY).prices.volume.tolist() == [1000, 2000]
    newest_first = read(HEADER + later + TUESDAY + MONDAY)
    assert newest_first.prices.volume.tolist() == [1000, 2500]


def test_a_last_session_given_three_times_counts_once(read):
    copies = [TUESDAY.replace("2000", volume) for volume in ("2100", "2200", "2300")]
    assert read(HEADER + MONDAY + "".join(copies)).prices.volume.tolist() == [1000, 2300]


@pytest.mark.parametrize("values", ["null,null,null,null,null", "0,0,0,10.5,0"])
def test_a_row_without_trading_does_not_replace_its_session(read, values):
    history = read(HEADER + MONDAY + TUESDAY + f"2024-01-09,{values}\n")
    assert history.prices.volume.tolist() == [1000, 2000]


def test_sessions_without_trading_are_dropped_whatever_their_prices(read):
    suspended = "".join(f"2024-01-{day},0,0,0,10.5,0\n" for day in range(10, 20))
    history = read(HEADER + MONDAY + TUESDAY + suspended)
    assert history.dropped == {"zero_volume": list(range(4, 14))}


def test_the_last_session_is_that_of_each_ticker(read):
    rows = "A," + MONDAY + "A," + MONDAY.replace("1000", "1100") + "B," + TUESDAY
    history = read("Ticker," + HEADER + rows)
    assert history.prices.volume.tolist() == [1100, 2000]
    assert history.dropped == {"repeated": [2]}


def test_two_tickers_may_share_a_date(read):
    assert len(read("Ticker," + HEADER + "A," + MONDAY + "B," + MONDAY).prices) == 2


@pytest.mark.parametrize("ticker", ["", "x" * 41], ids=["empty", "too long"])
def test_a_ticker_must_have_1_to_40_characters(problems_of, ticker):
    message = TICKER_LENGTH(limit=40, found=ticker)
    assert problems_of("Ticker," + HEADER + ticker + "," + MONDAY) == [(2, "Ticker", message)]


def test_a_date_in_the_future_is_refused_with_its_line_and_today(problems_of):
    text = HEADER + MONDAY + "2024-01-11,10,11,9,10.5,1000\n"
    message = DATE_IN_FUTURE(date="2024-01-11", today="2024-01-09")
    assert problems_of(text, today=np.datetime64("2024-01-09")) == [(3, "Date", message)]


def test_tomorrow_may_have_begun_elsewhere_and_is_accepted(read):
    history = read(HEADER + MONDAY + TUESDAY, today=np.datetime64("2024-01-08"))
    assert len(history.prices) == 2


def test_today_is_the_current_date_by_default(problems_of):
    ((_, _, message),) = problems_of(HEADER + MONDAY.replace("2024", "2999"))
    assert message.code == DATE_IN_FUTURE


# Large files


def many_tickers(count: int) -> str:
    return "Ticker," + HEADER + "".join(f"T{number},{MONDAY}" for number in range(count))


def test_as_many_tickers_as_the_limit_are_read(read):
    assert len(read(many_tickers(3), Limits(tickers=3)).prices) == 3


def test_one_ticker_too_many_is_refused_before_any_value_is_read(problems_of):
    text = many_tickers(4).replace("10.5", "unreadable")
    message = TOO_MANY_TICKERS(tickers=4, limit=3)
    assert problems_of(text, Limits(tickers=3)) == [(None, "Ticker", message)]


def test_tickers_that_alternate_from_row_to_row_are_counted_once(read):
    rows = "".join(
        f"{ticker},2024-01-{day:02d},10,11,9,10.5,1000\n" for day in range(8, 13) for ticker in "AB"
    )
    assert len(read("Ticker," + HEADER + rows, Limits(tickers=2)).prices) == 10


def test_the_plain_cells_of_a_large_file_are_not_parsed_one_by_one(read, only_plain_cells):
    days = np.arange("1900-01-01", "1925-01-01", dtype="datetime64[D]").astype(str)
    rows = [f"T,{day},118.56,132.0625,118.5,130.3125,9616100\n" for day in days]
    assert len(read("Ticker," + HEADER + "".join(rows)).prices) == len(days)


def test_the_deadline_can_stop_the_reading_of_values():
    def check() -> None:
        raise TimeoutError

    table = read_table((HEADER + MONDAY.replace("10.5", "null")).encode())
    with pytest.raises(TimeoutError):
        read_history(table, check=check)
