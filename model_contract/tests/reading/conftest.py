"""Files of both sizes, the problems of a file, and cells that are parsed together."""

from collections.abc import Callable

import pytest

from model_contract.errors import TableError
from model_contract.messages.message import Message
from model_contract.reading.decode import csv_file
from model_contract.reading.formats.date_format import DateFormat
from model_contract.reading.formats.number_format import NumberFormat


@pytest.fixture(params=[False, True], ids=["small", "large"])
def both_sizes(request, monkeypatch) -> None:
    """Reads every file both as a small and as a large file."""
    monkeypatch.setattr(csv_file, "LARGE", 0 if request.param else 2**60)


@pytest.fixture
def problems_of(read) -> Callable[..., list[tuple[int | None, str | None, Message]]]:
    """Returns the line, the column and the message of each problem. Takes what `read` takes."""

    def refused(*arguments, **named):
        with pytest.raises(TableError) as caught:
            read(*arguments, **named)
        return [(problem.row, problem.column, problem.message) for problem in caught.value.problems]

    return refused


@pytest.fixture
def only_plain_cells(monkeypatch) -> None:
    """Fails the test if a cell is parsed one by one."""

    def parse(form: object, cell: str) -> None:
        pytest.fail(f"{cell} was parsed by itself")

    monkeypatch.setattr(NumberFormat, "parse", parse)
    monkeypatch.setattr(DateFormat, "parse", parse)
