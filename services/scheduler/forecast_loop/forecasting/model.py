"""A model from the store, ready to forecast the next sessions of a ticker."""

from dataclasses import dataclass

import numpy as np

from model_contract.arrays import DateArray, FloatArray
from model_contract.model.calendar import Calendar, effects_in_logs
from model_contract.model.dispersion import regressors
from model_contract.model.features import SESSIONS_BEFORE_FIRST_FEATURES
from model_contract.model.forecasting import forecast_and_arguments, naive_forecast
from model_contract.model.har import MAX_ROWS as HAR_ROWS
from model_contract.model.har import fitted_har, har_forecast
from model_contract.model.intervals import Bands, bands_around, scales_before
from model_contract.model.onnx_network import OnnxNetwork
from model_contract.model.scaling import MAX_LOG_VOLUME
from model_contract.model.windows import Windows, history_windows, log_volume_windows
from model_contract.prices import Prices
from model_contract.store.bundle import Bundle
from model_contract.store.bundle_checks import dispersion_of, require_consistent

# The widths of the intervals follow the errors of this many sessions, as in the API.
PAST_SESSIONS = 250
BATCH = 256  # windows; a multiple of four, for the same last digits as the API
USUAL_SESSIONS = 22


@dataclass(frozen=True)
class TickerForecast:
    """Forecasts of the sessions after a history, in shares of its last session."""

    volumes: FloatArray  # (horizon,)
    bands: Bands  # by level: lower and upper bounds, each (1, horizon)
    usual: float  # mean of the last `USUAL_SESSIONS` volumes
    naive: float  # the last volume
    har: FloatArray  # (horizon,)


class Model:
    """A verified model. It forecasts as `/predict` does."""

    def __init__(self, bundle: Bundle) -> None:
        """Load both networks and replay the golden inputs. Raises `BundleError`."""
        self.manifest = bundle.manifest
        self.calendars = bundle.all_calendars
        require_consistent(bundle)
        self._scalers = bundle.scalers
        self._dispersion = dispersion_of(self.manifest)
        self._effects = effects_in_logs(self.manifest.input_effects)
        self._har = np.array(self.manifest.baselines["har"], dtype=np.float64)
        self._served, self._scored = OnnxNetwork(bundle.model), OnnxNetwork(bundle.scored)
        bundle.golden.verify(bundle.scalers, self._served, self.manifest.version)
        bundle.golden.require_forecasts(bundle.scalers, self._scored, self.manifest.version)

    @property
    def sessions_needed(self) -> int:
        """The sessions that a history must have."""
        return self.manifest.window + SESSIONS_BEFORE_FIRST_FEATURES

    def forecast(
        self,
        prices: Prices,
        calendar: Calendar,
        upcoming: DateArray,
        of_market: FloatArray | None,
    ) -> TickerForecast:
        """Forecast the sessions after a ticker's history.

        prices      at least `sessions_needed` rows
        upcoming    (horizon,), the sessions after the history
        of_market   (rows - 1, 2), from `market_inputs`; None if no other ticker is known
        """
        window, intervals = self.manifest.window, self.manifest.intervals
        windows = history_windows(
            prices, calendar, upcoming, window, self._effects, of_market, PAST_SESSIONS + 1
        )
        past = len(windows) - 1 if _is_measurable(windows.log_volume) else 0
        volumes, sizes = self._run(self._served, windows.take(slice(-1, None)))
        scored, scored_sizes = self._run(self._scored, windows.take(slice(past)))
        actual = prices.volume[len(prices) - past :]
        with np.errstate(divide="ignore"):  # infinite if a forecast is 0
            errors = (np.log(actual) - np.log(scored[:, 0])) / scored_sizes[:, 0]
        latest = {level: scale[-1:] for level, scale in scales_before(errors, intervals).items()}
        log_volume = log_volume_windows(prices, window, HAR_ROWS + len(upcoming))
        return TickerForecast(
            volumes[0],
            bands_around(volumes, intervals, sizes, latest),
            float(prices.volume[-USUAL_SESSIONS:].mean()),
            float(naive_forecast(log_volume[-1:], 1)[0, 0]),
            self._har_forecast(log_volume),
        )

    def _run(self, network: OnnxNetwork, windows: Windows) -> tuple[FloatArray, FloatArray]:
        """Forecast windows: shares and expected sizes of the errors, each (windows, horizon)."""
        horizon = self.manifest.horizon
        volumes, sizes = [np.empty((0, horizon))], [np.empty((0, horizon))]
        with np.errstate(over="ignore"):  # absurd values are clipped before the network
            for start in range(0, len(windows), BATCH):
                batch = windows.take(slice(start, start + BATCH))
                found, taken = forecast_and_arguments(batch, self._scalers, network)
                volumes.append(found)
                sizes.append(self._dispersion.sizes(regressors(taken)))
        return np.concatenate(volumes), np.concatenate(sizes)

    def _har_forecast(self, log_volume: FloatArray) -> FloatArray:
        """Forecast with a HAR for each step, fitted to the ticker's windows, (horizon,)."""
        steps = range(1, self.manifest.horizon + 1)
        return np.array(
            [
                har_forecast(
                    log_volume[-1:],
                    fitted_har(log_volume[:-step], log_volume[step:, -1], self._har[:, step - 1]),
                )[0, 0]
                for step in steps
            ]
        )


def _is_measurable(log_volume: FloatArray) -> bool:
    """Whether every volume is possible; as in the API, the intervals don't adapt otherwise."""
    return bool(np.all(np.abs(log_volume) <= MAX_LOG_VOLUME))
