"""Stage `evaluate`: score the exported model and its baselines on the test windows."""

import logging
from dataclasses import replace
from typing import Any

import pandas as pd

from model_contract.model.intervals import LEVELS
from model_contract.model.onnx_network import OnnxNetwork
from model_contract.model.scaling import Scalers
from training.data_files import write_csv, write_json
from training.params import EngineerFeaturesParams, EvaluateParams, load_params
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
    TEST_PREDICTIONS,
    WINDOWS,
)
from training.scoring.baselines import fit_baselines, pooled_har
from training.scoring.calibration import calibrate
from training.scoring.evaluation import evaluate_forecasts, score_intervals
from training.scoring.forecast_table import forecast_table, naive_scales, next_session
from training.scoring.forecasts import forecast_all
from training.split import TEST, TRAIN, VALIDATION
from training.window_data import WindowData

log = logging.getLogger(__name__)

PLOTTED_LEVELS = ("50", "60", "70", *LEVELS)


def main() -> None:
    """Evaluate the exported model."""
    params, windows = load_params(EvaluateParams), load_params(EngineerFeaturesParams)
    scalers = Scalers.from_json(SCALERS.read_text(encoding="utf-8"))
    panel, index = pd.read_parquet(FEATURES), pd.read_parquet(WINDOWS)
    known, train, validation, test = (
        WindowData.of(panel, index, splits, windows.window, windows.horizon)
        for splits in ((TRAIN, VALIDATION), (TRAIN,), (VALIDATION,), (TEST,))
    )
    network = OnnxNetwork(ONNX_MODEL.read_bytes())
    plotted = calibrate(train, validation, scalers, network, PLOTTED_LEVELS)
    served = replace(plotted, intervals={level: plotted.intervals[level] for level in LEVELS})
    forecasts, scale = forecast_all(test, scalers, network), naive_scales(panel, test)
    predictions = forecast_table(test, forecasts, fit_baselines(known), served, scale)
    metrics = evaluate_forecasts(predictions, params.bootstrap_samples)
    calibration = {
        "intervals": {level: vars(part) for level, part in served.intervals.items()},
        "dispersion": served.dispersion.coefficients.tolist(),
        "har": pooled_har(known).tolist(),
    }
    write_json(CALIBRATION, calibration)
    predictions.to_parquet(TEST_PREDICTIONS, index=False, compression="zstd")
    write_csv(FORECAST_PLOT, forecast_plot(predictions, params.plot_sessions))
    write_csv(ERRORS_PLOT, errors_plot(predictions))
    write_csv(SKILL_PLOT, skill_plot(metrics))
    write_csv(COVERAGE_PLOT, coverage_plot(forecast_table(test, forecasts, {}, plotted, scale)))
    write_json(EVALUATION_METRICS, metrics)
    log_summary(metrics)


def forecast_plot(predictions: pd.DataFrame, sessions: int) -> pd.DataFrame:
    """Select one-session-ahead forecasts for the first ticker's last `sessions` sessions."""
    first = next_session(predictions)
    rows: pd.DataFrame = first[first["ticker"] == first["ticker"].iloc[0]].tail(sessions)
    return rows.loc[:, ["ticker", "session", "actual", "predicted", "lower_80", "upper_80"]]


def errors_plot(predictions: pd.DataFrame) -> pd.DataFrame:
    """Compute the mean absolute percentage error by ticker and step."""
    percent = 100 * (predictions["predicted"] / predictions["actual"] - 1).abs()
    groups = percent.groupby([predictions["ticker"], predictions["step"]])
    return groups.mean().rename("mape_percent").reset_index()


def skill_plot(metrics: dict[str, Any]) -> pd.DataFrame:
    """Return one row per baseline: the skill with its interval and p-value."""
    return pd.DataFrame([{"baseline": name, **values} for name, values in metrics["skill"].items()])


def coverage_plot(predictions: pd.DataFrame) -> pd.DataFrame:
    """Compute the coverage of several intervals, in percent, overall and by ticker.

    Returns nominal and actual coverage.
    """
    following = next_session(predictions)
    groups = [
        ("all", following),
        *((str(ticker), rows) for ticker, rows in following.groupby("ticker")),
    ]
    return pd.DataFrame(
        [
            {"ticker": name, "nominal": int(level), "covered": 100 * metrics["coverage"]}
            for name, rows in groups
            for level, metrics in score_intervals(rows, PLOTTED_LEVELS).items()
        ]
    )


def log_summary(metrics: dict[str, Any]) -> None:
    """Log the main metrics."""
    log.info(
        "next session: R2 %.3f, MAPE %.1f %%, MAE %.4g shares",
        metrics["r2"],
        100 * metrics["mape"],
        metrics["mae"],
    )
    for name, skill in metrics["skill"].items():
        bounds = (100 * skill[key] for key in ("value", "lower_95", "upper_95"))
        log.info(
            "skill against %s: %+.1f %% (95 %% interval %+.1f to %+.1f), p %.2g",
            name,
            *bounds,
            skill["p_value"],
        )
    for name, interval in metrics["intervals"].items():
        log.info(
            "the %s %% interval covers %.1f %% of the sessions", name, 100 * interval["coverage"]
        )
