import json

import numpy as np
import pandas as pd

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import input_columns
from model_contract.model.market_calendars import from_npz
from model_contract.model.scaling import Scalers
from training.calendar_effects import calendar_effects, relative_effects
from training.panel import fit_scalers, panel_inputs
from training.paths import CALENDAR_EFFECTS, FEATURES, PANEL_CALENDARS, PRICES, SCALERS, SPLIT
from training.split import TRAIN, describe_split

VALUES, FLAGS, INPUTS = list(FEATURE_NAMES), list(CALENDAR_FLAGS), input_columns(3)


def test_the_stage_writes_features_scalers_and_split(in_finished):
    features = pd.read_parquet(FEATURES)
    assert list(features.columns) == ["ticker", "session", *VALUES, *FLAGS, "split", *INPUTS]
    assert Scalers.from_json(SCALERS.read_text()) == fit_scalers(features, 22, 3)
    assert json.loads(SPLIT.read_text()) == describe_split(features, 25)


def test_the_stage_writes_the_effects_of_training_rows_and_their_inputs(in_finished):
    features = pd.read_parquet(FEATURES)
    effects = calendar_effects(features[features["split"] == TRAIN], 22, 10)
    assert json.loads(CALENDAR_EFFECTS.read_text()) == relative_effects(effects)
    calendars = from_npz(PANEL_CALENDARS.read_bytes())
    expected = panel_inputs(pd.read_parquet(PRICES), calendars, effects, 22, 3)
    pd.testing.assert_frame_equal(features[INPUTS], expected)
    constant = [name for name in INPUTS if np.ptp(features[name]) < 1e-9]
    assert constant == ["month"]  # the mean of 22 sessions is the level of the window
