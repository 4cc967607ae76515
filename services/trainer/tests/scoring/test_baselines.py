from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, QuantileRegressor

from model_contract.model.calendar import CALENDAR_FLAGS
from training.scoring import baselines
from training.scoring.baselines import (
    BASELINES,
    FROZEN_FLAGS,
    Regression,
    fit_baselines,
    least_absolute_deviations,
    pooled_har,
)
from training.split import TEST, TRAIN, VALIDATION
from training.window_data import WindowData, window_index

WINDOW, HORIZON = 30, 3
HALF_DAY = CALENDAR_FLAGS.index("half_day")
REGRESSIONS = {
    "har": {"flags": (), "by_ticker": True},
    "har_calendar": {"flags": FROZEN_FLAGS, "by_ticker": True},
    "har_calendar_pooled": {"flags": FROZEN_FLAGS, "by_ticker": False},
}


@pytest.fixture
def features(panel, split_features) -> pd.DataFrame:
    """Features of AAA and BBB, which have different dynamics, and CCC, which was listed late."""
    late = panel[(panel["ticker"] != "CCC") | (panel["session"] >= "2020-06-01")].reset_index(
        drop=True
    )
    found = split_features(late)
    random = np.random.default_rng(1).normal(0, 0.3, len(found))
    return found.assign(log_volume=found["log_volume"].where(found["ticker"] != "BBB", 15 + random))


@pytest.fixture
def known(features, monkeypatch) -> WindowData:
    """All training and validation windows; CCC has too few for its own regression."""
    monkeypatch.setattr(baselines, "FEWEST_WINDOWS", 150)
    return WindowData.of(
        features, window_index(features, WINDOW, HORIZON), (TRAIN, VALIDATION), WINDOW, HORIZON
    )


@pytest.fixture
def test_windows(features) -> WindowData:
    return WindowData.of(
        features, window_index(features, WINDOW, HORIZON), (TEST,), WINDOW, HORIZON
    )


def of_ticker(data: WindowData, ticker: str) -> WindowData:
    return replace(data, index=data.index[data.index["ticker"] == ticker].reset_index(drop=True))


def least_squares(
    train: WindowData, asked: WindowData, of_step: tuple[str, ...] = FROZEN_FLAGS
) -> np.ndarray:
    """Forecast with scikit-learn's regression on HAR means and flags of the step's session."""
    columns = [CALENDAR_FLAGS.index(flag) for flag in of_step]

    def regressors(data: WindowData, step: int) -> np.ndarray:
        log_volume = data.windows().log_volume
        means = [
            log_volume[:, -sessions:].mean(axis=1) - log_volume.mean(axis=1)
            for sessions in (1, 5, 22)
        ]
        flags = data.flags[data.index["start"].to_numpy() + WINDOW + step]
        return np.column_stack([*means, flags[:, columns]])

    steps = []
    for step in range(HORIZON):
        actual = train.future_log_volumes()[:, step] - train.windows().log_volume.mean(axis=1)
        model = LinearRegression().fit(regressors(train, step), actual)
        steps.append(
            np.exp(model.predict(regressors(asked, step)) + asked.windows().log_volume.mean(axis=1))
        )
    return np.column_stack(steps)


@pytest.fixture
def hand(make_windows) -> WindowData:
    """The volumes 1, 2, 3, … up to 40."""
    return make_windows(
        np.column_stack([np.log(np.arange(1.0, 41)), np.zeros((40, 2))]), WINDOW, HORIZON
    )


@pytest.mark.parametrize(("name", "volume"), [("naive", 30), ("mean_5", 28), ("mean_22", 19.5)])
def test_plain_forecasts_repeat_the_last_volume_or_a_mean_of_volumes(hand, name, volume):
    forecast = fit_baselines(hand)[name](hand)
    np.testing.assert_allclose(forecast[0], [volume] * HORIZON)
    np.testing.assert_allclose(forecast[5], [volume + 5] * HORIZON)


def test_every_baseline_forecasts_every_window_and_step(known, test_windows):
    forecasts = {
        name: forecaster(test_windows) for name, forecaster in fit_baselines(known).items()
    }
    assert tuple(forecasts) == BASELINES
    for forecast in forecasts.values():
        assert forecast.shape == (len(test_windows), HORIZON)
        assert (forecast > 0).all()


@pytest.mark.parametrize("ticker", ["AAA", "BBB"])
@pytest.mark.parametrize("name", ["har", "har_calendar"])
def test_the_regression_of_a_ticker_equals_scikit_learn_s(known, test_windows, name, ticker):
    forecast = fit_baselines(known)[name](test_windows)[test_windows.tickers == ticker]
    expected = least_squares(
        of_ticker(known, ticker),
        of_ticker(test_windows, ticker),
        REGRESSIONS[name]["flags"],
    )
    np.testing.assert_allclose(forecast, expected, rtol=1e-6)


def test_the_pooled_regression_equals_scikit_learn_s(known, test_windows):
    np.testing.assert_allclose(
        fit_baselines(known)["har_calendar_pooled"](test_windows),
        least_squares(known, test_windows),
        rtol=1e-6,
    )


@pytest.mark.parametrize("name", ["har", "har_calendar"])
def test_a_ticker_with_few_windows_uses_the_regression_over_all(known, test_windows, name):
    assert (known.tickers == "CCC").sum() < 150 <= (known.tickers == "AAA").sum()
    rows, flags = test_windows.tickers == "CCC", REGRESSIONS[name]["flags"]
    pooled = least_squares(known, of_ticker(test_windows, "CCC"), flags)
    np.testing.assert_allclose(fit_baselines(known)[name](test_windows)[rows], pooled, rtol=1e-6)


def test_an_unseen_ticker_uses_the_regression_over_all(known, test_windows):
    unseen = replace(test_windows, index=test_windows.index.assign(ticker="NEW"))
    regression = Regression.fit(known, FROZEN_FLAGS, by_ticker=True)
    np.testing.assert_allclose(
        regression.forecast(unseen), least_squares(known, test_windows), rtol=1e-6
    )


def test_the_calendar_regression_uses_each_step_s_flags(make_windows):
    random = np.random.default_rng(2)
    flags = np.zeros((600, len(CALENDAR_FLAGS)))
    flags[:, HALF_DAY] = random.random(600) < 0.1
    log_volume = 14 + random.normal(0, 0.01, 600) + np.log(0.5) * flags[:, HALF_DAY]
    data = make_windows(np.column_stack([log_volume, np.zeros((600, 2))]), WINDOW, HORIZON, flags)
    forecast = fit_baselines(data)["har_calendar"](data)
    half_day = flags[np.arange(len(data))[:, None] + WINDOW + np.arange(HORIZON), HALF_DAY] == 1
    np.testing.assert_allclose(
        forecast[half_day].mean() / forecast[~half_day].mean(), 0.5, atol=0.02
    )
    assert forecast[half_day].max() < forecast[~half_day].min()


@pytest.mark.parametrize("name", ["har_calendar", "har_calendar_pooled"])
def test_flags_of_the_window_s_own_sessions_are_not_used(known, test_windows, name):
    forecast = Regression.fit(known, **REGRESSIONS[name]).forecast
    one = replace(test_windows, index=test_windows.index.head(1))
    changed, start = test_windows.flags.copy(), int(one.index["start"].iloc[0])
    changed[start : start + WINDOW] = 1 - changed[start : start + WINDOW]
    np.testing.assert_array_equal(forecast(replace(one, flags=changed)), forecast(one))


def test_a_regression_without_the_calendar_ignores_flags(known, test_windows):
    forecast = fit_baselines(known)["har"]
    np.testing.assert_array_equal(
        forecast(replace(test_windows, flags=1 - test_windows.flags)), forecast(test_windows)
    )


@pytest.mark.parametrize("constant", [0.0, 1.0])
def test_a_flag_that_never_varies_is_harmless(known, test_windows, constant):
    def with_flag(data: WindowData) -> WindowData:
        flags = data.flags.copy()
        flags[:, HALF_DAY] = constant
        return replace(data, flags=flags)

    forecast = fit_baselines(with_flag(known))["har_calendar_pooled"](with_flag(test_windows))
    np.testing.assert_allclose(
        forecast,
        least_squares(with_flag(known), with_flag(test_windows)),
        rtol=1e-6,
    )


def test_a_flag_that_first_occurs_later_counts_as_an_average_session(known, test_windows):
    flags = known.flags.copy()
    flags[:, HALF_DAY] = 0.0
    forecast = fit_baselines(replace(known, flags=flags))["har_calendar_pooled"]
    calm, eventful = (
        np.where(np.arange(len(CALENDAR_FLAGS)) == HALF_DAY, value, test_windows.flags)
        for value in (0.0, 1.0)
    )
    np.testing.assert_allclose(
        forecast(replace(test_windows, flags=eventful)), forecast(replace(test_windows, flags=calm))
    )


def test_no_forecast_is_infinite(hand):
    huge = replace(hand, features=hand.features + np.array([1000, 0, 0]))
    assert np.isfinite(fit_baselines(hand)["har"](huge)).all()


def test_the_bundle_s_har_is_the_pooled_regression_without_its_calendar(known, test_windows):
    coefficients = pooled_har(known)
    assert coefficients.shape == (4, HORIZON)
    np.testing.assert_allclose(
        coefficients.T, Regression.fit(known, (), by_ticker=False).coefficients[""]
    )


def test_later_sessions_change_no_baseline(features, known, test_windows):
    later = (features["split"] == TEST).to_numpy()[:, None]
    changed = replace(
        known, features=known.features + later, flags=np.where(later, 1 - known.flags, known.flags)
    )
    expected = fit_baselines(known)
    for name, forecaster in fit_baselines(changed).items():
        np.testing.assert_array_equal(forecaster(test_windows), expected[name](test_windows))


@pytest.mark.parametrize("split", [TRAIN, VALIDATION])
def test_the_regressions_learn_from_training_and_from_validation(
    features, known, test_windows, split
):
    rows = (features["split"] == split).to_numpy()
    noise = np.random.default_rng(3).normal(0, 0.3, (len(features), 1)) * rows[:, None] * [1, 0, 0]
    before = fit_baselines(known)
    after = fit_baselines(replace(known, features=known.features + noise))
    for name in REGRESSIONS:
        ratio = after[name](test_windows) / before[name](test_windows)
        assert np.abs(ratio - 1).max() > 1e-3


def test_the_median_regression_equals_the_exact_solver_s():
    random = np.random.default_rng(8)
    regressors = np.column_stack([np.ones(400), random.normal(size=(400, 3))])
    # The noise is skewed: its mean and median differ by 0.3.
    actual = regressors @ [0.5, 1.0, -2.0, 0.0] + random.exponential(1.0, 400)
    exact = (
        QuantileRegressor(quantile=0.5, alpha=0, fit_intercept=False).fit(regressors, actual).coef_
    )
    np.testing.assert_allclose(least_absolute_deviations(regressors, actual), exact, atol=0.01)
    assert abs(baselines.least_squares(regressors, actual)[0] - exact[0]) > 0.1


def test_median_baselines_have_as_many_sessions_above_as_below(known):
    for name in BASELINES[-3:]:
        above = np.exp(known.future_log_volumes()) > fit_baselines(known)[name](known)
        assert above.mean() == pytest.approx(0.5, abs=0.01)


def test_another_flag_of_the_model_changes_only_the_baseline_with_its_flags(
    known, test_windows, monkeypatch
):
    """The new flag, the first one, tells high volumes from low ones."""

    def with_flag(data: WindowData) -> WindowData:
        return replace(data, flags=np.column_stack([data.features[:, 0] > 15, data.flags]))

    before = {name: forecast(test_windows) for name, forecast in fit_baselines(known).items()}
    monkeypatch.setattr(baselines, "CALENDAR_FLAGS", ("high", *CALENDAR_FLAGS))
    found = fit_baselines(with_flag(known))
    after = {name: forecast(with_flag(test_windows)) for name, forecast in found.items()}
    changed = {name for name in BASELINES if not np.array_equal(before[name], after[name])}
    assert changed == {"har_flags_median_pooled"}
    assert len(FROZEN_FLAGS) == 12
