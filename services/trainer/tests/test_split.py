import re

import numpy as np
import pandas as pd
import pytest

from training.errors import TrainingError
from training.params import EngineerFeaturesParams, PreprocessParams, load_params
from training.split import SPLITS, describe_split, label_splits, split_bounds


def test_splits_are_in_order_with_an_embargo_between():
    assert split_bounds(1000, 0.15, 0.25, 49) == {
        "train": (0, 600),
        "validation": (649, 750),
        "test": (799, 1000),
    }


@pytest.mark.parametrize("sessions", [400, 1_001, 3_333])
def test_embargo_sessions_separate_the_splits(sessions):
    bounds = split_bounds(sessions, 0.25, 0.25, 25)
    assert bounds["validation"][0] - bounds["train"][1] == 25
    assert bounds["test"][0] - bounds["validation"][1] == 25
    assert bounds["test"][1] == sessions


def test_too_few_sessions_are_an_error_with_the_number_needed():
    with pytest.raises(TrainingError) as caught:
        split_bounds(300, 0.15, 0.25, 49)
    assert str(caught.value) == (
        "too few sessions: the validation split has 0 of 300, but one window needs 50; "
        "use more data, a smaller engineer_features.window, or larger preprocess fractions "
        "(params.yaml)"
    )


@pytest.mark.parametrize("readme", ["README.md", "README.pt-BR.md", "data/README.md"])
def test_the_documented_minimum_of_sessions_is_enough(repository, readme):
    fractions, windows = (
        load_params(section, repository / "params.yaml")
        for section in (PreprocessParams, EngineerFeaturesParams)
    )
    text = (repository / readme).read_text(encoding="utf-8")
    (said,) = re.findall(
        r"(?:at least|ao menos) (\d{3,}) (?:sessions|pregões)|(\d{3,}) sessions at least", text
    )
    fewest, embargo = int("".join(said)), windows.window + windows.horizon
    assert split_bounds(fewest, fractions.validation_fraction, fractions.test_fraction, embargo)
    with pytest.raises(TrainingError, match="too few sessions"):
        split_bounds(fewest - 1, fractions.validation_fraction, fractions.test_fraction, embargo)


def test_every_session_is_in_one_split_or_embargoed():
    sessions = np.arange("2020-01-01", "2020-01-11", dtype="datetime64[D]")
    labels = label_splits(
        pd.Series(sessions), sessions, {"train": (0, 3), "validation": (4, 6), "test": (8, 10)}
    )
    assert (
        labels.tolist()
        == ["train"] * 3 + ["embargo"] + ["validation"] * 2 + ["embargo"] * 2 + ["test"] * 2
    )


def test_tickers_are_split_on_the_same_dates(panel, split_features):
    features = split_features(
        panel[(panel["ticker"] == "AAA") | (panel["session"] > "2020-06-01")].reset_index(drop=True)
    )
    assert len(features[["session", "split"]].drop_duplicates()) == features["session"].nunique()


def test_every_training_session_is_before_every_validation_and_test_session(panel, split_features):
    sessions = split_features(panel).groupby("split")["session"]
    first, last = sessions.min(), sessions.max()
    assert last["train"] < first["validation"]
    assert last["validation"] < first["test"]


def test_the_split_is_described_by_its_dates_and_rows(panel, split_features):
    features = split_features(panel)
    described = describe_split(features, 25)
    assert described["embargo_sessions"] == 25
    assert {name: described[name]["rows"] for name in SPLITS} == features["split"].value_counts()[
        list(SPLITS)
    ].to_dict()
