"""Stage `preprocess`: chronological split with an embargo, daily features, and scalers fitted on training rows only."""

import logging
from typing import Any

import numpy as np
import pandas as pd

from model_contract.features import FEATURE_NAMES, LOG_VOLUME, SESSIONS_BEFORE_FIRST_FEATURES, daily_features
from model_contract.market_calendar import CALENDAR_FLAGS, Calendar
from model_contract.scaling import Scaler, Scalers
from model_contract.schema import Prices
from training import stage
from training.errors import TrainingError
from training.json_files import write_json
from training.load_data import PRICE_COLUMNS
from training.params import EngineerFeaturesParams, PreprocessParams, load_params
from training.paths import FEATURES, PRICES, SCALERS, SPLIT, TRADING_SESSIONS

log = logging.getLogger(__name__)

TRAIN, VALIDATION, TEST, EMBARGO = "train", "validation", "test", "embargo"
SPLITS = (TRAIN, VALIDATION, TEST)
Bounds = dict[str, tuple[int, int]]  # split: its first and last+1 position among the sorted sessions


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
    log.info("%s rows; %d sessions of embargo before validation and before test", features["split"].value_counts().to_dict(), embargo)


def split_bounds(sessions: int, validation_fraction: float, test_fraction: float, embargo: int) -> Bounds:
    """First and last+1 position, among the sorted sessions, of each split: train, then validation, then test.

    The first `embargo` sessions of validation and of test are left out, so that no window and no target of one split
    shares a session with another (Lopez de Prado 2018, "Advances in Financial Machine Learning", chapter 7).
    Raises `TrainingError` where a split is left without a window.
    """
    test = round(sessions * (1 - test_fraction))
    validation = round(sessions * (1 - test_fraction - validation_fraction))
    bounds = {TRAIN: (0, validation), VALIDATION: (validation + embargo, test), TEST: (test + embargo, sessions)}
    require_windows(bounds, sessions, embargo, "larger preprocess fractions")
    return bounds


def require_windows(bounds: Bounds, sessions: int, window_and_horizon: int, remedy: str) -> None:
    """Raises `TrainingError` where a split is left without a window; `remedy` is what else to do than to give more data."""
    needed = window_and_horizon + SESSIONS_BEFORE_FIRST_FEATURES
    for name, (first, stop) in bounds.items():
        if stop - first < needed:
            raise TrainingError(
                f"too few sessions: the {name} split has {max(stop - first, 0)} of {sessions}, and needs {needed} to hold one window; "
                f"give more data, a smaller engineer_features.window, or {remedy} (params.yaml)"
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
    return Prices(rows["ticker"].to_numpy(dtype=np.str_), sessions, **columns, line=np.arange(len(rows)))


def label_splits(session: pd.Series, sessions: np.ndarray, bounds: Bounds) -> np.ndarray:
    """The split of each row by its date; what lies between the splits is `embargo`."""
    position = np.searchsorted(sessions, session.to_numpy())
    conditions = [(position >= first) & (position < stop) for first, stop in bounds.values()]
    return np.select(conditions, list(bounds), default=EMBARGO)


def fit_scalers(features: pd.DataFrame, window: int) -> Scalers:
    """Scalers from training rows. Log volumes are taken relative to the level, the mean of the window, as in `scaling`."""
    train = features[features["split"] == TRAIN]
    volume = train.groupby("ticker")[LOG_VOLUME]
    level = volume.transform(lambda values: values.rolling(window).mean())
    relative = train[list(FEATURE_NAMES)].assign(**{LOG_VOLUME: train[LOG_VOLUME] - level}).dropna()
    if relative.empty:
        raise TrainingError(f"no ticker has {window} training sessions; give longer histories or a shorter window")
    return Scalers.of_features(Scaler.fit(relative.to_numpy(), FEATURE_NAMES))


def describe_split(features: pd.DataFrame, embargo: int) -> dict[str, Any]:
    """First and last session and number of rows of each split, as written to split.json."""
    described: dict[str, Any] = {"embargo_sessions": embargo}
    for name in SPLITS:
        rows = features[features["split"] == name]
        described[name] = {"first": f"{rows['session'].min():%Y-%m-%d}", "last": f"{rows['session'].max():%Y-%m-%d}", "rows": len(rows)}
    return described


if __name__ == "__main__":
    stage.run("preprocess", main)
