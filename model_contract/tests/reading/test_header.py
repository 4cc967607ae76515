import pytest

from model_contract.messages.cells import DATE_EXPECTED, DATE_IMPOSSIBLE
from model_contract.messages.message import Message
from model_contract.messages.reading import (
    COLUMN_MISSING,
    COLUMN_TWICE,
    FIELD_COUNT_DECIMAL_COMMA,
    HEADER_MISSING,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
)
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.formats.column_names import REQUIRED
from model_contract.reading.table.limits import Limits

pytestmark = pytest.mark.usefixtures("both_sizes")

HEADER = "Date,Open,High,Low,Close,Volume\n"
ROW = "2024-01-08,10,11,9,10.5,1000\n"


def missing(header: str) -> Message:
    return COLUMN_MISSING(needed=list(REQUIRED), found=header.split(",")[:12], more=False)


def test_a_problem_names_a_column_without_its_angle_brackets(problems_of):
    header = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
    problems = problems_of(header + "AAPL.US,D,20252909,000000,10,11,9,10.5,1000,0\n")
    assert problems == [(2, "DATE", DATE_IMPOSSIBLE(found="20252909"))]


def test_eight_digits_with_the_day_first_are_not_a_date(problems_of):
    problems = problems_of(HEADER + "29092025,10,11,9,10.5,1000\n")
    assert problems == [(2, "Date", DATE_IMPOSSIBLE(found="29092025"))]
    problems = problems_of(HEADER + "2025092,10,11,9,10.5,1000\n")
    assert problems == [(2, "Date", DATE_EXPECTED(found="2025092", example="2024-04-03"))]


@pytest.mark.parametrize("name", ["Open", "OPEN"], ids=["same case", "another case"])
def test_a_column_named_twice_is_a_problem(problems_of, name):
    problems = problems_of(f"Open,Close,{name}\n1,2,3\n")
    assert problems == [(1, name, COLUMN_TWICE(name=name))]


def test_columns_without_a_name_are_not_duplicates():
    assert read_table(b",a,\n1,2,3\n").header == ("", "a", "")


def test_too_many_columns_are_refused_without_splitting_the_header(problems_of, monkeypatch):
    monkeypatch.setattr("model_contract.reading.decode.header.split_line", None)
    header = ",".join(f"c{number}" for number in range(200_000))
    problems = problems_of(f"{header}\n1\n")
    assert problems == [(1, None, TOO_MANY_COLUMNS(columns=200_000, limit=2_000))]


def test_all_missing_columns_are_listed_at_once(problems_of):
    header = "Date,Open,Note"
    assert problems_of(header + "\n2024-01-08,1,2\n") == [
        (1, name, missing(header)) for name in ("High", "Low", "Close", "Volume")
    ]


def test_a_column_under_another_name_is_not_missing(problems_of):
    header = "Data,Abertura,<Máxima>,mínima,Note"
    assert problems_of(header + "\n2024-01-08,1,2,1,3\n") == [
        (1, name, missing(header)) for name in ("Close", "Volume")
    ]


@pytest.mark.parametrize(
    "above",
    [
        "Apple\n",
        "Apple, daily\n\n",
        "1,2,3\n",
        "\nApple,Apple\n",
        "Apple,,,,,\n",
        "Apple,,,,,\n\n",
        '"As is; see the disclaimer"\n',
        "Open,High and low of a day\nSource: x|y\n",
        "{title}\n",
        "title\n" * 39,
    ],
    ids=[
        "no separator",
        "two fields",
        "values",
        "a name twice",
        "as many fields as the header",
        "as many fields, and a blank line",
        "a semicolon in quotes",
        "two lines, with two known names",
        "a brace, as in JSON",
        "as many as are looked at",
    ],
)
def test_lines_above_the_header_are_left_out(read, above):
    history = read(above + HEADER + ROW)
    header_line = above.count("\n") + 1
    assert history.reading.header_line == header_line
    assert history.prices.line.tolist() == [header_line + 1]
    assert (history.prices.volume.tolist(), history.warnings) == ([1000], [])


def test_a_header_below_too_many_lines_is_not_found(problems_of):
    message = FIELD_COUNT_DECIMAL_COMMA(expected=2, found=6)
    problems = problems_of("title,x\n" * 40 + HEADER + ROW)
    assert problems == [(41, None, message), (42, None, message)]


def test_a_limit_is_reported_even_below_a_title(problems_of):
    message = TOO_MANY_ROWS(rows=2, limit=1)
    assert problems_of("Apple,\n" + HEADER + ROW, Limits(rows=1)) == [(None, None, message)]


def test_values_in_place_of_a_header_are_recognised(problems_of):
    line = "2024-01-02,1.5,2,1,1.5,100"
    assert problems_of(f"{line}\n{line}\n") == [(1, None, HEADER_MISSING(line=line))]
