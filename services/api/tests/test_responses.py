"""Forecasts as JSON and CSV: finite numbers, and no text that a program would run."""

import csv
import io

import pytest

from prediction_api.forecast import predictor, track_record


def post(client, data, **kwargs):
    return client.post("/predict", data=data, content_type="text/csv", **kwargs)


def volumes(response):
    return [prediction["volume"] for prediction in response.json["predictions"]]


def test_a_csv_answer_has_the_same_predictions_as_the_json(client, make):
    data = make.comma(make.days(60))
    response = post(client, data, headers={"Accept": "text/csv"})
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.headers["Model-Version"] == make.first
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [float(row["volume"]) for row in rows] == volumes(post(client, data))
    assert list(rows[0]) == [
        "ticker",
        "session",
        "step",
        "volume",
        "lower_80",
        "upper_80",
        "lower_95",
        "upper_95",
        "calendar",
    ]


def test_control_characters_of_a_ticker_do_not_reach_a_terminal(client, make):
    data = make.comma(make.days(60)).replace(b"AAPL", b"A\x1b[2J")
    answer = client.post(
        "/predict", data=data, headers={"Content-Type": "text/csv", "Accept": "text/csv"}
    )
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


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
@pytest.mark.parametrize(
    ("module", "function"),
    [
        (predictor, "bands_around"),
        (track_record, "bands_around"),
        (track_record, "mean_absolute_error"),
    ],
)
def test_a_number_that_is_not_finite_is_never_sent(
    client, make, monkeypatch, caplog, module, function, number, accept
):
    original = getattr(module, function)

    def spoiled(*arguments):
        found = original(*arguments)
        return {**found, "80": (found["80"][0], found["80"][1] * number)} if found_bands else number

    found_bands = function == "bands_around"
    monkeypatch.setattr(module, function, spoiled)
    data, headers = make.comma(make.days(60)), {"Accept": accept}
    assert post(client, data, headers=headers, query_string={"points": 1}).status_code == 500
    assert "not finite" in caplog.text
