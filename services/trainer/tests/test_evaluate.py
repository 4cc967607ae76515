import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from mapie.conformity_scores import AbsoluteConformityScore
from mapie.regression import SplitConformalRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import (
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    r2_score,
    root_mean_squared_error,
)

from model_contract.model.error_metrics import coverage
from model_contract.model.intervals import LEVELS, Interval
from model_contract.model.onnx_network import load_network
from model_contract.model.scaling import Scalers
from training.paths import (
    CALIBRATION,
    COVERAGE_PLOT,
    ERRORS_PLOT,
    EVALUATION_METRICS,
    FEATURES,
    FORECAST_PLOT,
    ONNX_MODEL,
    SCALERS,
    SKILL_PLOT,
    SPLIT,
    TEST_PREDICTIONS,
)
from training.scoring.baselines import BASELINES, fit_baselines, pooled_har
from training.split import TEST, TRAIN, VALIDATION
from training.stages.evaluate import (
    PLOTTED_LEVELS,
    SKILL_AGAINST,
    evaluation,
    fit_interval,
    forecast_all,
    forecast_plot,
    naive_scales,
    predict,
)
from training.window_data import WindowData

TICKERS = ("AAA", "BBB", "CCC")
WIDE = {"80": Interval((-0.5,) * 3, (0.5,) * 3), "95": Interval((-1.0,) * 3, (1.0,) * 3)}
ONE_SHARE = pd.Series({"AAA": 1.0, "BBB": 1.0})


@pytest.fixture
def data(make_windows) -> WindowData:
    """Windows of a random history."""
    features = np.random.default_rng(4).normal(0, 0.3, (120, 3))
    features[:, 0] += 14
    return make_windows(features)


def predicted(
    data: WindowData, log_error: float = 0.0, intervals: dict[str, Interval] = WIDE
) -> pd.DataFrame:
    """What a forecaster says that knew the future but for a constant error."""
    return predict(
        data,
        np.exp(data.future_log_volumes() - log_error),
        fit_baselines(data),
        intervals,
        ONE_SHARE,
    )


def test_intervals_are_the_order_statistics_of_the_log_errors():
    errors = np.arange(-49.0, 50.0)[
        :, None
    ]  # 99 errors: the tails of 80 % hold 10 of 100 ranks, those of 95 % 2
    assert fit_interval(errors, 80) == Interval((-40.0,), (40.0,))
    assert fit_interval(errors, 95) == Interval((-48.0,), (48.0,))


@pytest.mark.parametrize("percent", [50, 80, 95])
def test_intervals_are_exactly_those_of_the_library_mapie(percent):
    perfect = LinearRegression().fit(
        np.zeros((2, 1)), np.zeros(2)
    )  # forecasts 0, so that a bound is a quantile of errors
    for samples in (*range(40, 140), 500, 1001):  # mapie asks for 40 at 95 %
        errors = np.random.default_rng(samples).standard_t(3, samples)
        library = SplitConformalRegressor(
            perfect, percent / 100, AbsoluteConformityScore(sym=False), prefit=True
        )
        _, bounds = library.conformalize(np.zeros((samples, 1)), errors).predict_interval(
            np.zeros((1, 1))
        )
        ours = fit_interval(errors[:, None], percent)
        np.testing.assert_array_equal([*ours.lower, *ours.upper], bounds[0, :, 0])


def test_intervals_do_not_depend_on_the_order_of_windows():
    errors = np.random.default_rng(6).normal(size=(50, 2))
    assert fit_interval(errors[::-1], 80) == fit_interval(errors, 80)


def test_each_step_has_quantiles_of_its_own():
    interval = fit_interval(np.random.default_rng(7).normal(0, [1, 10], (500, 2)), 80)
    assert interval.upper[1] > 5 * interval.upper[0]


def test_few_errors_give_their_extremes():
    assert fit_interval(np.array([[-1.0], [2.0]]), 95) == Interval((-1.0,), (2.0,))


def test_a_forecast_that_was_always_too_low_lies_in_its_band_all_the_same():
    assert fit_interval(np.arange(1.0, 100.0)[:, None], 80) == Interval((0.0,), (90.0,))


@pytest.mark.parametrize("percent", [80, 95])
@pytest.mark.parametrize("samples", [40, 99, 250, 1_001])
def test_intervals_cover_the_calibration_data_at_their_level_or_slightly_above(percent, samples):
    errors = np.random.default_rng(samples).standard_t(3, (samples, 1))
    interval = fit_interval(errors, percent)
    covered = coverage(errors, np.array(interval.lower), np.array(interval.upper))
    assert percent / 100 - 1 / samples <= covered <= percent / 100 + 3 / samples


def test_intervals_cover_new_data_of_the_same_kind():
    random = np.random.default_rng(8)
    interval = fit_interval(random.standard_t(3, (4_000, 1)), 80)
    assert coverage(
        random.standard_t(3, (4_000, 1)), np.array(interval.lower), np.array(interval.upper)
    ) == pytest.approx(0.8, abs=0.02)


def test_predictions_have_a_row_per_window_and_step(data):
    rows = predicted(data)
    assert len(rows) == len(data) * 3
    assert rows["step"].tolist()[:4] == [1, 2, 3, 1]
    np.testing.assert_array_equal(rows["session"].to_numpy()[:3], data.sessions[22:25])
    np.testing.assert_allclose(rows["actual"].to_numpy()[:3], np.exp(data.features[22:25, 0]))


def test_bounds_follow_the_errors_of_the_sessions_before(data):
    """Every forecast is half the volume, outside of the 80 % range until that has grown by a factor of log(2) / 0.5."""
    rows = predicted(data, log_error=np.log(2))
    upper = rows.loc[rows["step"] == 1, "upper_80"] / rows.loc[rows["step"] == 1, "predicted"]
    growth = np.exp(0.05 * 0.8)
    np.testing.assert_allclose(upper.iloc[:3], np.exp([0.5, 0.5 * growth, 0.5 * growth**2]))


def test_all_steps_of_a_window_are_stretched_alike(data):
    rows = predicted(data, log_error=np.log(2))
    width = (np.log(rows["upper_95"]) - np.log(rows["lower_95"])).to_numpy().reshape(-1, 3)
    np.testing.assert_allclose(width, width[:, :1].repeat(3, axis=1))


@pytest.mark.parametrize("window", [0, 30, 94])
def test_bounds_of_a_session_depend_on_earlier_errors_only(data, window):
    forecast = np.exp(data.future_log_volumes())
    surprising = data.features.copy()
    surprising[window + data.window :, 0] += 3  # from the first session that this window forecasts
    before, after = (
        predict(replace(data, features=features), forecast, {}, WIDE, ONE_SHARE)
        .filter(regex="lower|upper")
        .to_numpy()
        .reshape(-1, 3, 4)
        for features in (data.features, surprising)
    )
    np.testing.assert_array_equal(after[: window + 1], before[: window + 1])
    assert (after[window + 1 :] != before[window + 1 :]).all()


def test_bounds_of_a_ticker_do_not_depend_on_another_s_errors(data):
    index = data.index.assign(ticker=np.where(np.arange(len(data)) < 50, "AAA", "BBB"))
    forecast = np.exp(data.future_log_volumes())
    forecast[:50] *= 10
    rows = predict(replace(data, index=index), forecast, {}, WIDE, ONE_SHARE)
    first = rows[(rows["ticker"] == "BBB") & (rows["step"] == 1)].iloc[0]
    assert first["upper_80"] / first["predicted"] == pytest.approx(np.exp(0.5))


def test_a_perfect_forecast_has_perfect_metrics(data):
    metrics = evaluation(predicted(data), 100)
    assert {name: metrics[name] for name in ("mae", "mse", "mape", "mase", "r2")} == pytest.approx(
        {"mae": 0, "mse": 0, "mape": 0, "mase": 0, "r2": 1}, abs=1e-6
    )
    assert [metrics["skill"][name]["value"] for name in SKILL_AGAINST] == pytest.approx(
        [1] * len(SKILL_AGAINST)
    )
    assert {level: part["coverage"] for level, part in metrics["intervals"].items()} == {
        "80": 1,
        "95": 1,
    }


def test_the_naive_forecast_has_no_skill_against_itself(data):
    rows = predicted(data)
    metrics = evaluation(rows.assign(predicted=rows["naive"]), 100)
    assert metrics["skill"]["naive"]["value"] == 0
    assert metrics["mae"] == metrics["baselines"]["naive"]["mae"]


def test_the_headline_is_of_the_next_session(data):
    rows = predicted(data)
    metrics = evaluation(rows.assign(predicted=rows["predicted"] * rows["step"]), 100)
    assert metrics["mape"] == pytest.approx(0)
    assert [metrics["by_step"][str(step)]["mape"] for step in (1, 2, 3)] == pytest.approx([0, 1, 2])


def test_the_naive_scale_is_the_mean_change_of_volume_before_the_first_test_session(make_windows):
    volume = np.array(
        [100.0, 120, 90, *[90] * 18, 190, 1000, 5, 1]
    )  # 25 sessions: the window ends before 1000
    data = make_windows(np.column_stack([np.log(volume), np.zeros((25, 2))]))
    panel = pd.DataFrame(
        {
            "ticker": "AAA",
            "session": data.sessions.astype("datetime64[s]"),
            "log_volume": np.log(volume),
        }
    )
    assert naive_scales(panel, data).to_dict() == pytest.approx({"AAA": (20 + 30 + 100) / 21})


def test_the_naive_scale_of_a_ticker_looks_at_no_other(make_windows):
    data = make_windows(np.zeros((25, 3)))
    sessions = data.sessions.astype("datetime64[s]")
    panel = pd.concat(
        [
            pd.DataFrame(
                {
                    "ticker": ticker,
                    "session": sessions,
                    "log_volume": np.log(np.arange(1, 26) * step),
                }
            )
            for ticker, step in (("AAA", 7), ("BBB", 1000))
        ]
    )
    both = replace(data, index=pd.concat([data.index, data.index.assign(ticker="BBB")]))
    assert naive_scales(panel, both).to_dict() == pytest.approx({"AAA": 7, "BBB": 1000})


def test_the_naive_scale_of_a_volume_that_never_changed_is_a_share(make_windows):
    data = make_windows(np.zeros((25, 3)))
    panel = pd.DataFrame(
        {"ticker": "AAA", "session": data.sessions.astype("datetime64[s]"), "log_volume": 5.0}
    )
    assert naive_scales(panel, data).to_dict() == {"AAA": 1.0}


def test_the_plot_holds_the_last_next_session_forecasts_of_one_ticker(data):
    rows = predicted(data)
    plot = forecast_plot(pd.concat([rows, rows.assign(ticker="BBB")]), 5)
    assert list(plot.columns) == [
        "ticker",
        "session",
        "actual",
        "predicted",
        "lower_80",
        "upper_80",
    ]
    assert set(plot["ticker"]) == {"AAA"}
    np.testing.assert_array_equal(plot["session"], rows.loc[rows["step"] == 1, "session"].tail(5))


@pytest.fixture
def written(in_finished) -> pd.DataFrame:
    """The predictions of the finished workspace."""
    return pd.read_csv(TEST_PREDICTIONS)


@pytest.fixture
def metrics(in_finished) -> dict:
    return json.loads(EVALUATION_METRICS.read_text())


def recomputed(rows: pd.DataFrame, forecast: str = "predicted") -> dict[str, float]:
    """What scikit-learn says of a column of forecasts."""
    actual, values = rows["actual"], rows[forecast]
    return {
        "mae": mean_absolute_error(actual, values),
        "mse": mean_squared_error(actual, values),
        "rmse": root_mean_squared_error(actual, values),
        "r2": r2_score(actual, values),
        "mape": mean_absolute_percentage_error(actual, values),
        "mase": ((values - actual).abs() / rows["naive_scale"]).mean(),
        "n": len(rows),
    }


def test_predictions_are_written_with_every_baseline_and_both_intervals(written):
    bounds = ["lower_80", "upper_80", "lower_95", "upper_95"]
    assert list(written.columns) == [
        "ticker",
        "session",
        "step",
        "actual",
        "predicted",
        *BASELINES,
        *bounds,
        "naive_scale",
    ]


def test_every_test_session_of_every_ticker_is_forecast_at_every_step(written):
    windows = WindowData.read((TEST,), 22, 3)
    assert written.groupby(["ticker", "step"]).size().to_dict() == {
        (ticker, step): (windows.tickers == ticker).sum()
        for ticker in TICKERS
        for step in (1, 2, 3)
    }
    assert written["session"].min() > json.loads(SPLIT.read_text())[TEST]["first"]


def test_predictions_are_those_of_the_exported_model(written):
    data, scalers = WindowData.read((TEST,), 22, 3), Scalers.from_json(SCALERS.read_text())
    np.testing.assert_allclose(
        written["predicted"],
        forecast_all(data, scalers, load_network(ONNX_MODEL.read_bytes())).ravel(),
    )
    np.testing.assert_allclose(written["actual"], np.exp(data.future_log_volumes()).ravel())


def test_the_stage_fits_its_baselines_on_training_and_validation(written):
    known, test = (WindowData.read(splits, 22, 3) for splits in ((TRAIN, VALIDATION), (TEST,)))
    for name, forecaster in fit_baselines(known).items():
        np.testing.assert_allclose(written[name], forecaster(test).ravel())


def test_a_ticker_of_its_own_regression_and_one_of_the_pooled_are_both_in_the_panel(written):
    own = (
        (written["har_calendar"] != written["har_calendar_pooled"]).groupby(written["ticker"]).all()
    )
    assert own.to_dict() == {"AAA": True, "BBB": True, "CCC": False}


def test_anyone_can_recompute_the_headline_from_the_predictions(written, metrics):
    headline = recomputed(written[written["step"] == 1])
    assert {name: metrics[name] for name in headline} == pytest.approx(headline)


def with_coverage(rows: pd.DataFrame) -> dict[str, float]:
    held = {
        level: rows["actual"].between(rows[f"lower_{level}"], rows[f"upper_{level}"]).mean()
        for level in ("80", "95")
    }
    return recomputed(rows) | {f"coverage_{level}": share for level, share in held.items()}


def test_anyone_can_recompute_the_scores_by_step_and_by_ticker(written, metrics):
    assert metrics["by_step"] == {
        str(step): pytest.approx(with_coverage(rows)) for step, rows in written.groupby("step")
    }
    following = written[written["step"] == 1]
    assert metrics["by_ticker"] == {
        ticker: pytest.approx(with_coverage(rows)) for ticker, rows in following.groupby("ticker")
    }


def test_anyone_can_recompute_the_scores_of_the_baselines(written, metrics):
    following = written[written["step"] == 1]
    assert metrics["baselines"] == {
        name: pytest.approx(recomputed(following, name)) for name in BASELINES
    }


@pytest.mark.parametrize("baseline", SKILL_AGAINST)
def test_anyone_can_recompute_the_skill(written, metrics, baseline):
    by_ticker = written[written["step"] == 1].groupby("ticker")
    ratios = [recomputed(rows)["mae"] / recomputed(rows, baseline)["mae"] for _, rows in by_ticker]
    found = metrics["skill"][baseline]
    assert found["value"] == pytest.approx(1 - np.median(ratios))
    assert found["lower_95"] < found["value"] < found["upper_95"]
    assert 0 <= found["p_value"] <= 1


@pytest.mark.parametrize("level", LEVELS)
def test_anyone_can_recompute_coverage_and_width(written, metrics, level):
    rows = written[written["step"] == 1]
    within = rows["actual"].between(rows[f"lower_{level}"], rows[f"upper_{level}"])
    width = rows[f"upper_{level}"] - rows[f"lower_{level}"]
    assert metrics["intervals"][level] == pytest.approx(
        {"coverage": within.mean(), "mean_width": width.mean()}
    )


def test_every_forecast_lies_within_its_intervals_and_every_bound_is_positive(written):
    bounds = written[["lower_95", "lower_80", "predicted", "upper_80", "upper_95"]].to_numpy()
    assert (np.diff(bounds, axis=1) >= 0).all()
    assert (bounds[:, -1] > bounds[:, 0]).all()
    assert (bounds > 0).all()


def test_the_naive_scale_is_written_by_ticker(written):
    scales = naive_scales(pd.read_parquet(FEATURES), WindowData.read((TEST,), 22, 3))
    assert written.groupby("ticker")["naive_scale"].unique().explode().to_dict() == pytest.approx(
        scales.to_dict()
    )


def test_the_calibration_is_that_of_the_validation_windows(in_finished):
    data, scalers = WindowData.read((VALIDATION,), 22, 3), Scalers.from_json(SCALERS.read_text())
    residuals = data.future_log_volumes() - np.log(
        forecast_all(data, scalers, load_network(ONNX_MODEL.read_bytes()))
    )
    calibration = json.loads(CALIBRATION.read_text())
    assert list(calibration["intervals"]) == list(LEVELS)
    for level, part in calibration["intervals"].items():
        assert Interval(tuple(part["lower"]), tuple(part["upper"])) == fit_interval(
            residuals, int(level)
        )


def test_the_calibration_holds_the_pooled_har(in_finished):
    har = json.loads(CALIBRATION.read_text())["har"]
    np.testing.assert_allclose(har, pooled_har(WindowData.read((TRAIN, VALIDATION), 22, 3)))


def test_the_first_bounds_of_each_ticker_are_those_of_the_calibration(written):
    intervals = json.loads(CALIBRATION.read_text())["intervals"]
    first = written.groupby("ticker").head(3)  # three steps
    for level, part in intervals.items():
        np.testing.assert_allclose(
            first[f"lower_{level}"], first["predicted"] * np.exp(np.tile(part["lower"], 3))
        )
        np.testing.assert_allclose(
            first[f"upper_{level}"], first["predicted"] * np.exp(np.tile(part["upper"], 3))
        )


def test_the_plot_of_forecasts_is_the_end_of_the_predictions(written):
    expected = (
        written[(written["ticker"] == "AAA") & (written["step"] == 1)]
        .tail(20)
        .reset_index(drop=True)
    )
    plot = pd.read_csv(FORECAST_PLOT)
    pd.testing.assert_frame_equal(plot, expected[plot.columns])


def test_the_plot_of_errors_has_a_mape_for_each_ticker_and_step(written):
    expected = {
        (ticker, step): 100 * mean_absolute_percentage_error(rows["actual"], rows["predicted"])
        for (ticker, step), rows in written.groupby(["ticker", "step"])
    }
    assert pd.read_csv(ERRORS_PLOT).set_index(["ticker", "step"])[
        "mape_percent"
    ].to_dict() == pytest.approx(expected)


def test_the_plot_of_skill_is_the_skill_in_the_metrics(metrics):
    plot = pd.read_csv(SKILL_PLOT).set_index("baseline").to_dict("index")
    assert plot == {name: pytest.approx(figures) for name, figures in metrics["skill"].items()}


def test_the_plot_of_coverage_has_every_level_for_all_and_for_each_ticker(in_finished):
    plot = pd.read_csv(COVERAGE_PLOT)
    expected = [(ticker, int(level)) for ticker in ("all", *TICKERS) for level in PLOTTED_LEVELS]
    assert list(plot[["ticker", "nominal"]].itertuples(index=False, name=None)) == expected
    assert (
        plot.groupby("ticker")["covered"].diff().dropna() >= 0
    ).all()  # a wider band covers no less


def test_the_plot_of_coverage_agrees_with_the_metrics(metrics):
    covered = pd.read_csv(COVERAGE_PLOT).set_index(["ticker", "nominal"])["covered"]
    for level, part in metrics["intervals"].items():
        assert covered[("all", int(level))] == pytest.approx(100 * part["coverage"])
