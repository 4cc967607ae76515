"""Compares the network that is served with the scored one: the errors of one stand for the other's.

The served network has also learned from the sessions that it forecasts here, and from those before.
A large difference means that the recipe is unstable, or that the two don't belong together.
"""

import numpy as np

from model_contract.model.forecasting import Network, forecast_volumes
from model_contract.model.scaling import Scalers
from training.window_data import WindowData

RECENT_SESSIONS = 60


def refit_difference(scored: Network, served: Network, scalers: Scalers, test: WindowData) -> float:
    """Return the mean absolute difference of the two log forecasts: 0.1 is about 10 %.

    The mean is over all steps and tickers, and the windows of the newest 60 first sessions to
    forecast. It is NaN if a forecast isn't a number.
    """
    sessions = test.index["session"].to_numpy()
    recent = np.flatnonzero(np.isin(sessions, np.unique(sessions)[-RECENT_SESSIONS:]))
    windows = test.windows(recent)
    ours, theirs = (forecast_volumes(windows, scalers, network) for network in (served, scored))
    return float(np.mean(np.abs(np.log(ours) - np.log(theirs))))
