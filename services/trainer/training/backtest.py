"""`make backtest`: checks how well the same method would have worked at other times.

It isn't a pipeline stage and publishes nothing.

This is walk-forward validation with an expanding window: the test sessions are cut into folds. For
each fold, the network is retrained on all earlier sessions and scored in the same way as in
`evaluate`. An embargo of window + horizon sessions precedes each validation and test part.
"""

import logging
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model_contract.arrays import Float32Array
from model_contract.model.intervals import LEVELS
from training.data_files import read_json, write_csv, write_json
from training.errors import TrainingError
from training.network.fitting import fit
from training.network.linear_path import calendar_effects
from training.panel import fit_scalers
from training.params import (
    BacktestParams,
    EngineerFeaturesParams,
    EvaluateParams,
    PreprocessParams,
    TrainParams,
    load_params,
)
from training.paths import DATA_QUALITY, FEATURES
from training.scoring.baselines import fit_baselines
from training.scoring.calibration import fit_intervals
from training.scoring.evaluation import evaluate_forecasts
from training.scoring.forecast_table import forecast_all, forecast_table, naive_scales
from training.scoring.lstm_significance import keep_if_significant
from training.split import (
    TEST,
    TRAIN,
    VALIDATION,
    Bounds,
    describe_split,
    label_splits,
    require_windows,
)
from training.window_data import WindowData, window_index

log = logging.getLogger(__name__)

# Not in `paths`: the backtest isn't a stage, so DVC doesn't track these files.
BACKTEST_METRICS = Path("metrics/backtest.json")
BACKTEST_PLOT = Path("metrics/plots/backtest.csv")


def main() -> None:
    """Train and score once per fold."""
    if not FEATURES.exists():
        raise TrainingError(f"{FEATURES} is missing; run 'make train' to create it")
    features, samples = pd.read_parquet(FEATURES), load_params(EvaluateParams).bootstrap_samples
    windows, splits = load_params(EngineerFeaturesParams), load_params(PreprocessParams)
    sessions = np.sort(features["session"].unique())
    embargo = windows.window + windows.horizon
    folds, tables = [], []
    for bounds in fold_bounds(len(sessions), splits, load_params(BacktestParams).folds, embargo):
        panel = features.assign(split=label_splits(features["session"], sessions, bounds))
        tables.append(forecast_fold(panel, windows, load_params(TrainParams)))
        split, metrics = describe_split(panel, embargo), evaluate_forecasts(tables[-1], samples)
        folds.append({"split": split, **metrics})
        log.info(
            "trained up to %s: skill %+.1f %% against naive, %+.1f %% against HAR + calendar",
            split[TRAIN]["last"],
            *(100 * metrics["skill"][name]["value"] for name in ("naive", "har_calendar_pooled")),
        )
    quality = read_json(DATA_QUALITY)
    data = {key: quality[key] for key in ("sha256", "rows", "first_session", "last_session")}
    overall = evaluate_forecasts(pd.concat(tables), samples)
    write_json(BACKTEST_METRICS, {"data": data, "folds": folds, "all": overall})
    write_csv(BACKTEST_PLOT, plot_rows(folds))


def fold_bounds(sessions: int, splits: PreprocessParams, folds: int, embargo: int) -> list[Bounds]:
    """Return the positions of each fold's splits in the sorted sessions.

    The test parts are consecutive. Raises `TrainingError` if a part is too short for one window.
    """
    start = round(sessions * (1 - splits.test_fraction))
    edges = np.linspace(start, sessions, folds + 1).round().astype(int).tolist()
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
    """Train on one fold and forecast its test sessions. Returns a `forecast_table`."""
    scalers = fit_scalers(panel, windows.window)
    index = window_index(panel, windows.window, windows.horizon)
    known, train, validation, test = (
        WindowData.of(panel, index, parts, windows.window, windows.horizon)
        for parts in ((TRAIN, VALIDATION), (TRAIN,), (VALIDATION,), (TEST,))
    )
    effects = calendar_effects(panel[panel["split"] == TRAIN], windows.window, params.ridge)
    trained, _ = fit(effects, train, validation, scalers, params)
    keras_network, _ = keep_if_significant(trained, effects, train, validation, scalers, params)

    def network(window: Float32Array, calendar: Float32Array) -> Float32Array:
        return np.asarray(keras_network([window, calendar]))

    return forecast_table(
        test,
        forecast_all(test, scalers, network),
        fit_baselines(known),
        fit_intervals(validation, scalers, network, LEVELS),
        naive_scales(panel, test),
    )


def plot_rows(folds: list[dict[str, Any]]) -> pd.DataFrame:
    """Return a row per fold and baseline: first test session, skill and interval in percent."""
    return pd.DataFrame(
        [
            {
                "from": fold["split"][TEST]["first"],
                "baseline": name,
                **{key: 100 * skill[key] for key in ("value", "lower_95", "upper_95")},
            }
            for fold in folds
            for name, skill in fold["skill"].items()
        ]
    )
