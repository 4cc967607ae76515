import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from model_contract.model.inputs.ticker_inputs import input_columns
from training import backtest
from training.backtest import BACKTEST_PLOT, fold_bounds
from training.calendar_effects import calendar_effects
from training.data_files import read_json
from training.errors import TrainingError
from training.panel import Prepared
from training.params import BacktestParams, PreprocessParams, load_params
from training.paths import BACKTEST_METRICS, FEATURES, TEST_PREDICTIONS
from training.scoring.evaluation import SKILL_AGAINST
from training.split import TRAIN

SPLITS = PreprocessParams(validation_fraction=0.15, test_fraction=0.25, calendar_ridge=10)


@pytest.fixture
def folds():
    return fold_bounds(2000, SPLITS, 4, 49)


def test_each_fold_trains_on_more_than_the_one_before(folds):
    assert [fold["train"] for fold in folds] == [(0, 1200), (0, 1325), (0, 1450), (0, 1575)]


def test_the_test_parts_are_consecutive_and_reach_the_end(folds):
    assert [fold["test"] for fold in folds] == [
        (1549, 1625),
        (1674, 1750),
        (1799, 1875),
        (1924, 2000),
    ]


def test_an_embargo_precedes_each_validation_and_test_part(folds):
    for fold in folds:
        assert (
            fold["validation"][0] - fold["train"][1]
            == fold["test"][0] - fold["validation"][1]
            == 49
        )


def test_one_fold_is_the_split_of_the_pipeline():
    assert fold_bounds(1000, SPLITS, 1, 49) == [
        {"train": (0, 600), "validation": (649, 750), "test": (799, 1000)}
    ]


def test_too_many_folds_are_an_error():
    with pytest.raises(
        TrainingError,
        match=r"the test split has 1 of 1000, but one window needs 50; .* or fewer backtest\.folds",
    ):
        fold_bounds(1000, SPLITS, 5, 49)


def test_missing_features_are_an_error_that_names_the_command(workspace):
    with pytest.raises(
        TrainingError,
        match=r"data/processed/features\.parquet is missing; run 'make train' to create it",
    ):
        backtest.main()


@contextmanager
def eagerly() -> Iterator[None]:
    """Train without graphs: making four graphs takes longer than training four networks."""
    tf.config.run_functions_eagerly(True)
    try:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # reading has graphs
            yield
    finally:
        tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def backtested(finished, tmp_path_factory):
    """A backtest of a copy of the finished workspace: two folds, each with two seeds."""
    target = tmp_path_factory.mktemp("backtest")
    (target / "data").symlink_to(finished.root / "data")
    (target / "metrics").mkdir()
    quality = "metrics/data_quality.json"
    (target / quality).write_text((finished.root / quality).read_text())
    replace(finished, root=target).write_params(train={"epochs": 1, "batch_size": 256})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(target)
        # Without its LSTMs, a network doesn't depend on the seed.
        patch.setattr(backtest, "keep_if_significant", lambda network, *_: (network, 0.0))
        with eagerly():
            backtest.main()
    return target


def test_each_fold_is_scored_like_the_model_and_all_together(backtested):
    metrics = read_json(backtested / BACKTEST_METRICS)
    assert len(metrics["folds"]) == 4
    assert sum(fold["n"] for fold in metrics["folds"]) == metrics["all"]["n"] > 0
    for part in (*metrics["folds"], metrics["all"]):
        assert {"mae", "skill", "skill_by_step", "intervals", "baselines"} <= part.keys()


def test_the_seeds_of_a_fold_differ_only_in_their_network(backtested):
    folds = read_json(backtested / BACKTEST_METRICS)["folds"]
    assert [fold["seed"] for fold in folds] == [1, 2, 1, 2]
    for one, other in (folds[:2], folds[2:]):
        assert one["split"] == other["split"]
        assert one["baselines"] == other["baselines"]
        assert one["mae"] != other["mae"]
    assert folds[0]["split"] != folds[2]["split"]


def test_the_mean_skill_is_that_of_all_folds_and_seeds(backtested):
    metrics = read_json(backtested / BACKTEST_METRICS)
    assert set(metrics["mean_skill"]) == set(SKILL_AGAINST)
    for name, of_one in metrics["mean_skill"].items():
        assert set(of_one) == {"1", "2", "3"}
        for step, value in of_one.items():
            each = [fold["skill_by_step"][name][step] for fold in metrics["folds"]]
            assert value == pytest.approx(sum(each) / 4)


def test_no_fold_is_scored_on_its_training_data(backtested):
    for fold in read_json(backtested / BACKTEST_METRICS)["folds"]:
        assert fold["split"]["train"]["last"] < fold["split"]["validation"]["first"]
        assert fold["split"]["validation"]["last"] < fold["split"]["test"]["first"]


def test_the_plot_has_a_bar_for_each_fold_seed_and_baseline(backtested):
    rows = pd.read_csv(backtested / BACKTEST_PLOT)
    assert len(rows) == 2 * 2 * len(SKILL_AGAINST)
    assert (rows["lower_95"] <= rows["upper_95"]).all()


def folds_of(features: pd.DataFrame, monkeypatch) -> list[Prepared]:
    """What the backtest trains on, fold by fold."""
    found: list[Prepared] = []

    def collect(fold, windows, params):
        found.append(fold)
        return pd.read_parquet(TEST_PREDICTIONS)

    monkeypatch.setattr(backtest, "forecast_fold", collect)
    monkeypatch.setattr(backtest, "write_json", lambda *_: None)
    monkeypatch.setattr(backtest, "write_csv", lambda *_: None)
    monkeypatch.setattr(backtest, "load_params", one_seed)
    read = pd.read_parquet
    monkeypatch.setattr(
        backtest.pd, "read_parquet", lambda path: features if path == FEATURES else read(path)
    )
    backtest.main()
    return found


def one_seed(section):
    return BacktestParams(folds=2, seeds=1) if section is BacktestParams else load_params(section)


def test_each_fold_has_the_effects_and_inputs_of_its_own_training_rows(in_finished, monkeypatch):
    features = pd.read_parquet(FEATURES)
    first, last = folds_of(features, monkeypatch)
    assert np.abs(first.effects - last.effects).max() > 1e-4
    for fold in (first, last):
        training = fold.panel[fold.panel["split"] == TRAIN]
        np.testing.assert_array_equal(fold.effects, calendar_effects(training, 22, 10))
    # The pipeline's training rows are those of the first fold, and so are its inputs.
    assert (first.panel["split"] == TRAIN).equals(features["split"] == TRAIN)
    pd.testing.assert_frame_equal(first.panel[input_columns(3)], features[input_columns(3)])
    assert not last.panel["day"].equals(features["day"])


def test_volumes_after_a_fold_s_training_rows_do_not_change_its_effects(in_finished, monkeypatch):
    features = pd.read_parquet(FEATURES)
    before = folds_of(features, monkeypatch)[0]
    later = before.panel["split"] != TRAIN
    noise = np.random.default_rng(1).normal(0, 1, len(features)) * later
    noisy = features.assign(log_volume=features["log_volume"] + noise)
    after = folds_of(noisy, monkeypatch)[0]
    np.testing.assert_array_equal(after.effects, before.effects)
