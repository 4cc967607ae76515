import pytest

from model_contract.errors import Problem, ProblemList, TableError, safe, safe_name, shown


def test_markup_is_made_harmless():
    assert safe("<b>&amp;") == "?b??amp;"


@pytest.mark.parametrize(
    "character", ["\n", "\r", "\t", "\x00", "\x1b", "\x7f", "\u202e", "\u2028", "\u200b"], ids=ascii
)
def test_control_characters_are_made_harmless(character):
    assert safe(f"a{character}b") == "a?b"


def test_letters_of_any_language_stay():
    assert safe("São Paulo 東京") == "São Paulo 東京"


def test_forty_characters_stay_whole():
    assert safe("x" * 40) == "x" * 40


def test_what_is_longer_is_cut_with_an_ellipsis():
    assert safe("x" * 1_000_000) == "x" * 40 + "…"


def test_a_column_s_name_is_given_without_angle_brackets_around_it():
    assert [safe_name(name) for name in ("<VOL>", "<a<b>", "a<b>", "Volume", "")] == [
        "VOL",
        "a?b",
        "a?b?",
        "Volume",
        "",
    ]


def test_shown_puts_what_is_safe_in_quotation_marks():
    assert shown("<a") == "'?a'"


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("bad"), "bad"),
        (Problem("bad", 3), "line 3: bad"),
        (Problem("bad", column="Open"), "column Open: bad"),
        (Problem("bad", 3, "Open"), "line 3, column Open: bad"),
    ],
    ids=["no place", "line", "column", "line and column"],
)
def test_a_problem_says_where_it_stands(problem, text):
    assert str(problem) == text


def test_problems_are_raised_in_order_of_their_lines():
    problems = ProblemList()
    for row in (9, None, 4):
        problems.add("bad", row)
    with pytest.raises(TableError) as caught:
        problems.raise_if_any()
    assert [problem.row for problem in caught.value.problems] == [None, 4, 9]


def test_an_empty_list_of_problems_raises_nothing():
    problems = ProblemList()
    problems.raise_if_any()
    assert not problems


def test_a_list_of_problems_keeps_twenty_and_counts_all():
    problems = ProblemList()
    for row in range(1_000):
        problems.add("bad", row)
    with pytest.raises(TableError) as caught:
        problems.raise_if_any()
    assert (len(caught.value.problems), caught.value.total) == (20, 1_000)
