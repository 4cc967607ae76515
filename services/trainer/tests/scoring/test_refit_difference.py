import numpy as np
import pytest

from contenders import HORIZON, panel_windows
from training.scoring.refit_difference import RECENT_SESSIONS, refit_difference
from unit_scalers import UNSCALED


def forecaster(shift: float):
    """Forecast the last volume, and `shift` more at the first step."""

    def network(window, calendar, inputs):
        first = np.arange(HORIZON) == 0
        return np.repeat(window[:, -1:, 0], HORIZON, axis=1) + shift * first

    return network


def test_it_is_the_mean_absolute_difference_of_log_forecasts():
    test, _ = panel_windows()
    found = refit_difference(forecaster(0.1), forecaster(-0.1), UNSCALED, test)
    assert found == pytest.approx(0.2 / HORIZON, rel=1e-5)
    assert refit_difference(forecaster(0.3), forecaster(0.3), UNSCALED, test) == 0
    assert np.isnan(refit_difference(forecaster(0.0), forecaster(np.nan), UNSCALED, test))


def test_only_the_newest_sessions_count():
    test, _ = panel_windows()
    seen = []

    def served(window, calendar, inputs):
        seen.append(len(window))
        return forecaster(0.0)(window, calendar, inputs)

    refit_difference(forecaster(0.0), served, UNSCALED, test)
    assert seen == [2 * RECENT_SESSIONS]  # of two tickers
