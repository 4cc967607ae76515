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

from model_contract.model.calendar import SESSION, Calendar, effects_in_logs
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.forecasting import network_arguments
from model_contract.model.inputs.ticker_inputs import from_columns, input_columns, ticker_inputs
from model_contract.model.scaling import Scalers, volumes
from model_contract.model.windows import Windows
from model_contract.prices import Prices

STORE = Path(os.environ["MODEL_STORE"])
BUNDLE = STORE / (STORE / "CURRENT").read_text().strip()
MANIFEST = json.loads((BUNDLE / "manifest.json").read_text())
WINDOW, HORIZON = MANIFEST["window"], MANIFEST["horizon"]
EFFECTS = effects_in_logs(MANIFEST["input_effects"])

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
    features, sessions, inputs = (
        posted_windows(table) if f"{SESSION}_t-0" in table.columns else last_window(table)
    )
    coming = np.array([market.after(origin, HORIZON) for origin in sessions[:, -1]])
    calendar = market.flags_of(np.concatenate([sessions, coming], axis=1))
    arguments, level = network_arguments(Windows(features, calendar, inputs), scalers)
    forecasts = volumes(model.predict(list(arguments), verbose=0)["volume"], level, scalers)
    return jsonify(
        {"predictions": [{"volume": row[0], "volumes": row} for row in forecasts.tolist()]}
    )


def posted_windows(table: pd.DataFrame) -> tuple[Any, Any, Any]:
    """Return features, sessions (rows, window) and inputs of the rows of a windows CSV."""
    lags = range(WINDOW - 1, -1, -1)
    features = table[[f"{name}_t-{lag}" for lag in lags for name in FEATURE_NAMES]].to_numpy()
    sessions = table[[f"{SESSION}_t-{lag}" for lag in lags]].to_numpy().astype("datetime64[D]")
    inputs = from_columns(table[input_columns(HORIZON)].to_numpy(), HORIZON)
    return features.reshape(len(table), WINDOW, len(FEATURE_NAMES)), sessions, inputs


def last_window(table: pd.DataFrame) -> tuple[Any, Any, Any]:
    """Return features, sessions (1, window) and inputs at the end of one ticker's history."""
    table = table.sort_values("Date")
    features = pd.concat(
        [np.log(table.Volume), np.log(table.Close).diff(), np.log(table.High / table.Low)], axis=1
    )
    sessions = table.Date.to_numpy().astype("datetime64[D]")
    prices = Prices(
        np.full(len(table), ""),
        sessions,
        *(
            table[name].to_numpy(dtype=np.float64)
            for name in ("Open", "High", "Low", "Close", "Volume")
        ),
        line=np.arange(len(table)),
    )
    coming = market.after(sessions[-1], HORIZON)[None]
    inputs = ticker_inputs(prices, market, EFFECTS, coming, WINDOW)
    return features.to_numpy()[None, -WINDOW:], sessions[None, -WINDOW:], inputs
