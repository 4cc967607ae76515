from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from model_contract.errors import ProblemList, TableError
from model_contract.messages.cells import (
    DATE_AMBIGUOUS,
    DATE_EXPECTED,
    DATE_EXPECTED_DAY_FIRST,
    DATE_IMPOSSIBLE,
    DATE_MONTH_FIRST,
    DATE_SLASHED,
    DATE_WITH_TIME,
    NUMBER_AMBIGUOUS,
    NUMBER_CURRENCY,
    NUMBER_DECIMAL_COMMA,
    NUMBER_DECIMAL_POINT,
    NUMBER_EXPECTED,
    NUMBER_EXPECTED_DECIMAL_COMMA,
    NUMBER_MISSING,
    NUMBER_SUFFIX,
    NUMBER_THOUSANDS,
    NUMBER_TOO_LARGE,
    ROWS_INTRADAY,
)
from model_contract.messages.message import Message
from model_contract.reading import arrow_columns
from model_contract.reading.arrow_columns import ArrowColumn, ArrowColumns, split
from model_contract.reading.columns import TextColumns
from model_contract.reading.dialect import COMMA, SEMICOLON, Dialect
from model_contract.reading.limits import Limits
from model_contract.reading.table import Table

BOTH = pytest.mark.parametrize("dialect", [COMMA, SEMICOLON], ids=["comma", "semicolon"])


def table_of(name: str, cells: list[str], dialect: Dialect) -> Table:
    return Table((name,), TextColumns((tuple(cells),)), range(2, 2 + len(cells)), dialect)


def as_arrow_texts(table: Table) -> Table:
    """The same table as Arrow strings, in two chunks."""
    cells = table.columns.texts[0]
    column = ArrowColumn(pa.chunked_array([cells[:1], cells[1:]], pa.string()))
    return replace(table, columns=ArrowColumns((column,)))


def as_arrow_splits(table: Table) -> Table:
    """The same table split by Arrow, with numbers and dates parsed if the first cell is one."""
    cells = table.columns.texts[0]
    data = "\n".join(cells).encode()
    columns = split(data, 0, table.dialect, 1, Limits(), quoted=False)
    return (
        table if columns is None or len(columns) != len(cells) else replace(table, columns=columns)
    )


def every_way(read: Callable[[Table, ProblemList], np.ndarray], table: Table) -> np.ndarray:
    """Read a table in each implementation: values and problems must be the same."""
    problems = ProblemList()
    values = read(table, problems)
    for other in (as_arrow_texts(table), as_arrow_splits(table)):
        other_problems = ProblemList()
        np.testing.assert_array_equal(values, read(other, other_problems))
        assert list(problems) == list(other_problems)
    problems.raise_if_any()
    return values


def read_numbers(cells: list[str], dialect: Dialect, *, required: bool = False) -> np.ndarray:
    return every_way(
        lambda table, problems: table.numbers([0], problems, required=required)[:, 0],
        table_of("Open", cells, dialect),
    )


def read_dates(cells: list[str], dialect: Dialect) -> list[str]:
    table = table_of("Date", cells, dialect)
    values = every_way(lambda table, problems: table.dates([0], problems)[:, 0], table)
    return values.astype(str).tolist()


def number_problems(cells: list[str], dialect: Dialect, *, required: bool = False) -> list[Message]:
    with pytest.raises(TableError) as caught:
        read_numbers(cells, dialect, required=required)
    return [problem.message for problem in caught.value.problems]


def date_problems(cells: list[str], dialect: Dialect) -> list[Message]:
    with pytest.raises(TableError) as caught:
        read_dates(cells, dialect)
    return [problem.message for problem in caught.value.problems]


def test_numbers_between_commas_have_decimal_points():
    cells = ["1.234", "-2", "+3.", ".5", "1e3", "0.1"]
    np.testing.assert_array_equal(read_numbers(cells, COMMA), [1.234, -2, 3, 0.5, 1000, 0.1])


def test_numbers_between_semicolons_have_decimal_commas_and_thousands_points():
    cells = ["1,234", "1.234,56", "30.182.600", "0,5", ",5", "1234", "-1.234.567,8", "1,5e3"]
    values = [1.234, 1234.56, 30182600, 0.5, 0.5, 1234, -1234567.8, 1500]
    np.testing.assert_array_equal(read_numbers(cells, SEMICOLON), values)


@pytest.mark.parametrize(
    ("cell", "thousands", "decimal"),
    [
        ("1.234", "1234", "1,234"),
        ("-1.234", "-1234", "-1,234"),
        ("12.345", "12345", "12,345"),
        ("999.000", "999000", "999,000"),
        ("1.234e5", "1234e5", "1,234e5"),
    ],
)
def test_one_dotted_group_between_semicolons_is_ambiguous(cell, thousands, decimal):
    message = NUMBER_AMBIGUOUS(found=cell, thousands=thousands, decimal=decimal)
    assert number_problems([cell], SEMICOLON) == [message]


@pytest.mark.parametrize(
    ("cell", "dialect", "code"),
    [
        ("0.123", SEMICOLON, NUMBER_DECIMAL_POINT),
        ("012.345", SEMICOLON, NUMBER_DECIMAL_POINT),
        ("1.23", SEMICOLON, NUMBER_DECIMAL_POINT),
        ("1234.567", SEMICOLON, NUMBER_DECIMAL_POINT),
        ("1.2345", SEMICOLON, NUMBER_DECIMAL_POINT),
        ("0.123.456", SEMICOLON, NUMBER_THOUSANDS),
        ("1.234.56", SEMICOLON, NUMBER_THOUSANDS),
        ("1 234,5", SEMICOLON, NUMBER_THOUSANDS),
        ("1,2,3", SEMICOLON, NUMBER_EXPECTED_DECIMAL_COMMA),
        ("R$ 38,15", SEMICOLON, NUMBER_CURRENCY),
        ("1,5", COMMA, NUMBER_DECIMAL_COMMA),
        ("-62,97", COMMA, NUMBER_DECIMAL_COMMA),
        ("1.234,5678", COMMA, NUMBER_DECIMAL_COMMA),
        ("11,518,400", COMMA, NUMBER_THOUSANDS),
        ("62,970", COMMA, NUMBER_THOUSANDS),
        ("1 000", COMMA, NUMBER_THOUSANDS),
        ("1\u00a0000", COMMA, NUMBER_THOUSANDS),
        ("$5", COMMA, NUMBER_CURRENCY),
        ("62,48 €", COMMA, NUMBER_CURRENCY),
        ("19.7M", COMMA, NUMBER_SUFFIX),
        ("19,7 k", COMMA, NUMBER_SUFFIX),
        *[
            (cell, COMMA, NUMBER_EXPECTED)
            for cell in ("inf", "-Infinity", "abc", "1_000", "0x10", "12%", "--1", "١٢", "nan(1)")
        ],
    ],
)
def test_a_cell_that_is_not_a_number_is_refused_with_its_cause(cell, dialect, code):
    assert number_problems([cell], dialect) == [code(found=cell)]


@BOTH
def test_a_number_beyond_double_precision_is_refused(dialect):
    assert number_problems(["1e400"], dialect) == [NUMBER_TOO_LARGE(found="1e400")]


@pytest.mark.parametrize("cell", ["", "null", "NULL", "NaN", "nan", "NA", "N/A", "-"])
def test_the_ways_to_write_no_value_give_nan_or_a_problem(cell):
    np.testing.assert_array_equal(read_numbers([cell, "1"], COMMA), [np.nan, 1.0])
    assert number_problems(["1", cell], COMMA, required=True) == [NUMBER_MISSING(found=cell)]


def test_every_bad_cell_is_reported_with_its_place():
    with pytest.raises(TableError) as caught:
        read_numbers(["x", "1", "y", "1e999"], COMMA)
    problems = caught.value.problems
    assert [(problem.row, problem.column) for problem in problems] == [
        (2, "Open"),
        (4, "Open"),
        (5, "Open"),
    ]


def test_dates_between_commas_are_iso_dates():
    assert read_dates(["2024-04-03", "2024-02-29"], COMMA) == ["2024-04-03", "2024-02-29"]


def test_dates_between_semicolons_have_the_day_first_or_are_iso_dates():
    assert read_dates(["03/04/2024", "3/4/2024", "2024-04-03"], SEMICOLON) == ["2024-04-03"] * 3


@BOTH
def test_eight_digits_are_a_year_a_month_and_a_day(dialect):
    assert read_dates(["20240403", "20240229"], dialect) == ["2024-04-03", "2024-02-29"]


def test_eight_digits_may_be_among_other_dates():
    cells = ["20240403", "2024-04-04", "20240405 00:00"]
    assert read_dates(cells, COMMA) == ["2024-04-03", "2024-04-04", "2024-04-05"]


@pytest.mark.parametrize(
    ("cell", "dialect"),
    [
        *[(cell, COMMA) for cell in ("03042024", "31122024", "20240230", "20241301")],
        ("2024-02-30", COMMA),
        ("2023-02-29", COMMA),
        ("31/02/2024", COMMA),
        ("02/30/2024", COMMA),
        ("13/13/2024", COMMA),
        ("30/02/2024", SEMICOLON),
    ],
)
def test_a_day_that_does_not_exist_is_refused(cell, dialect):
    assert date_problems([cell], dialect) == [DATE_IMPOSSIBLE(found=cell)]


@pytest.mark.parametrize(
    "cell",
    ["2024040399", "1712121212", "2024-04031", "202404-03-", "20240403.0", "2.0240403e7", ""],
)
def test_a_cell_that_starts_like_a_date_is_refused(cell):
    assert date_problems([cell], COMMA) == [DATE_EXPECTED(found=cell)]


@pytest.mark.parametrize(
    "cell", ["2024/04/03", "2024040", "April 3", "45385", "03/04/24", "03.04.2024"]
)
def test_other_ways_to_write_a_date_are_refused(cell):
    assert date_problems([cell], SEMICOLON) == [DATE_EXPECTED_DAY_FIRST(found=cell)]


def test_dates_with_slashes_between_commas_are_refused_as_ambiguous():
    assert date_problems(["03/04/2024"], COMMA) == [DATE_AMBIGUOUS(found="03/04/2024")]


def test_a_day_first_date_between_commas_is_refused_with_ambiguous_ones():
    assert date_problems(["05/09/2025", "29/9/2025", "03/03/2024"], COMMA) == [
        DATE_AMBIGUOUS(found="05/09/2025"),
        DATE_SLASHED(found="29/9/2025", iso="2025-09-29"),
        DATE_SLASHED(found="03/03/2024", iso="2024-03-03"),
    ]


def test_one_month_first_date_decides_for_its_column():
    assert date_problems(["9/05/2025", "9/29/2025"], COMMA) == [
        DATE_MONTH_FIRST(found="9/05/2025", iso="2025-09-05"),
        DATE_MONTH_FIRST(found="9/29/2025", iso="2025-09-29"),
    ]
    assert date_problems(["03/04/2024", "03/25/2024"], SEMICOLON) == [
        DATE_MONTH_FIRST(found="03/25/2024", iso="2024-03-25")
    ]


def test_dates_in_both_orders_decide_nothing():
    assert date_problems(["05/09/2025", "09/29/2025", "29/09/2025"], COMMA) == [
        DATE_AMBIGUOUS(found="05/09/2025"),
        DATE_SLASHED(found="09/29/2025", iso="2025-09-29"),
        DATE_SLASHED(found="29/09/2025", iso="2025-09-29"),
    ]


@pytest.mark.parametrize(
    "time", [" 00:00", " 00:00:00", "T00:00:00Z", " 00:00:00-05:00", "T00:00:00.000+0000"]
)
def test_midnight_is_not_part_of_a_date(time):
    assert read_dates([f"2024-04-03{time}"], COMMA) == ["2024-04-03"]


def test_one_time_of_day_for_all_dates_can_be_that_of_the_close():
    cells = ["2024-01-02 16:00:00", "2024-01-02 16:00:00", "2024-01-03 16:00:00"]
    assert date_problems(cells, COMMA) == [DATE_WITH_TIME(found=cell) for cell in cells]


def test_two_times_of_one_day_are_not_daily_prices():
    cells = ["2024-01-02 10:00:00", "2024-01-03 10:00:00", "2024-01-02 11:00:00"]
    assert date_problems(cells, COMMA) == [ROWS_INTRADAY(found=cell) for cell in cells]


@pytest.mark.parametrize("cell", ["nan(1)", "inf", "1e999", "2024-04-03"])
def test_the_rules_also_apply_below_many_plain_numbers(cell):
    assert len(number_problems(["1.5"] * 100 + [cell], COMMA)) == 1


@pytest.mark.parametrize("cell", ["0000-01-01", "1.5"])
def test_the_rules_also_apply_below_many_dates(cell):
    assert len(date_problems(["2024-04-03"] * 100 + [cell], COMMA)) == 1


def test_tickers_that_look_like_numbers_are_still_strings():
    table = table_of("Ticker", ["000001", "1", "1.0", " 600519"], COMMA)
    assert as_arrow_splits(table).labels(0, 20).tolist() == ["000001", "1", "1.0", "600519"]


@pytest.mark.parametrize("digits", [999, 1_000, 1_001])
def test_a_number_with_too_many_digits_is_left_to_the_line_reader(digits):
    data = b"1,2\n3," + b"4" * digits + b"\n5,6\n"
    columns = split(data, 0, COMMA, 2, Limits(), quoted=False)
    assert (columns is not None) == (digits <= 1_000)


def test_a_last_row_without_values_costs_one_more_read_in_total(monkeypatch):
    reads, read_csv = [], arrow_columns.csv.read_csv

    def counted(*given: object, **options: object) -> pa.Table:
        reads.append(1)
        return read_csv(*given, **options)

    monkeypatch.setattr(arrow_columns.csv, "read_csv", counted)
    names = tuple(f"c{number}" for number in range(50))
    data = (",".join(["1.5"] * 50) + "\n") * 20 + ",".join(["nan"] * 50)
    columns = split(data.encode(), 0, COMMA, 50, Limits(), quoted=False)
    problems = ProblemList()
    Table(names, columns, range(2, 23), COMMA).numbers(range(50), problems, required=True)
    assert len(list(problems)) == 20
    assert len(reads) == 2


def test_parsing_stops_after_ten_thousand_errors_in_a_column():
    with pytest.raises(TableError) as caught:
        table_of("Open", ["x"] * 50_000, COMMA).numbers([0], ProblemList())
    assert caught.value.total == 10_000


def test_the_deadline_can_stop_reading_cell_by_cell():
    def check() -> None:
        raise TimeoutError

    table = as_arrow_texts(table_of("Open", ["+1.5"] * 10, COMMA))
    with pytest.raises(TimeoutError):
        table.numbers([0], ProblemList(), check)
