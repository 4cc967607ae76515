"""Stage `preprocess`: chronological split with an embargo, daily features, and scalers fitted on training rows only."""

import logging
from typing import Any

import numpy as np
import pandas as pd

from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.features import (
    FEATURE_NAMES,
    LOG_VOLUME,
    daily_features,
)
from model_contract.model.scaling import Scaler, Scalers
from model_contract.prices import Prices
from training.errors import TrainingError
from training.json_files import write_json
from training.panel import PRICE_COLUMNS
from training.params import EngineerFeaturesParams, PreprocessParams, load_params
from training.paths import FEATURES, PRICES, SCALERS, SPLIT, TRADING_SESSIONS
from training.running import stage
from training.split import SPLITS, TRAIN, label_splits, split_bounds

log = logging.getLogger(__name__)


def main() -> None:
    """Split by date, compute features, fit scalers."""
    params, windows = load_params(PreprocessParams), load_params(EngineerFeaturesParams)
    prices = pd.read_parquet(PRICES)
    sessions = np.sort(prices["session"].unique())
    embargo = windows.window + windows.horizon
    bounds = split_bounds(len(sessions), params.validation_fraction, params.test_fraction, embargo)
    features = features_of_panel(prices, Calendar.from_csv(TRADING_SESSIONS.read_bytes()))
    features["split"] = label_splits(features["session"], sessions, bounds)
    scalers = fit_scalers(features, windows.window)
    FEATURES.parent.mkdir(parents=True, exist_ok=True)
    features.to_parquet(FEATURES, index=False)
    SCALERS.write_text(scalers.to_json(), encoding="utf-8")
    write_json(SPLIT, describe_split(features, embargo))
    log.info(
        "%s rows; %d sessions of embargo before validation and before test",
        features["split"].value_counts().to_dict(),
        embargo,
    )


def features_of_panel(prices: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """Features of every ticker: ticker, session, one column per feature and per calendar flag.

    A ticker's first session has none.
    """
    parts = []
    for ticker, rows in prices.groupby("ticker", sort=True):
        values = daily_features(_prices(rows))
        part = pd.DataFrame(values, columns=list(FEATURE_NAMES))
        part.insert(0, "session", rows["session"].to_numpy()[1:])
        part.insert(0, "ticker", ticker)
        parts.append(part)
    features = pd.concat(parts, ignore_index=True)
    flags = calendar.flags_of(features["session"].to_numpy().astype("datetime64[D]"))
    return pd.concat([features, pd.DataFrame(flags, columns=list(CALENDAR_FLAGS))], axis=1)


def _prices(rows: pd.DataFrame) -> Prices:
    columns = {column: rows[column].to_numpy() for column in PRICE_COLUMNS}
    sessions = rows["session"].to_numpy().astype("datetime64[D]")
    return Prices(
        rows["ticker"].to_numpy(dtype=np.str_), sessions, **columns, line=np.arange(len(rows))
    )


def fit_scalers(features: pd.DataFrame, window: int) -> Scalers:
    """Scalers from training rows. Log volumes are taken relative to the level, the mean of the window, as in `scaling`."""
    train = features[features["split"] == TRAIN]
    volume = train.groupby("ticker")[LOG_VOLUME]
    level = volume.transform(lambda values: values.rolling(window).mean())
    relative = train[list(FEATURE_NAMES)].assign(**{LOG_VOLUME: train[LOG_VOLUME] - level}).dropna()
    if relative.empty:
        raise TrainingError(
            f"no ticker has {window} training sessions; give longer histories or a shorter window"
        )
    return Scalers.of_features(Scaler.fit(relative.to_numpy(), FEATURE_NAMES))


def describe_split(features: pd.DataFrame, embargo: int) -> dict[str, Any]:
    """First and last session and number of rows of each split, as written to split.json."""
    described: dict[str, Any] = {"embargo_sessions": embargo}
    for name in SPLITS:
        rows = features[features["split"] == name]
        described[name] = {
            "first": f"{rows['session'].min():%Y-%m-%d}",
            "last": f"{rows['session'].max():%Y-%m-%d}",
            "rows": len(rows),
        }
    return described


if __name__ == "__main__":
    stage.run("preprocess", main)
