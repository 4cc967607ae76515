import numpy as np
import pytest

from model_contract.messages.cells import ROWS_INTRADAY, SESSIONS_REPEATED

pytestmark = pytest.mark.usefixtures("both_sizes")

HEADER = "Date,Open,High,Low,Close,Volume"
DAYS = np.arange("2024-01-08", "2024-01-20", dtype="datetime64[D]").astype(str)
PRICES = "10,11,9,10.5,1000"


def file_of(name: str, labels: list[str], days=DAYS, *, more: str = "") -> str:
    rows = [f"{day},{PRICES},{label}{more}\n" for day in days for label in labels]
    return f"{HEADER},{name}\n" + "".join(rows)


@pytest.mark.parametrize("labels", [["AAPL", "MSFT"], ["a", "b", "c"], ["ИКС", "ИГРЕК"]])
@pytest.mark.parametrize("name", ["Ticker", "Name", "Company", "x", ""])
def test_a_column_that_tells_repeated_sessions_apart_has_the_tickers(read, name, labels):
    prices = read(file_of(name, labels)).prices
    assert {ticker: len(rows) for ticker, rows in prices.by_ticker()} == dict.fromkeys(
        labels, len(DAYS)
    )


def test_rows_with_times_of_day_are_not_intraday_if_the_tickers_differ(read):
    days = [f"{day} 16:00" for day in DAYS]
    history = read(file_of("Company", ["A", "B"], days))
    assert sorted(set(history.prices.ticker.tolist())) == ["A", "B"]


def test_a_name_alone_does_not_make_the_tickers(read):
    header = f"{HEADER},Name,Company\n"
    rows = [f"{day},{PRICES},Shares,{label}\n" for day in DAYS for label in ("A", "B")]
    assert set(read(header + "".join(rows)).prices.ticker.tolist()) == {"A", "B"}


def test_the_best_name_is_taken_if_several_columns_have_the_tickers(read):
    header = f"Company,{HEADER},Name,Symbol\n"
    rows = [f"{label}1,{day},{PRICES},{label}2,{label}3\n" for day in DAYS for label in ("A", "B")]
    assert set(read(header + "".join(rows)).prices.ticker.tolist()) == {"A3", "B3"}


def test_some_repeated_rows_do_not_hide_the_tickers(read):
    days = np.arange("2023-01-01", "2023-04-11", dtype="datetime64[D]").astype(str)
    text = file_of("Company", ["A", "B"], days)
    history = read(text + f"{days[-1]},{PRICES},B\n")
    assert len(history.prices) == 200
    assert len(history.dropped["repeated"]) == 1


@pytest.mark.parametrize(
    ("labels", "days"),
    [(["one"], DAYS), (["up", "down"], DAYS[:1])],
    ids=["no repeated session", "as many texts as rows"],
)
def test_other_columns_of_texts_are_ignored(read, labels, days):
    text = file_of("Note", labels[:1], DAYS).replace("one", labels[-1], len(days))
    assert set(read(text).prices.ticker.tolist()) == {""}


def test_a_note_on_a_last_session_given_twice_is_not_a_ticker(read):
    text = file_of("Note", ["closed"]) + f"{DAYS[-1]},10,11,9,10.5,1001,live\n"
    history = read(text)
    assert set(history.prices.ticker.tolist()) == {""}
    assert history.prices.volume.tolist() == [1000] * (len(DAYS) - 1) + [1001]


@pytest.mark.parametrize(
    "labels",
    [
        ["09:30", "16:00"],
        ["9:30 am", "4:00 pm"],
        ["1", "2"],
        ["2024-01-01", "2024-01-02"],
        ["", "A"],
        ["x" * 41, "B"],
    ],
    ids=["times", "times with letters", "numbers", "dates", "blanks", "too long"],
)
def test_a_column_of_other_values_never_has_the_tickers(problems_of, labels):
    rows = [
        f"{day},10,11,9,10.5,{volume},{label}\n"
        for day in DAYS
        for volume, label in enumerate(labels, 1000)
    ]
    problems = problems_of(f"{HEADER},x\n" + "".join(rows))
    assert problems[0][2].code == SESSIONS_REPEATED


@pytest.mark.parametrize("labels", [["0700", "0005"], ["600519", "000001", "600000"]])
@pytest.mark.parametrize("name", ["公司", "x", ""])
def test_codes_are_tickers_if_the_closes_of_a_session_differ(read, name, labels):
    rows = [
        f"{day},{close},{close},{close},{close},1000,{label}\n"
        for day in DAYS
        for close, label in zip((10, 16, 40), labels, strict=False)
    ]
    prices = read(f"{HEADER},{name}\n" + "".join(rows)).prices
    assert sorted({str(ticker) for ticker in prices.ticker}) == sorted(labels)


@pytest.mark.parametrize("closes", [(10, 10), (10, 14)])
def test_codes_with_similar_closes_may_be_times_of_day(problems_of, closes):
    rows = [
        f"{day},{close},{close},{close},{close},{volume},{hour}\n"
        for day in DAYS
        for volume, (close, hour) in enumerate(zip(closes, ("0900", "1000"), strict=True), 1000)
    ]
    problems = problems_of(f"{HEADER},x\n" + "".join(rows))
    assert problems[0][2].code == SESSIONS_REPEATED


def test_an_apostrophe_that_marks_a_code_as_text_is_not_part_of_it(read):
    prices = read(file_of("Code", ["'000001", "'600000"])).prices
    assert set(prices.ticker.tolist()) == {"000001", "600000"}


def test_intraday_rows_are_refused_even_with_a_column_of_texts(problems_of):
    days = [f"{day} {hour}:00" for day in DAYS for hour in (10, 11, 12)]
    ((_, column, message),) = problems_of(file_of("Note", ["x"], days))
    assert (column, message) == ("Date", ROWS_INTRADAY(found="2024-01-08 11:00"))


def test_trades_with_a_text_of_their_own_are_not_tickers(problems_of):
    days = [f"{day} {hour}:00" for day in DAYS for hour in (10, 11, 12)]
    rows = [f"{day},{PRICES},T{number}\n" for number, day in enumerate(days)]
    ((_, column, message),) = problems_of(f"{HEADER},Trade\n" + "".join(rows))
    assert (column, message.code) == ("Date", ROWS_INTRADAY)
