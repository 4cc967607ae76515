"""Stage `engineer_features`: time windows, as an index into the daily features, and a sample of them as a CSV."""

import logging
from typing import Any

import numpy as np
import pandas as pd

from model_contract.model.features import FEATURE_NAMES
from model_contract.reading.windows_csv import SESSION_COLUMN, TICKER_COLUMN, column_names
from training.errors import TrainingError
from training.params import EngineerFeaturesParams, load_params
from training.paths import FEATURES, SAMPLE_WINDOWS, WINDOWS
from training.running import stage
from training.split import SPLITS, TEST
from training.window_data import WindowData

log = logging.getLogger(__name__)


def main() -> None:
    """Cut the features into windows."""
    params = load_params(EngineerFeaturesParams)
    features = pd.read_parquet(FEATURES)
    index = window_index(features, params.window, params.horizon)
    index.to_parquet(WINDOWS, index=False)
    test = WindowData.read((TEST,), params.window, params.horizon)
    sample_windows(test, params.sample_windows).to_csv(
        SAMPLE_WINDOWS, index=False, lineterminator="\n"
    )
    log.info(
        "%s windows of %d sessions for the next %d",
        index["split"].value_counts().to_dict(),
        params.window,
        params.horizon,
    )


def window_index(features: pd.DataFrame, window: int, horizon: int) -> pd.DataFrame:
    """Where windows start: ticker, split, start (row of `features`), session (of the first step ahead).

    `features` is sorted by ticker, then session. A window and its targets never cross a ticker or a split.
    Raises `TrainingError` where a split gets none.
    """
    parts = []
    for (ticker, split), rows in features[features["split"].isin(SPLITS)].groupby(
        ["ticker", "split"], sort=True
    ):
        starts = rows.index.to_numpy()[: max(len(rows) - window - horizon + 1, 0)]
        session = features["session"].to_numpy()[starts + window]
        parts.append(
            pd.DataFrame({"ticker": ticker, "split": split, "start": starts, "session": session})
        )
    index = pd.concat(parts, ignore_index=True)
    missing = [split for split in SPLITS if not (index["split"] == split).any()]
    if missing:
        raise TrainingError(
            f"no ticker has {window + horizon} sessions in the split {' or '.join(missing)}; give longer histories or a shorter window"
        )
    return index


def sample_windows(data: WindowData, rows: int) -> pd.DataFrame:
    """Evenly spread windows in the form that /predict takes: ticker, session to forecast, and one column per value."""
    chosen = np.unique(np.linspace(0, len(data) - 1, rows).round().astype(int))
    past = data.past_sessions(chosen).astype(str)
    columns: dict[str, Any] = {
        TICKER_COLUMN: data.tickers[chosen],
        SESSION_COLUMN: data.future_sessions(chosen)[:, 0].astype(str),
    }
    names = iter(column_names(FEATURE_NAMES, data.window))
    for lag, features in enumerate(data.windows(chosen).features.transpose(1, 2, 0)):
        columns |= {next(names): values for values in (past[:, lag], *features)}
    return pd.DataFrame(columns)


if __name__ == "__main__":
    stage.run("engineer_features", main)
