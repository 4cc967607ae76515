"""The errors of this package.

ContractError
|-- TableError     a file cannot be used; carries every problem found in it
|   |-- NotATableError    the bytes are not CSV text at all
|   `-- DoubtError      the file can be read in several ways; each problem has a choice
|-- BundleError    a model bundle is incomplete or altered, or has another contract version
`-- LedgerError    the ledger is damaged, or would be
    `-- SessionsRemovedError    the forecasts that a question needs were removed from the ledger
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from model_contract.messages.message import Message, safe

MAX_PROBLEMS = 20
# Counting every error in a file with millions of them would take seconds.
MAX_COUNTED = 10_000


class ContractError(Exception):
    """Base class of every error that this package raises on purpose."""


@dataclass(frozen=True)
class Choice:
    """What the sender of a file can choose with a query parameter to settle a doubt."""

    parameter: str
    options: dict[str, list[str]]  # by value of the parameter: what the first cells would then mean


@dataclass(frozen=True)
class Problem:
    """A problem in a table, and its location."""

    message: Message
    row: int | None = None  # line number in the file, starting from 1, as in an editor
    column: str | None = None  # sanitized; see `ProblemList.add`
    choice: Choice | None = None

    def __str__(self) -> str:
        row = f"line {self.row}" if self.row is not None else None
        column = f"column {self.column}" if self.column is not None else None
        place = ", ".join(part for part in (row, column) if part)
        return f"{place}: {self.message.text}" if place else self.message.text


class TableError(ContractError):
    """A file cannot be used. `problems` has the first 20 problems; `total` counts all of them."""

    def __init__(self, problems: Iterable[Problem], total: int | None = None) -> None:
        found = list(problems)
        self.problems = found[:MAX_PROBLEMS]
        self.total = len(found) if total is None else total
        super().__init__("\n".join([*map(str, self.problems), *self._rest()]))

    @classmethod
    def of(
        cls, message: Message, row: int | None = None, column: str | None = None
    ) -> "TableError":
        """Make an error with a single problem."""
        problems = ProblemList()
        problems.add(message, row, column)
        return cls(problems)

    def _rest(self) -> Iterator[str]:
        if self.total > len(self.problems):
            yield f"{self.count} problems in all"

    @property
    def count(self) -> str:
        """The number of problems, as text."""
        return f"{self.total:,}{' or more' if self.is_cut else ''}"

    @property
    def is_cut(self) -> bool:
        """Whether counting stopped before the end of the file."""
        return self.total >= MAX_COUNTED


class NotATableError(TableError):
    """The bytes are not CSV text, but an image, an archive, a web page or another encoding."""

    def __init__(self, message: Message) -> None:
        super().__init__([Problem(message)])


class DoubtError(TableError):
    """A file can be read in several ways. Its problems have choices; see `reading.interpret`."""


class BundleError(ContractError):
    """A bundle is incomplete or altered, has another contract version or fails its golden check."""


class LedgerError(ContractError):
    """The ledger is damaged or has another version, or a forecast isn't allowed in it."""


class SessionsRemovedError(LedgerError):
    """The forecasts for sessions up to `until` were removed from the ledger."""

    def __init__(self, until: str) -> None:
        super().__init__(f"the forecasts for sessions up to {until} were removed")
        self.until = until


class ProblemList:
    """The problems in a table. To save memory, it keeps the first 20 and counts the rest."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._positions: set[int] = set()
        self._total = 0

    def add(
        self,
        message: Message,
        row: int | None = None,
        column: str | None = None,
        position: int | None = None,
    ) -> None:
        """Add a problem. Raises `TableError` at `MAX_COUNTED`.

        column      its name in the file
        position    of a table's row, from 0; a line of the file can be several rows
        """
        self._total += 1
        if position is not None:
            self._positions.add(position)
        if len(self._kept) < MAX_PROBLEMS:
            self._kept.append(Problem(message, row, column and safe(bare_name(column))))
        elif self._total >= MAX_COUNTED:
            self.raise_if_any()

    def __bool__(self) -> bool:
        return self._total > 0

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add problems. Raises `TableError` at `MAX_COUNTED`."""
        for problem in problems:
            self.add(problem.message, problem.row, problem.column)

    @property
    def positions(self) -> list[int]:
        """The positions of the table's rows with problems."""
        return sorted(self._positions)

    def __iter__(self) -> Iterator[Problem]:
        """Iterate over the problems that were kept."""
        return iter(self._kept)

    def raise_if_any(self) -> None:
        """Raise `TableError` with the problems, sorted by line, if there are any."""
        if self._total:
            raise TableError(sorted(self._kept, key=lambda problem: problem.row or 0), self._total)


def bare_name(column: str) -> str:
    """Remove the angle brackets that some exports put around each column name."""
    return column[1:-1] if column.startswith("<") and column.endswith(">") else column
