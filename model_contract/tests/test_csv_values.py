from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from model_contract.reading.arrow import Column, split
from model_contract.reading.values import dates, labels, numbers

from model_contract.errors import ProblemList, TableError
from model_contract.reading import arrow as csv_arrow
from model_contract.reading.dialect import COMMA, SEMICOLON, Dialect
from model_contract.reading.table import Table


def table_of(name: str, cells: list[str], dialect: Dialect) -> Table:
    return Table((name,), (tuple(cells),), range(2, 2 + len(cells)), dialect)


def large(table: Table) -> Table:
    """The same table as a large file gives it."""
    columns = tuple(
        Column(pa.chunked_array([cells[:1], cells[1:]], pa.string())) for cells in table.columns
    )
    return replace(table, columns=(), large_columns=columns)


def of_file(table: Table) -> Table:
    """The same table as Arrow splits it: a column that begins with a number, or a date, comes as numbers, or dates, if it can."""
    (cells,), dialect = table.columns, table.dialect
    columns = split(
        "\n".join(cells).encode(), 0, dialect.separator, dialect.decimal, 1, 1_000, quoted=False
    )
    return (
        table
        if columns is None or len(columns[0]) != len(cells)
        else replace(table, columns=(), large_columns=columns)
    )


def every_way(read: Callable[[Table, ProblemList], np.ndarray], table: Table) -> np.ndarray:
    """What a table gives; as part of a large file it must give the same, and the same problems."""
    problems = ProblemList()
    values = read(table, problems)
    for one in (large(table), of_file(table)):
        same_problems = ProblemList()
        np.testing.assert_array_equal(values, read(one, same_problems))
        assert list(map(str, problems)) == list(map(str, same_problems))
    problems.raise_if_any()
    return values


def read_numbers(cells: list[str], dialect: Dialect) -> np.ndarray:
    return every_way(
        lambda table, problems: numbers(table, [0], problems)[:, 0],
        table_of("Open", cells, dialect),
    )


def read_dates(cells: list[str], dialect: Dialect) -> list[str]:
    return (
        every_way(
            lambda table, problems: dates(table, [0], problems)[:, 0],
            table_of("Date", cells, dialect),
        )
        .astype(str)
        .tolist()
    )


def number_problem(cell: str, dialect: Dialect) -> str:
    with pytest.raises(TableError) as caught:
        read_numbers([cell], dialect)
    return str(caught.value)


def date_problem(cell: str, dialect: Dialect) -> str:
    with pytest.raises(TableError) as caught:
        read_dates([cell], dialect)
    return str(caught.value)


def test_numbers_between_commas_have_decimal_points():
    np.testing.assert_array_equal(
        read_numbers(["1.234", "-2", "+3.", ".5", "1e3", "0.1"], COMMA),
        [1.234, -2, 3, 0.5, 1000, 0.1],
    )


def test_numbers_between_semicolons_have_decimal_commas_and_thousands_points():
    cells = ["1,234", "1.234,56", "30.182.600", "0,5", ",5", "1234", "-1.234.567,8", "1,5e3"]
    np.testing.assert_array_equal(
        read_numbers(cells, SEMICOLON), [1.234, 1234.56, 30182600, 0.5, 0.5, 1234, -1234567.8, 1500]
    )


def test_one_dotted_group_between_semicolons_is_ambiguous():
    assert number_problem("1.234", SEMICOLON) == (
        "line 2, column Open: '1.234' is ambiguous: 1234 with a thousands point, or 1,234 with a decimal comma; write one of these"
    )


@pytest.mark.parametrize("cell", ["-1.234", "12.345", "999.000", "1.234e5"])
def test_one_dotted_group_is_ambiguous_with_any_sign_length_or_exponent(cell):
    assert "is ambiguous" in number_problem(cell, SEMICOLON)


@pytest.mark.parametrize(
    "cell", ["0.123", "0.123.456", "012.345", "1.23", "1234.567", "1.2345", "1,2,3", "1.234.56"]
)
def test_points_that_cannot_separate_thousands_are_refused_between_semicolons(cell):
    assert number_problem(cell, SEMICOLON) == (
        "line 2, column Open: expected a number such as 1234,56 or 1.234.567 (the file's fields are separated by semicolons), "
        f"found '{cell}'"
    )


@pytest.mark.parametrize(
    "cell", ["inf", "-Infinity", "abc", "1,5", "1 000", "1_000", "0x10", "12%", "$5", "--1", "١٢"]
)
def test_text_in_a_number_is_refused_between_commas(cell):
    assert (
        number_problem(cell, COMMA)
        == f"line 2, column Open: expected a number such as 1234.56, found '{cell}'"
    )


@pytest.mark.parametrize("dialect", [COMMA, SEMICOLON], ids=["comma", "semicolon"])
def test_a_number_beyond_double_precision_is_refused(dialect):
    assert (
        number_problem("1e400", dialect) == "line 2, column Open: '1e400' is too large for a number"
    )


@pytest.mark.parametrize("cell", ["", "null", "NULL", "NaN", "nan", "NA", "N/A", "-"])
def test_the_ways_to_write_no_value_give_nan(cell):
    np.testing.assert_array_equal(read_numbers([cell, "1"], COMMA), [np.nan, 1.0])


def test_every_bad_cell_is_noted_with_its_line():
    with pytest.raises(TableError) as caught:
        read_numbers(["x", "1", "y", "1e999"], COMMA)
    assert [problem.row for problem in caught.value.problems] == [2, 4, 5]


def test_dates_between_commas_are_iso_dates():
    assert read_dates(["2024-04-03", "2024-02-29"], COMMA) == ["2024-04-03", "2024-02-29"]


def test_dates_between_semicolons_have_the_day_first_or_are_iso_dates():
    assert read_dates(["03/04/2024", "3/4/2024", "2024-04-03"], SEMICOLON) == ["2024-04-03"] * 3


@pytest.mark.parametrize("dialect", [COMMA, SEMICOLON], ids=["comma", "semicolon"])
def test_eight_digits_are_a_year_a_month_and_a_day(dialect):
    assert read_dates(["20240403", "20240229"], dialect) == ["2024-04-03", "2024-02-29"]


def test_eight_digits_may_stand_among_other_dates():
    assert read_dates(["20240403", "2024-04-04", "20240405 00:00"], COMMA) == [
        "2024-04-03",
        "2024-04-04",
        "2024-04-05",
    ]


@pytest.mark.parametrize("cell", ["03042024", "04032024", "31122024", "20240230", "20241301"])
def test_eight_digits_in_another_order_are_no_such_day(cell):
    assert (
        date_problem(cell, COMMA)
        == f"line 2, column Date: there is no such day as '{cell}'; expected a date such as 2024-04-03"
    )


@pytest.mark.parametrize(
    "cell", ["2024040399", "1712121212", "2024-04031", "202404-03-", "20240403.0", "2.0240403e7"]
)
def test_a_number_that_begins_like_a_date_is_none(cell):
    assert (
        date_problem(cell, COMMA)
        == f"line 2, column Date: expected a date such as 2024-04-03, found '{cell}'"
    )


def test_slashed_dates_between_commas_are_refused_as_ambiguous():
    assert date_problem("03/04/2024", COMMA) == (
        "line 2, column Date: '03/04/2024' could be day/month or month/day; between commas write dates as 2024-04-03"
    )


@pytest.mark.parametrize(
    ("cell", "day"),
    [("09/29/2025", "2025-09-29"), ("29/9/2025", "2025-09-29"), ("03/03/2024", "2024-03-03")],
)
def test_a_slashed_date_that_is_one_day_in_either_order_is_refused_for_the_others_and_given_as_iso_date(
    cell, day
):
    assert date_problem(cell, COMMA) == (
        f"line 2, column Date: '{cell}' is not read, since other dates with slashes could be day/month or month/day; "
        f"between commas write it as {day}"
    )


@pytest.mark.parametrize(
    "cell",
    [
        "2024-04-03 00:00",
        "2024-04-03 00:00:00",
        "2024-04-03T00:00:00Z",
        "2024-04-03 00:00:00-05:00",
        "2024-04-03T00:00:00.000+0000",
    ],
)
def test_the_midnight_that_starts_a_day_is_no_part_of_the_date(cell):
    assert read_dates([cell], COMMA) == ["2024-04-03"]


def test_another_time_of_day_is_refused():
    assert date_problem("2024-04-03 09:30:00", COMMA) == (
        "line 2, column Date: expected a date such as 2024-04-03, found '2024-04-03 09:30:00'"
    )


@pytest.mark.parametrize(
    ("cell", "dialect"),
    [
        ("2024-02-30", COMMA),
        ("30/02/2024", SEMICOLON),
        ("2023-02-29", COMMA),
        ("01/13/2024", SEMICOLON),
        ("31/02/2024", COMMA),
        ("13/13/2024", COMMA),
    ],
)
def test_a_day_that_no_month_has_is_called_so(cell, dialect):
    expected = "2024-04-03" if dialect is COMMA else "03/04/2024 (day first) or 2024-04-03"
    assert (
        date_problem(cell, dialect)
        == f"line 2, column Date: there is no such day as '{cell}'; expected a date such as {expected}"
    )


@pytest.mark.parametrize(
    "cell", ["2024/04/03", "2024040", "April 3", "45385", "03/04/24", "03.04.2024"]
)
def test_other_ways_to_write_a_date_are_refused(cell):
    assert date_problem(cell, SEMICOLON) == (
        f"line 2, column Date: expected a date such as 03/04/2024 (day first) or 2024-04-03, found '{cell}'"
    )


def test_an_empty_date_is_called_an_empty_cell():
    assert (
        date_problem("", COMMA)
        == "line 2, column Date: expected a date such as 2024-04-03, found an empty cell"
    )


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("nan(1)", "expected a number"),
        ("inf", "expected a number"),
        ("1e999", "too large"),
        ("2024-04-03", "expected a number"),
    ],
)
def test_below_many_plain_numbers_the_rules_hold_as_well(cell, problem):
    with pytest.raises(TableError, match=f"line 102, column Open: .*{problem}"):
        read_numbers(["1.5"] * 100 + [cell], COMMA)


def test_below_many_dates_the_rules_hold_as_well():
    with pytest.raises(TableError, match=r"line 102, column Date: .*0000-01-01"):
        read_dates(["2024-04-03"] * 100 + ["0000-01-01"], COMMA)
    with pytest.raises(TableError, match=r"line 102, column Date: .*expected a date"):
        read_dates(["2024-04-03"] * 100 + ["1.5"], COMMA)


def test_tickers_that_are_numbers_are_texts_all_the_same():
    table = table_of("Ticker", ["000001", "1", "1.0", " 600519"], COMMA)
    assert labels(of_file(table), 0, 20).tolist() == ["000001", "1", "1.0", "600519"]


@pytest.mark.parametrize("digits", [999, 1_000, 1_001])
def test_a_number_of_too_many_digits_is_left_to_the_reader_of_lines(digits):
    columns = split(b"1,2\n3," + b"4" * digits + b"\n5,6\n", 0, ",", ".", 2, 1_000, quoted=False)
    assert (columns is not None) == (digits <= 1_000)


def test_a_file_whose_last_row_has_no_values_is_read_twice_and_not_once_a_column(monkeypatch):
    reads, read_csv = [], csv_arrow.csv.read_csv

    def counted(*given: object, **options: object) -> pa.Table:
        reads.append(1)
        return read_csv(*given, **options)

    monkeypatch.setattr(csv_arrow.csv, "read_csv", counted)
    names = tuple(f"c{number}" for number in range(50))
    data = (",".join(["1.5"] * 50) + "\n") * 20 + ",".join(["nan"] * 50)
    columns = split(data.encode(), 0, ",", ".", 50, 1_000, quoted=False)
    problems = ProblemList()
    numbers(
        Table(names, (), range(2, 23), COMMA, large_columns=columns),
        range(50),
        problems,
        required=True,
    )
    assert len(list(problems)) == 20
    assert len(reads) == 2


def test_reading_cells_one_by_one_can_be_ended():
    def check() -> None:
        raise TimeoutError

    table = replace(table_of("Open", ["+1.5"] * 10, COMMA), check=check)
    with pytest.raises(TimeoutError):
        numbers(large(table), [0], ProblemList())
