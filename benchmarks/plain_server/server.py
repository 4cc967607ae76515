"""A minimal server for the Keras model: Flask, `pandas.read_csv` and `model.predict`.

`make bench` compares the API with it. Its forecasts are correct, but it validates nothing, explains
nothing, and forecasts only the end of a history, without intervals or a track record.
"""

import json
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from flask import Flask, Response, jsonify, request

from model_contract.model.calendar import SESSION, Calendar
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.scaling import Scalers, model_inputs, volumes

STORE = Path(os.environ["MODEL_STORE"])
BUNDLE = STORE / (STORE / "CURRENT").read_text().strip()
WINDOW = json.loads((BUNDLE / "manifest.json").read_text())["window"]

app = Flask(__name__)
model = keras.models.load_model(os.environ["KERAS_MODEL"])
scalers = Scalers.from_json(Path(os.environ["SCALERS"]).read_text())
market = Calendar.from_csv((BUNDLE / "sessions.csv").read_bytes())


@app.get("/readyz")
def ready() -> Response:
    """Report that the model is loaded."""
    return jsonify({"status": "ready"})


@app.post("/predict")
def predict() -> Response:
    """Forecast the sessions after each posted window, or after the end of a posted history."""
    table = pd.read_csv(BytesIO(request.get_data()))
    windows, sessions = (
        posted_windows(table) if f"{SESSION}_t-0" in table.columns else last_window(table)
    )
    horizon = model.output_shape[1]
    coming = np.array([market.after(origin, horizon) for origin in sessions[:, -1]])
    inputs, level = model_inputs(windows, scalers)
    calendar = market.flags_of(np.concatenate([sessions, coming], axis=1))
    forecasts = volumes(model.predict([inputs, calendar], verbose=0), level, scalers)
    return jsonify(
        {"predictions": [{"volume": row[0], "volumes": row} for row in forecasts.tolist()]}
    )


def posted_windows(table: pd.DataFrame) -> tuple[Any, Any]:
    """Return features (rows, window, features) and sessions (rows, window) of a windows CSV."""
    lags = range(WINDOW - 1, -1, -1)
    features = table[[f"{name}_t-{lag}" for lag in lags for name in FEATURE_NAMES]].to_numpy()
    sessions = table[[f"{SESSION}_t-{lag}" for lag in lags]].to_numpy().astype("datetime64[D]")
    return features.reshape(len(table), WINDOW, len(FEATURE_NAMES)), sessions


def last_window(table: pd.DataFrame) -> tuple[Any, Any]:
    """Return features (1, window, features) and sessions (1, window) at the end of a history."""
    table = table.sort_values("Date").tail(WINDOW + 1)
    features = pd.concat(
        [np.log(table.Volume), np.log(table.Close).diff(), np.log(table.High / table.Low)], axis=1
    )
    return features.to_numpy()[None, 1:], table.Date.to_numpy().astype("datetime64[D]")[None, 1:]
