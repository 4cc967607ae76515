import json

import numpy as np
import pandas as pd
import pytest

from model_contract.forecasting import coverage
from training.evaluate import fit_har, fit_intervals, plot_rows, predict_test, score, score_each
from training.paths import CALIBRATION, ERRORS_TABLE, EVALUATION_METRICS, FORECAST_PLOT, TEST_PREDICTIONS

LEVELS = ("80", "95")


@pytest.fixture
def data(make_windows):
    """Windows of a random history."""
    features = np.random.default_rng(4).normal(0, 0.3, (120, 3))
    features[:, 0] += 14
    return make_windows(features)


@pytest.fixture
def intervals():
    random = np.random.default_rng(5)
    return fit_intervals(random.normal(0, 0.3, (300, 3)), np.zeros((300, 3)))


@pytest.fixture
def perfect(data, intervals) -> pd.DataFrame:
    """The predictions of a forecaster that knew the future."""
    return predict_test(data, np.exp(data.future_log_volumes()), np.zeros((4, 3)), intervals)


def test_intervals_are_the_order_statistics_of_the_log_errors():
    errors = np.arange(1.0, 100.0)[:, None]  # 99 errors: the tails of 80 % hold 10 of 100 ranks, those of 95 % 2
    intervals = fit_intervals(errors, np.zeros((99, 1)))
    assert (intervals["80"].lower, intervals["80"].upper) == ((10.0,), (90.0,))
    assert (intervals["95"].lower, intervals["95"].upper) == ((2.0,), (98.0,))


def test_intervals_do_not_depend_on_the_order_of_windows():
    random = np.random.default_rng(6)
    actual, forecast = random.normal(size=(50, 2)), random.normal(size=(50, 2))
    assert fit_intervals(actual[::-1], forecast[::-1]) == fit_intervals(actual, forecast)


def test_each_step_has_quantiles_of_its_own():
    random = np.random.default_rng(7)
    interval = fit_intervals(random.normal(0, [1, 10], (500, 2)), np.zeros((500, 2)))["80"]
    assert interval.upper[1] > 5 * interval.upper[0]


def test_few_errors_give_their_extremes():
    interval = fit_intervals(np.array([[-1.0], [2.0]]), np.zeros((2, 1)))["95"]
    assert (interval.lower, interval.upper) == ((-1.0,), (2.0,))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("samples", [40, 99, 250, 1_001])
def test_intervals_cover_the_calibration_data_at_their_level_or_slightly_above(level, samples):
    errors = np.random.default_rng(samples).standard_t(3, (samples, 1))
    interval = fit_intervals(errors, np.zeros((samples, 1)))[level]
    covered = coverage(errors, np.array(interval.lower), np.array(interval.upper))
    assert int(level) / 100 - 1 / samples <= covered <= int(level) / 100 + 3 / samples


def test_intervals_cover_new_data_of_the_same_kind():
    random = np.random.default_rng(8)
    interval = fit_intervals(random.standard_t(3, (4_000, 1)), np.zeros((4_000, 1)))["80"]
    assert coverage(random.standard_t(3, (4_000, 1)), np.array(interval.lower), np.array(interval.upper)) == pytest.approx(0.8, abs=0.02)


def test_har_equals_least_squares_by_hand(data):
    log_volume = data.windows()[:, :, 0]
    means = [log_volume[:, -1], log_volume[:, -5:].mean(axis=1), log_volume[:, -22:].mean(axis=1)]
    design = np.column_stack([np.ones(len(data)), *means])
    expected, *_ = np.linalg.lstsq(design, data.future_log_volumes(), rcond=None)
    np.testing.assert_allclose(fit_har(data), expected, atol=1e-8)


def test_predictions_have_a_row_per_window_and_step(data, perfect):
    assert len(perfect) == len(data) * 3
    assert perfect["step"].tolist()[:4] == [1, 2, 3, 1]
    np.testing.assert_array_equal(perfect["session"].to_numpy()[:3], data.sessions[22:25])
    np.testing.assert_allclose(perfect["actual"].to_numpy()[:3], np.exp(data.features[22:25, 0]))


def test_the_naive_column_is_the_last_volume_of_the_window(data, perfect):
    np.testing.assert_allclose(perfect["naive"].to_numpy()[:4], np.exp(data.features[[21, 21, 21, 22], 0]))


def test_a_perfect_forecast_has_perfect_metrics(perfect):
    metrics = score(perfect)
    assert {name: metrics[name] for name in ("mae", "mse", "rmse", "mape")} == pytest.approx({"mae": 0, "mse": 0, "rmse": 0, "mape": 0})
    assert {name: metrics[name] for name in ("r2", "skill_vs_naive", "skill_vs_har", "coverage_80", "coverage_95")} == {
        "r2": 1, "skill_vs_naive": 1, "skill_vs_har": 1, "coverage_80": 1, "coverage_95": 1,
    }  # fmt: skip


def test_the_naive_forecast_has_no_skill_against_itself(perfect):
    assert score(perfect.assign(predicted=perfect["naive"]))["skill_vs_naive"] == 0


def test_each_step_and_each_ticker_is_scored(perfect):
    rows = pd.concat([perfect, perfect.assign(ticker="BBB", predicted=perfect["naive"])])
    scored = score_each(rows).set_index(["ticker", "step"])["skill_vs_naive"]
    assert scored.index.tolist() == [("all", 1), ("all", 2), ("all", 3), ("AAA", 1), ("BBB", 1)]
    assert scored[("AAA", 1)] == 1
    assert scored[("BBB", 1)] == 0
    assert scored[("all", 1)] == pytest.approx(0.5)


def test_the_plot_holds_the_last_next_session_forecasts_of_one_ticker(perfect):
    rows = plot_rows(pd.concat([perfect, perfect.assign(ticker="BBB")]), 5)
    assert list(rows.columns) == ["session", "actual", "predicted", "lower_80", "upper_80"]
    np.testing.assert_array_equal(rows["session"], perfect.loc[perfect["step"] == 1, "session"].tail(5))


def test_the_stage_scores_the_next_session_of_its_own_predictions(in_finished):
    predictions = pd.read_csv(TEST_PREDICTIONS)
    metrics = json.loads(EVALUATION_METRICS.read_text())
    next_session = predictions[predictions["step"] == 1]
    assert metrics["mae"] == pytest.approx((next_session["predicted"] - next_session["actual"]).abs().mean())


def test_the_stage_forecasts_every_ticker(in_finished):
    assert set(pd.read_csv(TEST_PREDICTIONS)["ticker"]) == {"AAA", "BBB", "CCC"}


def test_every_forecast_lies_within_its_interval_and_every_bound_is_positive(in_finished):
    rows = pd.read_csv(TEST_PREDICTIONS)
    bounds = rows[["lower_95", "lower_80", "upper_80", "upper_95"]].to_numpy()
    assert (np.diff(bounds, axis=1) > 0).all()
    assert (bounds > 0).all()


def test_the_stage_records_intervals_and_har_per_step(in_finished):
    calibration = json.loads(CALIBRATION.read_text())
    assert {name: len(part["lower"]) for name, part in calibration["intervals"].items()} == {"80": 3, "95": 3}
    assert np.shape(calibration["har"]) == (4, 3)


def test_the_stage_writes_errors_and_a_plot(in_finished):
    assert pd.read_csv(ERRORS_TABLE)["ticker"].tolist() == ["all", "all", "all", "AAA", "BBB", "CCC"]
    assert len(pd.read_csv(FORECAST_PLOT)) == 20
