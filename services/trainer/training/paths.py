"""Paths of the pipeline's files, relative to the repository root. They must match dvc.yaml."""

from pathlib import Path

PARAMS = Path("params.yaml")
DVC_LOCK = Path("dvc.lock")
CHECKPOINTS = Path("checkpoints")  # not a DVC output; see `network.checkpoints`

PRICES = Path("data/interim/prices.parquet")
PANEL_CALENDARS = Path("data/interim/calendars.npz")
FEATURES = Path("data/processed/features.parquet")
SCALERS = Path("data/processed/scalers.json")
SPLIT = Path("data/processed/split.json")
CALENDAR_EFFECTS = Path("data/processed/calendar_effects.json")
WINDOWS = Path("data/processed/windows.parquet")
SAMPLE_WINDOWS = Path("data/processed/test_for_api.csv")
TEST_PREDICTIONS = Path("data/processed/test_predictions.parquet")

KERAS_MODEL = Path("artifacts/model.keras")
ONNX_MODEL = Path("artifacts/model.onnx")
# The model that is served: refitted on all sessions.
SERVED_KERAS_MODEL = Path("artifacts/served/model.keras")
SERVED_ONNX_MODEL = Path("artifacts/served/model.onnx")
SERVED_CALENDAR_EFFECTS = Path("artifacts/served/calendar_effects.json")
CALIBRATION = Path("artifacts/calibration.json")

DATA_QUALITY = Path("metrics/data_quality.json")
TRAINING_METRICS = Path("metrics/training.json")
EVALUATION_METRICS = Path("metrics/evaluation.json")
BACKTEST_METRICS = Path("metrics/backtest.json")  # of `make backtest`, not a DVC output
REFERENCE_BACKTEST = Path("metrics/reference/backtest.json")  # of the default data
TRAINING_CURVES = Path("metrics/plots/training")
FORECAST_PLOT = Path("metrics/plots/forecasts.csv")
ERRORS_PLOT = Path("metrics/plots/errors.csv")
SKILL_PLOT = Path("metrics/plots/skill.csv")
COVERAGE_PLOT = Path("metrics/plots/coverage.csv")
