"""Stage `preprocess`: split the sessions, compute features, fit scalers on training rows."""

import logging

import numpy as np
import pandas as pd

from model_contract.model.market_calendars import from_npz
from training.data_files import write_json
from training.panel import fit_scalers, panel_features
from training.params import EngineerFeaturesParams, PreprocessParams, load_params
from training.paths import FEATURES, PANEL_CALENDARS, PRICES, SCALERS, SPLIT
from training.split import describe_split, label_splits, split_bounds

log = logging.getLogger(__name__)


def main() -> None:
    """Split the sessions, compute features, fit scalers."""
    params, windows = load_params(PreprocessParams), load_params(EngineerFeaturesParams)
    prices = pd.read_parquet(PRICES)
    sessions = np.sort(prices["session"].unique())
    embargo = windows.window + windows.horizon
    bounds = split_bounds(len(sessions), params.validation_fraction, params.test_fraction, embargo)
    features = panel_features(prices, from_npz(PANEL_CALENDARS.read_bytes()))
    features["split"] = label_splits(features["session"], sessions, bounds)
    scalers = fit_scalers(features, windows.window)
    FEATURES.parent.mkdir(parents=True, exist_ok=True)
    features.to_parquet(FEATURES, index=False)
    SCALERS.write_text(scalers.to_json(), encoding="utf-8")
    write_json(SPLIT, describe_split(features, embargo))
    log.info(
        "rows: %s; embargo before validation and test: %d sessions each",
        features["split"].value_counts().to_dict(),
        embargo,
    )
