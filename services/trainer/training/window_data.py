"""The pipeline's windows: an index into the daily features; arrays are cut from them on demand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from model_contract.arrays import DateArray, FloatArray
from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import from_columns, input_columns
from model_contract.model.windows import Windows, sliding_windows
from training.errors import TrainingError
from training.paths import FEATURES, WINDOWS
from training.split import SPLITS

Rows = npt.NDArray[np.int64]  # positions of windows, or of rows of the panel
EVERY = slice(None)
BATCH = 4096


@dataclass(frozen=True)
class WindowData:
    """The windows of one or more splits.

    index      one row per window, sorted by ticker and time: ticker, split, start (its first row in
               the panel), session (of step 1)
    features   (rows, features), for the whole panel
    flags      (rows, flags), for each row's session
    sessions   (rows,), the session of each row
    inputs     (rows, columns), the `input_columns` of each row as the origin
    """

    index: pd.DataFrame
    features: FloatArray
    flags: FloatArray
    sessions: DateArray
    inputs: FloatArray
    window: int
    horizon: int

    @classmethod
    def read(cls, splits: tuple[str, ...], window: int, horizon: int) -> "WindowData":
        """Read the windows of these splits from the pipeline's files."""
        return cls.of(pd.read_parquet(FEATURES), pd.read_parquet(WINDOWS), splits, window, horizon)

    @classmethod
    def of(
        cls,
        panel: pd.DataFrame,
        index: pd.DataFrame,
        splits: tuple[str, ...],
        window: int,
        horizon: int,
    ) -> "WindowData":
        """Select the windows of these splits from a panel's features and its window index."""
        return cls(
            index[index["split"].isin(splits)].sort_values("start", ignore_index=True),
            panel[list(FEATURE_NAMES)].to_numpy(),
            panel[list(CALENDAR_FLAGS)].to_numpy(),
            panel["session"].to_numpy().astype("datetime64[D]"),
            panel[input_columns(horizon)].to_numpy(),
            window,
            horizon,
        )

    def __len__(self) -> int:
        return len(self.index)

    @property
    def tickers(self) -> npt.NDArray[np.object_]:
        """The ticker of each window, (samples,)."""
        return self.index["ticker"].to_numpy(dtype=object)

    def windows(self, samples: Rows | slice = EVERY) -> Windows:
        """Return copies of the chosen windows."""
        starts = self._starts(samples)
        calendar = sliding_windows(self.flags, self.window + self.horizon)
        return Windows(
            sliding_windows(self.features, self.window)[starts],
            calendar[starts],
            from_columns(self.inputs[starts + self.window - 1], self.horizon),
        )

    def future_log_volumes(self, samples: Rows | slice = EVERY) -> FloatArray:
        """Return the log volumes of the sessions after the chosen windows: (samples, horizon)."""
        log_volumes: FloatArray = self.features[self._future_rows(samples), 0]
        return log_volumes

    def past_sessions(self, samples: Rows | slice = EVERY) -> DateArray:
        """Return the sessions of each window: (samples, window)."""
        sessions: DateArray = self.sessions[self._starts(samples)[:, None] + np.arange(self.window)]
        return sessions

    def future_sessions(self, samples: Rows | slice = EVERY) -> DateArray:
        """Return the sessions after each window: (samples, horizon)."""
        sessions: DateArray = self.sessions[self._future_rows(samples)]
        return sessions

    def batches(self) -> Iterator[slice]:
        """Yield slices that cover all windows in order, `BATCH` at a time."""
        yield from (slice(start, start + BATCH) for start in range(0, len(self), BATCH))

    def _starts(self, samples: Rows | slice) -> Rows:
        starts: Rows = self.index["start"].to_numpy()[samples]
        return starts

    def _future_rows(self, samples: Rows | slice) -> Rows:
        return self._starts(samples)[:, None] + self.window + np.arange(self.horizon)


def window_index(
    features: pd.DataFrame, window: int, horizon: int, splits: Sequence[str] = SPLITS
) -> pd.DataFrame:
    """Index the windows of these splits.

    The columns are ticker, split, start (row of `features`) and session (of step 1). `features` is
    sorted by ticker, then session. A window and its targets never cross the boundary of a ticker or
    a split. Raises `TrainingError` if a split gets no window.
    """
    parts = []
    for (ticker, split), rows in features[features["split"].isin(splits)].groupby(
        ["ticker", "split"], sort=True
    ):
        starts = rows.index.to_numpy()[: max(len(rows) - window - horizon + 1, 0)]
        session = features["session"].to_numpy()[starts + window]
        parts.append(
            pd.DataFrame({"ticker": ticker, "split": split, "start": starts, "session": session})
        )
    index = pd.concat(parts, ignore_index=True)
    missing = [split for split in splits if not (index["split"] == split).any()]
    if missing:
        raise TrainingError(
            f"no ticker has {window + horizon} sessions in the {' or '.join(missing)} split; "
            "use longer histories or a shorter window"
        )
    return index
