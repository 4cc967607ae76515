"""Compare the model with gradient-boosted trees on the same inputs and test sessions.

    .venv/bin/python benchmarks/trees.py     from the repository root, after make train

`make bench-trees` runs it. LightGBM (Ke et al. 2017, "LightGBM: A highly efficient gradient
boosting decision tree") gets everything that the linear path gets: the inputs of each session
ahead, and its calendar flags with their effect. It forecasts what remains of the log volume without
the level and the calendar effect, one set of trees for each step, minimises the absolute error, and
stops when the validation loss no longer falls. No setting was tuned on the test sessions.
"""

import sys
import time
from collections.abc import Iterator

import lightgbm
import numpy as np
import pandas as pd

from model_contract.arrays import FloatArray
from model_contract.model.calendar import effects_in_logs
from training.data_files import read_json
from training.params import EngineerFeaturesParams, load_params
from training.paths import CALENDAR_EFFECTS, FEATURES, TEST_PREDICTIONS, WINDOWS
from training.scoring.evaluation import REFERENCE
from training.scoring.median_skill import median_skill
from training.split import TEST, TRAIN, VALIDATION
from training.window_data import WindowData

SETTINGS = {
    "objective": "regression_l1",
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "verbose": -1,
    "deterministic": True,
}
ROUNDS, PATIENCE, SEEDS = 1000, 50, (1, 2, 3)
SAMPLES = 2000  # of the bootstrap


def main() -> None:
    """Print the skill of both against the reference, by step."""
    if not TEST_PREDICTIONS.exists():
        sys.exit(f"{TEST_PREDICTIONS} is missing; run 'make train' to create it")
    windows = load_params(EngineerFeaturesParams)
    panel, index = pd.read_parquet(FEATURES), pd.read_parquet(WINDOWS)
    effects = effects_in_logs(read_json(CALENDAR_EFFECTS))
    train, validation, test = (
        WindowData.of(panel, index, (split,), windows.window, windows.horizon)
        for split in (TRAIN, VALIDATION, TEST)
    )
    scored = pd.read_csv(TEST_PREDICTIONS, parse_dates=["session"])
    sys.stdout.write(
        f"skill against {REFERENCE} on {len(test):,} test windows; "
        f"trees: the mean of {len(SEEDS)} seeds\n\n"
        "| step | model | trees | model against trees, 95 % interval, p |\n|--:|--:|--:|--:|\n"
    )
    began = time.process_time()
    for step, forecasts in enumerate(forecasts_of_trees(train, validation, test, effects), start=1):
        rows = scored[scored["step"] == step]
        of_trees = pd.DataFrame(
            {"ticker": test.tickers, "session": test.future_sessions()[:, step - 1]}
        ).assign(trees=forecasts)
        rows = rows.merge(of_trees, on=["ticker", "session"], validate="one_to_one")
        model, versus = (median_skill(rows, name, SAMPLES, 0) for name in (REFERENCE, "trees"))
        trees = median_skill(rows.assign(predicted=rows["trees"]), REFERENCE, SAMPLES, 0)
        sys.stdout.write(
            f"| {step} | {model['value']:.1%} | {trees['value']:.1%} | {versus['value']:.1%}, "
            f"{versus['lower_95']:.1%} to {versus['upper_95']:.1%}, {versus['p_value']:.2g} |\n"
        )
    sys.stdout.write(f"\ntrees: {time.process_time() - began:.0f} s of CPU time\n")


def forecasts_of_trees(
    train: WindowData, validation: WindowData, test: WindowData, effects: FloatArray
) -> Iterator[FloatArray]:
    """Yield the forecasts of the test windows, (samples,), in shares, step by step."""
    parts = [regressors_and_targets(data, effects) for data in (train, validation, test)]
    for step in range(train.horizon):
        (fitted, wanted, _), (checked, aim, _), (unknown, _, base) = (
            tuple(values[:, step] for values in part) for part in parts
        )
        known = lightgbm.Dataset(fitted, wanted)
        found = [
            lightgbm.train(
                {**SETTINGS, "seed": seed},
                known,
                ROUNDS,
                [lightgbm.Dataset(checked, aim, reference=known)],
                callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
            ).predict(unknown)
            for seed in SEEDS
        ]
        yield np.exp(base + np.mean(found, axis=0))


def regressors_and_targets(
    data: WindowData, effects: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what the trees see, what they forecast, and what is added to their forecast.

    The shapes are (samples, horizon, regressors), (samples, horizon) and (samples, horizon).
    """
    windows = data.windows()
    by_session = windows.calendar @ effects
    adjusted = windows.log_volume - by_session[:, : data.window]
    base = adjusted.mean(axis=1, keepdims=True) + by_session[:, data.window :]
    flags = windows.calendar[:, data.window :]
    ahead = by_session[:, data.window :, None]
    regressors = np.concatenate([windows.inputs, flags, ahead], axis=2)
    return regressors, data.future_log_volumes() - base, base


if __name__ == "__main__":
    main()
