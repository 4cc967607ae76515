import pandas as pd
import pytest

from training import backtest
from training.backtest import BACKTEST_METRICS, BACKTEST_PLOT, fold_bounds
from training.data_files import read_json
from training.errors import TrainingError
from training.params import PreprocessParams

SPLITS = PreprocessParams(validation_fraction=0.15, test_fraction=0.25)


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


@pytest.fixture(scope="module")
def backtested(finished, tmp_path_factory):
    """A backtest of a copy of the finished workspace."""
    target = tmp_path_factory.mktemp("backtest")
    (target / "data").symlink_to(finished.root / "data")
    (target / "metrics").mkdir()
    (target / "metrics/data_quality.json").write_text(
        (finished.root / "metrics/data_quality.json").read_text()
    )
    (target / "params.yaml").write_text((finished.root / "params.yaml").read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(target)
        backtest.main()
    return target


def test_each_fold_is_scored_like_the_model_and_all_together(backtested):
    metrics = read_json(backtested / BACKTEST_METRICS)
    assert len(metrics["folds"]) == 2
    assert sum(fold["n"] for fold in metrics["folds"]) == metrics["all"]["n"] > 0
    for part in (*metrics["folds"], metrics["all"]):
        assert {"mae", "skill", "intervals", "baselines", "by_step"} <= part.keys()


def test_no_fold_is_scored_on_its_training_data(backtested):
    for fold in read_json(backtested / BACKTEST_METRICS)["folds"]:
        assert fold["split"]["train"]["last"] < fold["split"]["validation"]["first"]
        assert fold["split"]["validation"]["last"] < fold["split"]["test"]["first"]


def test_the_plot_has_a_bar_for_each_fold_and_baseline(backtested):
    rows = pd.read_csv(backtested / BACKTEST_PLOT)
    assert len(rows) == 2 * 6
    assert (rows["lower_95"] <= rows["upper_95"]).all()
