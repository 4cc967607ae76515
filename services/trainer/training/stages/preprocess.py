"""Stage `preprocess`: split the sessions, compute features and inputs, fit scalers.

Calendar effects and scalers are fitted on training rows only.
"""

import logging

import numpy as np
import pandas as pd

from model_contract.model.market_calendars import from_npz
from training.calendar_effects import relative_effects
from training.data_files import write_json
from training.panel import panel_features, prepare
from training.params import EngineerFeaturesParams, PreprocessParams, load_params
from training.paths import (
    CALENDAR_EFFECTS,
    FEATURES,
    PANEL_CALENDARS,
    PRICES,
    SCALERS,
    SPLIT,
)
from training.split import describe_split, label_splits, split_bounds

log = logging.getLogger(__name__)


def main() -> None:
    """Split the sessions, compute features and inputs, fit calendar effects and scalers."""
    params, windows = load_params(PreprocessParams), load_params(EngineerFeaturesParams)
    prices = pd.read_parquet(PRICES)
    sessions = np.sort(prices["session"].unique())
    embargo = windows.window + windows.horizon
    bounds = split_bounds(len(sessions), params.validation_fraction, params.test_fraction, embargo)
    calendars = from_npz(PANEL_CALENDARS.read_bytes())
    features = panel_features(prices, calendars)
    features["split"] = label_splits(features["session"], sessions, bounds)
    prepared = prepare(features, prices, calendars, windows, params.calendar_ridge)
    FEATURES.parent.mkdir(parents=True, exist_ok=True)
    prepared.panel.to_parquet(FEATURES, index=False)
    SCALERS.write_text(prepared.scalers.to_json(), encoding="utf-8")
    write_json(CALENDAR_EFFECTS, dict(relative_effects(prepared.effects)))
    write_json(SPLIT, describe_split(features, embargo))
    log.info(
        "rows: %s; embargo before validation and test: %d sessions each",
        features["split"].value_counts().to_dict(),
        embargo,
    )
