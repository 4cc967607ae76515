"""The chronological split into training, validation and test, with an embargo between them."""

import numpy as np
import pandas as pd

from model_contract.model.features import SESSIONS_BEFORE_FIRST_FEATURES
from training.errors import TrainingError

TRAIN, VALIDATION, TEST, EMBARGO = "train", "validation", "test", "embargo"


SPLITS = (TRAIN, VALIDATION, TEST)


Bounds = dict[
    str, tuple[int, int]
]  # split: its first and last+1 position among the sorted sessions


def split_bounds(
    sessions: int, validation_fraction: float, test_fraction: float, embargo: int
) -> Bounds:
    """First and last+1 position, among the sorted sessions, of each split: train, then validation, then test.

    The first `embargo` sessions of validation and of test are left out, so that no window and no target of one split
    shares a session with another (Lopez de Prado 2018, "Advances in Financial Machine Learning", chapter 7).
    Raises `TrainingError` where a split is left without a window.
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
    """Raises `TrainingError` where a split is left without a window; `remedy` is what else to do than to give more data."""
    needed = window_and_horizon + SESSIONS_BEFORE_FIRST_FEATURES
    for name, (first, stop) in bounds.items():
        if stop - first < needed:
            raise TrainingError(
                f"too few sessions: the {name} split has {max(stop - first, 0)} of {sessions}, and needs {needed} to hold one window; "
                f"give more data, a smaller engineer_features.window, or {remedy} (params.yaml)"
            )


def label_splits(session: pd.Series, sessions: np.ndarray, bounds: Bounds) -> np.ndarray:
    """The split of each row by its date; what lies between the splits is `embargo`."""
    position = np.searchsorted(sessions, session.to_numpy())
    conditions = [(position >= first) & (position < stop) for first, stop in bounds.values()]
    return np.select(conditions, list(bounds), default=EMBARGO)
