import pytest

from model_contract.errors import Problem, ProblemList, TableError, bare_name
from model_contract.messages.message import Code

BAD = Code("bad", "this is bad")


def test_angle_brackets_around_a_column_name_are_removed():
    names = ("<VOL>", "<a<b>", "a<b>", "Volume", "")
    assert [bare_name(name) for name in names] == ["VOL", "a<b", "a<b>", "Volume", ""]


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(BAD()), "this is bad"),
        (Problem(BAD(), 3), "line 3: this is bad"),
        (Problem(BAD(), column="Open"), "column Open: this is bad"),
        (Problem(BAD(), 3, "Open"), "line 3, column Open: this is bad"),
    ],
    ids=["no place", "line", "column", "line and column"],
)
def test_a_problem_names_its_place(problem, text):
    assert str(problem) == text


def test_a_problem_sanitizes_the_name_of_its_column():
    problems = ProblemList()
    problems.add(BAD(), 1, "<a<b>")
    assert [problem.column for problem in problems] == ["a?b"]


def test_problems_are_raised_in_order_of_their_lines():
    problems = ProblemList()
    for row in (9, None, 4):
        problems.add(BAD(), row)
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
        problems.add(BAD(), row)
    with pytest.raises(TableError) as caught:
        problems.raise_if_any()
    assert (len(caught.value.problems), caught.value.total) == (20, 1_000)


def test_an_error_with_one_problem_has_its_place():
    assert TableError.of(BAD(), 2, "<Open>").problems == [Problem(BAD(), 2, "Open")]
