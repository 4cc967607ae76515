"""The errors of this package.

ContractError
|-- TableError     a CSV cannot be used; carries every problem found in it
|   `-- NotACsvError    the bytes are not CSV text at all
`-- BundleError    a model bundle is incomplete, altered or of another contract version
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from model_contract.messages.message import Message, safe

MAX_PROBLEMS = 20
# Counting on would take seconds for a file of millions of errors.
MAX_COUNTED = 10_000


class ContractError(Exception):
    """Base of every error that this package raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a table, and where."""

    message: Message
    row: int | None = None  # line number in the file, counted from 1, as an editor shows it
    column: str | None = None  # harmless text; see `ProblemList.add`

    def __str__(self) -> str:
        row = f"line {self.row}" if self.row is not None else None
        column = f"column {self.column}" if self.column is not None else None
        place = ", ".join(part for part in (row, column) if part)
        return f"{place}: {self.message.text}" if place else self.message.text


class TableError(ContractError):
    """A CSV cannot be used. `problems` holds the first 20, `total` counts all of them."""

    def __init__(self, problems: Iterable[Problem], total: int | None = None) -> None:
        found = list(problems)
        self.problems = found[:MAX_PROBLEMS]
        self.total = len(found) if total is None else total
        super().__init__("\n".join([*map(str, self.problems), *self._rest()]))

    @classmethod
    def of(
        cls, message: Message, row: int | None = None, column: str | None = None
    ) -> "TableError":
        """Make the error of a single problem."""
        problems = ProblemList()
        problems.add(message, row, column)
        return cls(problems)

    def _rest(self) -> Iterator[str]:
        if self.total > len(self.problems):
            yield f"{self.count} problems in all"

    @property
    def count(self) -> str:
        """The number of problems as text."""
        return f"{self.total:,}{' or more' if self.is_cut else ''}"

    @property
    def is_cut(self) -> bool:
        """Whether counting stopped before the end of the file."""
        return self.total >= MAX_COUNTED


class NotACsvError(TableError):
    """The bytes are not CSV text: an image, an archive, a web page, another encoding."""

    def __init__(self, message: Message) -> None:
        super().__init__([Problem(message)])


class BundleError(ContractError):
    """A bundle is incomplete, altered, of another contract version, or its answers have changed."""


class ProblemList:
    """Collects the problems of a table. Keeps the first 20 and counts the rest to bound memory."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._total = 0

    def add(self, message: Message, row: int | None = None, column: str | None = None) -> None:
        """Add one problem; `column` as the file writes it. Raises `TableError` at `MAX_COUNTED`."""
        self._total += 1
        if len(self._kept) < MAX_PROBLEMS:
            self._kept.append(Problem(message, row, column and safe(bare_name(column))))
        elif self._total >= MAX_COUNTED:
            self.raise_if_any()

    def __bool__(self) -> bool:
        return self._total > 0

    def __iter__(self) -> Iterator[Problem]:
        """Iterate over the problems that were kept."""
        return iter(self._kept)

    def raise_if_any(self) -> None:
        """Raise `TableError` with all problems, ordered by line, unless there are none."""
        if self._total:
            raise TableError(sorted(self._kept, key=lambda problem: problem.row or 0), self._total)


def bare_name(column: str) -> str:
    """Remove the angle brackets that some exports put around each column name."""
    return column[1:-1] if column.startswith("<") and column.endswith(">") else column
