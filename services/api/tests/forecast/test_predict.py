"""The forecasts of /predict for valid files."""

import csv
import io
import json

import numpy as np
import pytest

from model_contract.model.forecasting import forecast_volumes
from model_contract.model.inputs.market import market_inputs
from model_contract.model.inputs.ticker_inputs import ticker_inputs
from model_contract.model.windows import history_windows
from predict_requests import post, volumes
from prediction_api.forecast import forecaster, predictor


def test_a_history_gets_a_forecast_for_each_step_of_the_horizon(client, make):
    response = post(client, make.comma(make.days(60)))
    assert response.status_code == 200
    assert response.json["model"] == {"version": make.first, "trained_at": "2026-11-22T10:15:00Z"}
    read = response.json["input"]
    assert (read["kind"], read["rows"], read["tickers"]) == ("history", 60, 1)
    assert [warning["code"] for warning in read["warnings"]] == ["history_short"]
    assert [(p["ticker"], p["session"], p["step"]) for p in response.json["predictions"]] == [
        ("AAPL", "2013-03-04", 1),
        ("AAPL", "2013-03-05", 2),
    ]


@pytest.mark.parametrize(
    "ahead",
    [
        pytest.param(["2013-03-01", "2013-03-04", "2013-03-05"], id="after a weekend"),
        pytest.param(["2013-02-15", "2013-02-19", "2013-02-20"], id="after a holiday"),
        pytest.param(["2013-02-27", "2013-02-28", "2013-03-01"], id="at a month's end"),
    ],
)
def test_the_forecast_is_the_network_on_the_last_window_and_calendar(client, make, ahead):
    days = make.days(300, last=ahead[0])
    log_volume = np.log([day.volume for day in days])[-make.window :]
    log_return = np.diff(np.log([day.close for day in days]))[-make.window :]
    log_range = np.log([day.high / day.low for day in days])[-make.window :]
    level = log_volume.mean()
    scaled = np.column_stack(
        [(log_volume - level - 0.05) / 0.4, log_return / 0.02, (log_range - 0.03) / 0.02]
    )
    sessions = [*(day.session for day in days[-make.window :]), *ahead[1:]]
    flags = make.calendar.flags_of(np.array(sessions, dtype="datetime64[D]"))
    coming = np.array([ahead[1:]], dtype="datetime64[D]")
    inputs = ticker_inputs(make.prices(days), make.calendar, make.effects, coming, make.window)
    inputs = inputs / np.array(make.scalers.inputs.scale)
    assert np.count_nonzero(inputs) >= 2 * make.horizon
    found = make.network()(scaled[None], flags[None], inputs)[0]
    expected = np.exp(found * 0.4 + 0.05 + level)
    np.testing.assert_allclose(volumes(post(client, make.comma(days)).json), expected, rtol=1e-5)


def test_the_network_runs_only_on_the_windows_of_the_track_record(client, make, monkeypatch):
    windows = []
    original = forecaster.forecast_and_arguments
    monkeypatch.setattr(
        forecaster,
        "forecast_and_arguments",
        lambda batch, *rest: windows.append(len(batch)) or original(batch, *rest),
    )
    post(client, make.comma(make.days(1000)))
    assert sum(windows) == 251


def test_intervals_are_nested_around_the_forecast(client, make):
    for p in post(client, make.comma(make.days(60))).json["predictions"]:
        assert 0 < p["lower_95"] < p["lower_80"] < p["volume"] < p["upper_80"] < p["upper_95"]


def test_both_dialects_give_the_same_numbers(client, make):
    days = make.days(60)
    assert (
        post(client, make.semicolon(days)).json["predictions"]
        == post(client, make.comma(days)).json["predictions"]
    )


def test_a_byte_order_mark_changes_nothing(client, make):
    data = make.comma(make.days(60))
    assert post(client, b"\xef\xbb\xbf" + data).json == post(client, data).json


def test_a_form_and_a_body_give_the_same_response(client, make):
    data = make.comma(make.days(60))
    form = client.post(
        "/predict", data={"file": (io.BytesIO(data), "prices.csv", "application/vnd.ms-excel")}
    )
    assert form.status_code == 200
    assert form.json == post(client, data).json


def test_extra_columns_and_the_column_order_do_not_matter(client, make):
    days = make.days(60)
    lines = ["Volume,Note,Close,Low,High,Open,date"]
    lines += [
        f"{d.volume},x,{d.close:.2f},{d.low:.2f},{d.high:.2f},{d.open:.2f},{d.session}"
        for d in days
    ]
    response = post(client, "\n".join(lines).encode())
    note, _ = response.json["input"]["warnings"]
    assert (note["code"], note["severity"]) == ("columns_ignored", "note")
    assert note["params"] == {"count": 1, "columns": ["Note"], "more": False}
    assert volumes(response.json) == volumes(post(client, make.comma(days)).json)


def test_the_ticker_is_null_if_the_file_names_none(client, make):
    data = "\n".join(
        line.split(",", 1)[1] for line in make.comma(make.days(60)).decode().splitlines()
    ).encode()
    response = post(client, data)
    assert {p["ticker"] for p in response.json["predictions"]} == {None}
    assert response.json["track_record"][0]["ticker"] is None


def test_each_ticker_of_a_file_is_forecast_with_the_market_of_the_others(client, make):
    tickers = [make.days(count, name, seed=count) for name, count in (("A", 40), ("B", 60))]
    panel = post(client, make.comma([day for days in tickers for day in days])).json
    assert panel["input"]["tickers"] == 2
    prices = [make.prices(days) for days in tickers]
    for one, of_market, found in zip(
        prices, market_inputs(prices), np.reshape(volumes(panel), (2, -1)), strict=True
    ):
        coming = make.calendar.after(one.session[-1], make.horizon)
        windows, alone = (
            history_windows(one, make.calendar, coming, make.window, make.effects, inputs, 1)
            for inputs in (of_market, None)
        )
        expected = forecast_volumes(windows, make.scalers, make.network())[0]
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        assert np.all(forecast_volumes(alone, make.scalers, make.network())[0] != expected)


def test_a_ticker_outside_the_training_data_gets_a_forecast(client, make):
    known, unknown = (post(client, make.comma(make.days(60, ticker))) for ticker in ("AAPL", "NEW"))
    assert unknown.status_code == 200
    assert volumes(unknown.json) == volumes(known.json)
    assert unknown.json["track_record"][0] == known.json["track_record"][0] | {"ticker": "NEW"}


def test_the_forecast_follows_the_last_date_even_if_dropped(client, make):
    days = make.days(60)
    holiday = make.replace(days[-1], volume=0)
    response = post(client, make.comma([*days[:-1], holiday]))
    assert response.json["predictions"][0]["session"] == "2013-03-04"
    assert response.json["input"]["warnings"][0]["code"] == "rows_dropped_zero_volume"


def test_a_forecast_has_the_calendar_flags_of_its_session(client, make):
    data = make.windows(make.days(80))
    flags = {
        prediction["session"]: prediction["calendar"]
        for prediction in post(client, data).json["predictions"]
    }
    assert flags == {session: make.calendar.special.get(session, []) for session in flags}
    assert ["month_end"] in flags.values()
    as_csv = post(client, data, headers={"Accept": "text/csv"}).text
    assert {
        row["session"]: row["calendar"].split() for row in csv.DictReader(io.StringIO(as_csv))
    } == flags


@pytest.mark.parametrize("factor", [1e-5, 1e6])
def test_volumes_far_outside_training_give_finite_forecasts(client, make, factor):
    days = make.days(60)
    wild = [
        make.replace(day, volume=max(1, int(day.volume * factor)) if index % 2 else day.volume)
        for index, day in enumerate(days)
    ]
    response = post(client, make.comma(wild))
    assert response.status_code == 200
    assert all(np.isfinite(volume) and volume >= 0 for volume in volumes(response.json))


@pytest.mark.parametrize("column", ["Volume", "High"])
@pytest.mark.parametrize("value", ["1e308", "1e-308"])
def test_numbers_at_the_ends_of_the_float_range_give_finite_json(client, make, column, value):
    lines = make.comma(make.days(60)).decode().splitlines()
    index = lines[0].split(",").index(column)
    for row in range(30, 60, 3):
        lines[row] = ",".join(
            value if place == index else cell for place, cell in enumerate(lines[row].split(","))
        )
    response = post(client, "\n".join(lines).encode())
    assert response.status_code in (200, 422)
    json.loads(response.text, parse_constant=pytest.fail)


def test_an_impossible_volume_removes_the_track_record_with_a_note(client, make):
    days = make.days(60)
    response = post(client, make.comma([*days[:-1], make.replace(days[-1], volume=10**300)]))
    found = {note["code"]: note["params"] for note in response.json["input"]["warnings"]}
    assert found["track_record_impossible"] == {"ticker": "AAPL"}
    assert response.json["track_record"] == []
    assert all(np.isfinite(volume) for volume in volumes(response.json))


def test_predict_accepts_the_sample(client):
    sample = client.get("/sample.csv")
    assert sample.content_type == "text/csv; charset=utf-8"
    read = post(client, sample.data).json["input"]
    assert (read["kind"], read["rows"], read["tickers"]) == ("history", 300, 1)
    # The calendar of the tests lacks most holidays.
    codes = {warning["code"] for warning in read["warnings"]}
    assert codes <= {"sessions_missing", "history_short"}


def test_many_tickers_list_fewer_points_with_a_note(client, make, monkeypatch):
    monkeypatch.setattr(predictor, "MAX_POINTS", 20)
    header, *rows = make.comma(make.days(60)).decode().splitlines()
    data = "\n".join(
        [header, *(row.replace("AAPL", ticker) for ticker in ("A", "B", "C") for row in rows)]
    )
    answer = client.post("/predict?points=10", data=data, content_type="text/csv").json
    assert [len(record["points"]) for record in answer["track_record"]] == [6, 6, 6]
    found = {note["code"]: note["params"] for note in answer["input"]["warnings"]}
    assert found["points_reduced"] == {"listed": 6, "points": 10, "limit": 20}
