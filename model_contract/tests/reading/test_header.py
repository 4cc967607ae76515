import pytest

from model_contract.messages.cells import DATE_IMPOSSIBLE
from model_contract.messages.message import Message
from model_contract.messages.reading import (
    COLUMN_MISSING,
    COLUMN_RENAMED,
    COLUMN_TWICE,
    COLUMNS_EQUIVALENT,
    HEADER_MISSING,
    HEADER_NOT_FIRST,
    HEADER_YFINANCE,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
)
from model_contract.reading.csv_file import read_table
from model_contract.reading.header import REQUIRED, canonical_names
from model_contract.reading.limits import Limits

pytestmark = pytest.mark.usefixtures("both_sizes")

HEADER = "Date,Open,High,Low,Close,Volume\n"
ROW = "2024-01-08,10,11,9,10.5,1000\n"


def missing(header: str) -> Message:
    return COLUMN_MISSING(needed=list(REQUIRED), found=header.split(",")[:12], more=False)


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (
            ["DATE", "symbol", "Note", "ADJ_CLOSE"],
            {"Date": "DATE", "Ticker": "symbol", "Adj Close": "ADJ_CLOSE"},
        ),
        (["<DTYYYYMMDD>", "<Volume>"], {"Date": "<DTYYYYMMDD>", "Volume": "<Volume>"}),
        (["Volume", "Vol"], {"Volume": "Volume"}),
    ],
    ids=["any case", "a date in MetaStock's form", "a short volume only in angle brackets"],
)
def test_canonical_names_map_to_what_the_header_writes(header, names):
    assert canonical_names(header) == names


def test_a_problem_names_a_column_without_its_angle_brackets(problems_of):
    header = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
    problems = problems_of(header + "AAPL.US,D,29092025,000000,10,11,9,10.5,1000,0\n")
    assert problems == [(2, "DATE", DATE_IMPOSSIBLE(found="29092025"))]


@pytest.mark.parametrize("name", ["Open", "OPEN"], ids=["same case", "another case"])
def test_a_column_named_twice_is_a_problem(problems_of, name):
    problems = problems_of(f"Open,Close,{name}\n1,2,3\n")
    assert problems == [(1, name, COLUMN_TWICE(name=name))]


def test_columns_without_a_name_are_not_duplicates():
    assert read_table(b",a,\n1,2,3\n").header == ("", "a", "")


@pytest.mark.parametrize(
    ("one", "other"), [("Ticker", "Symbol"), ("Adj Close", "Adjusted Close")], ids=str
)
def test_two_columns_with_the_same_meaning_are_refused(problems_of, one, other):
    problems = problems_of(f"{one},{other},{HEADER}1,1,{ROW}")
    assert problems == [(1, other, COLUMNS_EQUIVALENT(one=one, other=other))]


def test_too_many_columns_are_refused_without_splitting_the_header(problems_of, monkeypatch):
    monkeypatch.setattr("model_contract.reading.header.split_line", None)
    header = ",".join(f"c{number}" for number in range(200_000))
    problems = problems_of(f"{header}\n1\n")
    assert problems == [(1, None, TOO_MANY_COLUMNS(columns=200_000, limit=2_000))]


def test_all_missing_columns_are_listed_at_once(problems_of):
    header = "Date,Open,Note"
    assert problems_of(header + "\n2024-01-08,1,2\n") == [
        (1, name, missing(header)) for name in ("High", "Low", "Close", "Volume")
    ]


def test_missing_columns_under_other_names_get_advice_to_rename_them(problems_of):
    header = "Data,Abertura,<Máxima>,mínima,Fechamento,Note"
    assert problems_of(header + "\n2024-01-08,1,2,1,2,3\n") == [
        (1, "Date", COLUMN_RENAMED(written="Data", name="Date")),
        (1, "Open", COLUMN_RENAMED(written="Abertura", name="Open")),
        (1, "High", COLUMN_RENAMED(written="<Máxima>", name="High")),
        (1, "Low", COLUMN_RENAMED(written="mínima", name="Low")),
        (1, "Close", COLUMN_RENAMED(written="Fechamento", name="Close")),
        (1, "Volume", missing(header)),
    ]


@pytest.mark.parametrize(
    ("above", "title"),
    [
        ("Apple\n", "Apple"),
        ("Apple, daily\n\n", "Apple,daily"),
        ("1,2,3\n", "1,2,3"),
        ("\nApple,Apple\n", "Apple,Apple"),
        ("Apple,,,,,\n", "Apple"),
        ("Apple,,,,,\n\n", "Apple"),
        ('"As is; see the disclaimer"\n', "As is; see the disclaimer"),
    ],
    ids=[
        "no separator",
        "two fields",
        "values",
        "a name twice",
        "as many fields as the header",
        "as many fields, and a blank line",
        "a semicolon in quotes",
    ],
)
def test_lines_above_the_header_are_recognised(problems_of, above, title):
    message = HEADER_NOT_FIRST(line=title, header_line=above.count("\n") + 1)
    assert problems_of(above + HEADER + ROW) == [(1 + above.startswith("\n"), None, message)]


@pytest.mark.parametrize(
    "header",
    [
        "Price,Close,High,Low,Open,Volume\nTicker,AAPL,AAPL,AAPL,AAPL,AAPL\nDate,,,,,\n",
        "Price,Close,Close,Volume,Volume,Open\nTicker,AAPL,IBM,AAPL,IBM,IBM\nDate,,,,,\n",
    ],
    ids=["one ticker", "two tickers"],
)
def test_the_header_lines_of_yfinance_are_recognised(problems_of, header):
    assert problems_of(header + ROW) == [(1, None, HEADER_YFINANCE())]


def test_a_limit_is_reported_even_below_a_title(problems_of):
    message = TOO_MANY_ROWS(rows=2, limit=1)
    assert problems_of("Apple,\n" + HEADER + ROW, Limits(rows=1)) == [(None, None, message)]


def test_values_in_place_of_a_header_are_recognised(problems_of):
    line = "2024-01-02,1.5,2,1,1.5,100"
    assert problems_of(f"{line}\n{line}\n") == [(1, None, HEADER_MISSING(line=line))]
