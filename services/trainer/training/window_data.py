"""The windows of the pipeline: an index into the daily features, from which arrays are cut only when they are needed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from model_contract.csv_values import DateArray, FloatArray
from model_contract.features import FEATURE_NAMES
from model_contract.windows import sliding_windows
from training.paths import FEATURES, WINDOWS

Rows = npt.NDArray[np.int64]  # positions of windows, or of rows of features


@dataclass(frozen=True)
class WindowData:
    """Windows of one split.

    index      one row per window: ticker, split, start (the row of `features` that it begins at), session (of step 1)
    features   (rows, features) of the whole panel
    sessions   (rows,) the session of each row of `features`
    """

    index: pd.DataFrame
    features: FloatArray
    sessions: DateArray
    window: int
    horizon: int

    @classmethod
    def read(cls, split: str, window: int, horizon: int) -> "WindowData":
        """Read the windows of `split` from the pipeline's files."""
        panel, index = pd.read_parquet(FEATURES), pd.read_parquet(WINDOWS)
        return cls(
            index[index["split"] == split].reset_index(drop=True),
            panel[list(FEATURE_NAMES)].to_numpy(),
            panel["session"].to_numpy().astype("datetime64[D]"),
            window,
            horizon,
        )

    def __len__(self) -> int:
        return len(self.index)

    def windows(self, samples: Rows | slice = slice(None)) -> FloatArray:
        """Cut the chosen windows: (samples, window, features), a copy of just these."""
        starts = self.index["start"].to_numpy()[samples]
        windows: FloatArray = sliding_windows(self.features, self.window)[starts]
        return windows

    def future_log_volumes(self, samples: Rows | slice = slice(None)) -> FloatArray:
        """Log volumes of the sessions after the chosen windows: (samples, horizon)."""
        log_volumes: FloatArray = self.features[self._future_rows(samples), 0]
        return log_volumes

    def future_sessions(self) -> DateArray:
        """The sessions after each window: (samples, horizon)."""
        sessions: DateArray = self.sessions[self._future_rows(slice(None))]
        return sessions

    def batches(self, size: int) -> Iterator[slice]:
        """Slices that cover all windows in order, `size` at a time."""
        yield from (slice(start, start + size) for start in range(0, len(self), size))

    def _future_rows(self, samples: Rows | slice) -> Rows:
        starts: Rows = self.index["start"].to_numpy()[samples]
        return starts[:, None] + self.window + np.arange(self.horizon)
