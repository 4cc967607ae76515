"""Small valid files to mutate, cut from the default data, in both dialects."""

from itertools import groupby, islice, pairwise
from pathlib import Path

import numpy as np

from model_contract.model.calendar import CALENDAR_FLAGS, Calendar, effects_in_logs
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import input_columns, to_columns
from model_contract.model.windows import history_windows
from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.windows_csv import EFFECTS_COLUMN, column_names, fingerprint

STOCKS = Path(__file__).parents[2] / "data/raw/stocks.csv"
STOOQ = [
    f"<{name}>"
    for name in ("TICKER", "PER", "DATE", "TIME", "OPEN", "HIGH", "LOW", "CLOSE", "VOL", "OPENINT")
]
WINDOW, HORIZON = 3, 2
WEEKDAYS = np.arange("2000-01-03", "2014-01-01", dtype="datetime64[D]")
WEEKDAYS = WEEKDAYS[np.is_busday(WEEKDAYS)]
# Flags are the parity of the session's number: enough to detect a shift by one session.
CALENDAR = Calendar(
    WEEKDAYS, np.tile(np.arange(len(WEEKDAYS))[:, None] % 2, len(CALENDAR_FLAGS)).astype(np.float64)
)
EFFECTS = dict(zip(CALENDAR_FLAGS, np.linspace(-0.3, 0.3, len(CALENDAR_FLAGS)), strict=True))
MODEL = fingerprint(EFFECTS)
ANOTHER_MODEL = "abcdefgh"
SESSIONS = 700  # enough to know every input
LARGE_SESSIONS = 600  # of each ticker


def histories() -> list[bytes]:
    """Several tickers, a split, no `Ticker` or `Adj Close`, an empty row, and the Stooq format."""
    header, *rows = STOCKS.read_text(encoding="utf-8").splitlines()
    names = header.split(",")
    apple = [row.split(",") for row in rows if row.startswith("AAPL")]
    split = next(
        index
        for index, (one, two) in enumerate(pairwise(apple))
        if float(one[5]) > 1.8 * float(two[5]) and two[1] > "2005"
    )
    several = (
        apple[:5]
        + [row.split(",") for row in rows if row.startswith("IBM")][:6]
        + [row.split(",") for row in rows[-5:]]
    )
    without = [
        column for column in range(len(names)) if names[column] not in ("Ticker", "Adj Close")
    ]
    empty = [*apple[9][:2], *["null"] * (len(names) - 2)]
    files = [
        [names, *several],
        [names, *apple[split - 5 : split + 6]],
        [[row[column] for column in without] for row in (names, *apple[:10])],
        [names, *apple[:4], empty, *apple[4:8]],
        [
            STOOQ,
            *(
                [row[0], "D", row[1].replace("-", ""), "000000", *row[2:7], "0"]
                for row in apple[:10]
            ),
        ],
    ]
    return [write(file, semicolons) for file in files for semicolons in (False, True)]


def large() -> bytes:
    """The default data's first sessions: more rows than are sampled, and a large file by size."""
    with STOCKS.open("rb") as file:
        header, *rows = file.readlines()
    by_ticker = groupby(rows, key=lambda row: row.partition(b",")[0])
    first = [row for _, of_one in by_ticker for row in islice(of_one, LARGE_SESSIONS)]
    return b"".join([header, *first])


def windows() -> list[bytes]:
    """Windows CSVs with and without `Ticker`, `Session` and `Calendar effects`."""
    prices = next(
        rows for _, rows in read_history(read_table(STOCKS.read_bytes())).prices.by_ticker()
    )
    past, coming = prices.take(slice(SESSIONS)), prices.session[SESSIONS : SESSIONS + HORIZON]
    effects = effects_in_logs(EFFECTS)
    cut = history_windows(past, CALENDAR, coming, WINDOW, effects, count=5)
    names = [*column_names(FEATURE_NAMES, WINDOW), *input_columns(HORIZON)]
    rows, targets = [], []
    for row, (window, inputs) in enumerate(
        zip(cut.features, to_columns(cut.inputs).tolist(), strict=True)
    ):
        start = SESSIONS - len(cut) - WINDOW + 1 + row
        days = prices.session[start : start + WINDOW + 1].astype(str).tolist()
        cells = [
            cell
            for day, values in zip(days[:WINDOW], window.tolist(), strict=True)
            for cell in (day, *map(repr, values))
        ]
        rows.append([*cells, *map(repr, inputs)])
        targets.append(days[WINDOW])
    named = [
        ["AAPL", target, *cells, MODEL if number else ANOTHER_MODEL]
        for number, (target, cells) in enumerate(zip(targets, rows, strict=True))
    ]
    files = [[names, *rows], [["Ticker", "Session", *names, EFFECTS_COLUMN], *named]]
    return [write(file, semicolons) for file in files for semicolons in (False, True)]


def write(file: list[list[str]], semicolons: bool) -> bytes:
    """Write the rows as a CSV; with semicolons: decimal commas, thousands points, day first."""
    if not semicolons:
        return "\n".join(map(",".join, file)).encode() + b"\n"
    return "\r\n".join(";".join(map(between_semicolons, row)) for row in file).encode() + b"\r\n"


def between_semicolons(cell: str) -> str:
    if cell[4:5] == "-" == cell[7:8]:
        return "/".join(reversed(cell.split("-")))
    if cell.isdigit() and len(cell) > 6 and not cell.startswith("20000"):  # not a date
        return f"{int(cell):,}".replace(",", ".")
    return cell.replace(".", ",")
