"""The panel: one row per ticker and session, sorted by ticker, then session."""

import numpy as np
import pandas as pd

from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.features import FEATURE_NAMES, LOG_VOLUME, daily_features
from model_contract.model.scaling import Scaler, Scalers
from model_contract.prices import Prices
from training.errors import TrainingError
from training.split import TRAIN

PRICE_COLUMNS = ("open", "high", "low", "close", "volume")


def panel_features(prices: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """Compute the features of every ticker.

    The columns are ticker, session, one per feature and one per calendar flag. A ticker's first
    session has no features and is left out.
    """
    parts = []
    for ticker, rows in prices.groupby("ticker", sort=True):
        part = pd.DataFrame(daily_features(_prices(rows)), columns=list(FEATURE_NAMES))
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
    """Fit scalers on training rows only.

    Log volumes are relative to the window's mean, as in `scaling`.

    Raises `TrainingError` if no ticker has enough training sessions for a window.
    """
    train = features[features["split"] == TRAIN]
    volume = train.groupby("ticker")[LOG_VOLUME]
    level = volume.transform(lambda values: values.rolling(window).mean())
    relative = train[list(FEATURE_NAMES)].assign(**{LOG_VOLUME: train[LOG_VOLUME] - level}).dropna()
    if relative.empty:
        raise TrainingError(
            f"no ticker has {window} training sessions; use longer histories or a shorter window"
        )
    return Scalers.of_features(Scaler.fit(relative.to_numpy(), FEATURE_NAMES))
