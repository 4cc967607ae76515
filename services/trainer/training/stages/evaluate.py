"""Stage `evaluate`: the very file that will be served, beside its baselines, on test windows that nothing was fitted on."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model_contract.arrays import FloatArray
from model_contract.model.features import LOG_VOLUME
from model_contract.model.forecasting import Network, forecast_volumes
from model_contract.model.intervals import LEVELS, Interval, bands_around, scales_before
from model_contract.model.onnx_network import load_network
from model_contract.model.scaling import Scalers
from training.json_files import write_json
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
from training.running import stage
from training.scoring.baselines import BASELINES, Forecaster, fit_baselines, pooled_har
from training.scoring.scores import interval_scores, score, skill
from training.split import TEST, TRAIN, VALIDATION
from training.window_data import WindowData

log = logging.getLogger(__name__)

PLOTTED_LEVELS = ("50", "60", "70", *LEVELS)
SKILL_AGAINST = (
    "naive",
    "har",
    "har_calendar",
    "har_calendar_pooled",
    "har_calendar_median",
    "har_calendar_median_pooled",
)
BOOTSTRAP_SEED = 0
BATCH = 4096


def main() -> None:
    """Evaluate the exported model."""
    params, windows = load_params(EvaluateParams), load_params(EngineerFeaturesParams)
    scalers = Scalers.from_json(SCALERS.read_text(encoding="utf-8"))
    panel, index = pd.read_parquet(FEATURES), pd.read_parquet(WINDOWS)
    known, validation, test = (
        WindowData.of(panel, index, splits, windows.window, windows.horizon)
        for splits in ((TRAIN, VALIDATION), (VALIDATION,), (TEST,))
    )
    network = load_network(ONNX_MODEL.read_bytes())
    residuals = validation.future_log_volumes() - np.log(forecast_all(validation, scalers, network))
    intervals = {level: fit_interval(residuals, int(level)) for level in PLOTTED_LEVELS}
    served = {level: intervals[level] for level in LEVELS}
    forecast, scale = forecast_all(test, scalers, network), naive_scales(panel, test)
    predictions = predict(test, forecast, fit_baselines(known), served, scale)
    metrics = evaluation(predictions, params.bootstrap_samples)
    write_json(
        CALIBRATION,
        {
            "intervals": {level: vars(part) for level, part in served.items()},
            "har": pooled_har(known).tolist(),
        },
    )
    write_table(TEST_PREDICTIONS, predictions)
    write_table(FORECAST_PLOT, forecast_plot(predictions, params.plot_sessions))
    write_table(ERRORS_PLOT, errors_plot(predictions))
    write_table(
        SKILL_PLOT,
        pd.DataFrame([{"baseline": name, **values} for name, values in metrics["skill"].items()]),
    )
    write_table(COVERAGE_PLOT, coverage_plot(predict(test, forecast, {}, intervals, scale)))
    write_json(EVALUATION_METRICS, metrics)
    report(metrics)


def forecast_all(data: WindowData, scalers: Scalers, network: Network) -> FloatArray:
    """Forecast every window: shares, (samples, horizon)."""
    return np.concatenate(
        [forecast_volumes(data.windows(batch), scalers, network) for batch in data.batches(BATCH)]
    )


def fit_interval(residuals: FloatArray, percent: int) -> Interval:
    """Quantiles of log errors on validation windows, (samples, horizon).

    Split-conformal with signed errors (Romano, Patterson, Candes 2019, "Conformalized quantile regression", around a
    constant band): the (n+1)-corrected empirical quantiles on either side. Early stopping chose among weights by these
    windows, which makes the band a little narrow; `adaptive_scales` mends that, and every change of regime.
    """
    ordered = np.sort(residuals, axis=0)
    samples, tail = len(ordered), (100 - percent) / 200
    lower = max(int(np.floor((samples + 1) * tail)) - 1, 0)
    bounds = (
        np.minimum(ordered[lower], 0),
        np.maximum(ordered[samples - 1 - lower], 0),
    )  # the forecast lies in its own band
    return Interval(*(tuple(bound.tolist()) for bound in bounds))


def predict(
    test: WindowData,
    forecast: FloatArray,
    baselines: dict[str, Forecaster],
    intervals: dict[str, Interval],
    naive_scale: pd.Series,
) -> pd.DataFrame:
    """One row per test window and step: what was forecast, by whom, with what bounds, and what happened; in shares.

    forecast (samples, horizon), naive_scale by ticker.

    The bounds are those that the API would have given: stretched by the errors of the ticker's earlier test sessions.
    """
    columns: dict[str, Any] = {
        "session": test.future_sessions(),
        "step": np.tile(np.arange(1, test.horizon + 1), (len(test), 1)),
        "actual": np.exp(test.future_log_volumes()),
        "predicted": forecast,
        **{name: forecaster(test) for name, forecaster in baselines.items()},
    }
    log_errors = test.future_log_volumes()[:, 0] - np.log(forecast[:, 0])
    scales = {level: np.empty(len(test)) for level in intervals}
    for ticker in np.unique(test.tickers):
        samples = test.tickers == ticker
        for level, scale in scales_before(log_errors[samples], intervals).items():
            scales[level][samples] = scale[:-1]
    for level, bounds in bands_around(forecast, intervals, scales).items():
        columns[f"lower_{level}"], columns[f"upper_{level}"] = bounds
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    frame.insert(0, "ticker", np.repeat(test.tickers, test.horizon))
    return frame.assign(naive_scale=frame["ticker"].map(naive_scale))


def naive_scales(panel: pd.DataFrame, test: WindowData) -> pd.Series:
    """By ticker, the mean absolute change of volume from session to session before its first test session; in shares."""
    first = panel["ticker"].map(test.index.groupby("ticker")["session"].min())
    before = panel[panel["session"] < first]
    changes = np.exp(before[LOG_VOLUME]).groupby(before["ticker"]).diff().abs()
    scales: pd.Series = (
        changes.groupby(before["ticker"]).mean().clip(lower=1.0)
    )  # never below a share
    return scales


def evaluation(predictions: pd.DataFrame, bootstrap_samples: int) -> dict[str, Any]:
    """All figures of metrics/evaluation.json; those at the top are of the next session."""
    following = next_session(predictions)
    return {
        **score(following, "predicted"),
        "by_step": {str(step): score_part(rows) for step, rows in predictions.groupby("step")},
        "by_ticker": {
            str(ticker): score_part(rows) for ticker, rows in following.groupby("ticker")
        },
        "baselines": {name: score(following, name) for name in BASELINES},
        "skill": {
            name: skill(following, name, bootstrap_samples, BOOTSTRAP_SEED)
            for name in SKILL_AGAINST
        },
        "intervals": interval_scores(following, LEVELS),
    }


def score_part(rows: pd.DataFrame) -> dict[str, float]:
    """The model's errors on a part of the forecasts, and the coverage of its intervals there."""
    coverages = {
        f"coverage_{level}": figures["coverage"]
        for level, figures in interval_scores(rows, LEVELS).items()
    }
    return {**score(rows, "predicted"), **coverages}


def next_session(predictions: pd.DataFrame) -> pd.DataFrame:
    """The forecasts one step ahead."""
    rows: pd.DataFrame = predictions[predictions["step"] == 1]
    return rows


def forecast_plot(predictions: pd.DataFrame, sessions: int) -> pd.DataFrame:
    """The last sessions of the first ticker, forecast the day before."""
    first = next_session(predictions)
    rows: pd.DataFrame = first[first["ticker"] == first["ticker"].iloc[0]].tail(sessions)
    return rows.loc[:, ["ticker", "session", "actual", "predicted", "lower_80", "upper_80"]]


def errors_plot(predictions: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute percentage error by ticker and step."""
    percent = 100 * (predictions["predicted"] / predictions["actual"] - 1).abs()
    return (
        percent.groupby([predictions["ticker"], predictions["step"]])
        .mean()
        .rename("mape_percent")
        .reset_index()
    )


def coverage_plot(predictions: pd.DataFrame) -> pd.DataFrame:
    """How many of the test sessions fell into bands of several nominal coverages, in percent, over all tickers and by each."""
    following = next_session(predictions)
    groups = [
        ("all", following),
        *((str(ticker), rows) for ticker, rows in following.groupby("ticker")),
    ]
    return pd.DataFrame(
        [
            {"ticker": name, "nominal": int(level), "covered": 100 * scores["coverage"]}
            for name, rows in groups
            for level, scores in interval_scores(rows, PLOTTED_LEVELS).items()
        ]
    )


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a CSV, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n")


def report(metrics: dict[str, Any]) -> None:
    """Log the headline."""
    log.info(
        "next session: R2 %.3f, MAPE %.1f %%, MAE %.4g shares",
        metrics["r2"],
        100 * metrics["mape"],
        metrics["mae"],
    )
    for name, figures in metrics["skill"].items():
        bounds = (100 * figures[key] for key in ("value", "lower_95", "upper_95"))
        log.info(
            "skill against %s: %+.1f %% (95 %% interval %+.1f to %+.1f), p %.2g",
            name,
            *bounds,
            figures["p_value"],
        )
    for name, figures in metrics["intervals"].items():
        log.info(
            "%s %% range: %.1f %% of the sessions fell into it", name, 100 * figures["coverage"]
        )


if __name__ == "__main__":
    stage.run("evaluate", main)
