"""Windows of consecutive sessions, and functions that cut them from a history."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model_contract.arrays import DateArray, FloatArray
from model_contract.model.calendar import Calendar
from model_contract.model.features import daily_features
from model_contract.prices import Prices


@dataclass(frozen=True)
class Windows:
    """Inputs for forecasts: features up to the forecast origin, and calendar flags beyond it."""

    features: FloatArray  # (samples, window, features), not scaled, oldest session first
    calendar: FloatArray  # (samples, window + horizon, flags)

    def __len__(self) -> int:
        return len(self.features)

    def take(self, samples: slice | npt.NDArray[np.integer]) -> "Windows":
        """Return the chosen windows."""
        return Windows(self.features[samples], self.calendar[samples])

    @property
    def log_volume(self) -> FloatArray:
        """A view of the log volumes, (samples, window)."""
        return self.features[:, :, 0]


def history_windows(
    prices: Prices, calendar: Calendar, upcoming: DateArray, window: int
) -> Windows:
    """Cut every window from one ticker's history; the last window ends at its last session.

    upcoming    (horizon,), the sessions after the history, which the last window forecasts
    """
    sessions = np.concatenate([prices.session[1:], upcoming])  # a return needs the previous close
    flags = sliding_windows(calendar.flags_of(sessions), window + len(upcoming))
    return Windows(sliding_windows(daily_features(prices), window), flags)


def sliding_windows(features: FloatArray, window: int) -> FloatArray:
    """Return a view of every `window` consecutive rows: (samples, window, features)."""
    if len(features) < window:
        return np.empty((0, window, features.shape[1]))
    return np.lib.stride_tricks.sliding_window_view(features, window, axis=0).transpose(0, 2, 1)
