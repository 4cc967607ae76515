import json

import pandas as pd

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.scaling import Scalers
from training.panel import fit_scalers
from training.paths import FEATURES, SCALERS, SPLIT
from training.split import describe_split

VALUES, FLAGS = list(FEATURE_NAMES), list(CALENDAR_FLAGS)


def test_the_stage_writes_features_scalers_and_split(in_finished):
    features = pd.read_parquet(FEATURES)
    assert list(features.columns) == ["ticker", "session", *VALUES, *FLAGS, "split"]
    assert Scalers.from_json(SCALERS.read_text()) == fit_scalers(features, 22)
    assert json.loads(SPLIT.read_text()) == describe_split(features, 25)
