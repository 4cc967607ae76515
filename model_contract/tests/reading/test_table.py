from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from model_contract.errors import ProblemList, TableError
from model_contract.messages.cells import (
    DATE_EXPECTED,
    DATE_IMPOSSIBLE,
    NUMBER_DECIMAL_COMMA,
    NUMBER_DECIMAL_POINT,
    NUMBER_EXPECTED,
    NUMBER_EXPECTED_DECIMAL_COMMA,
    NUMBER_MISSING,
    NUMBER_TOO_LARGE,
)
from model_contract.messages.message import Message
from model_contract.reading.formats.date_format import (
    DAY_FIRST,
    MONTH_FIRST,
    YEAR_FIRST,
    DateFormat,
)
from model_contract.reading.formats.number_format import COMMA_SIGN, POINT, NumberFormat
from model_contract.reading.table import arrow_columns
from model_contract.reading.table.arrow_columns import ArrowColumn, ArrowColumns, split
from model_contract.reading.table.columns import TextColumns
from model_contract.reading.table.limits import Limits
from model_contract.reading.table.table import Table

POINTS, COMMAS = NumberFormat(POINT), NumberFormat(COMMA_SIGN)
BOTH = pytest.mark.parametrize("form", [POINTS, COMMAS], ids=["point", "comma"])
SEPARATOR = "|"  # of a file with one column: in none of its cells
ISO, DAYS_FIRST, MONTHS_FIRST = map(DateFormat, (YEAR_FIRST, DAY_FIRST, MONTH_FIRST))


def table_of(name: str, cells: Sequence[str]) -> Table:
    return Table((name,), TextColumns((tuple(cells),)), range(2, 2 + len(cells)), SEPARATOR)


def as_arrow_texts(table: Table) -> Table:
    """The same table as Arrow strings, in two chunks."""
    cells = table.columns.texts[0]
    column = ArrowColumn(pa.chunked_array([cells[:1], cells[1:]], pa.string()))
    return replace(table, columns=ArrowColumns((column,)))


def as_arrow_splits(table: Table, decimal: str) -> Table:
    """The same table split by Arrow, with numbers and dates parsed if the first cell is one."""
    cells = table.columns.texts[0]
    data = "\n".join(cells).encode()
    columns = split(data, 0, SEPARATOR, 1, Limits(), decimal=decimal, quoted=False)
    return (
        table if columns is None or len(columns) != len(cells) else replace(table, columns=columns)
    )


def every_way(read: Callable[[Table, ProblemList], np.ndarray], table: Table) -> np.ndarray:
    """Read a table in each implementation: values and problems must be the same."""
    problems = ProblemList()
    values = read(table, problems)
    for other in (
        as_arrow_texts(table),
        as_arrow_splits(table, POINT),
        as_arrow_splits(table, COMMA_SIGN),
    ):
        other_problems = ProblemList()
        np.testing.assert_array_equal(values, read(other, other_problems))
        assert list(problems) == list(other_problems)
    problems.raise_if_any()
    return values


def read_numbers(cells: list[str], form: NumberFormat, *, required: bool = False) -> np.ndarray:
    return every_way(
        lambda table, problems: table.numbers([0], form, problems, required=required)[:, 0],
        table_of("Open", cells),
    )


def read_dates(cells: list[str], form: DateFormat) -> list[str]:
    values = every_way(
        lambda table, problems: table.dates([0], form, problems)[:, 0], table_of("Date", cells)
    )
    return values.astype(str).tolist()


def number_problems(
    cells: list[str], form: NumberFormat, *, required: bool = False
) -> list[Message]:
    with pytest.raises(TableError) as caught:
        read_numbers(cells, form, required=required)
    return [problem.message for problem in caught.value.problems]


def date_problems(cells: list[str], form: DateFormat) -> list[Message]:
    with pytest.raises(TableError) as caught:
        read_dates(cells, form)
    return [problem.message for problem in caught.value.problems]


def test_numbers_with_decimal_points():
    cells = ["1.234", "-2", "+3.", ".5", "1e3", "0.1", "11,518,400", "62,970", "1 000", "$5"]
    values = [1.234, -2, 3, 0.5, 1000, 0.1, 11518400, 62970, 1000, 5]
    np.testing.assert_array_equal(read_numbers(cells, POINTS), values)


def test_numbers_with_decimal_commas():
    cells = ["1,234", "1.234,56", "30.182.600", "0,5", ",5", "1234", "-1.234.567,8", "1,5e3"]
    cells += ["1.234", "R$ 38,15", "717,90M", "1 234,5"]
    values = [1.234, 1234.56, 30182600, 0.5, 0.5, 1234, -1234567.8, 1500]
    values += [1234, 38.15, 717.9e6, 1234.5]
    np.testing.assert_array_equal(read_numbers(cells, COMMAS), values)


@pytest.mark.parametrize("form", [POINTS, COMMAS], ids=["point", "comma"])
@pytest.mark.parametrize("decimal", [POINT, COMMA_SIGN])
def test_columns_that_arrow_parsed_with_the_other_sign_are_parsed_again(form, decimal):
    table = as_arrow_splits(table_of("Open", ["1.234", "2.345"]), decimal)
    values = table.numbers([0], form, ProblemList())[:, 0]
    expected = [1.234, 2.345] if form is POINTS else [1234, 2345]
    np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize(
    ("cell", "form", "code"),
    [
        ("0.123", COMMAS, NUMBER_DECIMAL_POINT),
        ("1.23", COMMAS, NUMBER_DECIMAL_POINT),
        ("1234.567", COMMAS, NUMBER_DECIMAL_POINT),
        ("1.2345", COMMAS, NUMBER_DECIMAL_POINT),
        ("0.123.456", COMMAS, NUMBER_EXPECTED_DECIMAL_COMMA),
        ("1.234.56", COMMAS, NUMBER_EXPECTED_DECIMAL_COMMA),
        ("1,2,3", COMMAS, NUMBER_EXPECTED_DECIMAL_COMMA),
        ("1,5", POINTS, NUMBER_DECIMAL_COMMA),
        ("-62,97", POINTS, NUMBER_DECIMAL_COMMA),
        ("1.234,5678", POINTS, NUMBER_DECIMAL_COMMA),
        ("1.234.567", POINTS, NUMBER_DECIMAL_COMMA),
        ("1,2345", POINTS, NUMBER_DECIMAL_COMMA),
        *[
            (cell, POINTS, NUMBER_EXPECTED)
            for cell in ("inf", "-Infinity", "abc", "1_000", "0x10", "12%", "--1", "١٢", "nan(1)")
        ],
    ],
)
def test_a_cell_that_is_not_a_number_is_refused_by_its_cause(cell, form, code):
    assert number_problems([cell], form) == [code(found=cell)]


@BOTH
def test_a_number_beyond_double_precision_is_refused(form):
    assert number_problems(["1e400"], form) == [NUMBER_TOO_LARGE(found="1e400")]


@pytest.mark.parametrize(
    "cell", ["", "null", "NULL", "NaN", "nan", "NA", "N/A", "#N/A", "None", "-", "--", "—"]
)
def test_the_ways_to_write_no_value_give_nan_or_a_problem(cell):
    np.testing.assert_array_equal(read_numbers([cell, "1"], POINTS), [np.nan, 1.0])
    assert number_problems(["1", cell], POINTS, required=True) == [NUMBER_MISSING(found=cell)]


def test_every_bad_cell_is_reported_with_its_place():
    with pytest.raises(TableError) as caught:
        read_numbers(["x", "1", "y", "1e999"], POINTS)
    problems = caught.value.problems
    assert [(problem.row, problem.column) for problem in problems] == [
        (2, "Open"),
        (4, "Open"),
        (5, "Open"),
    ]


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["2024-04-03", "2024-02-29"], ISO),
        (["20240403", "20240229"], ISO),
        (["20240403", "2024-02-29"], ISO),
        (["2024-04-03 00:00:00-04:00", "20240229 00:00"], ISO),
        (["Apr 3, 2024", "2024/2/29"], ISO),
        (["03/04/2024", "29/2/2024"], DAYS_FIRST),
        (["4/3/24", "02/29/2024"], MONTHS_FIRST),
    ],
    ids=["ISO", "digits", "both", "with a time", "of several forms", "day first", "month first"],
)
def test_dates_are_read_in_their_order(cells, form):
    assert read_dates(cells, form) == ["2024-04-03", "2024-02-29"]


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        *[(cell, ISO) for cell in ("31132024", "20240230", "20241301")],
        ("2024-02-30", ISO),
        ("2023-02-29", ISO),
        ("31/02/2024", DAYS_FIRST),
        ("02/30/2024", MONTHS_FIRST),
        ("13/13/2024", ISO),
        ("30/02/2024", DAYS_FIRST),
    ],
)
def test_a_day_that_does_not_exist_is_refused(cell, form):
    assert date_problems([cell], form) == [DATE_IMPOSSIBLE(found=cell)]


@pytest.mark.parametrize(
    ("cell", "form", "example"),
    [
        *[
            (cell, ISO, "2024-04-03")
            for cell in (
                "2024040399", "1712121212", "2024-04031", "202404-03-", "20240403.5",
                "2.0240403e7", "", "April 3", "45385", "03/04/2024", "2024040",
            )
        ],
        ("2024-04-13", DAYS_FIRST, "03/04/2024"),
        ("04/13/2024", DAYS_FIRST, "03/04/2024"),
        ("13/04/2024", MONTHS_FIRST, "04/03/2024"),
    ],
)  # fmt: skip
def test_a_cell_that_is_not_a_date_in_the_column_s_order_is_refused(cell, form, example):
    assert date_problems([cell], form) == [DATE_EXPECTED(found=cell, example=example)]


@pytest.mark.parametrize("cell", ["nan(1)", "inf", "1e999", "2024-04-03"])
def test_the_rules_hold_below_many_plain_numbers(cell):
    assert len(number_problems(["1.5"] * 100 + [cell], POINTS)) == 1


@pytest.mark.parametrize("cell", ["0000-01-01", "1.5"])
def test_the_rules_hold_below_many_dates(cell):
    assert len(date_problems(["2024-04-03"] * 100 + [cell], ISO)) == 1


def test_tickers_that_are_numbers_are_texts_all_the_same():
    table = table_of("Ticker", ["000001", "1", "1.0", " 600519"])
    assert as_arrow_splits(table, POINT).labels(0, 20).tolist() == ["000001", "1", "1.0", "600519"]


@pytest.mark.parametrize("digits", [999, 1_000, 1_001])
def test_a_number_with_too_many_digits_is_left_to_the_line_reader(digits):
    data = b"1,2\n3," + b"4" * digits + b"\n5,6\n"
    columns = split(data, 0, ",", 2, Limits(), quoted=False)
    assert (columns is not None) == (digits <= 1_000)


@pytest.mark.parametrize(("rows_after", "expected"), [(0, 1), (600, 2)])
def test_a_row_without_values_costs_at_most_one_more_read(monkeypatch, rows_after, expected):
    reads, read_csv = [], arrow_columns.csv.read_csv

    def counted(*given: object, **options: object) -> pa.Table:
        reads.append(1)
        return read_csv(*given, **options)

    monkeypatch.setattr(arrow_columns.csv, "read_csv", counted)
    names = tuple(f"c{number}" for number in range(50))
    row, empty = (",".join([cell] * 50) + "\n" for cell in ("1.5", "nan"))
    data = row * 600 + empty + row * rows_after
    columns = split(data.encode(), 0, ",", 50, Limits(), quoted=False)
    problems = ProblemList()
    lines = range(2, 603 + rows_after)
    Table(names, columns, lines, ",").numbers(range(50), POINTS, problems, required=True)
    assert len(list(problems)) == 20
    assert len(reads) == expected


def test_parsing_stops_after_ten_thousand_errors_in_a_column():
    with pytest.raises(TableError) as caught:
        table_of("Open", ["x"] * 50_000).numbers([0], POINTS, ProblemList())
    assert caught.value.total == 10_000


def test_the_deadline_can_stop_reading_cell_by_cell():
    def check() -> None:
        raise TimeoutError

    table = as_arrow_texts(table_of("Open", ["+1.5"] * 10))
    with pytest.raises(TimeoutError):
        table.numbers([0], POINTS, ProblemList(), check)
