"""Errors of forecasts, summed so that those of several days can be combined.

The definitions are those of `model_contract.model.error_metrics`, which `evaluate` uses: a mean
over several days is the sum of their errors over the number of their forecasts.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import groupby

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.model.error_metrics import coverage, mean_absolute_error, skill
from model_contract.model.error_metrics import mean_absolute_percentage_error as mape


@dataclass(frozen=True)
class Errors:
    """Sums over some forecasts. Volumes are in shares."""

    forecasts: int
    absolute: float  # |forecast - actual|
    relative: float  # |forecast - actual| / actual
    signed: float  # forecast - actual
    actual: float
    naive: float  # |naive - actual|
    har: float
    inside_80: int
    inside_95: int
    width_80: float  # (upper - lower) / forecast

    @classmethod
    def of(cls, rows: FloatArray) -> "Errors":
        """Sum the errors of rows, (rows, 8): the columns are those of `VALUES`."""
        actual, volume, lower_80, upper_80, lower_95, upper_95, naive, har = rows.T
        count = len(rows)
        return cls(
            forecasts=count,
            absolute=count * mean_absolute_error(actual, volume),
            relative=count * mape(actual, volume),
            signed=float(np.sum(volume - actual)),
            actual=float(np.sum(actual)),
            naive=count * mean_absolute_error(actual, naive),
            har=count * mean_absolute_error(actual, har),
            inside_80=round(count * coverage(actual, lower_80, upper_80)),
            inside_95=round(count * coverage(actual, lower_95, upper_95)),
            width_80=float(np.sum((upper_80 - lower_80) / volume)),
        )

    def metrics(self) -> dict[str, float | int | None]:
        """Return mae (shares), mape, bias, skills, coverages and the mean relative width."""
        count = self.forecasts
        return {
            "forecasts": count,
            "mae": self.absolute / count,
            "mape": self.relative / count,
            "bias": self.signed / self.actual,
            "skill_vs_naive": skill(self.absolute, self.naive) if self.naive else None,
            "skill_vs_har": skill(self.absolute, self.har) if self.har else None,
            "coverage_80": self.inside_80 / count,
            "coverage_95": self.inside_95 / count,
            "width_80": self.width_80 / count,
        }


SUMS = tuple(field.name for field in fields(Errors))
# The same sums in SQL, over forecasts f and their scores s.
SUMMED = {
    "forecasts": "count(*)",
    "absolute": "sum(abs(f.volume - s.actual))",
    "relative": "sum(abs(f.volume - s.actual) / s.actual)",
    "signed": "sum(f.volume - s.actual)",
    "actual": "sum(s.actual)",
    "naive": "sum(abs(f.naive - s.actual))",
    "har": "sum(abs(f.har - s.actual))",
    "inside_80": "sum(s.actual BETWEEN f.lower_80 AND f.upper_80)",
    "inside_95": "sum(s.actual BETWEEN f.lower_95 AND f.upper_95)",
    "width_80": "sum((f.upper_80 - f.lower_80) / f.volume)",
}
# The columns of a forecast's score: actual, forecast, bounds, simple forecasts.
SCORED = ("volume", "lower_80", "upper_80", "lower_95", "upper_95", "naive", "har")
# The last revision of each score of forecasts f.
LATEST_SCORES = """
    JOIN scores s ON s.row = f.row
     AND s.revision = (SELECT max(revision) FROM scores WHERE row = f.row)"""
KEY = ("model", "role", "market", "session", "step", "calendar")
VALUES = f"s.actual, {', '.join(f'f.{name}' for name in SCORED)}"


def summarise_sessions(connection: sqlite3.Connection, sessions: Iterable[tuple[str, str]]) -> None:
    """Compute the daily errors of some sessions again; of each: market, session."""
    names = ", ".join(f"f.{name}" for name in KEY)
    query = f"""
        SELECT {names}, {VALUES} FROM forecasts f {LATEST_SCORES}
        WHERE f.market = ? AND f.session = ? ORDER BY {names}"""
    insert = f"INSERT OR REPLACE INTO daily_errors VALUES ({', '.join('?' * len((*KEY, *SUMS)))})"
    for market_session in sessions:
        rows = connection.execute(query, market_session).fetchall()
        for key, errors in grouped_errors(rows, len(KEY)):
            connection.execute(insert, (*key, *astuple(errors)))


def grouped_errors(
    rows: Iterable[Sequence[str | int | float]], key: int
) -> Iterator[tuple[tuple[str | int | float, ...], Errors]]:
    """Sum rows that start with the same `key` columns and end with `VALUES`; sorted by the key."""
    for values, group in groupby(rows, lambda row: tuple(row[:key])):
        numbers = [row[-1 - len(SCORED) :] for row in group]
        yield values, Errors.of(np.array(numbers, dtype=np.float64))
