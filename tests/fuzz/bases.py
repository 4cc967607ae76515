"""Small valid files to mutate, cut from the default data, in both dialects."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.features import FEATURE_NAMES, daily_features
from model_contract.model.windows import sliding_windows
from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.windows_csv import column_names

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


def windows() -> list[bytes]:
    """Windows CSVs with and without `Ticker` and `Session`."""
    prices = next(
        rows for _, rows in read_history(read_table(STOCKS.read_bytes())).prices.by_ticker()
    )
    names = column_names(FEATURE_NAMES, WINDOW)
    rows = []
    for row, window in enumerate(sliding_windows(daily_features(prices), WINDOW)[:5]):
        sessions = prices.session[row + 1 : row + 1 + WINDOW].astype(str).tolist()
        rows.append(
            [
                cell
                for day, values in zip(sessions, window.tolist(), strict=True)
                for cell in (day, *map(repr, values))
            ]
        )
    coming = prices.session[WINDOW + 1 :].astype(str).tolist()
    named = [["AAPL", coming[row], *cells] for row, cells in enumerate(rows)]
    return [
        write(file, semicolons)
        for file in ([names, *rows], [["Ticker", "Session", *names], *named])
        for semicolons in (False, True)
    ]


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
