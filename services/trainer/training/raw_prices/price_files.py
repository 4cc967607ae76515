"""The files of prices in `load_data.path`: finds them and reads each of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from model_contract.errors import DoubtError, Problem, TableError
from model_contract.reading.apply.price_history import Closed, WrittenHistory, read_written
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.interpret.reading import Choices
from model_contract.reading.table.limits import Limits
from training.errors import TrainingError

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet", ".zip")
SETTING = "Set load_data.{parameter} in params.yaml."
# Enough for thousands of tickers over decades. Requests have far lower limits.
FILE_LIMITS = Limits(rows=20_000_000, tickers=100_000, unpacked_bytes=4 * 2**30)


def ticker_of(file: Path) -> str:
    """Return the ticker of a file that has no column of tickers: the file's name."""
    return file.stem.upper()


def raw_files(path: Path) -> list[Path]:
    """Return the file `path`, or the sorted files of prices in the folder `path`.

    Raises `TrainingError` if no file exists.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise TrainingError(
            f"load_data.path: {path} does not exist; expected a file of prices or a folder of them"
        )
    files = sorted(
        file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file()
    )
    if not files:
        raise TrainingError(
            f"load_data.path: the folder {path} contains no {', '.join(SUFFIXES)} files"
        )
    return files


def read_files(
    contents: dict[Path, bytes],
    choices: Choices | None = None,
    closed: Closed = lambda *_: None,
) -> dict[Path, WrittenHistory]:
    """Read each file. Raises `TrainingError` with all files' problems and how to fix them.

    choices    settle what the files leave open
    closed     returns the latest day whose session has ended, or None if that isn't known, given a
               ticker and its dates in the file; later rows are left out
    """
    found, problems = {}, []
    for file, data in contents.items():
        try:
            found[file] = read_file(data, choices or Choices(), _named(closed, file))
        except TableError as error:
            problems += [f"{file}: {line}" for line in str(error).split("\n")]
            found_remedies = (line for one in error.problems for line in remedies(one, SETTING))
            problems += [f"{file}: {remedy}" for remedy in dict.fromkeys(found_remedies)]
    if problems:
        raise TrainingError("\n".join(problems))
    return found


def _named(closed: Closed, file: Path) -> Closed:
    """Name the only ticker of a file without a ticker column."""
    return lambda ticker, dates: closed(ticker or ticker_of(file), dates)


def read_file(
    data: bytes, choices: Choices, closed: Closed, today: np.datetime64 | None = None
) -> WrittenHistory:
    """Read a file. The choices apply only if the file can be read in several ways.

    today    the date in UTC; by default the current one

    Raises `TableError`.
    """
    table = read_table(data, FILE_LIMITS)
    plain = Choices(volume_unit=choices.volume_unit)
    try:
        return read_written(table, today, choices=plain, closed=closed)
    except DoubtError as doubt:
        asked = {one.choice.parameter if one.choice else "volume" for one in doubt.problems}
        settled = replace(plain, **{name: getattr(choices, name) for name in asked})
        return read_written(table, today, choices=settled, closed=closed)


def remedies(problem: Problem, setting: str) -> Iterator[str]:
    """Yield what to do about a problem.

    setting    how to choose one of several ways to read a file, with the place of {parameter}
    """
    if problem.choice is None:
        if problem.message.remedy:
            yield problem.message.remedy
        return
    for value, cells in problem.choice.options.items():
        yield f"{value} would mean {', '.join(cells)}"
    yield setting.format(parameter=problem.choice.parameter)
