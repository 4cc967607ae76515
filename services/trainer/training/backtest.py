"""`make backtest`: would the same recipe have been as good at other times? No stage of the pipeline; it publishes nothing.

Walk-forward: the test sessions are cut into parts. Before each part, the network is trained anew on all that was known then,
and scored on the part as `evaluate` scores the model. The window of knowledge expands, and an embargo of window + horizon
sessions lies before each validation and each test part.
"""

import logging
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model_contract.arrays import Float32Array
from model_contract.model.intervals import LEVELS
from training.errors import TrainingError
from training.json_files import read_json, write_json
from training.network.linear_path import calendar_effects
from training.params import (
    BacktestParams,
    EngineerFeaturesParams,
    EvaluateParams,
    PreprocessParams,
    TrainParams,
    load_params,
)
from training.paths import DATA_QUALITY, FEATURES
from training.running import stage
from training.scoring.baselines import fit_baselines
from training.scoring.lstm_significance import agreed
from training.split import TEST, TRAIN, VALIDATION, Bounds, label_splits, require_windows
from training.stages.engineer_features import window_index
from training.stages.evaluate import (
    evaluation,
    fit_interval,
    forecast_all,
    naive_scales,
    predict,
    write_table,
)
from training.stages.preprocess import describe_split, fit_scalers
from training.stages.train import fit
from training.window_data import WindowData

log = logging.getLogger(__name__)

# Written beside the outputs of the pipeline, which DVC owns.
BACKTEST_METRICS = Path("metrics/backtest.json")
BACKTEST_PLOT = Path("metrics/plots/backtest.csv")


def main() -> None:
    """Train and score once per fold."""
    if not FEATURES.exists():
        raise TrainingError(f"{FEATURES} is missing; 'make train' makes it")
    features, samples = pd.read_parquet(FEATURES), load_params(EvaluateParams).bootstrap_samples
    windows, splits = load_params(EngineerFeaturesParams), load_params(PreprocessParams)
    sessions = np.sort(features["session"].unique())
    folds: list[dict[str, Any]] = []
    parts = []
    for bounds in fold_bounds(
        len(sessions), splits, load_params(BacktestParams).folds, windows.window + windows.horizon
    ):
        panel = features.assign(split=label_splits(features["session"], sessions, bounds))
        predictions = forecast_fold(panel, windows, load_params(TrainParams))
        parts.append(predictions)
        folds.append(
            {
                "split": describe_split(panel, windows.window + windows.horizon),
                **evaluation(predictions, samples),
            }
        )
        naive, linear = (
            100 * folds[-1]["skill"][name]["value"] for name in ("naive", "har_calendar_pooled")
        )
        trained_to = folds[-1]["split"][TRAIN]["last"]
        log.info(
            "trained up to %s: skill %+.1f %% against naive, %+.1f %% against HAR + calendar",
            trained_to,
            naive,
            linear,
        )
    data = {
        key: read_json(DATA_QUALITY)[key]
        for key in ("sha256", "rows", "first_session", "last_session")
    }
    write_json(
        BACKTEST_METRICS,
        {"data": data, "folds": folds, "all": evaluation(pd.concat(parts), samples)},
    )
    write_table(BACKTEST_PLOT, plot_rows(folds))


def fold_bounds(sessions: int, splits: PreprocessParams, folds: int, embargo: int) -> list[Bounds]:
    """First and last+1 position, among the sorted sessions, of each split of each fold; the folds' tests follow one another.

    Raises `TrainingError` where a part is left without a window.
    """
    edges = (
        np.linspace(round(sessions * (1 - splits.test_fraction)), sessions, folds + 1)
        .round()
        .astype(int)
        .tolist()
    )
    validation = round(sessions * splits.validation_fraction)
    made: list[Bounds] = [
        {
            TRAIN: (0, first - validation),
            VALIDATION: (first - validation + embargo, first),
            TEST: (first + embargo, stop),
        }
        for first, stop in pairwise(edges)
    ]
    for bounds in made:
        require_windows(bounds, sessions, embargo, "fewer backtest.folds")
    return made


def forecast_fold(
    panel: pd.DataFrame, windows: EngineerFeaturesParams, params: TrainParams
) -> pd.DataFrame:
    """Train on one fold and forecast its test sessions, a frame as `evaluate.predict` gives it."""
    scalers = fit_scalers(panel, windows.window)
    index = window_index(panel, windows.window, windows.horizon)
    known, train, validation, test = (
        WindowData.of(panel, index, parts, windows.window, windows.horizon)
        for parts in ((TRAIN, VALIDATION), (TRAIN,), (VALIDATION,), (TEST,))
    )
    effects = calendar_effects(panel[panel["split"] == TRAIN], windows.window, params.ridge)
    trained, _ = fit(effects, train, validation, scalers, params)
    keras_network, _ = agreed(trained, effects, train, validation, scalers, params)

    def network(window: Float32Array, calendar: Float32Array) -> Float32Array:
        return np.asarray(keras_network([window, calendar]))

    residuals = validation.future_log_volumes() - np.log(forecast_all(validation, scalers, network))
    intervals = {level: fit_interval(residuals, int(level)) for level in LEVELS}
    return predict(
        test,
        forecast_all(test, scalers, network),
        fit_baselines(known),
        intervals,
        naive_scales(panel, test),
    )


def plot_rows(folds: list[dict[str, Any]]) -> pd.DataFrame:
    """A row per fold and baseline: first session of the test, baseline, and the skill in percent with its interval."""
    return pd.DataFrame(
        [
            {
                "from": fold["split"][TEST]["first"],
                "baseline": name,
                **{key: 100 * figures[key] for key in ("value", "lower_95", "upper_95")},
            }
            for fold in folds
            for name, figures in fold["skill"].items()
        ]
    )


if __name__ == "__main__":
    stage.run_apart("backtest", main)
