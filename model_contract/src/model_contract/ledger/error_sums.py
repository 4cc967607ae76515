"""Errors of forecasts, summed so that those of several days or tickers can be combined.

The definitions are those of `model_contract.model.error_metrics`, which `evaluate` uses: a mean
over several days is the sum of their errors over the number of their forecasts.
"""

from dataclasses import astuple, dataclass, fields

from model_contract.model.error_metrics import skill


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

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

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
# One forecast's part of each sum in SQL, over the columns of a forecast and its `actual` volume.
PARTS = {
    "forecasts": "1",
    "absolute": "abs(volume - actual)",
    "relative": "abs(volume - actual) / actual",
    "signed": "volume - actual",
    "actual": "actual",
    "naive": "abs(naive - actual)",
    "har": "abs(har - actual)",
    "inside_80": "actual BETWEEN lower_80 AND upper_80",
    "inside_95": "actual BETWEEN lower_95 AND upper_95",
    "width_80": "(upper_80 - lower_80) / volume",
}
# The last revision of each score of forecasts f. Most have only one; an index has the others.
LATEST_SCORES = """
    JOIN scores s ON s.row = f.row AND s.revision = coalesce(
        (SELECT max(revision) FROM scores WHERE row = f.row AND revision > 0), 0)"""
SCORED = f"(SELECT f.*, s.actual FROM forecasts f {LATEST_SCORES})"
