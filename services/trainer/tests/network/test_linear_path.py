from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from input_columns import columns_of
from model_contract.model.calendar import CALENDAR_FLAGS, Calendar
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.memory import HAR_NAMES
from model_contract.model.inputs.ticker_inputs import INPUT_NAMES, MARKET_POSITIONS
from model_contract.model.scaling import Scaler, Scalers
from training.network.linear_path import fit_linear_path
from training.network.lstm import CALENDAR_EFFECT, WITH_MARKET, WITHOUT_MARKET, build_network
from training.window_data import WindowData

FLAGS = list(CALENDAR_FLAGS)
# A half-day halves the volume, an expiry adds 30 %, a Monday subtracts 10 %.
EFFECTS = np.zeros(len(FLAGS))
EFFECTS[[FLAGS.index(name) for name in ("half_day", "options_expiry", "monday")]] = np.log(
    [0.5, 1.3, 0.9]
)
NO_EFFECTS = np.zeros(len(FLAGS))
WINDOW, SESSIONS = 22, 4000
UNIT, INPUT_UNIT, MEAN = 0.4, 0.5, -0.02
SCALERS = Scalers.of(
    Scaler(FEATURE_NAMES, (MEAN, 0.0, 0.0), (UNIT, 1.0, 1.0)),
    Scaler(INPUT_NAMES, (0.0,) * len(INPUT_NAMES), (INPUT_UNIT,) * len(INPUT_NAMES)),
)
# What the log volume of the next session changes by, per unit of an input. The others add nothing.
PLANTED = {"day": 0.4, "median_month": 0.3, "market_move": 0.2, "own_effect": 0.5}


@dataclass(frozen=True)
class Planted:
    """Log volumes that follow random inputs, for windows with one session ahead."""

    log_volume: np.ndarray
    inputs: np.ndarray
    flags: np.ndarray

    def windows(self, make: Callable[..., WindowData], horizon: int = 1) -> WindowData:
        features = np.column_stack([self.log_volume, np.zeros((SESSIONS, 2))])
        names = {name: self.inputs[:, row] for row, name in enumerate(PLANTED)}
        return make(features, WINDOW, horizon, self.flags, columns_of(SESSIONS, horizon, **names))


@pytest.fixture(scope="module")
def planted() -> Planted:
    """Every tenth session's volume is e**3 times as high, mostly if `day` was high."""
    random = np.random.default_rng(2)
    inputs = random.normal(0, 1, (SESSIONS, len(PLANTED)))
    inputs[:, list(PLANTED).index("market_move")] += 0.5  # matters without the market
    outliers = 3.0 * (random.random(SESSIONS) < 0.1) * (inputs[:, 0] > 0)
    log_volume = np.full(SESSIONS, 14.0)
    for row in range(WINDOW, SESSIONS):
        level = log_volume[row - WINDOW : row].mean()
        known = inputs[row - 1] @ list(PLANTED.values())
        log_volume[row] = level + known + random.normal(0, 0.3) + outliers[row - 1]
        log_volume[row] -= 0.005 * (log_volume[row] - 14)
    return Planted(log_volume, inputs, np.zeros((SESSIONS, len(FLAGS))))


@pytest.fixture
def solve(train_params, make_windows) -> Callable[..., np.ndarray]:
    """Solves the linear path; returns the weights of a layer: (horizon, inputs + 1)."""

    def solved(
        history: Planted,
        effects: np.ndarray = NO_EFFECTS,
        ridge: float = 1.0,
        layer: str = WITH_MARKET,
        horizon: int = 1,
    ) -> np.ndarray:
        network = build_network(WINDOW, horizon, train_params)
        fit_linear_path(network, effects, history.windows(make_windows, horizon), SCALERS, ridge)
        (weights,) = network.get_layer(layer).get_weights()
        return weights

    return solved


def coefficients(weights: np.ndarray) -> dict[str, float]:
    """The first step's coefficients, in logs per unit of an input."""
    return dict(zip(INPUT_NAMES, weights[0, :-1] * UNIT / INPUT_UNIT, strict=True))


def test_planted_coefficients_are_recovered_in_spite_of_outliers(planted, solve):
    found = coefficients(solve(planted))
    assert found == pytest.approx({name: PLANTED.get(name, 0.0) for name in INPUT_NAMES}, abs=0.05)


def test_least_squares_would_not_recover_them(planted, make_windows):
    """The outliers raise the mean of the sessions after a high `day`, but hardly the median."""
    data = planted.windows(make_windows)
    wanted = data.future_log_volumes()[:, 0] - data.windows().log_volume.mean(axis=1)
    known = planted.inputs[data.index["start"].to_numpy() + WINDOW - 1]
    regressors = np.column_stack([known, np.ones(len(known))])
    assert np.linalg.lstsq(regressors, wanted)[0][0] > PLANTED["day"] + 0.1


def test_without_the_market_the_constant_stands_for_an_average_market(planted, solve):
    with_market, without_market = solve(planted), solve(planted, layer=WITHOUT_MARKET)
    found = coefficients(without_market)
    assert [found[INPUT_NAMES[position]] for position in MARKET_POSITIONS] == [0, 0]
    others = {name: PLANTED.get(name, 0.0) for name in INPUT_NAMES if "market" not in name}
    assert {name: found[name] for name in others} == pytest.approx(others, abs=0.05)
    assert (without_market - with_market)[0, -1] * UNIT == pytest.approx(0.2 * 0.5, abs=0.03)


def test_a_panel_of_one_ticker_has_the_same_path_with_and_without_its_market(planted, solve):
    alone = replace(planted, inputs=planted.inputs * [1, 1, 0, 1])
    np.testing.assert_allclose(solve(alone), solve(alone, layer=WITHOUT_MARKET), atol=1e-6)


def test_the_path_is_fitted_to_volume_without_its_calendar(planted, solve, calendar: Calendar):
    flags = np.resize(calendar.flags, (SESSIONS, len(FLAGS)))
    with_calendar = replace(planted, log_volume=planted.log_volume + flags @ EFFECTS, flags=flags)
    np.testing.assert_allclose(solve(with_calendar, EFFECTS), solve(planted), atol=2e-3)


def test_effects_are_stored_in_scaled_log_volume_units(planted, solve):
    found = solve(planted, EFFECTS, layer=CALENDAR_EFFECT)
    np.testing.assert_allclose(found[:, 0], EFFECTS / UNIT, rtol=1e-6)


def test_a_huge_ridge_leaves_only_har(planted, solve):
    found = coefficients(solve(planted, ridge=1e9))
    assert found["day"] == pytest.approx(PLANTED["day"], abs=0.05)
    assert max(abs(found[name]) for name in set(INPUT_NAMES) - set(HAR_NAMES)) < 1e-3


def test_each_step_has_its_own_coefficients(planted, solve):
    """The inputs are known for the next session only, so they say less about later ones."""
    found = solve(planted, horizon=3) * UNIT / INPUT_UNIT
    assert found.shape == (3, len(INPUT_NAMES) + 1)
    own_effect = found[:, INPUT_NAMES.index("own_effect")]
    np.testing.assert_allclose(own_effect, [0.5, 0, 0], atol=0.06)


def test_coefficients_do_not_depend_on_the_size_of_a_batch(planted, solve, monkeypatch):
    once = solve(planted)
    monkeypatch.setattr("training.window_data.BATCH", 700)
    np.testing.assert_allclose(solve(planted), once, atol=1e-5)
