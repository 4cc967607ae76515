"""A table: the columns of a file, whose cells are parsed on demand."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray
from model_contract.deadline import Check, never
from model_contract.errors import MAX_COUNTED, Problem, ProblemList
from model_contract.messages.message import Message
from model_contract.reading.formats.date_format import YEAR_FIRST, DateFormat
from model_contract.reading.formats.number_format import NumberFormat
from model_contract.reading.table.cell_problems import date_problems, number_problems
from model_contract.reading.table.columns import NOT_A_DAY, Columns, Rows, TextColumns
from model_contract.reading.table.limits import CHECKED_ROWS, Limits

Value = TypeVar("Value", float, int)


@dataclass(frozen=True)
class Table:
    """A file in which every row has as many fields as the header."""

    header: tuple[str, ...]
    columns: Columns
    lines: Sequence[int]  # line number of each row in the file, starting from 1
    separator: str
    header_line: int = 1
    limits: Limits = field(default=Limits(), compare=False)
    skipped: tuple[Problem, ...] = ()  # lines that aren't rows of the table
    encoding: str = "utf-8"
    has_last_line_end: bool = True  # otherwise, the file may be cut off
    unit_note: str | None = None  # a line outside the rows that states a unit
    sheet: str | None = None  # of a workbook
    sheets: tuple[str, ...] = ()  # of a workbook, those with a price history

    def __len__(self) -> int:
        return len(self.lines)

    def numbers(
        self,
        positions: Sequence[int],
        form: NumberFormat,
        problems: ProblemList,
        check: Check = never,
        *,
        required: bool = False,
    ) -> FloatArray:
        """Parse the columns at these header positions into finite numbers, (rows, positions).

        A cell without a value becomes NaN; it is a problem if values are `required`. Any other cell
        that isn't a number is a problem. `check` is called from time to time.
        """
        if isinstance(self.columns, TextColumns):
            plain = self.columns.plain_numbers(positions, form.decimal)
            if plain is not None:
                return plain.T
        values = np.empty((len(positions), len(self)))
        parse = partial(_required_number, form) if required else form.parse
        for column, position in zip(values, positions, strict=True):
            check()
            column[:], rows = self.columns.numbers(position, form.decimal)
            explain = partial(number_problems, form=form)
            self._parse(position, rows, column, parse, explain, problems, check)
        return values.T

    def dates(
        self,
        positions: Sequence[int],
        form: DateFormat,
        problems: ProblemList,
        check: Check = never,
    ) -> DateArray:
        """Parse the columns at these positions into dates, (rows, positions), datetime64[D].

        A cell that isn't a date becomes NaT and is a problem. `check` is called from time to time.
        """
        if form.order == YEAR_FIRST and isinstance(self.columns, TextColumns):
            plain = self.columns.plain_dates(positions)
            if plain is not None:
                return plain.T
        values = np.full((len(positions), len(self)), NOT_A_DAY)
        for column, position in zip(values, positions, strict=True):
            check()
            rows = np.arange(len(self))
            if form.order == YEAR_FIRST:
                column[:], rows = self.columns.dates(position)
            days, explain = column.view(np.int64), partial(date_problems, form=form)
            self._parse(position, rows, days, form.parse, explain, problems, check)
        return values.T

    def labels(self, position: int, longest: int) -> npt.NDArray[np.str_]:
        """Return a column's strings, (rows,), cut after `longest` characters."""
        return self.columns.labels(position, longest)

    def first_rows(self, count: int) -> list[tuple[int, tuple[str, ...]]]:
        """Return the line numbers and fields of the first rows."""
        rows = np.arange(min(count, len(self)))
        fields: Iterable[tuple[str, ...]]
        if isinstance(self.columns, TextColumns):
            fields = islice(zip(*self.columns.texts, strict=True), len(rows))
        else:
            positions = range(len(self.header))
            fields = zip(*(self.columns.cells(at, rows) for at in positions), strict=True)
        return list(zip(self.lines[: len(rows)], fields, strict=True))

    def _parse(
        self,
        position: int,
        rows: Rows,
        values: npt.NDArray[np.generic],
        parse: Callable[[str], Value | None],
        explain: Callable[[Collection[str]], dict[str, Message]],
        problems: ProblemList,
        check: Check,
    ) -> None:
        """Parse the cells of a column at `rows` into `values`, each distinct string once."""
        if not len(rows):
            return
        known: dict[str, Value | None] = {}
        refused: list[tuple[int, str]] = []
        cells = self.columns.cells(position, rows)
        for count, (row, cell) in enumerate(zip(rows.tolist(), cells, strict=True)):
            if count % CHECKED_ROWS == 0:
                check()
            if cell not in known:
                known[cell] = parse(cell)
            value = known[cell]
            if value is not None:
                values[row] = value
            else:
                refused.append((row, cell))
                if len(refused) == MAX_COUNTED:
                    break
        messages = explain({cell for _, cell in refused})
        for row, cell in refused:
            problems.add(messages[cell], self.lines[row], self.header[position], row)


def _required_number(form: NumberFormat, cell: str) -> float | None:
    value = form.parse(cell)
    return None if value is None or math.isnan(value) else value
