import gzip
import time
import tracemalloc

import pytest

from model_contract.errors import NotACsvError, TableError
from model_contract.reading import arrow as csv_arrow
from model_contract.reading import table as csv_table
from model_contract.reading.csv_file import read_table
from model_contract.reading.dialect import COMMA, SEMICOLON
from model_contract.reading.file_format import compression
from model_contract.reading.limits import Limits
from model_contract.reading.table import Table


@pytest.fixture(params=[False, True], ids=["small", "large"], autouse=True)
def way(request, monkeypatch):
    """Every file is read as small ones are, and as large ones."""
    monkeypatch.setattr(csv_table, "LARGE", 0 if request.param else 2**60)
    return request.param


def content(table: Table) -> tuple[tuple[str, ...], list[tuple[str, ...]], list[int]]:
    """Header, rows of stripped fields, and their lines: a large file's fields are stripped when they are parsed."""
    large = (
        None
        if table.large_columns is None
        else [column.text.to_pylist() for column in table.large_columns]
    )
    columns = [[cell.strip() for cell in column] for column in large or table.columns]
    return table.header, list(zip(*columns, strict=True)), list(table.lines)


def problem_of(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(TableError) as caught:
        read_table(data, limits)
    return str(caught.value)


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


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    assert content(read_table(b"\xef\xbb\xbfa,b\n1,2\n")) == content(read_table(b"a,b\n1,2\n"))


def test_windows_line_ends_give_the_same_table():
    assert content(read_table(b"a,b\r\n1,2\r\n")) == content(read_table(b"a,b\n1,2\n"))


def test_a_missing_last_line_end_gives_the_same_table():
    assert content(read_table(b"a,b\n1,2")) == content(read_table(b"a,b\n1,2\n"))


def test_blank_lines_are_passed_over_and_still_counted():
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


def test_a_row_longer_than_the_header_is_a_problem_with_its_line():
    assert problem_of(b"a;b\n1;2\n1;2;3\n") == "line 3: expected 2 fields as in the header, found 3"


def test_a_longer_row_between_commas_comes_with_advice_on_decimal_commas():
    assert problem_of(b"a,b\n1,5,2\n") == (
        "line 2: expected 2 fields as in the header, found 3; a decimal comma or a thousands comma splits a number in two: "
        "use decimal points, or semicolons between fields"
    )


def test_a_row_shorter_than_the_header_is_a_problem_with_its_line():
    assert (
        problem_of(b"a,b,c\n1,2,3\n1,2\n") == "line 3: expected 3 fields as in the header, found 2"
    )


def test_twenty_problems_are_kept_and_the_rest_counted():
    with pytest.raises(TableError) as caught:
        read_table(b"a,b\n" + b"1\n" * 50)
    assert [problem.row for problem in caught.value.problems] == list(range(2, 22))
    assert caught.value.total == 50
    assert str(caught.value).split("\n")[20:] == ["50 problems in all"]


def test_twenty_problems_exactly_leave_no_rest():
    assert "in all" not in problem_of(b"a,b\n" + b"1\n" * 20)


@pytest.mark.parametrize(
    "header", [b"Open,Close,Open", b"Open,Close,OPEN"], ids=["same case", "another case"]
)
def test_a_column_named_twice_is_a_problem_that_names_it(header):
    assert "more than once; keep one of these columns" in problem_of(header + b"\n1,2,3\n")


def test_columns_without_a_name_are_no_duplicates():
    assert read_table(b",a,\n1,2,3\n").header == ("", "a", "")


def test_an_unclosed_quotation_mark_is_a_problem_with_its_line():
    assert problem_of(b'a,b\n1,2\n1,"2\n') == (
        "line 3: a quotation mark opens a field and does not close it at the field's end on the same line"
    )


def test_text_after_a_closing_quotation_mark_is_a_problem_with_its_line():
    assert problem_of(b'a,b\n1,"2"3\n').startswith("line 2: a quotation mark opens a field")


@pytest.mark.parametrize(
    "field", [b"x" * 1_001, b'"' + b"x" * 1_001 + b'"'], ids=["bare", "quoted"]
)
def test_a_long_field_is_a_problem_that_names_the_limit(field):
    assert (
        problem_of(b"a,b\n1," + field + b"\n")
        == "line 2: a field has 1,001 characters; at most 1,000 are read"
    )


def test_a_field_beyond_the_csv_module_s_limit_is_called_too_long():
    assert (
        problem_of(b'a,b\n1,"' + b"x" * 200_000 + b'"\n')
        == "line 2: a field is too long; at most 1,000 characters are read"
    )


@pytest.mark.parametrize("quote", [b"", b'"'], ids=["bare", "after an unclosed quotation mark"])
def test_a_field_of_5_mb_is_refused_within_a_second(quote):
    started = time.process_time()
    problem = problem_of(b"a,b\n1," + quote + b"x" * 5_000_000)
    assert problem.startswith("line 2: the line has 5,000,00")
    assert time.process_time() - started < 1


def test_too_many_columns_are_refused_by_their_number_alone():
    started = time.process_time()
    header = ",".join(f"c{number}" for number in range(200_000))
    assert (
        problem_of(f"{header}\n1\n".encode())
        == "line 1: the header has 200,000 columns; at most 2,000 are read"
    )
    assert time.process_time() - started < 0.5


def test_too_many_rows_are_refused_before_any_row_is_looked_at():
    rows = b"a,b\n" + b'"unreadable\n' * 1_000_000
    started = time.process_time()
    assert problem_of(rows) == "the file has 1,000,000 rows; at most 700,000 are read"
    assert time.process_time() - started < 0.5


def test_as_many_rows_as_the_limit_are_read():
    assert len(read_table(b"a,b\n1,2\n\n3,4\n", Limits(rows=2)).lines) == 2


def test_one_row_more_than_the_limit_is_refused():
    assert (
        problem_of(b"a,b\n1,2\n3,4\n5,6\n", Limits(rows=2))
        == "the file has 3 rows; at most 2 are read"
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\r\n  \n", b"\xef\xbb\xbf"],
    ids=["no bytes", "blank lines", "byte-order mark"],
)
def test_an_empty_file_says_what_was_expected(data):
    assert problem_of(data) == "the file is empty; expected a header line and one row per session"


def test_a_header_without_rows_says_what_was_expected():
    assert (
        problem_of(b"a,b\n")
        == "line 1: the file has a header and no rows; expected one row per session"
    )


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (b"%PDF-1.7", "a PDF"),
        (b"PAR1", "a Parquet file"),
        (b"<!doctype html>", "HTML or XML"),
        (b"<table><tr><td>Date</td>", "HTML or XML"),
        (b"<?xml version='1.0', encoding='utf-8'?>", "HTML or XML"),
        (b"<p>1,2</p>,", "HTML or XML"),
        (b'\n {"a": [1, 2]}', "JSON"),
        (b"[1, 2]", "JSON"),
    ],
    ids=[
        "PNG",
        "JPEG",
        "PDF",
        "Parquet",
        "HTML",
        "a table",
        "XML",
        "a comma within",
        "JSON object",
        "JSON array",
    ],
)
def test_another_format_is_named(data, name):
    with pytest.raises(NotACsvError, match=f"not a CSV: the file looks like {name}"):
        read_table(data)


@pytest.mark.parametrize(
    "start",
    [b"", b"\n", b"sep=,\n", b"\xef\xbb\xbf"],
    ids=["first", "second", "after sep=", "after a mark"],
)
def test_a_header_of_names_in_angle_brackets_is_no_document(start):
    assert read_table(start + b"<TICKER> ,<DATE>\nA,20240108\n").header == ("<TICKER>", "<DATE>")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (gzip.compress(b"a,b\n1,2\n"), "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"BZh9", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
    ],
    ids=["gzip", "zip", "bzip2", "xz", "zstd"],
)
def test_compressed_bytes_are_refused_by_name(data, name):
    assert compression(data) == name
    assert problem_of(data) == f"not a CSV: the file is compressed ({name}); send it uncompressed"


def test_text_counts_as_uncompressed():
    assert compression(b"a,b\n") is None


def test_latin_1_is_refused_with_the_byte_and_its_line():
    assert problem_of("a,b\n1,2\nSão,3\n".encode("latin-1")) == (
        "not UTF-8 text: byte 0xe3 on line 3; save the file as 'CSV UTF-8' (a byte-order mark is fine)"
    )


def test_utf_16_is_refused_with_the_encoding_that_is_read():
    assert problem_of("a,b\n1,2\n".encode("utf-16")).startswith(
        "not UTF-8 text: byte 0xff on line 1; save the file as 'CSV UTF-8'"
    )


def test_utf_16_without_a_byte_order_mark_is_refused_for_its_nul_bytes():
    assert (
        problem_of("a,b\n1,2\n".encode("utf-16-le"))
        == "not a CSV: a NUL byte on line 1; expected UTF-8 text"
    )


def test_a_nul_byte_is_a_problem_with_its_line():
    assert problem_of(b"a,b\n1,\x002\n") == "not a CSV: a NUL byte on line 2; expected UTF-8 text"


def test_a_first_line_without_separators_is_shown_without_its_markup():
    assert problem_of(b"a<script>\n1\n") == (
        "not a CSV: the first line, 'a?script?', has neither commas nor semicolons; expected a header line of column names"
    )


def test_a_file_of_nothing_but_errors_is_given_up_after_ten_thousand():
    with pytest.raises(TableError) as caught:
        read_table(b"a,b\n" + b"1\n" * 50_000)
    assert (caught.value.total, len(caught.value.problems)) == (10_000, 20)
    assert str(caught.value).endswith("10,000 or more problems in all")


def test_rows_of_separators_alone_are_padding():
    assert content(read_table(b"a;b;c\n1;2;3\n;;\n ; ;\n"))[1:] == ([("1", "2", "3")], [2])


def test_the_separator_line_that_excel_writes_is_no_header():
    table = read_table(b"sep=;\r\na;b\r\n1;2\r\n")
    assert (table.header_line, *content(table)) == (2, ("a", "b"), [("1", "2")], [3])


def test_values_in_place_of_a_header_are_called_so():
    with pytest.raises(TableError, match="holds values; expected a header line of column names"):
        read_table(b"2024-01-02,1.5,2,1,1.5,100\n2024-01-03,1.5,2,1,1.5,100\n")


def test_lines_may_end_as_on_an_old_macintosh():
    assert content(read_table(b"a,b\r1,2\r3,4\r"))[1] == [("1", "2"), ("3", "4")]


def test_lines_that_end_in_both_ways_are_told_apart_by_line_feeds():
    assert content(read_table(b"a,b\r\n1,2\r\n3\r,4\n"))[1] == [("1", "2"), ("3", "4")]


def test_a_row_of_empty_fields_between_others_is_padding():
    assert content(read_table(b"a,b\n1,2\n,\n3,4\n"))[1:] == ([("1", "2"), ("3", "4")], [2, 4])


def test_an_empty_field_at_the_start_of_a_row_is_no_padding():
    assert content(read_table(b"a,b\n,2\n3,4\n"))[1] == [("", "2"), ("3", "4")]


def test_a_second_byte_order_mark_belongs_to_its_field():
    assert content(read_table(b"\xef\xbb\xbfa,b\n\xef\xbb\xbf1,2\n"))[1] == [("\ufeff1", "2")]


@pytest.mark.parametrize(
    "row", [b'"1","2"', b'1,"2"', b'"1",2\r', b'" 1 ","2 "'], ids=["all", "last", "first", "spaces"]
)
def test_fields_between_quotation_marks_are_those_without(row):
    assert content(read_table(b"a,b\n" + row + b"\n3,4\n"))[1] == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize(
    "row",
    [b'"1,2', b'"1"x,2', b'1,"2""', b'"1\n",2'],
    ids=["unclosed", "text after", "doubled", "line break"],
)
def test_quotation_marks_that_are_not_in_order_are_a_problem(row):
    assert problem_of(b"a,b\n" + row + b"\n3,4\n").startswith("line 2: ")


def test_a_quotation_mark_within_a_field_is_a_character():
    assert content(read_table(b'a,b\n5",2\n'))[1] == [('5"', "2")]


def test_a_few_blank_lines_are_no_rows_and_millions_are_refused():
    assert len(read_table(b"a,b\n1,2\n" + b"\n" * 900, Limits(rows=1))) == 1
    started = time.process_time()
    assert (
        problem_of(b"a,b\n\n" + b"\n" * 30_000_000 + b"1,2\n")
        == "the file has 30,000,003 lines; at most 700,000 rows are read"
    )
    assert time.process_time() - started < 1


def test_a_long_field_of_a_large_file_is_counted_in_characters():
    assert content(read_table(b"a,b\n1," + "é".encode() * 1_000 + b"\n"))[1] == [("1", "é" * 1_000)]
    assert "1,001 characters" in problem_of(b"a,b\n1," + "é".encode() * 1_001 + b"\n")


def test_rows_of_separators_alone_do_not_count_as_rows():
    assert len(read_table(b"a;b\n1;2\n" + b";\n" * 50, Limits(rows=3))) == 1
    assert "4 rows; at most 3" in problem_of(b"a;b\n" + b"1;2\n;\n" * 4, Limits(rows=3))


def test_of_a_wide_file_few_cells_are_python_objects_at_a_time():
    rows = [["12"] * 600] * 2_000
    tracemalloc.start()
    csv_arrow.collect(([cell + "3" for cell in row] for row in rows), 600)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6  # all of them are 80


@pytest.mark.parametrize("row", [b'"' * 84 + b"\n", b'"'], ids=["lines", "one line"])
def test_millions_of_quotation_marks_take_little_more_memory_than_the_file(row):
    data = b"a,b\n" + row * (24_000_000 // len(row))
    tracemalloc.start()
    with pytest.raises(TableError):
        read_table(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * len(data)


def test_reading_line_by_line_can_be_ended():
    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise TimeoutError

    calls = 0
    with pytest.raises(TimeoutError):
        read_table(b"a,b\n\n" + b'"x""",2\n' * 20_000, check=check)
