import pytest

from model_contract.reading.decode.layout import (
    BLANKS,
    LONGEST,
    Layout,
    fields_of,
    find_layout,
    known_names,
    separators_in,
)

NAMES = ("Date", "Open", "High", "Low", "Close", "Volume")


def numbered(*lines: str) -> list[tuple[int, str]]:
    return list(enumerate(lines, 1))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_gives_known_names(separator):
    assert find_layout(numbered(separator.join(NAMES))) == Layout(separator, 1, NAMES)


def test_names_may_be_aligned_with_blanks():
    assert find_layout(numbered("Date        Open   High    Low  Close     Volume")) == Layout(
        BLANKS, 1, NAMES
    )


def test_the_line_with_the_most_known_names_is_the_header():
    lines = numbered("Open,High,Low,Close", ",".join(NAMES), ",".join(NAMES))
    assert find_layout(lines) == Layout(",", 2, NAMES)


@pytest.mark.parametrize(("names", "found"), [(4, True), (3, False)])
def test_a_header_has_four_known_names(names, found):
    line = ",".join([*NAMES[:names], "x", "y"])
    assert (find_layout(numbered("title", line)) is not None) == found


@pytest.mark.parametrize(("line", "found"), [(40, True), (41, False)])
def test_the_header_is_looked_for_in_the_first_forty_lines(line, found):
    lines = numbered(*["title"] * (line - 1), ",".join(NAMES))
    assert (find_layout(lines) is not None) == found


def test_a_line_that_is_too_long_is_not_a_header():
    line = ",".join(NAMES) + ',"' + "x" * LONGEST
    assert find_layout(numbered(line)) is None


def test_numbers_stay_the_lines_of_the_file():
    assert find_layout([(3, "title"), (7, ",".join(NAMES))]) == Layout(",", 7, NAMES)


def test_roles_count_once_and_only_those_of_a_history():
    assert known_names(["Close", "Last", "Price"]) == 1
    assert known_names(["Ticker", "Adj Close", "Turnover", "Note"]) == 0
    assert known_names(NAMES) == 6


@pytest.mark.parametrize(
    ("line", "separator", "fields"),
    [
        ("a, b ,c", ",", ["a", "b", "c"]),
        ('"a,b",c', ",", ["a,b", "c"]),
        ('" a ";b', ";", ["a", "b"]),
        ("a;b", ",", ["a;b"]),
        ("a   b\tc 1", BLANKS, ["a", "b", "c", "1"]),
        ("  2024-01-02   1.5 -2.5", BLANKS, ["2024-01-02", "1.5", "-2.5"]),
        ('"' + "x" * 200_000 + '",b', ",", ['"' + "x" * 200_000 + '"', "b"]),
    ],
    ids=["stripped", "quoted", "stripped in quotes", "other", "aligned", "signs", "too long"],
)
def test_a_line_is_split_into_stripped_fields(line, separator, fields):
    assert fields_of(line, separator) == fields


def test_the_most_frequent_separator_comes_first():
    assert list(separators_in("a;b;c,d")) == [";", ","]
    assert list(separators_in("abc")) == []
