"""Stage `load_data`: read price files into one clean panel and count the dropped rows by rule."""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from model_contract.errors import DoubtError, Problem, TableError
from model_contract.market_hours import last_closed_day
from model_contract.model.market_calendars import to_npz
from model_contract.prices import Prices
from model_contract.reading.apply.price_history import Closed, History, read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.interpret.reading import Choices, reading_fields
from model_contract.reading.table.limits import Limits
from training.calendar_flags import panel_calendars
from training.data_files import write_json
from training.errors import TrainingError
from training.market_finding import (
    log_markets,
    market_finder,
    market_parameter,
    market_quality,
    with_markets,
)
from training.panel import PRICE_COLUMNS
from training.params import LoadDataParams, PublishParams, load_params
from training.paths import DATA_QUALITY, PANEL_CALENDARS, PRICES

log = logging.getLogger(__name__)

# Enough for thousands of tickers over decades. Requests have far lower limits.
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet", ".zip")
FILE_LIMITS = Limits(rows=20_000_000, tickers=100_000)


def main() -> None:
    """Read the raw prices."""
    params, now = load_params(LoadDataParams), datetime.now(UTC)
    find_market = market_finder(params.market, load_params(PublishParams).market_codes, now)
    contents = {file: file.read_bytes() for file in raw_files(Path(params.path))}
    choices = Choices(params.dates, params.decimal, params.volume, params.volume_unit)
    histories = read_histories(
        contents, choices, lambda ticker, dates: last_closed_day(find_market(ticker, dates), now)
    )
    panel = with_markets(to_panel(histories), find_market)
    first, last = panel["session"].min().date(), panel["session"].max().date()
    markets = sorted(panel["market"].unique())
    calendars = panel_calendars(markets, first, last, market_parameter(params.market))
    quality = data_quality(contents, histories, panel)
    quality |= market_quality(params.market, panel, calendars)
    PRICES.parent.mkdir(parents=True, exist_ok=True)
    panel.to_parquet(PRICES, index=False)
    PANEL_CALENDARS.write_bytes(to_npz(calendars))
    write_json(DATA_QUALITY, quality)
    log_markets(quality)
    for file, history in histories.items():
        for warning in history.warnings:
            log.warning("%s: %s", file, warning)
    log.info(
        "rows: %d, tickers: %d, sessions from %s to %s",
        *(quality[key] for key in ("rows", "tickers_count", "first_session", "last_session")),
    )


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


def read_histories(
    contents: dict[Path, bytes],
    choices: Choices | None = None,
    closed: Closed = lambda *_: None,
) -> dict[Path, History]:
    """Read each file. Raises `TrainingError` with all files' problems and how to fix them.

    choices    settle what the files leave open
    closed     returns the latest day whose session has ended, or None if that isn't known, given a
               ticker and its dates in the file; later rows are left out
    """
    histories, problems = {}, []
    for file, data in contents.items():
        try:
            histories[file] = _read(data, choices or Choices(), _named(closed, file))
        except TableError as error:
            problems += [f"{file}: {line}" for line in str(error).split("\n")]
            remedies = dict.fromkeys(line for one in error.problems for line in _remedies(one))
            problems += [f"{file}: {remedy}" for remedy in remedies]
    if problems:
        raise TrainingError("\n".join(problems))
    return histories


def _named(closed: Closed, file: Path) -> Closed:
    """Name the only ticker of a file without a ticker column."""
    return lambda ticker, dates: closed(ticker or _ticker_of(file), dates)


def _read(data: bytes, choices: Choices, closed: Closed) -> History:
    """Read a file. The choices apply only if the file can be read in several ways."""
    table = read_table(data, FILE_LIMITS)
    try:
        plain = Choices(volume_unit=choices.volume_unit)
        return read_history(table, choices=plain, closed=closed)
    except DoubtError as doubt:
        asked = {one.choice.parameter if one.choice else "volume" for one in doubt.problems}
        settled = replace(plain, **{name: getattr(choices, name) for name in asked})
        return read_history(table, choices=settled, closed=closed)


def _remedies(problem: Problem) -> Iterator[str]:
    if problem.choice is None:
        if problem.message.remedy:
            yield problem.message.remedy
        return
    for value, cells in problem.choice.options.items():
        yield f"{value} would mean {', '.join(cells)}"
    yield f"Set load_data.{problem.choice.parameter} in params.yaml."


def to_panel(histories: dict[Path, History]) -> pd.DataFrame:
    """Join the histories into one panel of prices, sorted by ticker, then session.

    A file without a ticker column contains a single ticker, named after the file. Raises
    `TrainingError` if two files contain the same session of the same ticker.
    """
    frames = [
        _frame(file, history.prices).assign(file=str(file)) for file, history in histories.items()
    ]
    panel = pd.concat(frames, ignore_index=True).sort_values(
        ["ticker", "session"], ignore_index=True
    )
    twice = panel[panel.duplicated(["ticker", "session"], keep=False)]
    if len(twice):
        ticker, session = twice.iloc[0]["ticker"], twice.iloc[0]["session"]
        files = " and ".join(
            twice[(twice["ticker"] == ticker) & (twice["session"] == session)]["file"]
        )
        raise TrainingError(
            f"{len(twice)} rows are in more than one file, "
            f"for example {ticker} on {session:%Y-%m-%d} in {files}; keep each row in one file"
        )
    return panel.drop(columns="file")


def _frame(file: Path, prices: Prices) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"ticker": prices.ticker, "session": prices.session.astype("datetime64[s]")}
    )
    frame["ticker"] = frame["ticker"].where(frame["ticker"] != "", _ticker_of(file))
    return frame.assign(**{column: getattr(prices, column) for column in PRICE_COLUMNS})


def _ticker_of(file: Path) -> str:
    return file.stem.upper()


def data_quality(
    contents: dict[Path, bytes], histories: dict[Path, History], panel: pd.DataFrame
) -> dict[str, Any]:
    """Summarise the data and the rows that each rule dropped, for metrics/data_quality.json."""
    dropped: dict[str, int] = {}
    for history in histories.values():
        for rule, lines in history.dropped.items():
            dropped[rule] = dropped.get(rule, 0) + len(lines)
    tickers = sorted(panel["ticker"].unique())
    return {
        "sha256": _sha256(
            "".join(f"{file.name} {_sha256(data)}\n" for file, data in contents.items()).encode()
        ),
        "files": len(contents),
        "rows": len(panel),
        "dropped": dropped,
        "readings": _readings(histories),
        "splits": [
            f"{file.name}: {split}"
            for file, history in histories.items()
            for split in history.splits
        ],
        "tickers_count": len(tickers),
        "tickers": tickers,
        "first_session": f"{panel['session'].min():%Y-%m-%d}",
        "last_session": f"{panel['session'].max():%Y-%m-%d}",
    }


def _readings(histories: dict[Path, History]) -> list[dict[str, Any]]:
    """Describe how the files were read; files that were read in the same way share an entry."""
    found: list[dict[str, Any]] = []
    files: dict[str, list[str]] = {}
    for file, history in histories.items():
        fields = reading_fields(history.reading)
        key = json.dumps(fields)
        if key not in files:
            files[key] = []
            found.append({"files": files[key]} | fields)
        files[key].append(file.name)
    return found


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
