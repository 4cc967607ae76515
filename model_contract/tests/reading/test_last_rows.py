"""The last rows of a history: unfinished sessions, implausible volumes, tickers that end early."""

import numpy as np
import pytest

from model_contract.errors import TableError
from model_contract.messages.forecasting import (
    FILE_CUT_OFF,
    FILE_LAST_VOLUME_SMALL,
    LAST_TIME_DIFFERS,
    LAST_VOLUME_SMALL,
    QUOTES_LEFT_OUT,
    ROWS_SORTED,
    SESSION_UNFINISHED,
    TICKERS_END_EARLY,
)
from model_contract.messages.reading import NO_FINISHED_SESSION
from model_contract.reading.apply.last_rows import is_quote, seconds_of_day
from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table

DAYS = np.busday_offset("2024-01-01", np.arange(60), roll="forward")  # to 2024-03-22
USUAL = 28_801_900


def rows(volumes, ticker=None, days=DAYS):
    start = f"{ticker}," if ticker else ""
    return "".join(
        f"{start}{day},10,11,9,10,{volume}\n" for day, volume in zip(days, volumes, strict=False)
    )


def read(text, ticker=False, **options):
    header = f"{'Ticker,' if ticker else ''}Date,Open,High,Low,Close,Volume\n"
    return read_history(read_table((header + text).encode()), **options)


def test_the_row_of_an_unfinished_session_is_left_out_and_reported_first():
    history = read(rows([USUAL] * 59 + [10_900_000]), today=DAYS[59], closed=lambda *_: DAYS[58])
    assert history.prices.session[-1] == history.last_dates[""] == DAYS[58]
    expected = SESSION_UNFINISHED(date="2024-03-22", count=1, closed="2024-03-21")
    assert history.warnings == [expected]


def test_the_row_of_a_session_that_has_ended_is_kept():
    history = read(rows([USUAL] * 60), today=DAYS[59], closed=lambda *_: DAYS[59])
    assert history.prices.session[-1] == DAYS[59]
    assert history.warnings == []


def test_a_file_with_only_unfinished_sessions_is_refused():
    with pytest.raises(TableError) as caught:
        read(rows([USUAL]), today=DAYS[0], closed=lambda *_: DAYS[0] - 1)
    assert caught.value.problems[0].message == NO_FINISHED_SESSION(date="2024-01-01")


@pytest.mark.parametrize(
    "damaged", ["2024-03-22,10,11,9,10,x", "2024-03-22,10,11,9,,5", "2024-03-22,10,9,11,10,5"]
)
def test_the_session_of_a_bad_last_row_has_been(damaged):
    text = rows([USUAL] * 59) + damaged + "\n"
    history = read(text, today=DAYS[59], closed=lambda *_: DAYS[59])
    assert (history.prices.session[-1], history.last_dates) == (DAYS[58], {"": DAYS[59]})
    unfinished = read(text, today=DAYS[59], closed=lambda *_: DAYS[58])
    assert unfinished.last_dates == {"": DAYS[58]}


def test_a_last_row_without_prices_says_nothing_about_its_session():
    history = read(rows([USUAL] * 59) + "2024-03-22,,,,,10900000\n", today=DAYS[59])
    assert history.last_dates == {"": DAYS[58]}


def test_of_two_tickers_the_one_that_ends_early_is_named():
    text = rows([USUAL] * 60, "A") + rows([USUAL] * 40, "B")
    assert read(text, ticker=True).warnings == [
        TICKERS_END_EARLY(count=1, tickers=["B"], more=False)
    ]


def test_a_last_row_with_a_time_of_day_is_a_quote_and_left_out():
    text = rows([USUAL] * 60).replace("2024-03-22", "2024-03-22 15:00:01-04:00")
    history = read(text)
    assert history.prices.session[-1] == DAYS[58]
    assert history.warnings == [QUOTES_LEFT_OUT(count=1, lines=[61], more=False)]


def test_rows_that_all_have_a_time_of_day_are_sessions():
    text = "".join(
        line.replace(",10,", " 16:00:00,10,", 1) for line in rows([USUAL] * 60).splitlines(True)
    )
    history = read(text)
    assert history.prices.session[-1] == DAYS[59]
    assert history.warnings == []


@pytest.mark.parametrize("last", [288, 28_801, 2_880_190])
def test_a_last_volume_that_was_cut_gets_a_warning(last):
    assert read(rows([USUAL] * 59 + [last])).warnings == [FILE_LAST_VOLUME_SMALL()]


@pytest.mark.parametrize("last", [USUAL // 4, USUAL * 10])
def test_a_quiet_or_busy_last_session_gets_no_warning(last):
    assert read(rows([USUAL] * 59 + [last])).warnings == []


def test_a_last_volume_that_is_usual_for_its_ticker_gets_no_warning():
    volumes = [USUAL if day % 10 else USUAL // 20 for day in range(60)] + [USUAL // 20]
    days = np.busday_offset("2024-01-01", np.arange(61), roll="forward")
    assert read(rows(volumes, days=days)).warnings == []


@pytest.mark.parametrize(
    ("last", "cut"), [(5_217_330, True), (9_999_999, True), (12_000_000, False)]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_that_ends_within_its_last_volume_gets_a_warning(last, cut, encoding):
    text = "Date,Open,High,Low,Close,Volume\n" + rows([USUAL] * 59 + [last])
    for end in ("\n", "\r\n", "\n\n"):
        assert read_history(read_table((text[:-1] + end).encode(encoding))).warnings == []
    found = read_history(read_table(text[:-1].encode(encoding))).warnings
    assert found == ([FILE_CUT_OFF()] if cut else [])


def test_only_the_end_of_the_file_can_be_cut_off():
    low = rows([USUAL] * 59 + [USUAL // 5], "A")
    assert read((low + rows([USUAL] * 60, "B"))[:-1], ticker=True).warnings == []
    newest_first = "".join(reversed(rows([9_000_000] + [USUAL] * 59).splitlines(True)))
    assert read(newest_first[:-1]).warnings == [ROWS_SORTED()]


def test_the_tickers_with_a_small_last_volume_are_named():
    text = rows([USUAL] * 59 + [USUAL // 10], "A") + rows([USUAL] * 60, "B")
    expected = LAST_VOLUME_SMALL(count=1, tickers=["A"], more=False)
    assert read(text, ticker=True).warnings == [expected]


def test_the_tickers_that_end_before_the_others_are_named():
    text = "".join(rows([USUAL] * count, name) for name, count in (("A", 60), ("B", 58), ("C", 60)))
    expected = TICKERS_END_EARLY(count=1, tickers=["B"], more=False)
    assert read(text, ticker=True).warnings == [expected]


def test_a_ticker_that_ends_one_session_before_the_others_gets_no_warning():
    text = "".join(rows([USUAL] * count, name) for name, count in (("A", 60), ("B", 59), ("C", 60)))
    assert read(text, ticker=True).warnings == []


@pytest.mark.parametrize(
    ("times", "quote"),
    [
        ([None, "16:00:01"], True),
        (["00:00", "10:30"], True),
        ([None, None], False),
        ([None, "00:00"], False),
        ([None, "12:00:00 AM"], False),
        ([None, "00:00:00.000"], False),
        (["16:00", "16:00"], False),
        (["16:00", None], False),
        (["16:00", "13:00"], False),  # a half day
        (["160000", "112031"], True),
        (["4:00 PM", "11:21 AM"], True),
        (["15:59:58", "15:59:59"], False),
    ],
)
def test_a_last_row_with_a_time_of_its_own_is_a_quote(times, quote):
    assert is_quote(list(map(seconds_of_day, times))) == quote


@pytest.mark.parametrize(
    ("header", "usual", "last"),
    [
        ("Date", "2024-01-{:02} 16:00:00", "2024-01-31 11:20:31"),
        ("Date,Time", "2024-01-{:02},16:00", "2024-01-31,11:21"),
        ("<DTYYYYMMDD>,<TIME>", "202401{:02},000000", "20240131,112031"),
    ],
)
def test_a_quote_is_found_by_its_time_in_any_column(header, usual, last):
    days = [*(usual.format(day) for day in range(1, 31)), last]
    text = f"{header},Open,High,Low,Close,Volume\n" + "".join(
        f"{day},10,11,9,10,{USUAL}\n" for day in days
    )
    history = read_history(read_table(text.encode()))
    assert history.last_dates == {"": np.datetime64("2024-01-30")}


@pytest.mark.parametrize(
    ("usual", "last", "warned"),
    [("16:00", "11:05", True), ("16:00", "13:00", True), ("16:00", "16:00", False),
     ("20:00", "21:00", False)],
)  # fmt: skip
def test_another_round_time_in_the_last_row_is_a_warning(usual, last, warned):
    times = [*[usual] * 30, last]
    text = "Date,Open,High,Low,Close,Volume\n" + "".join(
        f"2024-01-{day:02} {time},10,11,9,10,{USUAL}\n" for day, time in enumerate(times, 1)
    )
    history = read_history(read_table(text.encode()))
    expected = [LAST_TIME_DIFFERS(count=1, lines=[32], more=False)] if warned else []
    assert (len(history.prices), history.warnings) == (31, expected)


def test_a_quote_is_found_by_its_time_in_unix_seconds():
    opens = [1_704_205_800 + 86_400 * day for day in range(30)]
    text = "t,o,h,l,c,v\n" + "".join(
        f"{time},10,11,9,10,{USUAL}\n" for time in (*opens, opens[-1] + 86_400 + 89 * 60)
    )
    assert len(read_history(read_table(text.encode())).prices) == 30
