"""`make backtest`: checks how well the same method would have worked at other times.

It isn't a pipeline stage and publishes nothing.

This is walk-forward validation with an expanding window: the test sessions are cut into folds. For
each fold, the network is retrained on all earlier sessions, with several seeds, and scored in the
same way as in `evaluate`. An embargo of window + horizon sessions precedes each validation and test
part.
"""

import logging
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model_contract.model.inputs.ticker_inputs import input_columns
from model_contract.model.intervals import LEVELS
from model_contract.model.market_calendars import from_npz
from training.data_files import read_json, write_csv, write_json
from training.errors import TrainingError
from training.network.fitting import fit
from training.network.lstm import as_network
from training.panel import Prepared, prepare
from training.params import (
    BacktestParams,
    EngineerFeaturesParams,
    EvaluateParams,
    PreprocessParams,
    TrainParams,
    load_params,
)
from training.paths import BACKTEST_METRICS, DATA_QUALITY, FEATURES, PANEL_CALENDARS, PRICES
from training.scoring.baselines import fit_baselines
from training.scoring.calibration import calibrate
from training.scoring.evaluation import REFERENCE, evaluate_forecasts
from training.scoring.forecast_table import forecast_table, naive_scales
from training.scoring.forecasts import forecast_all
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

# Not in `paths`: the backtest isn't a stage, so DVC doesn't track the file.
BACKTEST_PLOT = Path("metrics/plots/backtest.csv")


def main() -> None:
    """Train and score once per fold and seed."""
    if not FEATURES.exists():
        raise TrainingError(f"{FEATURES} is missing; run 'make train' to create it")
    samples = load_params(EvaluateParams).bootstrap_samples
    windows, splits = load_params(EngineerFeaturesParams), load_params(PreprocessParams)
    prices, calendars = pd.read_parquet(PRICES), from_npz(PANEL_CALENDARS.read_bytes())
    features = pd.read_parquet(FEATURES).drop(columns=input_columns(windows.horizon))
    sessions = np.sort(features["session"].unique())
    embargo = windows.window + windows.horizon
    backtest, train = load_params(BacktestParams), load_params(TrainParams)
    folds, tables = [], []
    for bounds in fold_bounds(len(sessions), splits, backtest.folds, embargo):
        labelled = features.assign(split=label_splits(features["session"], sessions, bounds))
        fold = prepare(labelled, prices, calendars, windows, splits.calendar_ridge)
        for seed in range(train.seed, train.seed + backtest.seeds):
            tables.append(forecast_fold(fold, windows, replace(train, seed=seed)))
            split, metrics = (
                describe_split(fold.panel, embargo),
                evaluate_forecasts(tables[-1], samples),
            )
            folds.append({"split": split, "seed": seed, **metrics})
            log.info(
                "trained up to %s with seed %d: skill %+.1f %% against naive, "
                "%+.1f %% against HAR + calendar fitted to the median",
                split[TRAIN]["last"],
                seed,
                *(100 * metrics["skill"][name]["value"] for name in ("naive", REFERENCE)),
            )
    quality = read_json(DATA_QUALITY)
    data = {key: quality[key] for key in ("sha256", "rows", "first_session", "last_session")}
    overall = evaluate_forecasts(pd.concat(tables), samples)
    summary = {"data": data, "folds": folds, "mean_skill": mean_skill(folds), "all": overall}
    write_json(BACKTEST_METRICS, summary)
    write_csv(BACKTEST_PLOT, plot_rows(folds))


def mean_skill(folds: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Average the skill over folds and seeds, by baseline and step."""
    first = folds[0]["skill_by_step"]
    return {
        name: {
            step: float(np.mean([fold["skill_by_step"][name][step] for fold in folds]))
            for step in of_one
        }
        for name, of_one in first.items()
    }


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
    fold: Prepared, windows: EngineerFeaturesParams, params: TrainParams
) -> pd.DataFrame:
    """Train on one fold and forecast its test sessions. Returns a `forecast_table`."""
    panel, effects, scalers = fold.panel, fold.effects, fold.scalers
    index = window_index(panel, windows.window, windows.horizon)
    known, train, validation, test = (
        WindowData.of(panel, index, parts, windows.window, windows.horizon)
        for parts in ((TRAIN, VALIDATION), (TRAIN,), (VALIDATION,), (TEST,))
    )
    trained, _ = fit(effects, train, validation, scalers, params)
    kept, _ = keep_if_significant(trained, effects, train, validation, scalers, params)
    network = as_network(kept)
    return forecast_table(
        test,
        forecast_all(test, scalers, network),
        fit_baselines(known),
        calibrate(train, validation, scalers, network, LEVELS),
        naive_scales(panel, test),
    )


def plot_rows(folds: list[dict[str, Any]]) -> pd.DataFrame:
    """Return a row per fold, seed and baseline: first test session, skill in percent, interval."""
    return pd.DataFrame(
        [
            {
                "from": fold["split"][TEST]["first"],
                "seed": fold["seed"],
                "baseline": name,
                **{key: 100 * skill[key] for key in ("value", "lower_95", "upper_95")},
            }
            for fold in folds
            for name, skill in fold["skill"].items()
        ]
    )
