"""Splits the sessions chronologically into training, validation and test, with embargoes."""

from typing import Any

import numpy as np
import pandas as pd

from model_contract.model.features import SESSIONS_BEFORE_FIRST_FEATURES
from training.errors import TrainingError

TRAIN, VALIDATION, TEST, EMBARGO = "train", "validation", "test", "embargo"
SPLITS = (TRAIN, VALIDATION, TEST)
# split -> (first, stop): positions in the sorted sessions
Bounds = dict[str, tuple[int, int]]


def split_bounds(
    sessions: int, validation_fraction: float, test_fraction: float, embargo: int
) -> Bounds:
    """Return the position of each split in the sorted sessions: train, then validation, then test.

    The first `embargo` sessions of validation and test are left out, so the windows and targets
    of different splits share no session (Lopez de Prado 2018, "Advances in Financial Machine
    Learning", chapter 7). Raises `TrainingError` if a split is too short for one window.
    """
    test = round(sessions * (1 - test_fraction))
    validation = round(sessions * (1 - test_fraction - validation_fraction))
    bounds = {
        TRAIN: (0, validation),
        VALIDATION: (validation + embargo, test),
        TEST: (test + embargo, sessions),
    }
    require_windows(bounds, sessions, embargo, "larger preprocess fractions")
    return bounds


def require_windows(bounds: Bounds, sessions: int, window_and_horizon: int, remedy: str) -> None:
    """Raise `TrainingError` if a split is too short for one window; `remedy` ends the message."""
    needed = window_and_horizon + SESSIONS_BEFORE_FIRST_FEATURES
    for name, (first, stop) in bounds.items():
        if stop - first < needed:
            raise TrainingError(
                f"too few sessions: the {name} split has {max(stop - first, 0)} of {sessions}, "
                f"but one window needs {needed}; use more data, "
                f"a smaller engineer_features.window, or {remedy} (params.yaml)"
            )


def label_splits(session: pd.Series, sessions: np.ndarray, bounds: Bounds) -> np.ndarray:
    """Label each row with the split of its session; rows between splits are labelled `embargo`."""
    position = np.searchsorted(sessions, session.to_numpy())
    conditions = [(position >= first) & (position < stop) for first, stop in bounds.values()]
    return np.select(conditions, list(bounds), default=EMBARGO)


def describe_split(features: pd.DataFrame, embargo: int) -> dict[str, Any]:
    """Describe each split by its first and last session and number of rows, as in split.json."""
    described: dict[str, Any] = {"embargo_sessions": embargo}
    for name in SPLITS:
        rows = features[features["split"] == name]
        described[name] = {
            "first": f"{rows['session'].min():%Y-%m-%d}",
            "last": f"{rows['session'].max():%Y-%m-%d}",
            "rows": len(rows),
        }
    return described
