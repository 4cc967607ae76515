"""Sums over scored forecasts, which answer what would otherwise read every forecast.

    daily_errors        of a market in each session
    ticker_errors       of a ticker in each month
    calendar_errors     of a ticker on each kind of day
    paired_errors       of two forecasts of the same sessions, see `evidence` in the scheduler

They change in the transaction of a score, by what the score adds. So they stay right, to rounding,
if a volume is corrected, and after the forecasts themselves were removed.
"""

import math
import sqlite3
from collections.abc import Iterable

from model_contract.ledger.error_sums import PARTS, SUMS
from model_contract.ledger.forecast_row import HAR

Change = tuple[int, float, int]  # of a forecast: its row, a volume, and 1 to add it, -1 to remove

MONTH = "substr(session, 1, 7)"
# The primary key of each table, as SQL over forecasts, in the order of the table.
KEYS = {
    "daily_errors": ("session", "market", "step", "role", "model", "calendar"),
    "ticker_errors": ("ticker", MONTH, "step", "role", "model", "market"),
    "calendar_errors": ("ticker", "step", "role", "model", "calendar", "market"),
}
CHANGED = "(SELECT f.*, c.actual, c.sign FROM changed c CROSS JOIN forecasts f ON f.row = c.row)"


def add_to_summaries(connection: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Add what some volumes change. Call it in a transaction."""
    connection.execute("CREATE TEMP TABLE changed (row INTEGER, actual REAL, sign INTEGER)")
    connection.executemany("INSERT INTO changed VALUES (?, ?, ?)", changes)
    for table, keys in KEYS.items():
        connection.execute(_addition(table, keys))
    connection.create_function("log_error", 2, _log_error, deterministic=True)
    connection.execute(_paired(f"'{HAR}'", "f.har", ""))
    connection.execute(_paired("g.model", "g.volume", OTHER_ROLE))
    connection.execute("DROP TABLE temp.changed")


def _addition(table: str, keys: tuple[str, ...]) -> str:
    """Return the statement that adds the changes to a table of `Errors`."""
    sums = ", ".join(f"sum(sign * ({PARTS[name]}))" for name in SUMS)
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in SUMS)
    span = "" if "session" in keys else "min(session), max(session), "
    if span:
        added += ", first_session = min(first_session, excluded.first_session)"
        added += ", last_session = max(last_session, excluded.last_session)"
    return f"""
        INSERT INTO {table} SELECT {", ".join(keys)}, {span}{sums} FROM {CHANGED} WHERE true
        GROUP BY {", ".join(keys)} ON CONFLICT DO UPDATE SET {added}"""


# The forecast that the challenger made next to the champion's, or the other way round.
OTHER_ROLE = """
    JOIN forecasts g ON g.ticker = f.ticker AND g.origin = f.origin AND g.step = f.step
     AND g.role <> f.role"""


def _paired(other: str, compared: str, join: str) -> str:
    own, others = (f"sum(f.sign * log_error({one}, f.actual))" for one in ("f.volume", compared))
    return f"""
        INSERT INTO paired_errors SELECT f.model, {other}, f.session, sum(f.sign), {own}, {others}
        FROM {CHANGED} f {join} WHERE f.step = 1 GROUP BY 1, 2, 3
        ON CONFLICT DO UPDATE SET forecasts = forecasts + excluded.forecasts,
            own = own + excluded.own, others = others + excluded.others"""


def _log_error(volume: float, actual: float) -> float:
    return abs(math.log(volume / actual))
