import pytest

from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.table.table import Table

pytestmark = pytest.mark.usefixtures("both_sizes")


def content(table: Table) -> tuple[tuple[str, ...], list[tuple[str, ...]], list[int]]:
    """Return the header, the rows of stripped fields, and their lines."""
    lines, rows = zip(*table.first_rows(len(table)), strict=True)
    return table.header, list(rows), list(lines)


def test_a_comma_file_gives_columns_of_text_with_their_lines():
    table = read_table(b"Date,Close\n2024-01-02,1.5\n2024-01-03,2\n")
    assert content(table) == (
        ("Date", "Close"),
        [("2024-01-02", "1.5"), ("2024-01-03", "2")],
        [2, 3],
    )
    assert table.separator == ","


def test_a_semicolon_in_the_header_makes_commas_part_of_the_fields():
    table = read_table(b"Date;Close\n02/01/2024;1,5\n")
    assert table.separator == ";"
    assert content(table)[1] == [("02/01/2024", "1,5")]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfa,b\n1,2\n3,4\n",
        b"a,b\r\n1,2\r\n3,4\r\n",
        b"a,b\r1,2\r3,4\r",
        b"a,b\n1,2\n3,4",
        b" a , b\n 1 ,2 \n3,4\n",
        b'"a";"b"\n1;2\n3;4\n',
        b'a,b\n"1","2"\n3,4\n',
        b'a,b\n1,"2"\n3,4\n',
        b'a,b\n"1",2\r\n3,4\n',
        b'a,b\n" 1 ","2 "\n3,4\n',
    ],
    ids=[
        "a byte-order mark",
        "the line ends of Windows",
        "the line ends of an old Macintosh",
        "no line end after the last row",
        "spaces around fields",
        "a quoted header",
        "all fields quoted",
        "the last field quoted",
        "the first field quoted",
        "spaces within quotation marks",
    ],
)
def test_other_ways_to_write_a_file_give_the_same_table(data):
    assert content(read_table(data)) == (("a", "b"), [("1", "2"), ("3", "4")], [2, 3])


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a,b\n\n1,2\n \r\n3,4\n\n", [3, 5]),
        (b"a,b\n1,2\n,\n3,4\n", [2, 4]),
        (b"a;b\n1;2\n3;4\n;\n ; \n", [2, 3]),
    ],
    ids=["blank lines", "empty fields between others", "separators alone at the end"],
)
def test_rows_without_values_are_skipped_but_counted(data, lines):
    assert content(read_table(data))[1:] == ([("1", "2"), ("3", "4")], lines)


def test_quoted_fields_may_hold_separators_and_doubled_quotes():
    assert content(read_table(b'a,b\n"1,5","say ""x"""\n'))[1] == [("1,5", 'say "x"')]


def test_a_quotation_mark_within_a_field_is_a_character():
    assert content(read_table(b'a,b\n5",2\n'))[1] == [('5"', "2")]


def test_an_empty_field_at_the_start_of_a_row_is_not_padding():
    assert content(read_table(b"a,b\n,2\n3,4\n"))[1] == [("", "2"), ("3", "4")]


@pytest.mark.usefixtures("both_sizes")
@pytest.mark.parametrize("quote", ["", '"'], ids=["bare", "quoted"])
def test_each_of_the_files_that_were_joined_may_start_with_a_mark(quote):
    names = f"{quote}Date{quote},Open,High,Low,Close,Volume\n"
    parts = [f"\ufeff{names}{row},2,3,4,5,6\n" for row in "12"] + ["\ufeff3,2,3,4,5,6\n"]
    table = read_table("".join(parts).encode())
    assert [row[0] for row in content(table)[1]] == ["1", "2", "3"]
    assert content(table)[2] == [2, 4, 5]


def test_line_feeds_end_lines_if_there_are_both_kinds_of_line_ends():
    assert content(read_table(b"a,b\r\n1,2\r\n3\r,4\n"))[1] == [("1", "2"), ("3", "4")]


def test_the_separator_line_that_excel_writes_is_not_a_header():
    table = read_table(b"sep=;\r\na;b\r\n1;2\r\n")
    assert (table.header_line, *content(table)) == (2, ("a", "b"), [("1", "2")], [3])


@pytest.mark.parametrize(
    "start",
    [b"", b"\n", b"sep=,\n", b"\xef\xbb\xbf"],
    ids=["first", "second", "after sep=", "after a mark"],
)
def test_a_header_of_names_in_angle_brackets_is_not_markup(start):
    assert read_table(start + b"<TICKER> ,<DATE>\nA,20240108\n").header == ("<TICKER>", "<DATE>")


@pytest.mark.parametrize("quote", [b"", b'"'], ids=["bare", "quoted"])
def test_two_byte_order_marks_at_the_start_are_removed(quote):
    header = quote + b"Date" + quote + b",Open,High,Low,Close,Volume\n"
    table = read_table(b"\xef\xbb\xbf" * 2 + header + b"1,2,3,4,5,6\n")
    assert table.header[0] == "Date"


def test_a_better_header_below_the_first_line_is_taken_at_any_size():
    title = "Date,Price,High,Low,Close,Volume"  # Price and Close mean the same
    for quote in ("", '"'):
        line = f"{quote}Date{quote},Open,High,Low,Close,Volume"
        assert read_table(f"{title}\n{line}\n1,2,3,4,5,6\n".encode()).header_line == 2


def test_windows_may_start_with_a_brace():
    for quote in ("", '"'):
        data = f"{{a,{quote}log_volume_t-0{quote}\n1,2\n".encode()
        assert read_table(data).header == ("{a", "log_volume_t-0")
