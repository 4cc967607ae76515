"""Stage `engineer_features`: index the time windows and write some of them to a sample CSV."""

import logging
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import input_columns
from model_contract.reading.windows_csv import (
    EFFECTS_COLUMN,
    SESSION_COLUMN,
    TICKER_COLUMN,
    column_names,
    fingerprint,
)
from training.data_files import read_json, write_csv
from training.panel import Markets
from training.params import EngineerFeaturesParams, load_params
from training.paths import CALENDAR_EFFECTS, FEATURES, PRICES, SAMPLE_WINDOWS, WINDOWS
from training.split import TEST
from training.window_data import WindowData, window_index

log = logging.getLogger(__name__)


def main() -> None:
    """Cut the features into windows."""
    params = load_params(EngineerFeaturesParams)
    features = pd.read_parquet(FEATURES)
    index = window_index(features, params.window, params.horizon)
    index.to_parquet(WINDOWS, index=False)
    test = WindowData.of(features, index, (TEST,), params.window, params.horizon)
    markets = Markets.of(pd.read_parquet(PRICES, columns=["ticker", "market"]), features)
    effects = fingerprint(read_json(CALENDAR_EFFECTS))
    sample = sample_windows(of_own_market(test, markets), params.sample_windows, effects)
    write_csv(SAMPLE_WINDOWS, sample)
    log.info(
        "%s windows of %d sessions, each with the next %d as targets",
        index["split"].value_counts().to_dict(),
        params.window,
        params.horizon,
    )


def of_own_market(data: WindowData, markets: Markets) -> WindowData:
    """Select the windows of the model's own market: the API uses its calendar for a windows CSV."""
    rows = data.index["ticker"].map(markets.by_ticker) == markets.own
    return replace(data, index=data.index[rows].reset_index(drop=True))


def sample_windows(data: WindowData, rows: int, effects: str) -> pd.DataFrame:
    """Select evenly spaced windows, in the format that /predict accepts.

    effects   the `fingerprint` of the calendar effects that the inputs were computed with
    """
    count = min(len(data), rows)
    chosen = np.unique(np.linspace(0, len(data) - 1, count).round().astype(int))
    past = data.past_sessions(chosen).astype(str)
    columns: dict[str, Any] = {
        TICKER_COLUMN: data.tickers[chosen],
        SESSION_COLUMN: data.future_sessions(chosen)[:, 0].astype(str),
    }
    names = iter(column_names(FEATURE_NAMES, data.window))
    for lag, features in enumerate(data.windows(chosen).features.transpose(1, 2, 0)):
        columns |= {next(names): values for values in (past[:, lag], *features)}
    origins = data.index["start"].to_numpy()[chosen] + data.window - 1
    inputs = dict(zip(input_columns(data.horizon), data.inputs[origins].T, strict=True))
    return pd.DataFrame({**columns, **inputs, EFFECTS_COLUMN: effects})
