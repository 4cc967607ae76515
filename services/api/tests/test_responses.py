"""Forecasts as JSON and CSV: finite numbers, and no text that a program would execute."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from inference_requests import post as infer
from inference_requests import tensors
from model_contract.store.golden import GOLDEN, Golden
from predict_requests import post, volumes
from prediction_api.forecast import predictor, track_record
from prediction_api.serving.model_holder import MODELS

NOT_FINITE = [float("nan"), float("inf"), -float("inf")]


def test_a_csv_response_has_the_same_predictions_as_the_json(client, make):
    data = make.comma(make.days(60))
    response = post(client, data, headers={"Accept": "text/csv"})
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.headers["Model-Version"] == make.first
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [float(row["volume"]) for row in rows] == volumes(post(client, data).json)
    columns = "ticker,session,step,volume,lower_80,upper_80,lower_95,upper_95,calendar"
    assert list(rows[0]) == columns.split(",")


@pytest.mark.parametrize("kind", ["comma", "windows"])
def test_a_csv_response_has_no_reasons(client, make, kind):
    data, accept = getattr(make, kind)(make.days(60)), {"Accept": "text/csv"}
    plain, explained = (
        post(client, data, headers=accept, query_string=query) for query in ("", "explain=1")
    )
    assert explained.status_code == 200
    assert explained.data == plain.data


def test_control_characters_of_a_ticker_do_not_reach_a_terminal(client, make):
    data = make.comma(make.days(60)).replace(b"AAPL", b"A\x1b[2J")
    answer = post(client, data, headers={"Accept": "text/csv"})
    assert answer.status_code == 200
    assert answer.text.splitlines()[1].startswith("A?[2J,2013-03-04,")


@pytest.mark.parametrize("ticker", ["=cmd()", "+1", "-1", "@SUM(A1)", "＝1"])
def test_a_ticker_that_is_a_formula_is_inert_in_the_csv(client, make, ticker):
    response = post(client, make.comma(make.days(30, ticker)), headers={"Accept": "text/csv"})
    assert {row[0] for row in list(csv.reader(io.StringIO(response.text)))[1:]} == {"'" + ticker}


def test_a_ticker_with_markup_is_sent_as_data_not_as_a_page(client, make):
    response = post(client, make.comma(make.days(30, "<script>")))
    assert response.json["predictions"][0]["ticker"] == "<script>"
    assert response.content_type == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def assert_not_sent(response, caplog):
    assert response.status_code == 500
    assert "not finite" in caplog.text


@pytest.fixture
def nan_network(client, make, monkeypatch):
    """Make the network of the served model return NaN."""

    def network(windows, calendar, inputs):
        return np.full((len(windows), make.horizon), np.nan, dtype=np.float32)

    predictor = client.application.extensions[MODELS].current()
    monkeypatch.setattr(predictor, "_served", replace(predictor._served, network=network))


@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
@pytest.mark.parametrize("kind", ["comma", "windows"])
def test_a_forecast_that_is_nan_is_never_sent(client, make, nan_network, caplog, kind, accept):
    data = getattr(make, kind)(make.days(60))
    response = post(client, data, headers={"Accept": accept}, query_string="explain=1")
    assert_not_sent(response, caplog)


def test_tensors_with_a_nan_forecast_are_never_sent(client, make, nan_network, caplog):
    windows = Golden.from_json(make.bundle()[1][GOLDEN].decode()).windows
    response = infer(client, {"inputs": tensors(windows)})
    assert_not_sent(response, caplog)


@pytest.mark.parametrize("number", NOT_FINITE)
def test_an_error_that_is_not_finite_is_never_sent(client, make, monkeypatch, caplog, number):
    monkeypatch.setattr(track_record, "mean_absolute_error", lambda *_: number)
    assert_not_sent(post(client, make.comma(make.days(60))), caplog)


@pytest.mark.parametrize("number", NOT_FINITE)
@pytest.mark.parametrize("module", [predictor, track_record])
def test_a_bound_that_is_not_finite_is_never_sent(
    client, make, monkeypatch, caplog, module, number
):
    original = module.bands_around

    def bands_around(*arguments):
        bands = original(*arguments)
        bands["80"][1][-1, 0] = number
        return bands

    monkeypatch.setattr(module, "bands_around", bands_around)
    data = make.comma(make.days(60))
    assert_not_sent(post(client, data, query_string={"points": 1}), caplog)
