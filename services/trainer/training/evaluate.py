"""Stage `evaluate`: the very file that will be served, on test windows that nothing was fitted on, in shares."""

import logging
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

from model_contract.csv_values import FloatArray
from model_contract.features import har_means
from model_contract.forecasting import Interval, coverage, errors, forecast_volumes, har_forecast, naive_forecast, skill
from model_contract.scaling import Scalers
from training import stage
from training.json_files import write_json
from training.onnx_network import onnx_network
from training.params import EngineerFeaturesParams, EvaluateParams, load_params
from training.paths import CALIBRATION, ERRORS_TABLE, EVALUATION_METRICS, FORECAST_PLOT, ONNX_MODEL, SCALERS, TEST_PREDICTIONS
from training.preprocess import TEST, TRAIN, VALIDATION
from training.window_data import WindowData

log = logging.getLogger(__name__)

COVERAGES = (80, 95)  # percent; the fields of an answer are named after them
BATCH = 4096


def main() -> None:
    """Evaluate the exported model."""
    params, windows = load_params(EvaluateParams), load_params(EngineerFeaturesParams)
    scalers = Scalers.from_json(SCALERS.read_text(encoding="utf-8"))
    train, validation, test = (WindowData.read(split, windows.window, windows.horizon) for split in (TRAIN, VALIDATION, TEST))
    coefficients = fit_har(train)
    intervals = fit_intervals(validation.future_log_volumes(), np.log(model_forecast(validation, scalers)))
    predictions = predict_test(test, model_forecast(test, scalers), coefficients, intervals)
    metrics = score(next_session(predictions))
    FORECAST_PLOT.parent.mkdir(parents=True, exist_ok=True)
    predictions.to_csv(TEST_PREDICTIONS, index=False, lineterminator="\n")
    plot_rows(predictions, params.plot_sessions).to_csv(FORECAST_PLOT, index=False, lineterminator="\n")
    score_each(predictions).to_csv(ERRORS_TABLE, index=False, lineterminator="\n")
    write_json(CALIBRATION, {"intervals": {name: vars(part) for name, part in intervals.items()}, "har": coefficients.tolist()})
    write_json(EVALUATION_METRICS, metrics)
    log.info("next session: R2 %.3f, MAPE %.1f %%, MAE %.4g shares", metrics["r2"], 100 * metrics["mape"], metrics["mae"])
    log.info("skill by MAE: %+.1f %% against naive, %+.1f %% against HAR", 100 * metrics["skill_vs_naive"], 100 * metrics["skill_vs_har"])


def model_forecast(data: WindowData, scalers: Scalers) -> FloatArray:
    """Forecasts of the exported model: shares, (samples, horizon)."""
    network = onnx_network(ONNX_MODEL)
    return np.concatenate([forecast_volumes(data.windows(batch), scalers, network) for batch in data.batches(BATCH)])


def fit_har(data: WindowData) -> FloatArray:
    """Least squares of future log volumes on HAR means, pooled over tickers: (1 + 3, horizon), the intercept first."""
    regressors = np.concatenate([har_means(data.windows(batch)[:, :, 0]) for batch in data.batches(BATCH)])
    model = LinearRegression().fit(regressors, data.future_log_volumes())
    return np.vstack([model.intercept_, model.coef_.T])


def fit_intervals(actual: FloatArray, forecast: FloatArray) -> dict[str, Interval]:
    """Quantiles of log errors, (samples, horizon) each, on validation windows.

    The weights were not fitted on these, but early stopping chose among weights by them: the intervals come out a little
    too narrow, and the coverage on the test windows says by how much.

    Split-conformal with signed errors (Romano, Patterson, Candes 2019, "Conformalized quantile regression", around a
    constant band): the (n+1)-corrected empirical quantiles on either side.
    """
    residuals = np.sort(actual - forecast, axis=0)
    samples = len(residuals)
    intervals = {}
    for percent in COVERAGES:
        tail = (100 - percent) / 200
        lower = max(int(np.floor((samples + 1) * tail)) - 1, 0)
        intervals[str(percent)] = Interval(tuple(residuals[lower].tolist()), tuple(residuals[samples - 1 - lower].tolist()))
    return intervals


def predict_test(test: WindowData, forecast: FloatArray, coefficients: FloatArray, intervals: dict[str, Interval]) -> pd.DataFrame:
    """One row per test window and step: what was forecast, by whom, what happened; volumes in shares."""
    log_volume = test.windows()[:, :, 0]
    columns = {
        "session": test.future_sessions(),
        "step": np.tile(np.arange(1, test.horizon + 1), (len(test), 1)),
        "actual": np.exp(test.future_log_volumes()),
        "predicted": forecast,
        "naive": naive_forecast(log_volume, test.horizon),
        "har": har_forecast(log_volume, coefficients),
    }
    for name, interval in intervals.items():
        columns[f"lower_{name}"], columns[f"upper_{name}"] = interval.around(forecast)
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    frame.insert(0, "ticker", np.repeat(test.index["ticker"].to_numpy(), test.horizon))
    return frame


def score_each(predictions: pd.DataFrame) -> pd.DataFrame:
    """Errors of each ticker's next session, and of each step over all tickers; one row each: ticker, step, errors."""
    groups: list[tuple[object, object, pd.DataFrame]] = [("all", step, rows) for step, rows in predictions.groupby("step")]
    groups += [(ticker, 1, rows) for ticker, rows in next_session(predictions).groupby("ticker")]
    columns = ("mae", "rmse", "r2", "mape", "skill_vs_naive", "skill_vs_har", "coverage_80", "coverage_95")
    scored = [(ticker, step, score(rows)) for ticker, step, rows in groups]
    return pd.DataFrame([{"ticker": ticker, "step": step, **{name: scores[name] for name in columns}} for ticker, step, scores in scored])


def next_session(predictions: pd.DataFrame) -> pd.DataFrame:
    """The forecasts one step ahead."""
    rows: pd.DataFrame = predictions[predictions["step"] == 1]
    return rows


def score(rows: pd.DataFrame) -> dict[str, Any]:
    """Errors, skills and coverages of these forecasts."""
    values = {name: rows[name].to_numpy() for name in rows.columns}
    scores = {name: errors(values["actual"], values[name]) for name in ("predicted", "naive", "har")}
    covered = {f"coverage_{p}": coverage(values["actual"], values[f"lower_{p}"], values[f"upper_{p}"]) for p in COVERAGES}
    skills = {f"skill_vs_{name}": skill(scores["predicted"], scores[name]) for name in ("naive", "har")}
    return {**scores["predicted"], **skills, **covered, "naive": scores["naive"], "har": scores["har"]}


def plot_rows(predictions: pd.DataFrame, sessions: int) -> pd.DataFrame:
    """The last sessions of the first ticker, next-session forecasts only, for `dvc plots`."""
    first = next_session(predictions)
    rows: pd.DataFrame = first[first["ticker"] == first["ticker"].iloc[0]].tail(sessions)
    return rows.loc[:, ["session", "actual", "predicted", "lower_80", "upper_80"]]


if __name__ == "__main__":
    stage.run("evaluate", main)
