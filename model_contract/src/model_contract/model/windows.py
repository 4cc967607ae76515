"""Windows of consecutive sessions with their inputs, and functions that cut them from a history."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray
from model_contract.model.calendar import Calendar
from model_contract.model.features import SESSIONS_BEFORE_FIRST_FEATURES, daily_features
from model_contract.model.inputs.ticker_inputs import ticker_inputs
from model_contract.prices import Prices


@dataclass(frozen=True)
class Windows:
    """What forecasts are made from. Nothing is scaled.

    features   (samples, window, features), of the sessions up to the origin, oldest first
    calendar   (samples, window + horizon, flags), of those sessions and the ones to forecast
    inputs     (samples, horizon, inputs), of the ticker's whole history, for each session to
               forecast; the columns are those of `INPUT_NAMES`
    """

    features: FloatArray
    calendar: FloatArray
    inputs: FloatArray

    def __len__(self) -> int:
        return len(self.features)

    def take(self, samples: slice | npt.NDArray[np.integer]) -> "Windows":
        """Return the chosen windows."""
        return Windows(self.features[samples], self.calendar[samples], self.inputs[samples])

    @property
    def log_volume(self) -> FloatArray:
        """A view of the log volumes, (samples, window)."""
        return self.features[:, :, 0]


def history_windows(
    prices: Prices,
    calendar: Calendar,
    upcoming: DateArray,
    window: int,
    effects: FloatArray,
    of_market: FloatArray | None = None,
    count: int | None = None,
) -> Windows:
    """Cut the last `count` windows from one ticker's history; by default, every window.

    The last window ends at the last session of the history. The inputs are computed from the whole
    history.

    upcoming    (horizon,), the sessions after the history, which the last window forecasts
    effects     (flags,), the effect of each calendar flag on log volume
    of_market   (rows - 1, 2), from `market_inputs`; None if no other ticker is known
    """
    horizon = len(upcoming)
    samples = max(len(prices) - SESSIONS_BEFORE_FIRST_FEATURES - window + 1, 0)
    kept = samples if count is None else min(samples, count)
    sessions = np.concatenate([prices.session[1:], upcoming])  # a return needs the previous close
    following = np.lib.stride_tricks.sliding_window_view(sessions, horizon)
    targets = following[len(following) - kept :]
    flags = calendar.flags_of(sessions[samples - kept :])
    return Windows(
        sliding_windows(daily_features(prices.take(slice(samples - kept, None))), window),
        sliding_windows(flags, window + horizon),
        ticker_inputs(prices, calendar, effects, targets, window, of_market),
    )


def log_volume_windows(prices: Prices, window: int, count: int) -> FloatArray:
    """Cut the last `count` windows of log volumes, (samples, window), as in `history_windows`."""
    used = count + window - 1
    log_volume = np.log(prices.volume[SESSIONS_BEFORE_FIRST_FEATURES:][-used:])
    return sliding_windows(log_volume[:, None], window)[:, :, 0]


def sliding_windows(features: FloatArray, window: int) -> FloatArray:
    """Return a view of every `window` consecutive rows: (samples, window, features)."""
    if len(features) < window:
        return np.empty((0, window, features.shape[1]))
    return np.lib.stride_tricks.sliding_window_view(features, window, axis=0).transpose(0, 2, 1)
