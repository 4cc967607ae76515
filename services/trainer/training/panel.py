"""The panel: one row per ticker and session, sorted by ticker, then session."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.features import FEATURE_NAMES, LOG_VOLUME, daily_features
from model_contract.model.scaling import Scaler, Scalers
from model_contract.prices import Prices
from training.errors import TrainingError
from training.split import TRAIN

PRICE_COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Markets:
    """The markets of a panel, as ISO 10383 codes."""

    by_ticker: pd.Series
    trained: tuple[str, ...]  # those of training rows; the one with the most rows is the first

    @classmethod
    def of(cls, prices: pd.DataFrame, features: pd.DataFrame) -> "Markets":
        """Find them from ticker and market in `prices`, and ticker and split in `features`."""
        by_ticker = prices.drop_duplicates("ticker").set_index("ticker")["market"]
        tickers = features.loc[features["split"] == TRAIN, "ticker"]
        rows = tickers.map(by_ticker).value_counts()
        codes = sorted(map(str, rows.index), key=lambda code: (-rows[code], code))
        return cls(by_ticker, tuple(codes))

    @property
    def own(self) -> str:
        """The model's own market: most of its training rows are from there."""
        return self.trained[0]


def panel_features(prices: pd.DataFrame, calendars: Mapping[str, Calendar]) -> pd.DataFrame:
    """Compute the features of every ticker. Its flags are those of its market's calendar.

    calendars   by market

    The columns are ticker, session, one per feature and one per calendar flag. A ticker's first
    session has no features and is left out.
    """
    parts = []
    for ticker, rows in prices.groupby("ticker", sort=True):
        bars, sessions = _prices(rows), rows["session"].to_numpy()[1:]
        flags = calendars[rows["market"].iloc[0]].flags_of(bars.session[1:])
        part = pd.DataFrame(
            np.column_stack([daily_features(bars), flags]),
            columns=[*FEATURE_NAMES, *CALENDAR_FLAGS],
        )
        part.insert(0, "session", sessions)
        part.insert(0, "ticker", ticker)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


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
