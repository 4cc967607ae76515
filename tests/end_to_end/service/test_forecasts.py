"""Forecasts from the served model, requested as with curl."""

import csv
import io
import math
import re
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import requests

from answers import predictions, warnings
from model_contract.model.calendar import CALENDAR_FLAGS, Calendar, effects_in_logs
from model_contract.model.features import FEATURE_NAMES
from model_contract.model.inputs.ticker_inputs import input_columns, to_columns
from model_contract.model.windows import history_windows
from model_contract.reading.apply.price_history import read_history
from model_contract.reading.decode.csv_file import read_table
from model_contract.reading.windows_csv import EFFECTS_COLUMN, column_names, fingerprint
from training.calendar_flags import exchange_sessions

# float32 sums depend on the size of the batch.
ROUNDING = 1e-5


def test_a_file_gives_finite_and_plausible_volumes(stack, sample_csv):
    files = {"file": ("sample.csv", sample_csv)}
    rows = predictions(requests.post(f"{stack.url}/predict", files=files, timeout=60))
    volumes = [float(row["Volume"]) for row in csv.DictReader(io.StringIO(sample_csv.decode()))]
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
    ascending = ("lower_95", "lower_80", "volume", "upper_80", "upper_95")
    for row in rows:
        assert min(volumes) / 2 < row["volume"] < max(volumes) * 2
        values = [0, *(row[name] for name in ascending), math.inf]
        assert all(below < above for below, above in pairwise(values))


def test_the_sessions_are_the_next_ones_of_the_market(stack, sample_csv):
    sessions = [row["session"] for row in predictions(stack.predict(sample_csv))]
    # The sample ends on Friday, March 1.
    assert sessions == [f"2013-03-0{day}" for day in (4, 5, 6, 7, 8)]


def test_a_response_includes_the_track_record(stack, sample_csv):
    record = stack.predict(sample_csv, "?points=60").json()["track_record"][0]
    assert record["sessions"] == 250
    assert 0.5 < record["coverage_80"] < 1
    assert len(record["points"]) == 60
    ratios = [point["predicted"] / point["actual"] for point in record["points"]]
    assert 0 < np.abs(np.subtract(ratios, 1)).mean() < 1


def test_windows_give_one_forecast_per_row(stack):
    data = (stack.tree / "data/processed/test_for_api.csv").read_bytes()
    rows = predictions(stack.predict(data))
    sent = list(csv.DictReader(io.StringIO(data.decode())))
    assert [(row["ticker"], row["session"], row["step"]) for row in rows] == [
        (row["Ticker"], row["Session"], 1) for row in sent
    ]


def test_a_track_record_has_the_forecasts_that_evaluate_wrote(stack):
    answer = stack.predict((stack.tree / "data/raw/stocks.csv").read_bytes(), "?points=250")
    rows = pd.DataFrame(
        {"ticker": record["ticker"], **point}
        for record in answer.json()["track_record"]
        for point in record["points"]
    )
    written = pd.read_parquet(stack.tree / "data/processed/test_predictions.parquet")
    written["session"] = written["session"].astype(str)
    both = rows.merge(
        written[written["step"] == 1],
        on=["ticker", "session"],
        suffixes=("", "_written"),
        validate="one_to_one",
    )
    assert both["ticker"].value_counts()["AAPL"] == 246  # evaluate needs five sessions after each
    np.testing.assert_allclose(both["predicted"], both["predicted_written"], rtol=ROUNDING)


def test_the_example_of_windows_is_of_the_served_model(stack):
    data = (stack.tree / "data/processed/test_for_api.csv").read_bytes()
    assert "windows_of_another_model" not in warnings(stack.predict(data))


def test_the_reasons_add_up_to_the_forecast(stack, sample_csv):
    data = (stack.tree / "data/processed/test_for_api.csv").read_bytes()
    for file in (sample_csv, data):
        for row in predictions(stack.predict(file, "?explain=1")):
            logs = [part["log"] for part in row["reasons"]["parts"]]
            expected = np.log(row["volume"] / row["reasons"]["usual_volume"])
            np.testing.assert_allclose(sum(logs), expected, atol=1e-6)


def windows_csv(data: bytes, model: dict[str, Any], calendar: Calendar) -> bytes:
    """Make a CSV of every window in a history, without the sessions to forecast."""
    window, horizon, effects = model["window"], model["horizon"], model["input_effects"]
    prices = read_history(read_table(data)).prices
    coming = calendar.after(prices.session[-1], horizon)
    windows = history_windows(prices, calendar, coming, window, effects_in_logs(effects))
    names = iter(column_names(FEATURE_NAMES, window))
    columns: dict[str, Any] = {}
    for lag in range(window):
        sessions = prices.session[1 + lag : 1 + lag + len(windows)]
        features = windows.features[:, lag].T
        columns |= {next(names): values for values in (sessions.astype(str), *features)}
    inputs = dict(zip(input_columns(horizon), to_columns(windows.inputs).T, strict=True))
    table = pd.DataFrame({**columns, **inputs, EFFECTS_COLUMN: fingerprint(effects)})
    return table.to_csv(index=False).encode()


def of_new_york() -> Calendar:
    return exchange_sessions("XNYS", date(2000, 1, 1), date(2014, 12, 31))


def test_a_history_and_its_windows_give_the_same_forecasts(stack, sample_csv):
    model = requests.get(f"{stack.url}/model", timeout=10).json()["model"]
    answer = stack.predict(windows_csv(sample_csv, model, of_new_york()))
    assert "windows_of_another_model" not in warnings(answer)
    from_windows = [row["volume"] for row in predictions(answer)]
    lines = sample_csv.splitlines(keepends=True)
    for left_out in (0, 1, 60, 200):
        history = b"".join(lines[: len(lines) - left_out])
        volume = predictions(stack.predict(history))[0]["volume"]
        assert from_windows[-1 - left_out] == pytest.approx(volume, rel=ROUNDING)


def test_a_ticker_that_the_model_never_saw_is_forecast_with_skill(stack):
    """Its volumes have a different, slowly drifting level, daily noise and quiet half-days."""
    random, calendar = np.random.default_rng(3), of_new_york()
    half_days = calendar.flags[-400:, CALENDAR_FLAGS.index("half_day")]
    close, level = (np.exp(np.cumsum(random.normal(0, spread, 400))) for spread in (0.01, 0.05))
    noise = random.normal(0, 0.3, 400) - 0.6 * half_days
    volume = np.round(5e4 * level * np.exp(noise))
    prices = {"Open": close, "High": 1.01 * close, "Low": 0.99 * close, "Close": close}
    columns = {"Ticker": "NEW", "Date": calendar.sessions[-400:], **prices, "Volume": volume}
    answer = stack.predict(pd.DataFrame(columns).to_csv(index=False).encode())
    record = answer.json()["track_record"][0]
    assert record["skill_vs_naive"] > 0.1
    assert 0.7 < record["coverage_80"] < 0.9
    assert all(volume.min() < row["volume"] < volume.max() for row in predictions(answer))


def to_semicolons(data: bytes) -> bytes:
    """Rewrite a CSV as a Brazilian spreadsheet does: 01/03/2013;430,47;…;19.688.500 or 850100."""
    rows = list(csv.reader(io.StringIO(data.decode())))
    date_column, volume_column = rows[0].index("Date"), rows[0].index("Volume")
    for row in rows[1:]:
        for column, cell in enumerate(row):
            if column == date_column:
                row[column] = date.fromisoformat(cell).strftime("%d/%m/%Y")
            elif column == volume_column:
                grouped = f"{int(cell):,}".replace(",", ".")
                row[column] = grouped if grouped.count(".") > 1 else cell
            else:
                row[column] = cell.replace(".", ",")
    return "\r\n".join(";".join(row) for row in rows).encode()


@pytest.mark.parametrize(
    "mark", [b"", b"\xef\xbb\xbf"], ids=["without a byte-order mark", "with a byte-order mark"]
)
def test_both_dialects_give_the_same_answer(stack, sample_csv, mark):
    found = stack.predict(mark + to_semicolons(sample_csv)).json()
    expected = stack.predict(sample_csv).json()
    reading = found["input"].pop("reading")
    assert (reading["separator"], reading["dates"], reading["decimal"]) == (
        ";",
        "day-first",
        "comma",
    )
    del expected["input"]["reading"]
    assert found == expected


def test_windows_with_decimal_commas_give_the_same_forecasts(stack):
    data = (stack.tree / "data/processed/test_for_api.csv").read_bytes()
    semicolons = data.replace(b",", b";").replace(b".", b",")
    assert predictions(stack.predict(semicolons)) == predictions(stack.predict(data))


def test_the_response_is_a_csv_if_the_client_accepts_one(stack, sample_csv):
    header, *rows = sample_csv.splitlines(keepends=True)
    unsorted = b"".join([header, *reversed(rows)])
    answer, as_json = stack.predict(unsorted, Accept="text/csv"), stack.predict(unsorted)
    assert answer.headers["Content-Type"].startswith("text/csv")
    volumes = [float(row["volume"]) for row in csv.DictReader(io.StringIO(answer.text))]
    assert volumes == [row["volume"] for row in predictions(as_json)]
    expected = ["rows_sorted", "history_short"]
    assert re.split(", *", answer.headers["Forecast-Warnings"]) == expected
    assert [*warnings(as_json)] == expected


def test_the_page_offers_the_sample_of_the_repository(stack, sample_csv):
    assert requests.get(f"{stack.url}/sample.csv", timeout=10).content == sample_csv
