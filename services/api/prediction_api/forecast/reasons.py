"""The reasons of a forecast: what each part of the model adds to the usual volume.

The forecast of log volume is a sum, so its parts are exact. They are relative to the mean volume of
the last 22 sessions:

    ln(forecast / usual) = calendar (by flag) + memory + news + market + reports + own_calendar
                           + lstm

Memory is everything that follows from the past volumes alone: their level, the inputs of its group
and the constant of the linear path. It is the remainder, so the parts always add up. The inputs of
reports aren't 0 if no report is known, and what they add then is also left to memory: the part of
reports is what is known about them.

A forecast from absurd numbers has no reasons if a part isn't finite or is beyond any real change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model_contract.arrays import FloatArray
from model_contract.errors import BundleError
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.forecasting import network_arguments
from model_contract.model.inputs import reports
from model_contract.model.inputs.series import MONTH
from model_contract.model.inputs.ticker_inputs import GROUPS, INPUT_NAMES, MARKET_POSITIONS
from model_contract.model.onnx_network import CONTRIBUTIONS_OF, LSTM, OnnxNetwork
from model_contract.model.scaling import MAX_LOG_VOLUME, Scalers
from model_contract.model.windows import Windows
from model_contract.store.golden import Golden
from prediction_api.responses import REASONS, Prediction, Reason, Reasons

MEMORY, REPORTS = "memory", "reports"
GROUP_NAMES = tuple(name for name in GROUPS if name != MEMORY)
REPORT_POSITIONS = [INPUT_NAMES.index(name) for name in reports.NAMES]


@dataclass(frozen=True)
class Explainer:
    """Computes the reasons of one model's forecasts."""

    network: OnnxNetwork
    scalers: Scalers
    effects: FloatArray  # (flags,), of the calendar on log volume

    def verify(self, golden: Golden, version: str) -> None:
        """Explain the golden forecasts. Raises `BundleError` if `version` has no contributions."""
        try:
            self.reasons(golden.windows, golden.volumes)
        except BundleError as error:
            raise BundleError(f"{version}: {error}") from error

    def reasons(self, windows: Windows, forecasts: FloatArray) -> list[Reasons | None]:
        """Return the reasons of the forecasts, (samples, steps), row by row.

        They are None if a part is impossible. Raises `BundleError` if the network can't run.
        """
        steps = forecasts.shape[1]
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            usual = np.exp(windows.log_volume[:, -MONTH:]).mean(axis=1)
            total = np.log(forecasts) - np.log(usual)[:, None]
            of_flags = windows.calendar[:, windows.features.shape[1] :][:, :steps] * self.effects
            of_others = self._of_others(windows)[:, :steps]
            of_memory = total - of_flags.sum(axis=2) - of_others.sum(axis=2)
            logs = np.concatenate([of_flags, of_memory[:, :, None], of_others], axis=2)
            possible = np.all(np.abs(logs) <= MAX_LOG_VOLUME, axis=2)  # NaN isn't
        return [
            {"usual_volume": volume, "parts": list(_parts(parts))} if is_possible else None
            for volume, of_sample, possible_steps in zip(
                usual.tolist(), logs.tolist(), possible.tolist(), strict=True
            )
            for parts, is_possible in zip(of_sample, possible_steps, strict=True)
        ]

    def _of_others(self, windows: Windows) -> FloatArray:
        """Return what the other groups and the LSTM add, in logs: (samples, horizon, groups)."""
        found = self._contributions(windows)
        of_inputs = [_of_group(found, group) for group in GROUP_NAMES]
        of_inputs[GROUP_NAMES.index(REPORTS)] -= self._of_unknown_reports(windows)
        lstm = found[:, :, CONTRIBUTIONS_OF.index(LSTM)]
        return np.stack([*of_inputs, lstm], axis=2) * self.scalers.target.scale[0]

    def _of_unknown_reports(self, windows: Windows) -> FloatArray:
        """Return what reports would add if none were known: (samples, horizon).

        It depends only on whether the market is known, because the network then uses other
        coefficients. So two windows stand for all.
        """
        market = np.any(windows.inputs[:, :, MARKET_POSITIONS] != 0, axis=(1, 2)).astype(np.intp)
        found, positions = np.unique(market, return_index=True)
        examples = windows.take(positions)
        inputs = examples.inputs.copy()
        inputs[:, :, REPORT_POSITIONS] = reports.IF_UNKNOWN
        added = _of_group(self._contributions(replace(examples, inputs=inputs)), REPORTS)
        of_all: FloatArray = added[np.searchsorted(found, market)]
        return of_all

    def _contributions(self, windows: Windows) -> FloatArray:
        arguments, _ = network_arguments(windows, self.scalers)
        return self.network.contributions(*arguments).astype(np.float64)


def _of_group(contributions: FloatArray, group: str) -> FloatArray:
    positions = [CONTRIBUTIONS_OF.index(name) for name in GROUPS[group]]
    added: FloatArray = contributions[:, :, positions].sum(axis=2)
    return added


def add_reasons(predictions: Sequence[Prediction], reasons: Sequence[Reasons | None]) -> None:
    """Add the known reasons to predictions, (rows,)."""
    for prediction, found in zip(predictions, reasons, strict=True):
        if found is not None:
            prediction["reasons"] = found


def _parts(logs: list[float]) -> Iterator[Reason]:
    """Name the parts of one forecast. Flags that the session doesn't have are left out."""
    for position, (name, log) in enumerate(zip(REASONS, logs, strict=True)):
        if log or position >= len(CALENDAR_FLAGS):
            yield {"of": name, "log": log, "change": float(np.expm1(log))}
