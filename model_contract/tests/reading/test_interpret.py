"""What the values of a file show about it, and what they leave open."""

import numpy as np
import pytest

from model_contract.errors import Choice, DoubtError, TableError
from model_contract.messages.reading import (
    COLUMN_MISSING,
    DATES_UNCLEAR,
    DECIMALS_UNCLEAR,
    VOLUME_UNCLEAR,
)
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.formats.date_format import DAY_FIRST, MONTH_FIRST, ORDERS, YEAR_FIRST
from model_contract.reading.interpret.interpret import interpret
from model_contract.reading.interpret.samples import SAMPLE
from readings import doubts_of, history_of, reading_of

pytestmark = pytest.mark.usefixtures("both_sizes")

HEADER = "Date,Open,High,Low,Close,Volume\n"
PRICES = "10,11,9,10.5"
DAYS = np.arange("2024-01-15", "2024-02-05", dtype="datetime64[D]").astype(str).tolist()


def with_dates(cells: list[str], separator: str = ",") -> str:
    rows = [f"{cell},10,11,9,10,1000\n" for cell in cells]
    return (HEADER + "".join(rows)).replace(",", separator)


def semicolons(prices: list[str], volumes: list[str]) -> str:
    """Rows between semicolons, each with four equal prices."""
    rows = [
        f"{day};{price};{price};{price};{price};{volume}\n"
        for day, price, volume in zip(DAYS, prices, volumes, strict=False)
    ]
    return HEADER.replace(",", ";") + "".join(rows)


# Plain files


def test_the_reading_of_a_plain_file_says_how_it_is_written():
    reading = reading_of(HEADER + f"2024-01-08,{PRICES},1000\n")
    assert reading.columns == {name: at for at, name in enumerate(HEADER.strip().split(","))}
    assert list(reading.names.values()) == HEADER.strip().split(",")
    assert reading.dates.order == YEAR_FIRST
    assert {form.decimal for form in reading.numbers.values()} == {"."}
    assert (reading.volume_unit, reading.encoding) == ("shares", "utf-8")
    assert (reading.separator, reading.header_line) == (",", 1)


def test_missing_columns_are_listed_with_what_was_found():
    with pytest.raises(TableError) as caught:
        reading_of("Date,Open,Close,Note\n2024-01-08,1,2,3\n")
    message = COLUMN_MISSING(
        needed=["Date", "Open", "High", "Low", "Close", "Volume"],
        found=["Date", "Open", "Close", "Note"],
        more=False,
    )
    assert [(p.row, p.column, p.message) for p in caught.value.problems] == [
        (1, name, message) for name in ("High", "Low", "Volume")
    ]
    assert not isinstance(caught.value, DoubtError)


def test_the_clearer_of_two_names_is_used():
    text = "Last,Price,Date,Open,High,Low,Close,Volume\n1,2,2024-01-08,10,11,9,10.5,1000\n"
    assert history_of(text).prices.close.tolist() == [10.5]


@pytest.mark.parametrize("first", ["", "Unnamed"])
def test_dates_may_be_in_a_column_without_a_name(first):
    text = f"{first},Open,High,Low,Close,Volume\n2024-01-08,{PRICES},1000\n"
    if first:
        with pytest.raises(TableError):
            reading_of(text)
    else:
        assert reading_of(text).columns["Date"] == 0


def test_an_unnamed_index_is_not_the_dates():
    assert reading_of(f",{HEADER}0,2024-01-08,{PRICES},1000\n").columns["Date"] == 1


def test_the_column_whose_cells_are_dates_is_taken_before_a_better_name():
    text = f"Session,Date,{HEADER[5:]}"
    rows = f"morning,2024-01-08,{PRICES},1000\n"
    assert reading_of(text + rows).names["Date"] == "Date"
    text = f"Date,Timestamp,{HEADER[5:]}"
    assert reading_of(text + f"today,1704672000,{PRICES},1000\n").names["Date"] == "Timestamp"


# Doubts about dates


def test_dates_that_can_be_read_in_two_orders_are_asked_about():
    text = with_dates(["03/04/2024", "04/03/2024"])
    assert doubts_of(text) == {
        DATES_UNCLEAR.name: Choice(
            "dates",
            {
                DAY_FIRST: ["2024-04-03", "2024-03-04"],
                MONTH_FIRST: ["2024-03-04", "2024-04-03"],
            },
        )
    }


def test_a_doubt_names_its_column_and_its_first_cells():
    with pytest.raises(DoubtError) as caught:
        reading_of(with_dates(["03/04/2024", "04/03/2024", "03/04/2025", "04/03/2026"]))
    (problem,) = caught.value.problems
    assert (problem.row, problem.column) == (1, "Date")
    assert problem.message == DATES_UNCLEAR(found=["03/04/2024", "04/03/2024", "03/04/2025"])


@pytest.mark.parametrize(("order", "day"), [(DAY_FIRST, "2024-04-03"), (MONTH_FIRST, "2024-03-04")])
def test_a_choice_settles_the_order_of_dates(order, day):
    history = history_of(with_dates(["03/04/2024"]), dates=order)
    assert history.prices.session.astype(str).tolist() == [day]
    assert history.reading.dates.order == order


def test_a_choice_of_the_order_wins_over_the_evidence():
    reading = reading_of(with_dates(["03/04/2024", "15/04/2024"]), dates=MONTH_FIRST)
    assert reading.dates.order == MONTH_FIRST


SHORT = ["05/01/12", "05/01/13", "05/01/14"]  # of January 2005


@pytest.mark.parametrize(
    ("cells", "choice", "first"),
    [
        (SHORT, None, "2005-01-12"),
        (SHORT, DAY_FIRST, "2012-01-05"),
        (SHORT, MONTH_FIRST, "2012-05-01"),
        (["14/05/12", "15/05/12"], YEAR_FIRST, "2014-05-12"),
    ],
)
def test_any_order_can_be_chosen_for_years_of_two_digits(cells, choice, first):
    reading = reading_of(with_dates(cells), dates=choice)
    assert reading.dates.order == (choice or YEAR_FIRST)
    day = reading.dates.parse(cells[0])
    assert str(np.datetime64(day, "D")) == first


@pytest.mark.parametrize("order", ORDERS)
def test_a_choice_of_another_order_does_not_matter_to_iso_dates(order):
    history = history_of(with_dates(["2024-04-03"]), dates=order)
    assert history.prices.session.astype(str).tolist() == ["2024-04-03"]


@pytest.mark.parametrize("order", [DAY_FIRST, MONTH_FIRST])
@pytest.mark.parametrize("count", [1, SAMPLE, 3 * SAMPLE])
def test_one_date_anywhere_in_a_long_file_decides(order, count):
    form = "%d/%m/%Y" if order == DAY_FIRST else "%m/%d/%Y"
    first, last = (
        day.strftime(form) for day in np.array(["1999-05-05", "2024-01-25"], "M8[s]").tolist()
    )
    same = [f"{number:02d}/{number:02d}/{year}" for year in range(1700, 2024) for number in (1, 2)]
    cells = [first, *(same[number % len(same)] for number in range(count)), last]
    assert reading_of(with_dates([*dict.fromkeys(cells)])).dates.order == order


# Doubts about decimals


def test_prices_that_can_have_decimals_or_thousands_are_asked_about():
    text = semicolons(["1.234", "2.345"], ["500", "600"])
    assert doubts_of(text) == {
        DECIMALS_UNCLEAR.name: Choice(
            "decimal", {"point": ["1.234", "2.345"], "comma": ["1234", "2345"]}
        )
    }


@pytest.mark.parametrize(("sign", "closes"), [("point", [1.234]), ("comma", [1234])])
def test_a_choice_settles_the_decimal_sign(sign, closes):
    history = history_of(semicolons(["1.234"], ["500"]), decimal=sign)
    assert history.prices.close.tolist() == closes


@pytest.mark.parametrize(
    ("prices", "volumes", "close", "volume"),
    [
        (["1.234", "12.5"], ["500", "600"], 1.234, 500),
        (["1.234", "12,5"], ["500", "600"], 1234, 500),
        (["1.234", "2.345"], ["1.000.000", "2.000"], 1234, 1_000_000),
        (["1.234", "2.345"], ["1,000,000", "2,000"], 1.234, 1_000_000),
        (["12,5", "13,5"], ["12.345", "23.456"], 12.5, 12_345),
        (["12.5", "13.5"], ["12,345", "23,456"], 12.5, 12_345),
        (["12.5", "13.5"], ["1,5M", "2,5M"], 12.5, 1_500_000),
    ],
    ids=[
        "a price with a point",
        "a price with a comma",
        "points in volumes",
        "commas in volumes",
        "prices decide for volumes, comma",
        "prices decide for volumes, point",
        "each column for itself",
    ],
)
def test_any_cell_of_the_file_can_decide(prices, volumes, close, volume):
    history = history_of(semicolons(prices, volumes))
    assert history.prices.close[0] == close
    assert history.prices.volume[0] == volume


def test_a_column_without_proof_is_asked_about_if_others_contradict_each_other():
    rows = [f"{day};1,5;1,6;1,4;1,5;1.234;1.5" for day in DAYS]
    text = "Date;Open;High;Low;Close;Volume;Adj Close\n" + "\n".join(rows)
    options = {"point": ["1.234"] * 3, "comma": ["1234"] * 3}
    assert doubts_of(text) == {DECIMALS_UNCLEAR.name: Choice("decimal", options)}


def test_between_commas_a_point_is_decimal():
    history = history_of(HEADER + '2024-01-08,1.234,1.235,1.233,1.234,"12,345"\n')
    assert (history.prices.close.tolist(), history.prices.volume.tolist()) == ([1.234], [12345])


def test_quoted_decimal_commas_between_commas_are_read():
    row = '15.01.2024,"38,15","38,90","37,50","38,10","30,18M"\n'
    history = history_of(HEADER + row)
    assert (history.prices.close.tolist(), history.prices.volume.tolist()) == ([38.1], [30_180_000])


def test_a_cell_that_contradicts_its_column_is_refused_not_misread():
    prices = ["12,5"] * 19 + ["12.5"]
    history = history_of(semicolons(prices, ["500"] * 20))
    assert history.dropped == {"unreadable": [21]}


@pytest.mark.parametrize("cell", ["--1.234", "-$-1.234", "1.234E+400"])
def test_a_doubt_is_not_explained_by_a_cell_that_is_no_number(cell):
    text = semicolons(["1.234"] * 5, [cell] + ["1.234"] * 4).replace("1.234", cell, 1)
    choice = doubts_of(text)["decimals_unclear"]
    assert choice.options["point"][0] == "1.234"


# All doubts together


def test_all_doubts_of_a_file_are_asked_together():
    text = (
        "Date;Open;High;Low;Close;Volume;Quantidade\n"
        "03/04/2024;1.234;1.235;1.233;1.234;5;77\n"
        "04/03/2024;1.234;1.235;1.233;1.234;6;88\n"
    )
    choices = doubts_of(text)
    assert list(choices) == [DATES_UNCLEAR.name, DECIMALS_UNCLEAR.name, VOLUME_UNCLEAR.name]
    assert [choice.parameter for choice in choices.values()] == ["dates", "decimal", "volume"]
    history = history_of(text, dates=DAY_FIRST, decimal="point", volume="Quantidade")
    assert history.prices.session.astype(str).tolist() == ["2024-03-04", "2024-04-03"]
    assert history.prices.volume.tolist() == [88, 77]
    assert history.prices.close.tolist() == [1.234, 1.234]


def test_a_choice_leaves_the_other_doubts():
    text = semicolons(["1.234"], ["5"]).replace("2024-01-15", "03/04/2024")
    assert set(doubts_of(text)) == {DATES_UNCLEAR.name, DECIMALS_UNCLEAR.name}
    assert set(doubts_of(text, dates=DAY_FIRST)) == {DECIMALS_UNCLEAR.name}
    assert set(doubts_of(text, decimal="point")) == {DATES_UNCLEAR.name}


def test_the_deadline_can_stop_the_reading():
    def check() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        interpret(read_table((HEADER + f"2024-01-08,{PRICES},1000\n").encode()), check=check)
