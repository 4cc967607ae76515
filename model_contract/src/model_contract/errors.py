"""The errors of this package.

ContractError
|-- TableError     a CSV cannot be used; carries every problem found in it
|   `-- NotACsvError    the bytes are no CSV text at all
`-- BundleError    a model bundle is incomplete, altered or of another contract
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_PROBLEMS = 20
# A file of nothing but errors is given up after so many: to count five million more helps nobody and takes seconds.
MAX_COUNTED = 10_000
MAX_SHOWN_CHARACTERS = 40


class ContractError(Exception):
    """Base of every error that this package raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a table: where it stands, what was expected and what was found."""

    problem: str
    row: int | None = None  # line number in the file, counted from 1, as an editor shows it
    column: str | None = None

    def __str__(self) -> str:
        row = f"line {self.row}" if self.row is not None else None
        column = f"column {self.column}" if self.column is not None else None
        place = ", ".join(part for part in (row, column) if part)
        return f"{place}: {self.problem}" if place else self.problem


class TableError(ContractError):
    """A CSV cannot be used. `problems` holds the first 20, `total` counts all of them."""

    def __init__(self, problems: Iterable[Problem], total: int | None = None) -> None:
        found = list(problems)
        self.problems = found[:MAX_PROBLEMS]
        self.total = len(found) if total is None else total
        super().__init__("\n".join([*map(str, self.problems), *self._rest()]))

    def _rest(self) -> Iterator[str]:
        if self.total > len(self.problems):
            yield f"{self.count} problems in all"

    @property
    def count(self) -> str:
        """How many problems there are, as text."""
        return f"{self.total:,}" if self.total < MAX_COUNTED else f"{self.total:,} or more"


class NotACsvError(TableError):
    """The bytes are not CSV text: an image, an archive, a web page, another encoding."""

    def __init__(self, problem: str) -> None:
        super().__init__([Problem(problem)])


class BundleError(ContractError):
    """A model bundle is incomplete, altered, of another contract version, or answers differently than recorded."""


class ProblemList:
    """Collects the problems of a table. Keeps the first 20 and counts the rest, so that memory stays flat."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._total = 0

    def add(self, problem: str, row: int | None = None, column: str | None = None) -> None:
        """Note one problem. Raises `TableError` where there are too many to go on."""
        self._total += 1
        if len(self._kept) < MAX_PROBLEMS:
            self._kept.append(Problem(problem, row, column))
        elif self._total >= MAX_COUNTED:
            self.raise_if_any()

    def __bool__(self) -> bool:
        return self._total > 0

    def __iter__(self) -> Iterator[Problem]:
        """Give the problems that were kept."""
        return iter(self._kept)

    def raise_if_any(self) -> None:
        """Raise `TableError` with all that was noted, ordered by line, or do nothing."""
        if self._total:
            raise TableError(sorted(self._kept, key=lambda problem: problem.row or 0), self._total)


def safe(value: str) -> str:
    """Give `value` in a form that may stand in a message: short, on one line, without control characters or markup."""
    text = "".join(
        c if c.isprintable() and c not in "<>&" else "?" for c in value[: MAX_SHOWN_CHARACTERS + 1]
    )
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[:MAX_SHOWN_CHARACTERS] + "…"


def safe_name(column: str) -> str:
    """Give a column's name as `safe` does, without the angle brackets that some exports put around each."""
    return safe(column[1:-1] if column.startswith("<") and column.endswith(">") else column)


def shown(value: str) -> str:
    """Give `safe(value)` in quotation marks."""
    return f"'{safe(value)}'"
