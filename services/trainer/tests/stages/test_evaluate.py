import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    r2_score,
    root_mean_squared_error,
)

from model_contract.model.dispersion import Dispersion
from model_contract.model.intervals import LEVELS, Interval, bands_around, scales_before
from model_contract.model.onnx_network import OnnxNetwork
from model_contract.model.scaling import Scalers
from scored_forecasts import predicted
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
from training.scoring.calibration import fit_dispersion, fit_interval
from training.scoring.evaluation import RISKS, SKILL_AGAINST
from training.scoring.forecast_table import naive_scales
from training.scoring.forecasts import Forecasts, forecast_all
from training.split import TEST, TRAIN, VALIDATION
from training.stages.evaluate import PLOTTED_LEVELS, forecast_plot
from training.window_data import WindowData

TICKERS = ("AAA", "BBB", "CCC")


def test_the_plot_has_the_last_forecasts_of_one_ticker(data):
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
    """The forecasts of the finished workspace."""
    return pd.read_parquet(TEST_PREDICTIONS).astype({"session": str})


def exported(split: str) -> tuple[WindowData, Forecasts]:
    """Return the windows of a split, and the exported model's forecasts."""
    data, scalers = WindowData.read((split,), 22, 3), Scalers.from_json(SCALERS.read_text())
    return data, forecast_all(data, scalers, OnnxNetwork(ONNX_MODEL.read_bytes()))


def calibrated() -> tuple[Dispersion, dict[str, Interval]]:
    """Return the dispersion and the intervals that the stage has written."""
    written = json.loads(CALIBRATION.read_text())
    return Dispersion(np.array(written["dispersion"])), {
        level: Interval(tuple(part["lower"]), tuple(part["upper"]))
        for level, part in written["intervals"].items()
    }


@pytest.fixture
def metrics(in_finished) -> dict:
    return json.loads(EVALUATION_METRICS.read_text())


def recomputed(rows: pd.DataFrame, forecast: str = "predicted") -> dict[str, float]:
    """Compute scikit-learn's metrics for a column of forecasts."""
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


def test_predictions_have_every_baseline_and_both_intervals(written):
    bounds = ["lower_80", "upper_80", "lower_95", "upper_95"]
    assert list(written.columns) == [
        "ticker",
        "session",
        "step",
        "actual",
        "predicted",
        "size",
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
    data, forecasts = exported(TEST)
    np.testing.assert_allclose(written["predicted"], forecasts.volumes.ravel())
    np.testing.assert_allclose(written["actual"], np.exp(data.future_log_volumes()).ravel())


def test_the_stage_fits_its_baselines_on_training_and_validation(written):
    known, test = (WindowData.read(splits, 22, 3) for splits in ((TRAIN, VALIDATION), (TEST,)))
    for name, forecaster in fit_baselines(known).items():
        np.testing.assert_allclose(written[name], forecaster(test).ravel())


def test_the_panel_has_tickers_with_and_without_their_own_regression(written):
    own = (
        (written["har_calendar"] != written["har_calendar_pooled"]).groupby(written["ticker"]).all()
    )
    assert own.to_dict() == {"AAA": True, "BBB": True, "CCC": False}


def test_the_main_metrics_follow_from_the_predictions(written, metrics):
    headline = recomputed(written[written["step"] == 1])
    assert {name: metrics[name] for name in headline} == pytest.approx(headline)


def with_coverage(rows: pd.DataFrame) -> dict[str, float]:
    held = {
        level: rows["actual"].between(rows[f"lower_{level}"], rows[f"upper_{level}"]).mean()
        for level in ("80", "95")
    }
    return recomputed(rows) | {f"coverage_{level}": share for level, share in held.items()}


def test_the_scores_by_step_and_ticker_follow_from_the_predictions(written, metrics):
    assert metrics["by_step"] == {
        str(step): pytest.approx(with_coverage(rows)) for step, rows in written.groupby("step")
    }
    following = written[written["step"] == 1]
    assert metrics["by_ticker"] == {
        ticker: pytest.approx(with_coverage(rows)) for ticker, rows in following.groupby("ticker")
    }


def test_the_scores_by_risk_are_those_of_thirds_from_calm_to_uncertain(written, metrics):
    following = written[written["step"] == 1].sort_values("size", kind="stable")
    parts = np.array_split(np.arange(len(following)), 3)
    assert metrics["by_risk"] == {
        name: pytest.approx(with_coverage(following.iloc[rows]))
        for name, rows in zip(RISKS, parts, strict=True)
    }


def test_the_baseline_scores_follow_from_the_predictions(written, metrics):
    following = written[written["step"] == 1]
    assert metrics["baselines"] == {
        name: pytest.approx(recomputed(following, name)) for name in BASELINES
    }


@pytest.mark.parametrize("baseline", SKILL_AGAINST)
def test_the_skill_follows_from_the_predictions(written, metrics, baseline):
    by_ticker = written[written["step"] == 1].groupby("ticker")
    ratios = [recomputed(rows)["mae"] / recomputed(rows, baseline)["mae"] for _, rows in by_ticker]
    found = metrics["skill"][baseline]
    assert found["value"] == pytest.approx(1 - np.median(ratios))
    assert found["lower_95"] < found["value"] < found["upper_95"]
    assert 0 <= found["p_value"] <= 1


@pytest.mark.parametrize("level", LEVELS)
def test_coverage_and_width_follow_from_the_predictions(written, metrics, level):
    rows = written[written["step"] == 1]
    within = rows["actual"].between(rows[f"lower_{level}"], rows[f"upper_{level}"])
    width = rows[f"upper_{level}"] - rows[f"lower_{level}"]
    assert metrics["intervals"][level] == pytest.approx(
        {"coverage": within.mean(), "mean_width": width.mean()}
    )


def test_every_forecast_is_within_its_positive_intervals(written):
    bounds = written[["lower_95", "lower_80", "predicted", "upper_80", "upper_95"]].to_numpy()
    assert (np.diff(bounds, axis=1) >= 0).all()
    assert (bounds[:, -1] > bounds[:, 0]).all()
    assert (bounds > 0).all()


def test_the_naive_scale_is_written_by_ticker(written):
    scales = naive_scales(pd.read_parquet(FEATURES), WindowData.read((TEST,), 22, 3))
    assert written.groupby("ticker")["naive_scale"].unique().explode().to_dict() == pytest.approx(
        scales.to_dict()
    )


def test_the_calibration_comes_from_the_validation_windows(in_finished):
    data, forecasts = exported(VALIDATION)
    dispersion, intervals = calibrated()
    residuals = data.future_log_volumes() - np.log(forecasts.volumes)
    in_sizes = residuals / dispersion.sizes(forecasts.regressors)
    assert list(intervals) == list(LEVELS)
    assert intervals == {level: fit_interval(in_sizes, int(level)) for level in LEVELS}


def test_the_dispersion_comes_from_the_training_windows(in_finished):
    data, forecasts = exported(TRAIN)
    dispersion, _ = calibrated()
    np.testing.assert_array_equal(
        dispersion.coefficients, fit_dispersion(forecasts, data).coefficients
    )


def test_the_calibration_has_the_pooled_har(in_finished):
    har = json.loads(CALIBRATION.read_text())["har"]
    np.testing.assert_allclose(har, pooled_har(WindowData.read((TRAIN, VALIDATION), 22, 3)))


def test_the_first_bounds_of_each_ticker_are_those_of_the_calibration(written):
    _, intervals = calibrated()
    first = written.groupby("ticker").head(3)  # three steps
    for level, part in intervals.items():
        for name, bounds in (("lower", part.lower), ("upper", part.upper)):
            np.testing.assert_allclose(
                first[f"{name}_{level}"],
                first["predicted"] * np.exp(first["size"] * np.tile(bounds, 3)),
            )


def test_the_bounds_are_those_that_the_api_would_have_returned(written):
    """It scales the intervals by the sizes and by the errors on the sessions before."""
    data, forecasts = exported(TEST)
    dispersion, intervals = calibrated()
    sizes = dispersion.sizes(forecasts.regressors)
    np.testing.assert_allclose(written["size"], sizes.ravel())
    assert np.ptp(sizes) > 0.1
    for ticker in TICKERS:
        samples = data.tickers == ticker
        errors = (data.future_log_volumes() - np.log(forecasts.volumes))[samples] / sizes[samples]
        scales = {
            level: scale[:-1] for level, scale in scales_before(errors[:, 0], intervals).items()
        }
        bands = bands_around(forecasts.volumes[samples], intervals, sizes[samples], scales)
        rows = written[written["ticker"] == ticker]
        for level, bounds in bands.items():
            for name, bound in zip(("lower", "upper"), bounds, strict=True):
                np.testing.assert_allclose(rows[f"{name}_{level}"], bound.ravel())


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
    assert plot == {name: pytest.approx(values) for name, values in metrics["skill"].items()}


def test_the_plot_of_coverage_has_every_level_for_all_and_for_each_ticker(in_finished):
    plot = pd.read_csv(COVERAGE_PLOT)
    expected = [(ticker, int(level)) for ticker in ("all", *TICKERS) for level in PLOTTED_LEVELS]
    assert list(plot[["ticker", "nominal"]].itertuples(index=False, name=None)) == expected
    # A wider band covers at least as much.
    assert (plot.groupby("ticker")["covered"].diff().dropna() >= 0).all()


def test_the_plot_of_coverage_agrees_with_the_metrics(metrics):
    covered = pd.read_csv(COVERAGE_PLOT).set_index(["ticker", "nominal"])["covered"]
    for level, part in metrics["intervals"].items():
        assert covered[("all", int(level))] == pytest.approx(100 * part["coverage"])
