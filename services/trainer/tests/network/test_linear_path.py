from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from model_contract.model.calendar import CALENDAR_FLAGS, WEEKDAYS, Calendar
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.scaling import Scaler, Scalers
from training.network.linear_path import calendar_effects, fit_linear_path, relative_effects
from training.network.lstm import CALENDAR_EFFECT, HAR, build_network
from training.window_data import WindowData

SESSIONS = 44
FLAGS = list(CALENDAR_FLAGS)
# A half-day halves the volume, an expiry adds 30 %, a Monday subtracts 10 %.
PLANTED = {"half_day": np.log(0.5), "options_expiry": np.log(1.3), "monday": np.log(0.9)}
EFFECTS = np.array([PLANTED.get(flag, 0.0) for flag in FLAGS])
NO_EFFECTS, NO_FLAGS = np.zeros(len(FLAGS)), np.zeros((4000, len(FLAGS)))
WINDOW = 30
HAR_PLANTED = np.array([0.4, 0.3, 0.2])
SCALERS = Scalers.of_features(Scaler(FEATURE_NAMES, (-0.02, 0.0, 0.0), (0.4, 1.0, 1.0)))


@pytest.fixture(scope="module")
def rows(calendar) -> pd.DataFrame:
    """Eight tickers over three years, with a slow trend, the planted effects and noise."""
    random, parts = np.random.default_rng(1), []
    for ticker in "ABCDEFGH":
        trend = 14 + np.cumsum(random.normal(0, 0.01, len(calendar.sessions)))
        noise = random.normal(0, 0.1, len(calendar.sessions))
        part = pd.DataFrame(calendar.flags, columns=FLAGS)
        parts.append(
            part.assign(
                ticker=ticker,
                session=calendar.sessions,
                log_volume=trend + noise + calendar.flags @ EFFECTS,
            )
        )
    return pd.concat(parts, ignore_index=True)


def by_flag(effects: np.ndarray) -> dict[str, float]:
    return dict(zip(FLAGS, effects, strict=True))


@pytest.mark.parametrize(
    ("flag", "change"),
    [("half_day", -0.5), ("options_expiry", 0.3), ("futures_expiry", 0.0), ("year_end", 0.0)],
)
def test_planted_effects_are_recovered(rows, flag, change):
    assert relative_effects(calendar_effects(rows, SESSIONS, ridge=1))[flag] == pytest.approx(
        change, abs=0.03
    )


def test_weekdays_have_different_effects(rows):
    effects = by_flag(calendar_effects(rows, SESSIONS, ridge=1))
    for day in WEEKDAYS[1:]:
        assert effects["monday"] - effects[day] == pytest.approx(np.log(0.9), abs=0.02)


@pytest.mark.parametrize("ridge", [0, 10, 1000])
def test_a_date_without_any_flag_counts_as_an_average_session(rows, ridge):
    # Away from the edges, where there is no trend.
    known = rows[rows.groupby("ticker").cumcount().between(SESSIONS, 700)]
    effects = calendar_effects(rows, SESSIONS, ridge)
    assert (known[FLAGS].to_numpy() @ effects).mean() == pytest.approx(0, abs=0.002)
    assert effects[FLAGS.index("monday")] < 0 < effects[FLAGS.index("tuesday")]


def test_ridge_shrinks_a_rare_flag_much_more_than_a_frequent_one(rows):
    free, pulled = (by_flag(calendar_effects(rows, SESSIONS, ridge)) for ridge in (0, 100))
    half_days = int(rows["half_day"].sum())
    assert pulled["half_day"] / free["half_day"] == pytest.approx(
        half_days / (half_days + 100), abs=0.1
    )
    assert pulled["monday"] / free["monday"] == pytest.approx(1, abs=0.1)


def test_a_huge_ridge_leaves_no_effect(rows):
    assert np.abs(calendar_effects(rows, SESSIONS, ridge=1e9)).max() < 1e-3


def test_a_flag_that_never_occurs_has_no_effect(rows):
    assert by_flag(calendar_effects(rows.assign(year_end=0.0), SESSIONS, ridge=10))["year_end"] == 0


def test_effects_do_not_depend_on_the_size_of_a_ticker(rows):
    larger = rows.assign(log_volume=rows["log_volume"] + np.where(rows["ticker"] == "A", 5, 0))
    np.testing.assert_allclose(
        calendar_effects(larger, SESSIONS, 10), calendar_effects(rows, SESSIONS, 10), atol=1e-9
    )


def test_effects_are_reported_as_relative_changes():
    relative = relative_effects(EFFECTS)
    assert list(relative) == FLAGS
    assert (relative["half_day"], relative["options_expiry"], relative["friday"]) == (
        pytest.approx(-0.5),
        pytest.approx(0.3),
        0.0,
    )


@pytest.fixture(scope="module")
def autoregression() -> np.ndarray:
    """Features of 4,000 sessions whose log volume follows the HAR means of the previous 30."""
    random = np.random.default_rng(2)
    log_volume = list(14 + random.normal(0, 0.3, WINDOW))
    for _ in range(4000 - WINDOW):
        past = np.array(log_volume[-WINDOW:])
        means = np.array([past[-sessions:].mean() for sessions in (1, 5, 22)]) - past.mean()
        log_volume.append(past.mean() + means @ HAR_PLANTED + random.normal(0, 0.3))
    return np.column_stack([log_volume, np.zeros((4000, 2))])


@pytest.fixture
def solve(train_params, make_windows) -> Callable[..., list[np.ndarray]]:
    """Solves the linear path for the features of one ticker; returns the weights of a layer.

    No session has a flag by default.
    """

    def solved(
        features: np.ndarray,
        flags: np.ndarray = NO_FLAGS,
        effects: np.ndarray = NO_EFFECTS,
        ridge: float = 1.0,
        layer: str = HAR,
    ) -> list[np.ndarray]:
        network = build_network(WINDOW, 1, train_params)
        fit_linear_path(network, effects, make_windows(features, WINDOW, 1, flags), SCALERS, ridge)
        return network.get_layer(layer).get_weights()

    return solved


def cycled(calendar: Calendar, sessions: int) -> np.ndarray:
    return np.resize(calendar.flags, (sessions, len(FLAGS)))


def test_planted_har_coefficients_are_recovered(autoregression, solve):
    kernel, bias = solve(autoregression)
    np.testing.assert_allclose(kernel[:, 0], HAR_PLANTED, atol=0.08)
    np.testing.assert_allclose(bias, 0, atol=0.04)


def test_har_sees_volume_without_its_calendar(autoregression, solve, calendar):
    flags = cycled(calendar, 4000)
    with_calendar = autoregression.copy()
    with_calendar[:, 0] += flags @ EFFECTS
    plain, adjusted = solve(autoregression), solve(with_calendar, flags, EFFECTS)
    for expected, found in zip(plain, adjusted, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-3)


def test_effects_are_stored_in_scaled_log_volume_units(autoregression, solve, calendar):
    (kernel,) = solve(autoregression, cycled(calendar, 4000), EFFECTS, layer=CALENDAR_EFFECT)
    np.testing.assert_allclose(kernel[:, 0], EFFECTS / 0.4, rtol=1e-6)


def test_a_huge_ridge_leaves_no_autoregression(autoregression, solve):
    kernel, _ = solve(autoregression, ridge=1e9)
    assert np.abs(kernel).max() < 1e-3


def test_each_step_has_its_own_coefficients(autoregression, train_params, make_windows):
    network = build_network(WINDOW, 3, train_params)
    data: WindowData = make_windows(autoregression, WINDOW, 3)
    fit_linear_path(network, NO_EFFECTS, data, SCALERS, 1.0)
    kernel, _ = network.get_layer(HAR).get_weights()
    # The further ahead, the less the last volume matters.
    assert kernel[0, 0] > kernel[0, 1] > kernel[0, 2]


def test_a_horizon_of_one_session_is_solved_too(autoregression, solve):
    kernel, bias = solve(autoregression)
    assert (kernel.shape, bias.shape) == ((3, 1), (1,))


def test_coefficients_do_not_depend_on_the_size_of_a_batch(autoregression, solve, monkeypatch):
    once = solve(autoregression)
    monkeypatch.setattr("training.window_data.BATCH", 700)
    again = solve(autoregression)
    for expected, found in zip(once, again, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)
