"""The panel: one row per ticker and session, sorted by ticker, then session."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model_contract.arrays import FloatArray
from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.features import FEATURE_NAMES, LOG_VOLUME, daily_features
from model_contract.model.inputs.market import market_inputs
from model_contract.model.inputs.ticker_inputs import (
    INPUT_NAMES,
    from_columns,
    input_columns,
    ticker_inputs,
    to_columns,
)
from model_contract.model.scaling import Scaler, Scalers
from model_contract.prices import Prices
from training.calendar_effects import calendar_effects
from training.errors import TrainingError
from training.params import EngineerFeaturesParams
from training.split import TRAIN

PRICE_COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Prepared:
    """A panel with its inputs, and what was fitted on its training rows.

    panel     from `panel_features`, with its splits and `panel_inputs`
    effects   (flags,), from `calendar_effects`
    """

    panel: pd.DataFrame
    effects: FloatArray
    scalers: Scalers


def prepare(
    features: pd.DataFrame,
    prices: pd.DataFrame,
    calendars: Mapping[str, Calendar],
    windows: EngineerFeaturesParams,
    calendar_ridge: float,
) -> Prepared:
    """Fit the calendar effects and the scalers on training rows, and compute the inputs.

    features    from `panel_features`, with the splits in the column `split`
    prices      that `features` were computed from
    calendars   by market

    Raises `TrainingError` if no ticker has enough training sessions for a window.
    """
    training = features[features["split"] == TRAIN]
    effects = calendar_effects(training, windows.window, calendar_ridge)
    inputs = panel_inputs(prices, calendars, effects, windows.window, windows.horizon)
    panel = pd.concat([features, inputs], axis=1)
    return Prepared(panel, effects, fit_scalers(panel, windows.window, windows.horizon))


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


def panel_inputs(
    prices: pd.DataFrame,
    calendars: Mapping[str, Calendar],
    effects: FloatArray,
    window: int,
    horizon: int,
) -> pd.DataFrame:
    """Compute the inputs of every ticker; the rows are those of `panel_features`.

    calendars   by market
    effects     (flags,), from `calendar_effects`

    The columns are those of `input_columns`. The last `horizon` rows of a ticker lack some of the
    sessions to forecast; the inputs of these sessions are 0.
    """
    parts: dict[str, FloatArray] = {}
    with_features = prices[prices["ticker"].duplicated(keep=False)]
    for market, of_one in with_features.groupby("market", sort=False):
        tickers = {name: _prices(rows) for name, rows in of_one.groupby("ticker", sort=False)}
        for (name, bars), others in zip(
            tickers.items(), market_inputs(list(tickers.values())), strict=True
        ):
            coming = np.append(bars.session[1:], np.full(horizon, np.datetime64("NaT")))
            targets = np.lib.stride_tricks.sliding_window_view(coming, horizon)[1:]
            calendar = calendars[str(market)]
            inputs = ticker_inputs(bars, calendar, effects, targets, window, others)
            parts[str(name)] = to_columns(inputs)
    columns = np.concatenate([parts[name] for name in sorted(parts)])
    return pd.DataFrame(columns, columns=input_columns(horizon))


def _prices(rows: pd.DataFrame) -> Prices:
    columns = {column: rows[column].to_numpy() for column in PRICE_COLUMNS}
    sessions = rows["session"].to_numpy().astype("datetime64[D]")
    return Prices(
        rows["ticker"].to_numpy(dtype=np.str_), sessions, **columns, line=np.arange(len(rows))
    )


def fit_scalers(features: pd.DataFrame, window: int, horizon: int) -> Scalers:
    """Fit scalers on training rows only.

    features   from `panel_features`, with `panel_inputs` and splits

    Log volumes are relative to the window's mean, as in `scaling`. The inputs of the first session
    to forecast stand for those of all sessions.

    Raises `TrainingError` if no ticker has enough training sessions for a window.
    """
    train = features[features["split"] == TRAIN]
    volume = train.groupby("ticker")[LOG_VOLUME]
    level = volume.transform(lambda values: values.rolling(window).mean())
    complete = level.notna()
    relative = train[list(FEATURE_NAMES)].assign(**{LOG_VOLUME: train[LOG_VOLUME] - level})[
        complete
    ]
    if relative.empty:
        raise TrainingError(
            f"no ticker has {window} training sessions; use longer histories or a shorter window"
        )
    inputs = from_columns(train.loc[complete, input_columns(horizon)].to_numpy(), horizon)[:, 0]
    return Scalers.of(
        Scaler.fit(relative.to_numpy(), FEATURE_NAMES),
        Scaler.fit(inputs, INPUT_NAMES).without_means(),
    )
