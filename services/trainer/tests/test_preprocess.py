import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.scaling import Scalers
from training.errors import TrainingError
from training.params import EngineerFeaturesParams, PreprocessParams, load_params
from training.paths import FEATURES, SCALERS, SPLIT
from training.split import SPLITS, label_splits, split_bounds
from training.stages.preprocess import describe_split, features_of_panel, fit_scalers

REPOSITORY = Path(__file__).parents[3]
VALUES, FLAGS = list(FEATURE_NAMES), list(CALENDAR_FLAGS)


def test_splits_stand_in_order_with_an_embargo_between():
    assert split_bounds(1000, 0.15, 0.25, 49) == {
        "train": (0, 600),
        "validation": (649, 750),
        "test": (799, 1000),
    }


@pytest.mark.parametrize("sessions", [400, 1_001, 3_333])
def test_embargo_sessions_lie_between_any_two_splits(sessions):
    bounds = split_bounds(sessions, 0.25, 0.25, 25)
    assert bounds["validation"][0] - bounds["train"][1] == 25
    assert bounds["test"][0] - bounds["validation"][1] == 25
    assert bounds["test"][1] == sessions


def test_too_few_sessions_are_refused_with_what_is_needed():
    with pytest.raises(TrainingError) as caught:
        split_bounds(300, 0.15, 0.25, 49)
    assert str(caught.value) == (
        "too few sessions: the validation split has 0 of 300, and needs 50 to hold one window; "
        "give more data, a smaller engineer_features.window, or larger preprocess fractions (params.yaml)"
    )


@pytest.mark.parametrize("readme", ["README.md", "README.pt-BR.md", "data/README.md"])
def test_as_many_sessions_are_enough_as_the_readmes_say(readme):
    fractions, windows = (
        load_params(section, REPOSITORY / "params.yaml")
        for section in (PreprocessParams, EngineerFeaturesParams)
    )
    text = (REPOSITORY / readme).read_text(encoding="utf-8")
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


def test_features_of_a_ticker_do_not_see_another(panel, calendar):
    alone = features_of_panel(panel[panel["ticker"] == "BBB"], calendar)
    together = features_of_panel(panel, calendar)
    pd.testing.assert_frame_equal(
        together[together["ticker"] == "BBB"].reset_index(drop=True), alone
    )


def test_every_ticker_loses_its_first_session(panel, calendar):
    sessions = features_of_panel(panel, calendar).groupby("ticker")["session"].agg(["min", "size"])
    assert sessions["min"].tolist() == [panel["session"].iloc[1]] * 3
    assert sessions["size"].tolist() == [399] * 3


def test_a_ticker_of_one_session_has_no_features(panel, calendar):
    assert features_of_panel(panel.iloc[[0, 400, 401]], calendar)["ticker"].tolist() == ["BBB"]


def test_every_row_has_the_flags_of_its_own_session(panel, calendar):
    rows = features_of_panel(panel, calendar).set_index(["ticker", "session"])[FLAGS]
    eve = rows.loc[("BBB", pd.Timestamp("2020-11-27"))]
    assert eve[eve == 1].index.tolist() == ["half_day", "after_holiday", "friday"]
    np.testing.assert_array_equal(
        rows.loc["AAA"], calendar.flags_of(rows.loc["AAA"].index.to_numpy().astype("datetime64[D]"))
    )
    np.testing.assert_array_equal(rows.loc["AAA"], rows.loc["CCC"])


def test_a_row_on_a_date_that_is_no_session_has_no_flag(panel, calendar):
    rows = features_of_panel(panel, calendar).set_index("session")[FLAGS]
    assert rows.loc["2020-12-25"].to_numpy().tolist() == [[0.0] * len(FLAGS)] * 3


def test_scalers_do_not_change_when_later_rows_change(panel, split_features):
    features = split_features(panel)
    changed = features.copy()
    changed.loc[changed["split"] != "train", VALUES] += 100
    assert fit_scalers(changed, 22) == fit_scalers(features, 22)


def test_scalers_do_not_change_when_later_prices_change(panel, split_features):
    last = split_features(panel).query("split == 'train'")["session"].max()
    changed = panel.copy()
    changed.loc[changed["session"] > last, ["open", "high", "low", "close", "volume"]] *= 7
    assert fit_scalers(split_features(changed), 22) == fit_scalers(split_features(panel), 22)


def test_scalers_do_change_with_training_rows(panel, split_features):
    features = split_features(panel)
    changed = features.copy()
    changed.loc[30, VALUES] += 1
    assert fit_scalers(changed, 22) != fit_scalers(features, 22)


def test_scalers_equal_those_computed_window_by_window(panel, split_features):
    features = split_features(panel)
    inputs = []
    for _, rows in features[features["split"] == "train"].groupby("ticker"):
        values = rows[VALUES].to_numpy()
        for end in range(22, len(values) + 1):
            level = values[end - 22 : end, 0].mean()
            inputs.append(values[end - 1] - [level, 0, 0])
    scalers = fit_scalers(features, 22)
    np.testing.assert_allclose(scalers.features.mean, np.mean(inputs, axis=0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(scalers.features.scale, np.std(inputs, axis=0))


def test_inputs_and_targets_have_one_unit_of_log_volume(panel, split_features):
    scalers = fit_scalers(split_features(panel), 22)
    assert (scalers.target.mean[0], scalers.target.scale[0]) == (
        scalers.features.mean[0],
        scalers.features.scale[0],
    )


def test_scalers_do_not_depend_on_the_size_of_a_ticker(panel, split_features):
    features = split_features(panel)
    larger = features.assign(
        log_volume=features["log_volume"] + np.where(features["ticker"] == "AAA", 5, 0)
    )
    before, after = fit_scalers(features, 22), fit_scalers(larger, 22)
    np.testing.assert_allclose(after.features.scale, before.features.scale)


def test_training_rows_shorter_than_a_window_are_refused(panel, split_features):
    with pytest.raises(
        TrainingError,
        match="no ticker has 300 training sessions; give longer histories or a shorter window",
    ):
        fit_scalers(split_features(panel), 300)


def test_the_split_is_described_by_its_dates_and_rows(panel, split_features):
    features = split_features(panel)
    described = describe_split(features, 25)
    assert described["embargo_sessions"] == 25
    assert {name: described[name]["rows"] for name in SPLITS} == features["split"].value_counts()[
        list(SPLITS)
    ].to_dict()


def test_the_stage_writes_features_scalers_and_split(in_finished):
    features = pd.read_parquet(FEATURES)
    assert list(features.columns) == ["ticker", "session", *VALUES, *FLAGS, "split"]
    assert Scalers.from_json(SCALERS.read_text()) == fit_scalers(features, 22)
    assert json.loads(SPLIT.read_text()) == describe_split(features, 25)
