import gzip
import tracemalloc

import pytest

from model_contract.errors import NotATableError, TableError
from model_contract.messages.message import Message
from model_contract.messages.reading import (
    ARCHIVE_BROKEN,
    ENCODING_UNKNOWN,
    FIELD_COUNT,
    FIELD_COUNT_DECIMAL_COMMA,
    FIELD_TOO_LONG,
    FILE_COMPRESSED,
    FILE_EMPTY,
    LINE_TOO_LONG,
    NO_ROWS,
    NO_SEPARATOR,
    NOT_A_TABLE,
    NOT_UTF8,
    NUL_BYTE,
    QUOTE_UNCLOSED,
    TOO_MANY_LINES,
    TOO_MANY_ROWS,
    WORKBOOK_UNREADABLE,
)
from model_contract.reading.decode import csv_file, lines
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.decode.file_format import compression_problem
from model_contract.reading.table import arrow_columns
from model_contract.reading.table.limits import Limits

pytestmark = pytest.mark.usefixtures("both_sizes")


def problems_of(data: bytes, limits: Limits | None = None) -> list[tuple[int | None, Message]]:
    """The line and the message of each problem of a refused file."""
    with pytest.raises(TableError) as caught:
        read_table(data, limits)
    return [(problem.row, problem.message) for problem in caught.value.problems]


def skipped_lines(data: bytes) -> list[tuple[int | None, Message]]:
    """The number and the message of each line that isn't a row; the file has one row at least."""
    return [(problem.row, problem.message) for problem in read_table(data).skipped]


# Formats


@pytest.mark.parametrize(
    ("data", "row", "message"),
    [
        (b"", None, FILE_EMPTY()),
        (b"\n\r\n  \n", None, FILE_EMPTY()),
        (b"\xef\xbb\xbf", None, FILE_EMPTY()),
        (b"a,b\n", 1, NO_ROWS()),
    ],
    ids=["no bytes", "blank lines", "a byte-order mark", "a header"],
)
def test_a_file_without_rows_is_refused(data, row, message):
    assert problems_of(data) == [(row, message)]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"%PDF-1.7", "PDF"),
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
    with pytest.raises(NotATableError) as caught:
        read_table(data)
    assert caught.value.problems[0].message == NOT_A_TABLE(format=name)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (gzip.compress(b"a,b\n1,2\n"), "gzip"),
        (b"BZh9", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
    ],
    ids=["gzip", "bzip2", "xz", "zstd"],
)
def test_compressed_bytes_are_refused_by_name(data, name):
    assert compression_problem(data) == FILE_COMPRESSED(format=name)
    assert problems_of(data) == [(None, FILE_COMPRESSED(format=name))]


def test_text_counts_as_uncompressed():
    assert compression_problem(b"a,b\n") is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04" + bytes(100), ARCHIVE_BROKEN()),
        (b"PK\x03\x04" + bytes(26) + b"prices.CSV", ARCHIVE_BROKEN()),
        (b"PAR1", ARCHIVE_BROKEN()),
        (b"\xd0\xcf\x11\xe0", WORKBOOK_UNREADABLE()),
    ],
    ids=["ZIP", "ZIP with a name", "Parquet", "workbook"],
)
def test_the_first_bytes_alone_do_not_make_a_container(data, message):
    assert problems_of(data) == [(None, message)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a,b\n1,\x002\n", NUL_BYTE(line=2)),
        (b"a,b\n1,2\n\x00\x00,3\n", NUL_BYTE(line=3)),
        ("a,b\n1,\x002\n".encode("utf-16"), NUL_BYTE(line=2)),
    ],
    ids=["one", "a run of them", "in UTF-16"],
)
def test_a_nul_byte_is_refused_with_its_line(data, message):
    assert problems_of(data) == [(None, message)]


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ("utf-8", NOT_UTF8(byte="0xe3", line=3)),
        ("gb18030", ENCODING_UNKNOWN(encoding="gb18030", byte="0xe3", line=3)),
        ("utf-16", ENCODING_UNKNOWN(encoding="utf-16", byte="0x0a", line=3)),
    ],
)
def test_bytes_that_a_chosen_encoding_lacks_are_refused_with_their_line(encoding, message):
    data = "a,b\n1,2\nS\xe3 o,3\n".encode("latin-1")
    with pytest.raises(TableError) as caught:
        read_table(data, encoding=encoding)
    assert [problem.message for problem in caught.value.problems] == [message]


def test_a_first_line_without_separators_is_shown_without_its_markup():
    (problem,) = problems_of(b"a<script>\n1\n")
    assert problem == (None, NO_SEPARATOR(line="a<script>"))
    assert problem[1].params == {"line": "a?script?"}


# Rows


@pytest.mark.parametrize(
    ("data", "row", "message"),
    [
        (b"a;b\n1;2\n1;2;3\n", 3, FIELD_COUNT(expected=2, found=3)),
        (b"a,b\n1,2\n1,5,2\n", 3, FIELD_COUNT_DECIMAL_COMMA(expected=2, found=3)),
        (b"a,b,c\n1,2,3\n1,2\n", 3, FIELD_COUNT(expected=3, found=2)),
    ],
    ids=["longer", "longer between commas", "shorter"],
)
def test_a_row_of_another_length_is_skipped_with_its_line(data, row, message):
    assert skipped_lines(data) == [(row, message)]
    assert len(read_table(data)) == 1


def test_rows_that_are_all_of_another_length_are_refused():
    message = FIELD_COUNT_DECIMAL_COMMA(expected=2, found=3)
    assert problems_of(b"a,b\n1,5,2\n1,6,2\n") == [(2, message), (3, message)]


@pytest.mark.parametrize("row", [b"1,2,", b"1,2,,", b'1,2,""'], ids=["one", "two", "quoted"])
def test_empty_fields_at_the_end_of_a_row_are_padding(row):
    table = read_table(b"a,b\n" + row + b"\n3,4\n")
    assert table.skipped == ()
    assert table.first_rows(2) == [(2, ("1", "2")), (3, ("3", "4"))]


def test_fields_without_a_name_may_be_absent_from_a_row():
    table = read_table(b"a,b,,\n1,2\n3,4,,\n")
    assert table.skipped == ()
    assert [row[:2] for _, row in table.first_rows(2)] == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize("header", ["a,b", "Date,Open,High,Low,Close,Volume"])
@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "quoted"])
def test_a_repeated_header_is_not_a_row(header, quote):
    width = header.count(",") + 1
    one, other = (",".join([digit] * width) for digit in "12")
    again = header.replace("Date", f"{quote}Date{quote}").replace("b", f"{quote}b{quote}")
    table = read_table(f"{header}\n{one}\n{again}\n{other}\n".encode())
    assert table.skipped == ()
    assert table.first_rows(3) == [(2, ("1",) * width), (4, ("2",) * width)]


@pytest.mark.parametrize(
    ("rows", "broken"),
    [
        (b'1,2\n1,"2', [3]),
        (b'1,2\n1,"2"3', [3]),
        (b'"1,2\n3,4', [2]),
        (b'"1"x,2\n3,4', [2]),
        (b'1,"2""\n3,4', [2]),
        (b'"1\n",2\n3,4', [2, 3]),
    ],
    ids=[
        "unclosed at the end",
        "text after the last",
        "unclosed",
        "text after",
        "doubled",
        "line break",
    ],
)
def test_a_broken_quotation_is_skipped_with_its_line(rows, broken):
    found = skipped_lines(b"a,b\n" + rows + b"\n5,6\n")
    assert found == [(row, QUOTE_UNCLOSED()) for row in broken]


@pytest.mark.parametrize(
    ("rows", "total", "rest"),
    [
        (20, 20, []),
        (50, 50, ["50 problems in all"]),
        (50_000, 10_000, ["10,000 or more problems in all"]),
    ],
    ids=["exactly twenty", "more", "given up after ten thousand"],
)
def test_twenty_problems_are_kept_and_the_rest_counted(rows, total, rest):
    with pytest.raises(TableError) as caught:
        read_table(b"a,b\n" + b"1\n" * rows)
    assert [problem.row for problem in caught.value.problems] == list(range(2, 22))
    assert caught.value.total == total
    assert str(caught.value).split("\n")[20:] == rest


# Limits


@pytest.mark.parametrize(
    "field",
    [b"x" * 1_001, b'"' + b"x" * 1_001 + b'"', b'"' + b"x" * 200_000 + b'"', "é".encode() * 1_001],
    ids=["bare", "quoted", "beyond the csv module's limit", "two bytes a character"],
)
def test_a_long_field_is_skipped_with_its_line(field):
    found = skipped_lines(b"a,b\n1," + field + b"\n3,4\n")
    assert found == [(2, FIELD_TOO_LONG(limit=1_000))]


def test_a_field_is_measured_in_characters():
    rows = read_table(b"a,b\n1," + "é".encode() * 1_000 + b"\n").first_rows(1)
    assert list(rows) == [(2, ("1", "é" * 1_000))]


@pytest.mark.parametrize("quote", [b"", b'"'], ids=["bare", "after an unclosed quotation mark"])
def test_a_line_of_5_mb_is_refused_without_being_split(quote, monkeypatch):
    monkeypatch.setattr(lines, "csv", None)
    data = b"a,b\n1," + quote + b"x" * 5_000_000
    message = LINE_TOO_LONG(characters=5_000_002 + len(quote), limit=2_000_000)
    assert problems_of(data) == [(2, message)]


@pytest.mark.parametrize(
    "data",
    [b"a,b\n1,2\n\n3,4\n", b"a;b\n1;2\n3;4\n" + b";\n" * 50, b"a,b\n1,2\n3,4\n" + b"\n" * 900],
    ids=["as many as the limit", "separators alone are not rows", "blank lines are not rows"],
)
def test_as_many_rows_as_the_limit_are_read(data):
    assert len(read_table(data, Limits(rows=2))) == 2


@pytest.mark.parametrize("data", [b"a,b\n1,2\n3,4\n5,6\n", b"a;b\n" + b"1;2\n;\n" * 3])
def test_one_row_more_than_the_limit_is_refused(data):
    assert problems_of(data, Limits(rows=2)) == [(None, TOO_MANY_ROWS(rows=3, limit=2))]


def test_too_many_rows_are_refused_before_any_is_split(monkeypatch):
    monkeypatch.setattr(csv_file, "split_rows", None)
    data = b"a,b\n" + b'"unreadable\n' * 1_000_000
    assert problems_of(data) == [(None, TOO_MANY_ROWS(rows=1_000_000, limit=700_000))]


def test_millions_of_blank_lines_are_refused_before_decoding(monkeypatch):
    monkeypatch.setattr(csv_file, "decoded", None)
    data = b"a,b\n\n" + b"\n" * 30_000_000 + b"1,2\n"
    assert problems_of(data) == [(None, TOO_MANY_LINES(lines=30_000_003, limit=700_000))]


def test_a_wide_file_has_few_cells_as_python_objects_at_a_time():
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
