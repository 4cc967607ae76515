import gzip
import tracemalloc

import pytest

from model_contract.errors import NotACsvError, TableError
from model_contract.messages.message import Message
from model_contract.messages.reading import (
    COLUMN_TWICE,
    EXCEL_WORKBOOK,
    FIELD_COUNT,
    FIELD_COUNT_DECIMAL_COMMA,
    FIELD_TOO_LONG,
    FILE_COMPRESSED,
    FILE_EMPTY,
    HEADER_MISSING,
    HEADER_NOT_FIRST,
    HEADER_YFINANCE,
    LINE_TOO_LONG,
    NO_ROWS,
    NO_SEPARATOR,
    NOT_CSV,
    NOT_UTF8,
    NUL_BYTE,
    QUOTE_UNCLOSED,
    TABS,
    TOO_MANY_COLUMNS,
    TOO_MANY_LINES,
    TOO_MANY_ROWS,
)
from model_contract.reading import arrow_columns, csv_file, lines
from model_contract.reading.csv_file import read_table
from model_contract.reading.dialect import COMMA, SEMICOLON
from model_contract.reading.file_format import compression_problem
from model_contract.reading.limits import Limits
from model_contract.reading.table import Table


@pytest.fixture(params=[False, True], ids=["small", "large"], autouse=True)
def is_large(request, monkeypatch):
    """Read every file both as a small and as a large file."""
    monkeypatch.setattr(csv_file, "LARGE", 0 if request.param else 2**60)
    return request.param


def content(table: Table) -> tuple[tuple[str, ...], list[tuple[str, ...]], list[int]]:
    """Return the header, the rows of stripped fields, and their lines."""
    lines, rows = zip(*table.first_rows(len(table)), strict=True)
    return table.header, list(rows), list(lines)


def problems_of(data: bytes, limits: Limits | None = None) -> list[tuple[int | None, Message]]:
    """The line and the message of each problem."""
    with pytest.raises(TableError) as caught:
        read_table(data, limits)
    return [(problem.row, problem.message) for problem in caught.value.problems]


def test_a_comma_file_gives_columns_of_text_with_their_lines():
    table = read_table(b"Date,Close\n2024-01-02,1.5\n2024-01-03,2\n")
    assert table.header == ("Date", "Close")
    assert content(table) == (
        ("Date", "Close"),
        [("2024-01-02", "1.5"), ("2024-01-03", "2")],
        [2, 3],
    )
    assert table.dialect == COMMA


def test_a_semicolon_in_the_header_makes_commas_part_of_the_fields():
    table = read_table(b"Date;Close\n02/01/2024;1,5\n")
    assert table.dialect == SEMICOLON
    assert content(table)[1] == [("02/01/2024", "1,5")]


def test_a_byte_order_mark_is_not_part_of_the_first_name():
    assert content(read_table(b"\xef\xbb\xbfa,b\n1,2\n")) == content(read_table(b"a,b\n1,2\n"))


def test_windows_line_ends_give_the_same_table():
    assert content(read_table(b"a,b\r\n1,2\r\n")) == content(read_table(b"a,b\n1,2\n"))


def test_a_missing_last_line_end_gives_the_same_table():
    assert content(read_table(b"a,b\n1,2")) == content(read_table(b"a,b\n1,2\n"))


def test_blank_lines_are_skipped_but_counted():
    assert content(read_table(b"a,b\n\n1,2\n \r\n3,4\n\n"))[1:] == (
        [("1", "2"), ("3", "4")],
        [3, 5],
    )


def test_spaces_around_fields_are_stripped():
    assert content(read_table(b" a , b\n 1 ,2 \n")) == (("a", "b"), [("1", "2")], [2])


def test_quoted_fields_may_hold_separators_and_doubled_quotes():
    assert content(read_table(b'a,b\n"1,5","say ""x"""\n'))[1] == [("1,5", 'say "x"')]


def test_a_quoted_header_names_the_same_columns():
    assert read_table(b'"a";"b"\n1;2\n').header == ("a", "b")


@pytest.mark.parametrize(
    ("data", "row", "message"),
    [
        (b"a;b\n1;2\n1;2;3\n", 3, FIELD_COUNT(expected=2, found=3)),
        (b"a,b\n1,5,2\n", 2, FIELD_COUNT_DECIMAL_COMMA(expected=2, found=3)),
        (b"a,b,c\n1,2,3\n1,2\n", 3, FIELD_COUNT(expected=3, found=2)),
    ],
    ids=["longer", "longer between commas", "shorter"],
)
def test_a_row_of_another_length_is_a_problem_with_its_line(data, row, message):
    assert problems_of(data) == [(row, message)]


def test_twenty_problems_are_kept_and_the_rest_counted():
    with pytest.raises(TableError) as caught:
        read_table(b"a,b\n" + b"1\n" * 50)
    assert [problem.row for problem in caught.value.problems] == list(range(2, 22))
    assert caught.value.total == 50
    assert str(caught.value).split("\n")[20:] == ["50 problems in all"]


def test_twenty_problems_exactly_leave_no_rest():
    with pytest.raises(TableError) as caught:
        read_table(b"a,b\n" + b"1\n" * 20)
    assert "in all" not in str(caught.value)


@pytest.mark.parametrize("name", ["Open", "OPEN"], ids=["same case", "another case"])
def test_a_column_named_twice_is_a_problem(name):
    data = f"Open,Close,{name}\n1,2,3\n".encode()
    assert problems_of(data) == [(1, COLUMN_TWICE(name=name))]


def test_columns_without_a_name_are_not_duplicates():
    assert read_table(b",a,\n1,2,3\n").header == ("", "a", "")


@pytest.mark.parametrize("row", [b'1,"2', b'1,"2"3'], ids=["unclosed", "text after"])
def test_a_broken_quotation_is_a_problem_with_its_line(row):
    assert problems_of(b"a,b\n1,2\n" + row + b"\n") == [(3, QUOTE_UNCLOSED())]


@pytest.mark.parametrize(
    "field",
    [b"x" * 1_001, b'"' + b"x" * 1_001 + b'"', b'"' + b"x" * 200_000 + b'"'],
    ids=["bare", "quoted", "beyond the csv module's limit"],
)
def test_a_long_field_is_a_problem_with_its_line(field):
    assert problems_of(b"a,b\n1," + field + b"\n") == [(2, FIELD_TOO_LONG(limit=1_000))]


@pytest.mark.parametrize("quote", [b"", b'"'], ids=["bare", "after an unclosed quotation mark"])
def test_a_line_of_5_mb_is_refused_without_being_split(quote, monkeypatch):
    monkeypatch.setattr(lines, "csv", None)
    data = b"a,b\n1," + quote + b"x" * 5_000_000
    message = LINE_TOO_LONG(characters=5_000_002 + len(quote), limit=2_000_000)
    assert problems_of(data) == [(2, message)]


def test_too_many_columns_are_refused_without_splitting_the_header(monkeypatch):
    monkeypatch.setattr("model_contract.reading.header.split_line", None)
    header = ",".join(f"c{number}" for number in range(200_000))
    problems = problems_of(f"{header}\n1\n".encode())
    assert problems == [(1, TOO_MANY_COLUMNS(columns=200_000, limit=2_000))]


def test_too_many_rows_are_refused_before_any_is_split(monkeypatch):
    monkeypatch.setattr(csv_file, "split_rows", None)
    data = b"a,b\n" + b'"unreadable\n' * 1_000_000
    assert problems_of(data) == [(None, TOO_MANY_ROWS(rows=1_000_000, limit=700_000))]


def test_as_many_rows_as_the_limit_are_read():
    assert len(read_table(b"a,b\n1,2\n\n3,4\n", Limits(rows=2)).lines) == 2


def test_one_row_more_than_the_limit_is_refused():
    problems = problems_of(b"a,b\n1,2\n3,4\n5,6\n", Limits(rows=2))
    assert problems == [(None, TOO_MANY_ROWS(rows=3, limit=2))]


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\r\n  \n", b"\xef\xbb\xbf"],
    ids=["no bytes", "blank lines", "byte-order mark"],
)
def test_a_file_without_text_is_called_empty(data):
    assert problems_of(data) == [(None, FILE_EMPTY())]


def test_a_header_without_rows_is_refused():
    assert problems_of(b"a,b\n") == [(1, NO_ROWS())]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"%PDF-1.7", "PDF"),
        (b"PAR1", "Parquet"),
        (b"<!doctype html>", "HTML or XML"),
        (b"<table><tr><td>Date</td>", "HTML or XML"),
        (b"<?xml version='1.0', encoding='utf-8'?>", "HTML or XML"),
        (b"<p>1,2</p>,", "HTML or XML"),
        (b"<html>\n\t<head>", "HTML or XML"),
        (b'\n {"a": [1, 2]}', "JSON"),
        (b"[1, 2]", "JSON"),
    ],
)
def test_another_format_is_named(data, name):
    with pytest.raises(NotACsvError) as caught:
        read_table(data)
    assert caught.value.problems[0].message == NOT_CSV(format=name)


@pytest.mark.parametrize(
    "start",
    [b"", b"\n", b"sep=,\n", b"\xef\xbb\xbf"],
    ids=["first", "second", "after sep=", "after a mark"],
)
def test_a_header_of_names_in_angle_brackets_is_not_markup(start):
    assert read_table(start + b"<TICKER> ,<DATE>\nA,20240108\n").header == ("<TICKER>", "<DATE>")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (gzip.compress(b"a,b\n1,2\n"), "gzip"),
        (b"PK\x03\x04" + bytes(26) + b"prices.CSV", "zip"),
        (b"BZh9", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
    ],
    ids=["gzip", "zip", "bzip2", "xz", "zstd"],
)
def test_compressed_bytes_are_refused_by_name(data, name):
    assert compression_problem(data) == FILE_COMPRESSED(format=name)
    assert problems_of(data) == [(None, FILE_COMPRESSED(format=name))]


@pytest.mark.parametrize("data", [b"PK\x03\x04" + bytes(100), b"\xd0\xcf\x11\xe0"])
def test_a_workbook_is_recognised(data):
    assert problems_of(data) == [(None, EXCEL_WORKBOOK())]


def test_text_counts_as_uncompressed():
    assert compression_problem(b"a,b\n") is None


def test_latin_1_is_refused_with_the_byte_and_its_line():
    data = "a,b\n1,2\nSão,3\n".encode("latin-1")
    assert problems_of(data) == [(None, NOT_UTF8(byte="0xe3", line=3))]


def test_utf_16_is_refused_with_or_without_a_byte_order_mark():
    text = "a,b\n1,2\n"
    assert problems_of(text.encode("utf-16")) == [(None, NOT_UTF8(byte="0xff", line=1))]
    assert problems_of(text.encode("utf-16-le")) == [(None, NUL_BYTE(line=1))]


def test_a_nul_byte_is_a_problem_with_its_line():
    assert problems_of(b"a,b\n1,\x002\n") == [(None, NUL_BYTE(line=2))]


def test_a_first_line_without_separators_is_shown_without_its_markup():
    (problem,) = problems_of(b"a<script>\n1\n")
    assert problem == (None, NO_SEPARATOR(line="a<script>"))
    assert problem[1].params == {"line": "a?script?"}


def test_columns_separated_by_tabs_are_recognised():
    assert problems_of(b"a\tb\n1\t2\n") == [(None, TABS())]
    assert problems_of(b"<DATE>\t<VOL>\n20240108\t2\n") == [(None, TABS())]


HISTORY = "Date,Open,High,Low,Close,Volume\n2024-01-08,10,11,9,10.5,1000\n"


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("Apple\n", "Apple"),
        ("Apple, daily\n\n", "Apple,daily"),
        ("1,2,3\n", "1,2,3"),
        ("\nApple,Apple\n", "Apple,Apple"),
    ],
    ids=["no separator", "two fields", "values", "a name twice"],
)
def test_lines_above_the_header_are_recognised(above, line):
    header_line = above.count("\n") + 1
    message = HEADER_NOT_FIRST(line=line, header_line=header_line)
    assert problems_of((above + HISTORY).encode()) == [(1 + above.startswith("\n"), message)]


def test_the_header_lines_of_yfinance_are_recognised():
    header = b"Price,Close,Close\nTicker,AAPL,IBM\nDate,,\n2024-01-08,1,2\n"
    assert problems_of(header) == [(1, HEADER_YFINANCE())]


def test_a_limit_is_reported_even_below_a_title():
    data = ("Apple,\n" + HISTORY).encode()
    assert problems_of(data, Limits(rows=1)) == [(None, TOO_MANY_ROWS(rows=2, limit=1))]


def test_a_file_of_errors_alone_is_given_up_after_ten_thousand():
    with pytest.raises(TableError) as caught:
        read_table(b"a,b\n" + b"1\n" * 50_000)
    assert (caught.value.total, len(caught.value.problems)) == (10_000, 20)
    assert str(caught.value).endswith("10,000 or more problems in all")


def test_values_in_place_of_a_header_are_recognised():
    line = "2024-01-02,1.5,2,1,1.5,100"
    assert problems_of(f"{line}\n{line}\n".encode()) == [(1, HEADER_MISSING(line=line))]


def test_rows_of_separators_alone_are_padding():
    assert content(read_table(b"a;b;c\n1;2;3\n;;\n ; ;\n"))[1:] == ([("1", "2", "3")], [2])


def test_the_separator_line_that_excel_writes_is_not_a_header():
    table = read_table(b"sep=;\r\na;b\r\n1;2\r\n")
    assert (table.header_line, *content(table)) == (2, ("a", "b"), [("1", "2")], [3])


def test_lines_may_end_as_on_an_old_macintosh():
    assert content(read_table(b"a,b\r1,2\r3,4\r"))[1] == [("1", "2"), ("3", "4")]


def test_line_feeds_end_lines_if_there_are_both_kinds_of_line_ends():
    assert content(read_table(b"a,b\r\n1,2\r\n3\r,4\n"))[1] == [("1", "2"), ("3", "4")]


def test_a_row_of_empty_fields_between_others_is_padding():
    assert content(read_table(b"a,b\n1,2\n,\n3,4\n"))[1:] == ([("1", "2"), ("3", "4")], [2, 4])


def test_an_empty_field_at_the_start_of_a_row_is_not_padding():
    assert content(read_table(b"a,b\n,2\n3,4\n"))[1] == [("", "2"), ("3", "4")]


def test_a_second_byte_order_mark_belongs_to_its_field():
    assert content(read_table(b"\xef\xbb\xbfa,b\n\xef\xbb\xbf1,2\n"))[1] == [("\ufeff1", "2")]


@pytest.mark.parametrize(
    "row", [b'"1","2"', b'1,"2"', b'"1",2\r', b'" 1 ","2 "'], ids=["all", "last", "first", "spaces"]
)
def test_quotation_marks_around_fields_are_removed(row):
    assert content(read_table(b"a,b\n" + row + b"\n3,4\n"))[1] == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize(
    "row",
    [b'"1,2', b'"1"x,2', b'1,"2""', b'"1\n",2'],
    ids=["unclosed", "text after", "doubled", "line break"],
)
def test_quotation_marks_out_of_order_are_a_problem(row):
    assert problems_of(b"a,b\n" + row + b"\n3,4\n")[0][0] == 2


def test_a_quotation_mark_within_a_field_is_a_character():
    assert content(read_table(b'a,b\n5",2\n'))[1] == [('5"', "2")]


def test_a_few_blank_lines_are_skipped_and_millions_refused(monkeypatch):
    assert len(read_table(b"a,b\n1,2\n" + b"\n" * 900, Limits(rows=1))) == 1
    monkeypatch.setattr(csv_file, "decode", None)
    data = b"a,b\n\n" + b"\n" * 30_000_000 + b"1,2\n"
    assert problems_of(data) == [(None, TOO_MANY_LINES(lines=30_000_003, limit=700_000))]


def test_a_long_field_is_measured_in_characters():
    letters = "é".encode()
    assert content(read_table(b"a,b\n1," + letters * 1_000 + b"\n"))[1] == [("1", "é" * 1_000)]
    assert problems_of(b"a,b\n1," + letters * 1_001 + b"\n") == [(2, FIELD_TOO_LONG(limit=1_000))]


def test_rows_of_separators_alone_do_not_count_as_rows():
    assert len(read_table(b"a;b\n1;2\n" + b";\n" * 50, Limits(rows=3))) == 1
    problems = problems_of(b"a;b\n" + b"1;2\n;\n" * 4, Limits(rows=3))
    assert problems == [(None, TOO_MANY_ROWS(rows=4, limit=3))]


def test_few_cells_of_a_wide_file_are_python_objects_at_a_time():
    rows = [["12"] * 600] * 2_000
    tracemalloc.start()
    arrow_columns.collect(([cell + "3" for cell in row] for row in rows), 600)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6  # all cells together take 80 MB


@pytest.mark.parametrize("row", [b'"' * 84 + b"\n", b'"'], ids=["lines", "one line"])
def test_millions_of_quotation_marks_take_little_memory(row):
    data = b"a,b\n" + row * (24_000_000 // len(row))
    tracemalloc.start()
    with pytest.raises(TableError):
        read_table(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * len(data)


def test_the_deadline_can_stop_reading_line_by_line():
    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise TimeoutError

    calls = 0
    with pytest.raises(TimeoutError):
        read_table(b"a,b\n\n" + b'"x""",2\n' * 20_000, check=check)
