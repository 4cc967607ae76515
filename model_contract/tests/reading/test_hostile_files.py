"""Files made to crash the reader, or to take its time or memory, are refused or read in bounds."""

import time

import pytest

from model_contract.errors import TableError
from model_contract.messages.cells import ROWS_INTRADAY
from model_contract.messages.reading import COLUMN_MISSING, COLUMN_UNKNOWN, HEADER_CHANGES
from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.formats.column_names import MONEY, VOLUME, lot_of, roles_of
from model_contract.reading.formats.date_format import ORDERS, DateFormat, time_of_day
from model_contract.reading.formats.number_format import NumberFormat, decimal_sign
from model_contract.reading.interpret.reading import Choices
from model_contract.reading.table.limits import Limits

HEADER = "Date,Open,High,Low,Close,Volume\n"
ROWS = "".join(f"2024-01-{day:02},10,11,9,10.5,1000\n" for day in range(8, 13))


def problem_of(text: str, limits: Limits | None = None, **choices: str):
    with pytest.raises(TableError) as caught:
        read_history(read_table(text.encode(), limits), choices=Choices(**choices))
    return caught.value.problems[0].message


@pytest.mark.parametrize(
    "cell", ["-" + " " * 490 + "1" + " " * 490 + "x", "2024," + " " * 980 + ":1", "1" * 1000]
)
def test_a_long_cell_takes_no_time(cell):
    """A pattern that backtracks would take seconds."""
    start = time.process_time()
    assert NumberFormat(".").parse(cell) is None
    assert decimal_sign(cell) is None
    assert [DateFormat(order).parse(cell) for order in ORDERS] == [None] * len(ORDERS)
    assert time_of_day(cell) is None
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize("name", ["(" * 4000, " " * 4000 + "x", "x_" * 3000])
def test_a_long_name_takes_no_time(name):
    start = time.process_time()
    assert roles_of(name) == ()
    with pytest.raises(TableError):
        read_table(f"{name},{name}\n{HEADER}{ROWS}".encode(), Limits(columns=3))
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("cell", ["3 APR\u0130L 2024", "3 apr\u0131l 2024"])
def test_letters_that_are_equal_only_without_case_are_no_month(cell):
    assert DateFormat("year-first").parse(cell) is None


@pytest.mark.parametrize("cell", ["8M\u0130", "1.2m\u0131"])
def test_letters_that_are_equal_only_without_case_are_no_unit(cell):
    assert NumberFormat(".").parse(cell) is None


def test_the_dates_cannot_be_chosen_as_the_volume():
    assert problem_of(HEADER + ROWS, volume="Date").code == COLUMN_UNKNOWN


def test_a_wide_header_above_an_ordinary_table_is_a_title():
    wide = "Date,x," + ",".join(f"A_{name}" for name in HEADER.strip().split(",")[1:]) + "\n"
    history = read_history(read_table((wide + HEADER + ROWS).encode()))
    assert history.prices.volume.tolist() == [1000] * 5


def test_a_wide_file_has_no_more_rows_than_others():
    names = ",".join(f"T{at}_{name}" for at in range(10) for name in HEADER.split(",")[1:])
    text = f"Date,{names.replace(chr(10), '')}\n" + f"2024-01-08{',10' * 50}\n" * 11
    assert problem_of(text, Limits(rows=100)).params["limit"] == 100
    assert problem_of(text, Limits(columns=50)).params["limit"] == 50


@pytest.mark.parametrize(
    "other",
    ["Date,Close,High,Low,Open,Volume\n", "Data,Fechamento,Máxima,Mínima,Abertura,Quantidade\n"],
)
@pytest.mark.usefixtures("both_sizes")
def test_a_second_table_with_other_names_is_refused(other):
    message = problem_of(HEADER + ROWS + other + ROWS.replace("2024", "2025"))
    assert message == HEADER_CHANGES(names=other.strip().split(","))


@pytest.mark.parametrize(
    ("name", "roles", "lot"),
    [
        ("Volume", (VOLUME,), None),
        ("Volume (shares)", (VOLUME,), 1),
        ("Volume (R$)", (MONEY,), None),
        ("Volume (USD)", (MONEY,), None),
        ("Volume USD", (MONEY,), None),
        ("Volume (thousands)", (VOLUME,), 1_000),
        ("Volume (000s)", (VOLUME,), 1_000),
        ("成交量(手)", (VOLUME,), 100),
        ("成交量(千股)", (VOLUME,), 1_000),
        ("成交仟股", (VOLUME,), 1_000),
        ("Turnover (%)", (), None),
        ("거래량(주)", (VOLUME,), 1),
        ("거래대금(원)", (MONEY,), None),
        ("Turnover - USD", (MONEY,), None),
        ("Umsatz (in €)", (MONEY,), None),
        ("Umsatz (Stück)", (VOLUME,), 1),
    ],
)
def test_a_note_about_the_unit_decides_what_a_column_is(name, roles, lot):
    assert (roles_of(name), lot_of(name)) == (roles, lot)


def test_a_volume_in_thousands_by_its_name_is_read_in_shares():
    text = (HEADER + ROWS).replace("Volume", "Volume (thousands)")
    assert read_history(read_table(text.encode())).prices.volume.tolist() == [1_000_000] * 5


def test_a_minute_of_every_day_is_refused_in_time():
    """A column with a different cell in each row is judged by a part of them."""
    first, rows = 1_500_000_000_000, 100_000
    text = HEADER + "".join(f"{first + 60_000 * row},10,11,9,10.5,1000\n" for row in range(rows))
    start = time.process_time()
    assert problem_of(text).code == ROWS_INTRADAY
    assert time.process_time() - start < 2


def test_the_time_for_columns_without_a_name_grows_with_their_number():
    """The reader looks for dates in each of them. Ten times as many take ten times as long."""

    def seconds(width: int) -> float:
        cells = ",".join(f"{{row:x}}a{at:x}" for at in range(width))
        text = f"Open,High,Low,Close,Volume{',' * width}\n" + "".join(
            f"10,11,9,10.5,1000,{cells.format(row=row)}\n" for row in range(300)
        )
        start = time.process_time()
        assert problem_of(text).code == COLUMN_MISSING
        return time.process_time() - start

    assert seconds(1_000) < 30 * seconds(100)
